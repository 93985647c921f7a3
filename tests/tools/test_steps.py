"""Stamps and commands of the set-up."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools import steps

pytestmark = pytest.mark.pure


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Logs of the test go to its own folder."""
    monkeypatch.setattr(steps, "LOG", tmp_path)
    return tmp_path


def test_a_step_is_fresh_only_for_just_the_input_it_was_done_for(tmp_path: Path) -> None:
    lock, stamp = tmp_path / "lock.txt", tmp_path / "deep" / "stamp"
    lock.write_text("a==1")
    first = steps.fingerprint([lock], "3.13")
    assert not steps.is_fresh(stamp, first)
    steps.set_stamp(stamp, first)
    assert steps.is_fresh(stamp, first)
    lock.write_text("a==2")
    assert not steps.is_fresh(stamp, steps.fingerprint([lock], "3.13"))
    lock.unlink()
    assert steps.fingerprint([lock]) != first


def test_a_failed_command_is_told_with_the_end_of_its_output(logs: Path) -> None:
    script = "for n in range(200): print('line', n)\nraise SystemExit(4)"
    with pytest.raises(steps.Stop) as told:
        steps.run([sys.executable, "-c", script], log="try")
    text = str(told.value)
    assert "line 199" in text
    assert "line 100\n" not in text
    assert "ended with 4" in text


def test_a_command_that_hangs_is_ended_and_told(logs: Path) -> None:
    with pytest.raises(steps.Stop, match="did not end within 1 s"):
        steps.run([sys.executable, "-c", "import time; time.sleep(60)"], log="hang", timeout=1)


def test_an_empty_extra_variable_takes_the_developers_own_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://mine")
    assert "DATABASE_URL" not in steps.environment({"DATABASE_URL": ""})
    assert steps.environment({})["DATABASE_URL"] == "postgres://mine"


def test_the_python_finder_takes_a_named_python_and_says_a_sentence_when_there_is_none(tmp_path: Path) -> None:
    finder = steps.ROOT / "tools" / "find_python.sh"
    found = subprocess.run(
        ["/bin/sh", finder], env={"PYTHON": sys.executable, "PATH": "/usr/bin:/bin"}, capture_output=True, text=True
    )
    assert found.stdout.strip() == sys.executable
    copy = tmp_path / "tools" / "find_python.sh"
    copy.parent.mkdir()
    copy.write_text(finder.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "dirname").symlink_to("/usr/bin/dirname")
    (tmp_path / "bin" / "cat").symlink_to("/bin/cat")
    none = subprocess.run(
        ["/bin/sh", copy],
        env={"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path), "PYTHON": str(tmp_path / "missing")},
        capture_output=True,
        text=True,
    )
    assert none.returncode == 1
    assert "Python 3.12 or newer" in none.stderr
