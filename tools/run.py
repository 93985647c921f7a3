"""`make run`: from a fresh clone to a working district, then web, worker and scheduler until Ctrl-C."""

from __future__ import annotations

import json
import os
import socket
import time
import urllib.error
import urllib.request

from tools.setup import manage, prepare
from tools.steps import PYTHON, ROOT, VAR, Stop, main, say, step
from tools.supervise import Child, Supervisor, log_of

HEALTH = "/suc-khoe/"
START_SECONDS = 60.0
SIGN_INS = VAR / "demo-sign-ins.json"


def port_number() -> int:
    """The port asked for by PORT, 8000 when none is."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise Stop(f"PORT={text} is not a port; take a number from 1024 to 65535.")
    return int(text)


def refuse_taken(port: int) -> None:
    """Say plainly that something listens on the port, before minutes are spent on the set-up."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Stop(
                f"port {port} is taken ({error.strerror}). Is the district running already? "
                f"Stop that one, or take another port: make run PORT={port + 1}"
            ) from error


def children(port: int) -> list[Child]:
    """The three processes. Threads instead of forked pools: one process per role is light and the same on macOS."""
    python = str(PYTHON)
    celery = [python, "-m", "celery", "-A", "config"]
    web = [python, "-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    web += ["--worker-class", "gthread", "--workers", "1", "--threads", "12"]
    web += ["--timeout", "120", "--graceful-timeout", "3", "--log-level", "warning"]
    return [
        Child("web", web),
        Child("worker", [*celery, "worker", "--pool", "threads", "--concurrency", "2", "--loglevel", "INFO"]),
        Child("scheduler", [*celery, "beat", "--loglevel", "INFO", "--pidfile", ""]),
    ]


def wait_until_it_answers(port: int, supervisor: Supervisor) -> None:
    """Until the health page answers 200; a web process that cannot start is told at once with its log."""
    deadline = time.monotonic() + START_SECONDS
    web = supervisor.children[0]
    while time.monotonic() < deadline and not supervisor.stopping.is_set():
        if web.process is not None and web.process.poll() is not None:
            break
        request = urllib.request.Request(f"http://127.0.0.1:{port}{HEALTH}", headers={"Host": f"localhost:{port}"})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    if not supervisor.stopping.is_set():
        raise Stop(f"the web process does not answer on port {port}; see {log_of('web')}")


def print_addresses(port: int) -> None:
    """The addresses and one sign-in per role, from what the demonstration wrote."""
    say(f"\n  Mái Trường is open: http://localhost:{port}   (Ctrl-C closes it)\n")
    if not SIGN_INS.is_file():
        return
    facts = json.loads(SIGN_INS.read_text(encoding="utf-8"))
    for host, title in facts["hosts"]:
        say(f"    http://{host.format(port=port):<42} {title}")
    say("\n  Sign in as (demonstration people; all of them are invented)\n")
    for person in facts["people"]:
        say(f"    {person['role']:<24} {person['code']:<18} {person['password']:<16} {person['name']}")
    say(f"\n  Logs: var/log/   Data: var/   ({ROOT.name} loses nothing between two starts)\n")


def work() -> int:
    """The whole of `make run`."""
    port = port_number()
    refuse_taken(port)
    say("Mái Trường: setting up")
    prepare("base")
    env = {
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE") or "config.settings.dev",
        "PLATFORM_HOST": f"localhost:{port}",
        "CONTENT_HOST": f"content.localhost:{port}",
    }
    with step("database, catalogues, demonstration district"):
        manage("prepare", log="prepare", env=env, timeout=600)
    supervisor = Supervisor(children(port), verbose=bool(os.environ.get("VERBOSE")), env=env)
    with step("web, worker and scheduler"):
        supervisor.start()
        try:
            wait_until_it_answers(port, supervisor)
        except BaseException:
            supervisor.stop()
            raise
    if not supervisor.stopping.is_set():
        print_addresses(port)
    try:
        supervisor.watch()
    finally:
        say("\n  Closing …")
        supervisor.stop()
        say("  Closed; everything is kept in var/.")
    return 0


if __name__ == "__main__":
    main("run", work)
