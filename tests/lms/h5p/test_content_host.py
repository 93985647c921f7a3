"""The content host: no cookies, own policy, signed addresses that end; and who gets one."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.db.models import Q
from django.test import Client

from lms.h5p import policies
from lms.h5p.models import Content, ContentFile, Library
from lms.h5p.services import content_install, library_decide
from school.organisation.models import Enrolment
from tests.lms.h5p.packages import LIBRARY, PNG, files_of, install, quick_check, zipped
from tests.world import World

CONTENT = {"host": "content.localhost"}


@pytest.fixture
def picture_content(world: World) -> Content:
    """A content of school A's teacher with a picture; class 6A1 is granted it, as a lesson would."""
    files = files_of(quick_check())
    semantics = json.loads(files[f"{LIBRARY}/semantics.json"])
    semantics.append({"name": "picture", "type": "image"})
    params = json.loads(files["content/content.json"])
    params["picture"] = {"path": "images/a.png", "mime": "image/png"}
    files |= {
        f"{LIBRARY}/semantics.json": json.dumps(semantics).encode(),
        "content/content.json": json.dumps(params).encode(),
        "content/images/a.png": PNG,
    }
    package = zipped(files)
    install(world.office_admin, data=package)
    return install(world.a.teacher, world.a.school, data=package)


@pytest.fixture(autouse=True)
def grants() -> Any:
    before = list(policies._GRANTS)
    yield
    policies._GRANTS[:] = before


def grant_class(content: Content, school_class: Any) -> None:
    def rule(user: Any) -> Q:
        inside = Enrolment.objects.filter(student=user, school_class=school_class).exists()
        return Q(pk=content.pk) if inside else Q(pk__in=[])

    policies.grant(rule)


def page_of(client: Client, content: Content) -> str:
    """The signed path of the player."""
    answer = client.get(f"/h5p/{content.pk}/choi/")
    assert answer.status_code == 302, answer.status_code
    where = urlsplit(answer.headers["Location"])
    assert where.netloc.startswith("content.localhost")
    return where.path


def integration_of(answer: Any) -> dict[str, Any]:
    text = answer.content.decode().split('id="integration" type="application/json">')[1].split("</script>")[0]
    return json.loads(text)


def picture_of(answer: Any, content: Content) -> str:
    found = integration_of(answer)["contents"][f"cid-{content.pk}"]
    path = json.loads(found["jsonContent"])["picture"]["path"]
    return urlsplit(found["contentUrl"]).path + "/" + path


def test_the_class_of_the_lesson_plays_and_gets_the_files(
    world: World, client_for: Callable[..., Client], picture_content: Content
) -> None:
    grant_class(picture_content, world.a.class1)
    path = page_of(client_for(world.a.student), picture_content)
    answer = Client().get(path, headers=CONTENT)
    assert answer.status_code == 200
    picture = Client().get(picture_of(answer, picture_content), headers=CONTENT)
    assert picture.status_code == 200
    assert b"".join([picture.content]) == PNG
    assert picture.headers["Content-Type"] == "image/png"
    assert "immutable" in picture.headers["Cache-Control"]
    assert "sandbox" in picture.headers["Content-Security-Policy"]


@pytest.mark.parametrize("who", ["outsider", "father", "b.student", "b.teacher", "b.principal"])
def test_another_class_or_school_gets_404_for_the_content(
    world: World, client_for: Callable[..., Client], picture_content: Content, who: str
) -> None:
    grant_class(picture_content, world.a.class1)
    cast, _dot, name = who.rpartition(".")
    client = client_for(getattr(world.b if cast else world.a, name))
    base = f"/h5p/{picture_content.pk}/"
    assert [client.get(base + part).status_code for part in ("", "choi/")] == [404, 404]
    for part in ("ket-qua/", "trang-thai/"):
        assert client.post(base + part, {}, content_type="application/json").status_code == 404


