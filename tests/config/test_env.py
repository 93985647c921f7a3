"""The readers of the environment say what is wrong by the variable's name."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env


def test_a_missing_text_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOT_THERE", raising=False)
    with pytest.raises(ImproperlyConfigured, match="NOT_THERE"):
        env.text("NOT_THERE")
    assert env.text("NOT_THERE", "x") == "x"


@pytest.mark.parametrize(
    ("raw", "value"), [("1", True), ("TRUE", True), ("on", True), ("0", False), ("no", False), ("", False)]
)
def test_a_flag_reads_yes_and_no(monkeypatch: pytest.MonkeyPatch, raw: str, value: bool) -> None:
    monkeypatch.setenv("FLAG", raw)
    assert env.flag("FLAG") is value


def test_a_flag_refuses_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAG", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="FLAG"):
        env.flag("FLAG")


def test_a_number_must_be_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBER", "12")
    assert env.integer("NUMBER", 1) == 12
    monkeypatch.setenv("NUMBER", "1.5")
    with pytest.raises(ImproperlyConfigured, match="NUMBER"):
        env.integer("NUMBER", 1)


def test_a_listing_drops_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIST", " a, ,b ")
    assert env.listing("LIST") == ["a", "b"]


def test_a_postgres_url_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB", "postgres://u%40x:p%3A@db.example:6432/school?sslmode=require")
    entry = env.database("DB", "")
    assert (entry["USER"], entry["PASSWORD"], entry["HOST"], entry["PORT"], entry["NAME"]) == (
        "u@x",
        "p:",
        "db.example",
        "6432",
        "school",
    )
    assert entry["OPTIONS"] == {
        "options": "-c jit=off",
        "server_side_binding": True,
        "prepare_threshold": 3,
        "sslmode": "require",
    }


@pytest.mark.parametrize(
    ("url", "name"),
    [("sqlite:////srv/school/db.sqlite3", "/srv/school/db.sqlite3"), ("sqlite:///:memory:", ":memory:")],
)
def test_a_sqlite_url_names_its_file(monkeypatch: pytest.MonkeyPatch, url: str, name: str) -> None:
    monkeypatch.setenv("DB", url)
    assert env.database("DB", "")["NAME"] == name


def test_another_database_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB", "mysql://x/y")
    with pytest.raises(ImproperlyConfigured, match="DB must start with"):
        env.database("DB", "")


def test_a_secret_is_written_once_and_readable_by_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET", raising=False)
    file = tmp_path / "deep" / "secret"
    first = env.secret("SECRET", file)
    assert len(first) > 60
    assert env.secret("SECRET", file) == first
    assert file.stat().st_mode & 0o077 == 0
    assert [path.name for path in file.parent.iterdir()] == ["secret"]
    monkeypatch.setenv("SECRET", "from outside")
    assert env.secret("SECRET", file) == "from outside"


def test_a_storage_url_names_server_bucket_and_keys() -> None:
    options = env.storage("s3://key:se%2Fcret@127.0.0.1:9000/school?secure=0")["OPTIONS"]
    assert options["endpoint_url"] == "http://127.0.0.1:9000"
    assert (options["bucket_name"], options["access_key"], options["secret_key"]) == ("school", "key", "se/cret")


@pytest.mark.parametrize("url", ["ftp://x/y", "s3://key:secret@host"])
def test_a_storage_that_is_no_s3_bucket_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="STORAGE_URL"):
        env.storage(url)
