"""An S3 server over HTTP that refuses when it is told to, and comes back."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any
from wsgiref.types import StartResponse

import boto3
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

REASONS = {403: "AccessDenied", 503: "SlowDown"}
KEYS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}


class Gate:
    """What stands before the store: `status` 0 lets through, otherwise it is the answer to what `refuses(method, path)`."""

    def __init__(self) -> None:
        self.status = 0
        self.refuses: Callable[[str, str], bool] = lambda method, path: True
        self.asked: list[tuple[str, str]] = []
        self.url = ""
        self._app = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        self.asked.append((method, path))
        if self.status and self.refuses(method, path):
            # read what was sent, as a server does that answers at the end
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            body = f"<Error><Code>{REASONS[self.status]}</Code><Message>refused</Message></Error>".encode()
            start(f"{self.status} Refused", [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
            return [body]
        answer: Iterable[bytes] = self._app(environ, start)
        return answer

    @property
    def storage_url(self) -> str:
        """The store's address as the settings write it."""
        return f"s3://key:secret@{self.url.removeprefix('http://')}/kho?secure=0&region=us-east-1"


@contextmanager
def gated_store() -> Iterator[Gate]:
    """The server with an empty bucket, on a free port."""
    gate = Gate()
    server = make_server("127.0.0.1", 0, gate, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    gate.url = f"http://127.0.0.1:{server.server_port}"
    try:
        with boto3_reset(gate.url):
            yield gate
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


@contextmanager
def boto3_reset(url: str) -> Iterator[None]:
    """An empty bucket at the beginning: the server's memory outlives it within a process."""
    import requests

    requests.post(f"{url}/moto-api/reset", timeout=10)
    boto3.client("s3", endpoint_url=url, **KEYS).create_bucket(Bucket="kho")
    yield
