"""Requests to addresses that somebody typed in: nothing inside the house is reached, nothing hangs, nothing leads on."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from school import outbound
from school.outbound import Answer, OutboundError, get, post_form


def request(connection: socket.socket) -> bytes:
    """One whole request; of a peer that speaks TLS its first words."""
    got = connection.recv(65536)
    while b"Content-Length: " in got:
        head, _, body = got.partition(b"\r\n\r\n")
        if len(body) >= int(head.partition(b"Content-Length: ")[2].split(b"\r\n")[0]):
            break
        got += connection.recv(65536)
    return got


@contextmanager
def peer(answer: Callable[[socket.socket], None]) -> Iterator[tuple[int, list[bytes]]]:
    """A server of one's own on a free port; what it was sent."""
    listener, heard = socket.create_server(("127.0.0.1", 0)), []

    def run() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                heard.append(request(connection))
                try:
                    answer(connection)
                except OSError:
                    continue

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], heard
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(timeout=10)


def say(text: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(text)


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def inside(settings: Any) -> None:
    """The operator allowed this machine."""
    settings.OUTBOUND_NETWORKS = ["127.0.0.0/8"]


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "169.254.169.254",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "100.64.0.1",
        "0.0.0.0",
        "[::1]",
        "[fe80::1]",
        "[fd00::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "2130706433",
        "0x7f.1",
        "224.0.0.1",
        "255.255.255.255",
    ],
)
def test_nothing_inside_the_house_is_reached(host: str, settings: Any) -> None:
    settings.OUTBOUND_NETWORKS = []
    with peer(say(OK)) as (port, heard):
        with pytest.raises(OutboundError, match=r"nằm trong mạng nội bộ|không có địa chỉ"):
            post_form(f"http://{host}:{port}/", {"a": "1"})
        assert heard == []


def test_a_network_that_the_operator_named_is_reached(inside: None) -> None:
    with peer(say(OK)) as (port, heard):
        assert post_form(f"http://127.0.0.1:{port}/hear?x=1", {"logout_token": "a b"}) == 200
    assert heard[0].startswith(b"POST /hear?x=1 HTTP/1.1\r\n")
    assert heard[0].endswith(b"logout_token=a+b")


def test_a_name_with_one_address_inside_is_refused(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.OUTBOUND_NETWORKS = []
    both = [(0, 0, 0, "", ("93.184.216.34", 80)), (0, 0, 0, "", ("127.0.0.1", 80))]
    monkeypatch.setattr(outbound.socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(OutboundError, match="nằm trong mạng nội bộ"):
        outbound.resolve("rebind.example", 80)


def test_a_name_is_asked_once_and_the_connection_goes_to_that_answer(
    monkeypatch: pytest.MonkeyPatch, inside: None
) -> None:
    """A name that answers a public address first and ours second (DNS rebinding) is not asked a second time."""
    asked = []
    real = socket.getaddrinfo

    def answers(host: str, port: int, *rest: Any, **more: Any) -> Any:
        if host != "rebind.example":
            return real(host, port, *rest, **more)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(outbound.socket, "getaddrinfo", answers)
    with peer(say(OK)) as (port, heard):
        assert post_form(f"http://rebind.example:{port}/", {}) == 200
    assert asked == ["rebind.example"]
    assert b"Host: rebind.example" in heard[0]


def test_a_redirect_is_not_followed(inside: None) -> None:
    with peer(say(OK)) as (other, heard):
        away = f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{other}/\r\nContent-Length: 0\r\n\r\n".encode()
        with peer(say(away)) as (port, _):
            assert post_form(f"http://127.0.0.1:{port}/", {}) == 302
        assert heard == []


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"])
def test_a_peer_that_sends_a_byte_at_a_time_is_left(
    inside: None, monkeypatch: pytest.MonkeyPatch, start: bytes
) -> None:
    monkeypatch.setattr(outbound, "SECONDS", 1.0)

    def drip(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.1)

    with peer(drip) as (port, _):
        began = time.monotonic()
        with suppress(OutboundError):
            post_form(f"http://127.0.0.1:{port}/", {})
        assert time.monotonic() - began < 3


def test_a_silent_peer_is_an_error_in_words(inside: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "SECONDS", 0.5)
    with peer(lambda connection: time.sleep(1.5)) as (port, _), pytest.raises(OutboundError, match="Không có trả lời"):
        post_form(f"http://127.0.0.1:{port}/", {})


def test_a_huge_answer_is_not_read(inside: None) -> None:
    huge = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * (1 << 20)
    with peer(say(huge)) as (port, _), pytest.raises(OutboundError, match="64 KB"):
        post_form(f"http://127.0.0.1:{port}/", {})


@pytest.mark.parametrize(
    "address",
    ["ftp://127.0.0.1/", "file:///etc/passwd", "http://", "http://a:b@127.0.0.1/", "http://127.0.0.1:99999/", "x"],
)
def test_what_is_no_web_address_is_refused(inside: None, address: str) -> None:
    with pytest.raises(OutboundError):
        post_form(address, {})


def test_a_certificate_that_nobody_vouches_for_is_refused(inside: None) -> None:
    with peer(say(OK)) as (port, _), pytest.raises(OutboundError):
        post_form(f"https://127.0.0.1:{port}/", {})


def test_what_is_fetched_is_given_back_whole(inside: None) -> None:
    with peer(say(OK)) as (port, heard):
        assert get(f"http://127.0.0.1:{port}/keys?x=1") == Answer(200, b"ok")
    assert heard[0].startswith(b"GET /keys?x=1 HTTP/1.1\r\n")
    assert b"Accept: application/json\r\n" in heard[0]


def test_nothing_inside_the_house_is_fetched_either(settings: Any) -> None:
    settings.OUTBOUND_NETWORKS = []
    with peer(say(OK)) as (port, heard):
        with pytest.raises(OutboundError, match="nằm trong mạng nội bộ"):
            get(f"http://127.0.0.1:{port}/keys")
        assert heard == []


def test_an_address_with_a_line_break_sends_nothing_behind_it(inside: None) -> None:
    with peer(say(OK)) as (port, heard):
        with pytest.raises(OutboundError):
            get(f"http://127.0.0.1:{port}/a b")
        assert not any(b"a b" in one for one in heard)
