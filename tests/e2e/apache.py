"""An application that we did not write: Apache with mod_auth_openidc in front of one page."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tools.apache import MODULE

PAGE = """<!doctype html><html lang="vi"><meta charset="utf-8"><link rel="icon" href="data:,"><title>Ứng dụng</title>
<h1 id="who"><!--#echo var="REMOTE_USER" --></h1>
<p id="name"><!--#echo var="OIDC_CLAIM_name" --></p>
<p id="groups"><!--#echo var="OIDC_CLAIM_groups" --></p>
<p id="sid"><!--#echo var="OIDC_CLAIM_sid" --></p>
<a id="out" href="/oidc/callback?logout={bye}">Đăng xuất</a></html>"""
BYE = """<!doctype html><html lang="vi"><meta charset="utf-8"><link rel="icon" href="data:,"><title>Tạm biệt</title>
<h1>Tạm biệt</h1></html>"""
CONFIGURATION = """
ServerName app.localhost
Listen 127.0.0.1:{port}
{modules}
{user}
PidFile {folder}/apache.pid
ErrorLog {folder}/error.log
Mutex file:{folder}
DocumentRoot {folder}/pages
TypesConfig /dev/null
AddType text/html .html
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {client_id}
OIDCClientSecret {secret}
OIDCRedirectURI {here}/oidc/callback
OIDCCryptoPassphrase {passphrase}
OIDCPKCEMethod S256
OIDCScope "openid profile email roles"
OIDCRemoteUserClaim preferred_username
OIDCSessionType server-cache
OIDCSSLValidateServer Off
# The machine of the tests is busy, the module waits five seconds by default.
OIDCHTTPTimeoutShort 30
OIDCHTTPTimeoutLong 60
OIDCPassClaimsAs environment latin1
<Location "/">
  AuthType openid-connect
  Require valid-user
  Options +Includes
  SetOutputFilter INCLUDES
</Location>
<Location "/bye.html">
  AuthMerging Off
  Require all granted
</Location>
# Its own place, or the module's rule for the pages answers a sign-out notice with 401.
<Location "/oidc/callback">
  AuthType openid-connect
  AuthMerging Off
  Require valid-user
</Location>
"""
MODULES = ("mpm_event", "authn_core", "authz_core", "authz_user", "mime", "env", "dir", "include", "auth_openidc")


@dataclass(frozen=True)
class Apache:
    """Where the application is."""

    port: int

    def url(self, path: str = "/") -> str:
        return f"http://app.localhost:{self.port}{path}"

    @property
    def redirect_uri(self) -> str:
        return self.url("/oidc/callback")

    @property
    def backchannel_uri(self) -> str:
        return f"http://127.0.0.1:{self.port}/oidc/callback?logout=backchannel"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(100):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert process.poll() is None, log.read_text() if log.exists() else "Apache ended without a word."
        time.sleep(0.1)
    raise AssertionError("Apache did not start within ten seconds.")


@contextmanager
def serving(program: str, apache: Apache, *, issuer: str, client_id: str, secret: str) -> Iterator[None]:
    """Run the server in the foreground, in a folder of its own, and end it by its process id."""
    with tempfile.TemporaryDirectory(prefix="mai-truong-apache-") as name:
        folder = Path(name)
        # Started as root it serves as another user, who must be able to read the pages.
        folder.chmod(0o755)
        (folder / "pages").mkdir(mode=0o755)
        bye = apache.url("/bye.html").replace(":", "%3A").replace("/", "%2F")
        (folder / "pages" / "index.html").write_text(PAGE.replace("{bye}", bye), encoding="utf-8")
        (folder / "pages" / "bye.html").write_text(BYE, encoding="utf-8")
        configuration = folder / "apache.conf"
        modules = "\n".join(f"LoadModule {one}_module {MODULE.parent}/mod_{one}.so" for one in MODULES)
        configuration.write_text(
            CONFIGURATION.format(
                port=apache.port,
                modules=modules,
                user="User www-data\nGroup www-data" if os.geteuid() == 0 else "",
                folder=folder,
                issuer=issuer,
                client_id=client_id,
                secret=secret,
                here=apache.url("").rstrip("/"),
                passphrase=secrets.token_hex(16),
            ),
            encoding="utf-8",
        )
        # A browser test that hangs must not leave a server behind.
        words = ["timeout", "300", program, "-d", str(folder), "-f", str(configuration), "-DFOREGROUND"]
        with (folder / "output.log").open("wb") as log:
            process = subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            _wait(apache.port, process, folder / "output.log")
            yield
        finally:
            print((folder / "error.log").read_text(encoding="utf-8", errors="replace"))  # noqa: T201
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(timeout=15)
