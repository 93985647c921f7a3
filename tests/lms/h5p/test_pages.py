"""The pages of H5P: a teacher's upload, the office's libraries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from lms.h5p.models import Content, Library
from tests.lms.h5p.packages import QUICK_CHECK, install, quick_check, with_files
from tests.world import World


def package(data: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile("kiem-tra.h5p", quick_check() if data is None else data)


def test_a_teacher_uploads_and_sees_the_content(world: World, client_for: Callable[..., Client]) -> None:
    install(world.office_admin)
    client = client_for(world.a.teacher)
    assert client.get("/h5p/tai-len/").status_code == 200
    answer = client.post("/h5p/tai-len/", {"file": package()}, follow=True)
    made = Content.objects.latest("pk")
    assert answer.redirect_chain == [(f"/h5p/{made.pk}/", 302)]
    assert (made.owner, made.school, made.source_name) == (world.a.teacher, world.a.school, "kiem-tra.h5p")
    assert "data-h5p-player" in answer.content.decode()


def test_the_lesson_editor_gets_the_content_as_json(world: World, client_for: Callable[..., Client]) -> None:
    install(world.office_admin)
    client = client_for(world.a.teacher)
    answer = client.post("/h5p/tai-len/", {"file": package()}, headers={"accept": "application/json"})
    made = Content.objects.latest("pk")
    assert answer.status_code == 201
    assert answer.json() == {"id": made.pk, "title": made.title, "url": f"/h5p/{made.pk}/"}


def test_a_refused_package_is_explained_on_the_page_and_as_json(
    world: World, client_for: Callable[..., Client]
) -> None:
    client = client_for(world.a.teacher)
    page = client.post("/h5p/tai-len/", {"file": package()})
    assert page.status_code == 422
    assert "MaiTruong.QuickCheck 1.0" in page.content.decode()
    broken = with_files(**{"content/content.json": b"{", "content/a.exe": b"x"})
    answer = client.post("/h5p/tai-len/", {"file": package(broken)}, headers={"accept": "application/json"})
    assert answer.status_code == 422
    assert {one["code"] for one in answer.json()["problems"]} == {"not-in-whitelist", "unable-to-parse-package"}
    empty = client.post("/h5p/tai-len/", {}, headers={"accept": "application/json"})
    assert [one["code"] for one in empty.json()["problems"]] == ["form"]
    assert not Content.objects.exists()


@pytest.mark.parametrize("who", ["student", "father"])
def test_pupils_and_parents_upload_nothing(world: World, client_for: Callable[..., Client], who: str) -> None:
    client = client_for(getattr(world.a, who))
    assert client.get("/h5p/tai-len/").status_code == 403
    assert client.post("/h5p/tai-len/", {"file": package()}).status_code == 403


def test_the_office_installs_and_takes_libraries_out_of_use(world: World, client_for: Callable[..., Client]) -> None:
    client = client_for(world.office_admin)
    assert client.get("/h5p/thu-vien/").status_code == 200
    assert client.post("/h5p/thu-vien/tai-len/", {"file": package()}).status_code == 302
    library = Library.objects.get()
    install(world.a.teacher, world.a.school)
    page = client.get("/h5p/thu-vien/").content.decode()
    assert "MaiTruong.QuickCheck" in page
    assert "1.0.0" in page
    assert client.post(f"/h5p/thu-vien/{library.pk}/", {"decision": "disable"}).status_code == 302
    library.refresh_from_db()
    assert library.disabled
    refused = client_for(world.a.teacher).post("/h5p/tai-len/", {"file": package()})
    assert refused.status_code == 422
    client.post(f"/h5p/thu-vien/{library.pk}/", {"decision": "enable"})
    library.refresh_from_db()
    assert not library.disabled
    assert client.post(f"/h5p/thu-vien/{library.pk}/", {"decision": "delete"}).status_code == 400


def test_a_package_that_is_none_is_explained_to_the_office(world: World, client_for: Callable[..., Client]) -> None:
    answer = client_for(world.office_admin).post("/h5p/thu-vien/tai-len/", {"file": package(b"no zip")})
    assert answer.status_code == 422
    assert not Library.objects.exists()


@pytest.mark.parametrize("who", ["teacher", "principal", "school_admin", "student"])
def test_nobody_but_the_office_decides_on_code(world: World, client_for: Callable[..., Client], who: str) -> None:
    install(world.office_admin)
    client = client_for(getattr(world.a, who))
    library = Library.objects.get()
    assert client.get("/h5p/thu-vien/").status_code == 403
    assert client.post("/h5p/thu-vien/tai-len/", {"file": package()}).status_code == 403
    assert client.post(f"/h5p/thu-vien/{library.pk}/", {"decision": "disable"}).status_code == 403


def test_the_list_of_libraries_asks_a_fixed_number_of_queries(
    world: World, client_for: Callable[..., Client], django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        Library.objects.create(machine_name=f"H5P.L{number}", major=1, minor=0, title="L")
    install(world.office_admin)
    Library.objects.filter(current=None).update(current=Library.objects.get(title="Kiểm tra nhanh").current)
    client = client_for(world.office_admin)
    client.get("/h5p/thu-vien/")
    with django_assert_max_num_queries(12):
        assert client.get("/h5p/thu-vien/").status_code == 200


def test_the_same_folder_is_packed_into_the_same_bytes(tmp_path: Path) -> None:
    target = tmp_path / "a.h5p"
    call_command("h5p_pack", str(QUICK_CHECK), str(target))
    assert target.read_bytes() == quick_check()
