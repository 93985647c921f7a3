"""The limit of serving bytes: a static file server, WhiteNoise alone, under the same web server. Its folder: STATIC_BENCH_ROOT."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from whitenoise import WhiteNoise


def _nothing(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    start("404 Not Found", [("Content-Length", "0")])
    return []


application = WhiteNoise(_nothing, root=os.environ["STATIC_BENCH_ROOT"], prefix="files/")
