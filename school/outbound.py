"""Requests that this server makes to an address somebody typed in (ASVS 5.0, 1.3.6 and 13.2.4).

The name is resolved once, every address is looked at, and the connection goes to the address looked at: a name that answers
differently the second time leads nowhere else. No redirect is followed, nothing takes longer than five seconds, and little is read.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

SECONDS = 5.0
LARGEST = 64 * 1024
NAT64 = ipaddress.ip_network("64:ff9b::/96")
PORTS = {"http": 80, "https": 443}


class OutboundError(Exception):
    """The request was not made or not answered; the text says why, for an administrator."""


def _allowed(address: str) -> bool:
    """Whether this server may connect there: public addresses, and the networks that the operator named."""
    found = ipaddress.ip_address(address.partition("%")[0])
    found = getattr(found, "ipv4_mapped", None) or found
    if any(found in ipaddress.ip_network(net) for net in settings.OUTBOUND_NETWORKS):
        return True
    # Behind the prefix of RFC 6052 and in 6to4 hides an IPv4 address, which would not have been looked at.
    hidden = isinstance(found, ipaddress.IPv6Address) and (found in NAT64 or found.sixtofour is not None)
    return found.is_global and not found.is_multicast and not hidden


def resolve(host: str, port: int) -> str:
    """The address to connect to.

    Raises OutboundError when the name has none, or when any of its addresses is inside (a name that mixes both is an attack).
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise OutboundError(_("The name %(host)s has no address.") % {"host": host}) from error
    addresses = [str(one[4][0]) for one in found]
    if not addresses or not all(_allowed(address) for address in addresses):
        raise OutboundError(
            _("%(host)s lies inside the network; the operator allows it with OUTBOUND_NETWORKS.") % {"host": host}
        )
    return addresses[0]


class _Pinned(http.client.HTTPConnection):
    """A connection to an address already looked at, under the name that was asked for."""

    def __init__(self, host: str, port: int, address: str, tls: bool) -> None:
        super().__init__(host, port, timeout=SECONDS)
        self._address, self._tls = address, tls

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), SECONDS)
        if self._tls:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def _cut(connection: http.client.HTTPConnection) -> None:
    """End a connection that another thread waits for; a peer that sends a byte a second would hold it for ever."""
    try:
        if connection.sock:
            connection.sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


@dataclass(frozen=True)
class Answer:
    """What the other side said: the status, and at most 64 KB."""

    status: int
    body: bytes


def post_form(address: str, fields: dict[str, str]) -> int:
    """POST the fields as a form; the answer's status. Raises OutboundError when it cannot be sent or no answer comes in time."""
    return post(address, urlencode(fields).encode(), content_type="application/x-www-form-urlencoded").status


def post(address: str, body: bytes, *, content_type: str, headers: Mapping[str, str] | None = None) -> Answer:
    """POST a body of this type; the answer. Raises OutboundError as `post_form` does."""
    return _send("POST", address, body, {"Content-Type": content_type, **(headers or {})})


def get(address: str, *, accept: str = "application/json") -> Answer:
    """GET an address; the answer. Raises OutboundError as `post_form` does."""
    return _send("GET", address, None, {"Accept": accept})


def _send(method: str, address: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
    try:
        parts = urlsplit(address)
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise OutboundError(_("%(address)s is no address.") % {"address": address}) from error
    if not parts.hostname or not port or parts.username:
        raise OutboundError(_("%(address)s is no address.") % {"address": address})
    connection = _Pinned(parts.hostname, port, resolve(parts.hostname, port), parts.scheme == "https")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    timer = threading.Timer(SECONDS, _cut, [connection])
    timer.daemon = True
    timer.start()
    try:
        connection.request(method, target, body, {"User-Agent": "mai-truong", "Connection": "close", **headers})
        answer = connection.getresponse()
        found = answer.read(LARGEST + 1)
        if len(found) > LARGEST:
            raise OutboundError(_("The answer is larger than 64 KB."))
        return Answer(answer.status, found)
    except (OSError, http.client.HTTPException, ValueError) as error:
        # ValueError: a line break or a letter beyond ASCII in the address or in a header.
        raise OutboundError(_("No answer: %(error)s") % {"error": error or type(error).__name__}) from error
    finally:
        timer.cancel()
        connection.close()
