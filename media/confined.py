"""What a child process that works on other people's files may use, and that it ends with its worker."""

import contextlib
import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def confined(
    *,
    cpu_seconds: int | None = None,
    memory_bytes: int | None = None,
    file_bytes: int | None = None,
    network: bool = True,
) -> Callable[[], None]:
    """A ``preexec_fn``: a process group of its own that yields the CPU, has these limits and dies with its worker.

    Without ``network`` it leaves the network where the system allows that to an ordinary process (Linux).
    """
    parent = os.getpid()
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None  # looked up before the fork
    limits = [(resource.RLIMIT_CORE, 0)]
    for kind, most in (
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, file_bytes),
    ):
        if most is not None:
            limits.append((kind, most))

    def setup() -> None:
        os.setsid()
        os.nice(10)
        for kind, most in limits:
            resource.setrlimit(kind, (most, most))
        if not network and sys.platform == "linux":
            with contextlib.suppress(OSError):
                os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNET)
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
            if os.getppid() != parent:  # the worker died between fork and prctl
                os._exit(1)

    return setup
