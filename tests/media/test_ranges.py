"""Byte ranges as RFC 9110 has them."""

import io
from typing import Any

import pytest
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from media.ranges import Representation, parse_range, respond

BODY = bytes(range(100))
CHANGED = 1_760_000_000.0


def ask(**headers: str) -> tuple[HttpResponseBase, bytes]:
    request = RequestFactory().get("/", headers={name.replace("_", "-"): value for name, value in headers.items()})
    response: Any = respond(request, Representation(io.BytesIO(BODY), len(BODY), "video/mp4", "tag", CHANGED))
    return response, b"".join(response.streaming_content) if response.streaming else response.content


def test_without_a_range_the_whole_file_comes_and_says_that_ranges_work() -> None:
    response, body = ask()
    assert (response.status_code, body) == (200, BODY)
    assert response["Accept-Ranges"] == "bytes"
    assert response["Content-Length"] == "100"


@pytest.mark.parametrize(
    ("header", "expected", "content_range"),
    [
        ("bytes=0-9", BODY[:10], "bytes 0-9/100"),
        ("bytes=90-", BODY[90:], "bytes 90-99/100"),
        ("bytes=-5", BODY[-5:], "bytes 95-99/100"),
        ("bytes=95-400", BODY[95:], "bytes 95-99/100"),
        ("bytes=-400", BODY, "bytes 0-99/100"),
    ],
)
def test_one_range_is_answered_with_206_and_its_place(header: str, expected: bytes, content_range: str) -> None:
    response, body = ask(Range=header)
    assert (response.status_code, body, response["Content-Range"]) == (206, expected, content_range)
    assert response["Content-Length"] == str(len(expected))


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=200-300", "bytes=-0"])
def test_a_range_behind_the_end_is_416_and_tells_the_size(header: str) -> None:
    response, body = ask(Range=header)
    assert (response.status_code, body, response["Content-Range"]) == (416, b"", "bytes */100")


@pytest.mark.parametrize(
    "header", ["items=0-1", "bytes=a-b", "bytes=5-2", "bytes=", "bytes=0-9,5-12", "bytes=" + ",".join(["0-0"] * 9)]
)
def test_a_range_that_makes_no_sense_is_ignored(header: str) -> None:
    response, body = ask(Range=header)
    assert (response.status_code, body) == (200, BODY)


def test_several_ranges_come_as_parts_of_one_answer_with_its_true_length() -> None:
    response, body = ask(Range="bytes=0-1,10-11")
    assert response.status_code == 206
    boundary = response["Content-Type"].partition("boundary=")[2].encode()
    parts = body.split(b"--" + boundary)
    assert response["Content-Length"] == str(len(body))
    assert [part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for part in parts[1:3]] == [BODY[:2], BODY[10:12]]
    assert b"Content-Range: bytes 10-11/100" in parts[2]


def test_if_range_with_another_validator_gets_the_whole_file() -> None:
    assert ask(Range="bytes=0-1", If_Range='"other"')[0].status_code == 200
    assert ask(Range="bytes=0-1", If_Range='"tag"')[0].status_code == 206
    first, _ = ask()
    assert ask(Range="bytes=0-1", If_Range=first["Last-Modified"])[0].status_code == 206


def test_a_known_file_is_not_sent_again() -> None:
    response, body = ask(If_None_Match='"tag"')
    assert (response.status_code, body) == (304, b"")


def test_a_compressing_middleware_leaves_the_bytes_alone() -> None:
    request = RequestFactory().get("/", headers={"Accept-Encoding": "gzip"})
    respond(request, Representation(io.BytesIO(BODY), len(BODY), "video/mp4", "tag", CHANGED))
    assert request.headers["Accept-Encoding"] == "identity"


def test_ranges_keep_the_order_they_were_asked_in() -> None:
    assert parse_range("bytes=50-59,0-9", 100) == [(50, 59), (0, 9)]