@pytest.mark.parametrize("who", ["teacher", "principal", "school_admin"])
def test_the_owner_and_the_heads_of_the_school_see_it(
    world: World, client_for: Callable[..., Client], picture_content: Content, who: str
) -> None:
    assert client_for(getattr(world.a, who)).get(f"/h5p/{picture_content.pk}/").status_code == 200


def test_an_address_of_the_files_ends_with_the_right(
    world: World, client_for: Callable[..., Client], picture_content: Content
) -> None:
    grant_class(picture_content, world.a.class1)
    page = page_of(client_for(world.a.student), picture_content)
    picture = picture_of(Client().get(page, headers=CONTENT), picture_content)
    Enrolment.objects.filter(student=world.a.student).update(school_class=world.a.class2)
    cache.clear()  # the answer is remembered for a minute
    assert Client().get(picture, headers=CONTENT).status_code == 404
    assert Client().get(page, headers=CONTENT).status_code == 404


def test_an_address_is_good_for_one_content_and_one_purpose_and_not_for_ever(
    world: World,
    client_for: Callable[..., Client],
    picture_content: Content,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = client_for(world.a.teacher)
    page = page_of(client, picture_content)
    picture = picture_of(Client().get(page, headers=CONTENT), picture_content)
    page_token, file_token = page.split("/")[2], picture.split("/")[2]
    other = ContentFile.objects.exclude(content=picture_content).get()
    refused = [
        f"/choi/{file_token}/",
        f"/noi-dung/{page_token}/{picture.split('/', 3)[3]}",
        f"/noi-dung/{file_token}/{other.path}",
        f"/noi-dung/{file_token}/content.json",
        f"/noi-dung/{file_token}/../{other.content.folder}/{other.path}",
        f"/noi-dung/{file_token[:-1]}x/{picture.split('/', 3)[3]}",
        "/choi/x/",
    ]
    assert [Client().get(path, headers=CONTENT).status_code for path in refused] == [404] * len(refused)
    later = time.time() + 11 * 60
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert Client().get(page, headers=CONTENT).status_code == 404
    assert Client().get(picture, headers=CONTENT).status_code == 200
    later += 7 * 3600
    assert Client().get(picture, headers=CONTENT).status_code == 404


def test_the_player_neither_reads_nor_sets_a_cookie_and_is_caged(
    world: World, client_for: Callable[..., Client], picture_content: Content
) -> None:
    page = page_of(client_for(world.a.teacher), picture_content)
    visitor = Client()
    visitor.cookies["sessionid"] = client_for(world.b.student).cookies["sessionid"].value
    answer = visitor.get(page, headers=CONTENT)
    assert answer.status_code == 200
    assert not answer.cookies
    assert "Cookie" not in answer.headers.get("Vary", "")
    policy = answer.headers["Content-Security-Policy"]
    for word in (
        "default-src 'none'",
        "connect-src http://content.localhost",
        "script-src 'self';",
        "form-action 'none'",
        "sandbox ",
    ):
        assert word in policy
    assert "frame-ancestors http://localhost" in policy
    assert "unsafe-eval" not in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "X-Frame-Options" not in answer.headers
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_page_tells_the_package_nothing_about_the_person(
    world: World, client_for: Callable[..., Client], picture_content: Content
) -> None:
    text = Client().get(page_of(client_for(world.a.teacher), picture_content), headers=CONTENT).content.decode()
    assert world.a.teacher.full_name not in text
    assert world.a.teacher.code not in text


def test_platform_pages_do_not_answer_on_the_content_host_and_the_player_not_on_the_platform(
    world: World, client_for: Callable[..., Client], picture_content: Content
) -> None:
    client = client_for(world.a.teacher)
    page = page_of(client, picture_content)
    assert client.get(page).status_code == 404
    assert client.get(f"/h5p/{picture_content.pk}/", headers=CONTENT).status_code == 404
    assert client.get("/dang-nhap/", headers=CONTENT).status_code == 404


def test_library_files_hold_the_full_version_and_stay_for_ever(world: World) -> None:
    install(world.office_admin)
    address = "/thu-vien/MaiTruong.QuickCheck-1.0.0/quick-check.js"
    answer = Client().get(address, headers=CONTENT)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    missing = ["1.0.1/quick-check.js", "1.0/quick-check.js", "1.0.0/none.js", "1.0.0/../../../db.sqlite3"]
    paths = [f"/thu-vien/MaiTruong.QuickCheck-{rest}" for rest in missing]
    assert [Client().get(path, headers=CONTENT).status_code for path in paths] == [404] * 4
    library_decide(library=Library.objects.get(), decision="disable")
    assert Client().get(address, headers=CONTENT).status_code == 404


def test_a_content_of_a_disabled_library_says_so_and_loads_nothing(
    world: World, client_for: Callable[..., Client], picture_content: Content
) -> None:
    library_decide(library=Library.objects.get(), decision="disable")
    answer = Client().get(page_of(client_for(world.a.teacher), picture_content), headers=CONTENT)
    assert answer.status_code == 410
    assert "quick-check.js" not in answer.content.decode()


@pytest.mark.parametrize(
    ("asked", "status", "part", "told"),
    [
        ("bytes=0-3", 206, PNG[:4], f"bytes 0-3/{len(PNG)}"),
        ("bytes=4-", 206, PNG[4:], f"bytes 4-{len(PNG) - 1}/{len(PNG)}"),
        ("bytes=-5", 206, PNG[-5:], f"bytes {len(PNG) - 5}-{len(PNG) - 1}/{len(PNG)}"),
        ("bytes=9999-", 416, b"", f"bytes */{len(PNG)}"),
        ("lines=1-2", 200, PNG, None),
    ],
)
def test_players_may_ask_for_a_part_of_a_file(
    world: World,
    client_for: Callable[..., Client],
    picture_content: Content,
    asked: str,
    status: int,
    part: bytes,
    told: str | None,
) -> None:
    page = Client().get(page_of(client_for(world.a.teacher), picture_content), headers=CONTENT)
    answer = Client().get(
        picture_of(page, picture_content), headers={**CONTENT, "range": asked, "accept-encoding": "gzip"}
    )
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert (answer.status_code, body, answer.headers.get("Content-Range")) == (status, part, told)


def test_the_player_page_asks_a_fixed_number_of_queries(
    world: World,
    client_for: Callable[..., Client],
    picture_content: Content,
    django_assert_max_num_queries: Any,
) -> None:
    page = page_of(client_for(world.a.teacher), picture_content)
    with django_assert_max_num_queries(16):
        assert Client().get(page, headers=CONTENT).status_code == 200


def test_a_patch_of_a_library_repairs_the_contents_that_use_it(world: World, client_for: Callable[..., Client]) -> None:
    content = install(world.office_admin, world.a.school)
    files = files_of(quick_check())
    library = json.loads(files[f"{LIBRARY}/library.json"]) | {"patchVersion": 1}
    semantics = [one for one in json.loads(files[f"{LIBRARY}/semantics.json"]) if one["name"] != "intro"]
    files |= {
        f"{LIBRARY}/library.json": json.dumps(library).encode(),
        f"{LIBRARY}/semantics.json": json.dumps(semantics).encode(),
    }
    content_install(file=io.BytesIO(zipped(files)), by=world.office_admin, school=None)
    content.refresh_from_db()
    assert content.stale
    answer = Client().get(page_of(client_for(world.office_admin), content), headers=CONTENT)
    text = answer.content.decode()
    assert "MaiTruong.QuickCheck-1.0.1/quick-check.js" in text
    content.refresh_from_db()
    assert not content.stale
    assert "intro" not in content.params
    assert "intro" in content.source_params
