"""H5P in a real browser: it plays on the content host, is caged there, and its results reach the platform."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page

from lms.h5p.models import Content, Result, UserState
from lms.h5p.services import content_install
from tests.e2e.browser import axe, watch
from tests.e2e.conftest import Site
from tests.lms.h5p.packages import install, spy
from tests.shared import shared
from tests.world import World


def frame(page: Page) -> FrameLocator:
    return page.frame_locator("[data-h5p-player] iframe")


def opened(page: Page, content: Content) -> FrameLocator:
    page.goto(f"/h5p/{content.pk}/")
    page.wait_for_selector("[data-h5p-player][data-ready]")
    return frame(page)


def wait_until(page: Page, found: Callable[[], Any], what: str) -> Any:
    for _round in range(60):
        value = found()
        if value:
            return value
        page.wait_for_timeout(200)
    raise AssertionError(f"never came: {what}")


def sample(name: str, world: World) -> Content:
    with shared(f"samples/h5p/{name}").open("rb") as file:
        return content_install(file=file, by=world.office_admin, school=world.a.school, name=name)


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_pupil_plays_our_own_check_and_the_result_and_the_place_are_kept(
    world: World, site: Site, open_page: Callable[..., Page], size: str
) -> None:
    content = install(world.office_admin, world.a.school)
    page = open_page(size, world.office_admin)
    check = opened(page, content)
    check.get_by_label("3/6").check()
    wait_until(page, lambda: UserState.objects.filter(content=content).first(), "the first state")
    page.reload()
    page.wait_for_selector("[data-h5p-player][data-ready]")
    assert frame(page).get_by_label("3/6").is_checked()
    check = frame(page)
    check.locator("fieldset").nth(1).get_by_label("3/4").check()
    check.locator("fieldset").nth(2).get_by_label("2/5").check()
    check.get_by_role("button", name="Nộp bài").click()
    assert "Đúng 2 trên 3 câu" in check.get_by_role("status").inner_text()
    result = wait_until(page, lambda: Result.objects.filter(content=content, completed=True).first(), "the result")
    assert (result.score, result.max_score, result.attempts) == (2, 3, 1)
    height = page.locator("[data-h5p-player] iframe").bounding_box()
    assert height is not None
    assert height["height"] > 500


@pytest.mark.parametrize("works", [True, False], ids=["a working library", "a faulty library"])
def test_only_a_content_that_does_not_begin_is_called_faulty(
    world: World, site: Site, open_page: Callable[..., Page], works: bool
) -> None:
    content = install(world.office_admin, world.a.school, data=None if works else spy("}} not a script"))
    page = open_page("desktop", world.office_admin)
    if not works:
        watch(page).expect(".*")  # the browser names the fault, too
    page.goto(f"/h5p/{content.pk}/")
    sentence = frame(page).locator("#broken")
    page.wait_for_timeout(4500)
    assert sentence.is_visible() is not works


SPY = """
await attempt("cookie", () => document.cookie);
await attempt("parent document", () => parent.document.body.innerHTML.length);
await attempt("parent address", () => parent.location.href);
await attempt("parent storage", () => parent.localStorage.length);
await attempt("top navigation", () => { top.location = "https://example.org/"; return "asked"; });
for (const address of ["PLATFORM/suc-khoe/", "PLATFORM/h5p/1/ket-qua/", "/choi/x/", "/static/h5p/boot.js"]) {
  await attempt("fetch " + address, async () => (await fetch(address, { credentials: "include", mode: "no-cors" })).type);
}
await attempt("request", () => new Promise((good, bad) => {
  const request = new XMLHttpRequest();
  request.open("GET", "PLATFORM/");
  request.onload = () => good(request.status);
  request.onerror = () => bad(new TypeError());
  request.send();
}));
await attempt("socket", () => new Promise((good, bad) => {
  const socket = new WebSocket("ws://" + location.host + "/");
  socket.onopen = () => good("open");
  socket.onerror = () => bad(new TypeError());
}));
await attempt("picture elsewhere", () => new Promise((good, bad) => {
  const picture = new Image();
  picture.onload = () => good("loaded");
  picture.onerror = () => bad(new TypeError());
  picture.src = "PLATFORM/static/ui/icon.svg";
}));
await attempt("platform in a frame", () => new Promise((good, bad) => {
  const inner = document.createElement("iframe");
  inner.src = "PLATFORM/";
  document.body.append(inner);
  setTimeout(() => {
    const seen = inner.contentDocument;
    good(seen ? "empty: " + seen.body.childElementCount : "closed");
  }, 800);
}));
await attempt("service worker", () => navigator.serviceWorker.register("/thu-vien/MaiTruong.Spy-1.0.0/spy.js"));
await attempt("worker", () => new Promise((good, bad) => {
  const worker = new Worker(URL.createObjectURL(new Blob(["postMessage(1)"])));
  worker.onmessage = () => good("works");
  worker.onerror = () => bad(new TypeError());
}));
await attempt("eval", () => (0, eval)("1 + 1"));
await attempt("beacon", () => { navigator.sendBeacon("PLATFORM/h5p/1/trang-thai/", "{}"); return "asked"; });
for (const kind of ["state", "statement", "height"]) {
  parent.postMessage({ h5p: 99, kind, data: "stolen", statement: {}, height: 5000 }, "*");
}
"""


def test_a_package_that_spies_gets_nothing(world: World, site: Site, open_page: Callable[..., Page]) -> None:
    script = SPY.replace("PLATFORM", site.url(""))
    content = install(world.office_admin, world.a.school, data=spy(script))
    page = open_page("desktop", world.office_admin, service_workers="allow")
    watch(page).expect(".*")  # every attempt is a complaint in the console, and that is the point
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    opened(page, content)
    kept = wait_until(page, lambda: UserState.objects.filter(content=content).first(), "what the spy found")
    told = json.loads(kept.data)
    assert told.pop("done") == "yes"
    assert told.pop("cookie") in {"", "refused: SecurityError"}
    assert told.pop("beacon") == "asked"
    assert told.pop("platform in a frame") in {"closed", "empty: 0", "refused: SecurityError"}
    assert {name: answer for name, answer in told.items() if not answer.startswith("refused: ")} == {}
    assert page.url == site.url(f"/h5p/{content.pk}/")
    stolen = [url for url in asked if "ket-qua" in url or "suc-khoe" in url]
    assert stolen == []
    assert UserState.objects.count() == 1
    assert not Result.objects.exists()


def test_another_windows_messages_are_not_heard(world: World, site: Site, open_page: Callable[..., Page]) -> None:
    content = install(world.office_admin, world.a.school)
    page = open_page("desktop", world.office_admin)
    opened(page, content)
    forged = {"h5p": content.pk, "kind": "state", "data": "{}", "dataType": "state", "subContentId": "0"}
    page.evaluate("message => window.postMessage(message, '*')", forged)
    page.wait_for_timeout(2500)
    assert not UserState.objects.exists()


def test_what_was_done_offline_is_sent_when_the_network_is_back(
    world: World, site: Site, open_page: Callable[..., Page]
) -> None:
    content = install(world.office_admin, world.a.school)
    page = open_page("phone", world.office_admin)
    watch(page).expect("ERR_INTERNET_DISCONNECTED", "Failed to load resource")
    check = opened(page, content)
    page.context.set_offline(True)
    for number, answer in enumerate(["3/6", "3/4", "4/5"]):
        check.locator("fieldset").nth(number).get_by_label(answer).check()
    check.get_by_role("button", name="Nộp bài").click()
    page.wait_for_selector("[data-h5p-note]:not([hidden])")
    assert not Result.objects.exists()
    page.context.set_offline(False)
    result = wait_until(page, lambda: Result.objects.filter(completed=True).first(), "the result of the time offline")
    assert (result.score, result.max_score, result.attempts) == (3, 3, 1)
    page.wait_for_selector("[data-h5p-note]", state="hidden")


def test_a_page_that_is_closed_at_once_keeps_the_answer(
    world: World, site: Site, open_page: Callable[..., Page]
) -> None:
    content = install(world.office_admin, world.a.school)
    page = open_page("phone", world.office_admin)
    opened(page, content).get_by_label("5/8").check()
    page.wait_for_timeout(1200)
    page.goto("/")
    kept = wait_until(page, lambda: UserState.objects.filter(content=content).first(), "the state of the closed page")
    assert json.loads(kept.data)["chosen"] == [3, None, None]


def test_our_own_check_and_the_page_around_it_are_accessible(
    world: World, site: Site, open_page: Callable[..., Page]
) -> None:
    content = install(world.office_admin, world.a.school)
    page = open_page("phone", world.office_admin)
    check = opened(page, content)
    axe(page)
    for number, answer in enumerate(["3/6", "3/4", "2/5"]):
        check.locator("fieldset").nth(number).get_by_label(answer).check()
    check.get_by_role("button", name="Nộp bài").click()
    axe(page)


def test_true_false_made_by_others_plays_and_is_marked(
    world: World, site: Site, open_page: Callable[..., Page]
) -> None:
    content = sample("true-false-1.6.h5p", world)
    page = open_page("phone", world.office_admin)
    question = opened(page, content)
    question.get_by_role("radio", name="False").click()
    question.get_by_role("button", name="Check").click()
    result = wait_until(page, lambda: Result.objects.filter(completed=True).first(), "the result")
    assert (result.score, result.max_score, result.attempts) == (1, 1, 1)
    page.wait_for_timeout(1500)
    page.reload()
    page.wait_for_selector("[data-h5p-player][data-ready]")
    restored = frame(page).get_by_role("radio", name="False")
    restored.wait_for()
    assert restored.get_attribute("aria-checked") == "true"


def test_multiple_choice_made_by_others_shows_its_picture_and_is_marked(
    world: World, site: Site, open_page: Callable[..., Page]
) -> None:
    content = sample("multi-choice-1.16.h5p", world)
    page = open_page("desktop", world.office_admin)
    question = opened(page, content)
    question.get_by_text("Very dark purple").click()
    question.get_by_role("button", name="Check").click()
    result = wait_until(page, lambda: Result.objects.filter(completed=True).first(), "the result")
    assert (result.score, result.max_score) == (1, 1)


def test_the_vietnamese_story_is_read_with_its_picture_and_its_questions(
    world: World, site: Site, open_page: Callable[..., Page]
) -> None:
    content = sample("vietnamese-story.h5p", world)
    page = open_page("desktop", world.office_admin)
    book = opened(page, content)
    book.get_by_text("Xin chào mọi người!").first.wait_for()
    picture = book.locator("img[src*='/noi-dung/']").first
    picture.wait_for(state="attached")
    wait_until(page, lambda: picture.evaluate("image => image.naturalWidth"), "the picture of the story")
    assert page.frames[1].url.startswith(site.url("/choi/", "content.localhost"))


def test_drag_text_made_by_others_plays(world: World, site: Site, open_page: Callable[..., Page]) -> None:
    content = sample("drag-text-1.8.h5p", world)
    page = open_page("desktop", world.office_admin)
    opened(page, content).get_by_text("What are the colors of these berries").wait_for()


def test_a_content_whose_library_is_faulty_says_so(world: World, site: Site, open_page: Callable[..., Page]) -> None:
    content = sample("greeting-card.h5p", world)  # its script defines another name than its library.json
    page = open_page("desktop", world.office_admin)
    watch(page).expect("Unable to find constructor", "Cannot read properties of undefined")
    opened(page, content).get_by_text("Nội dung này không chạy được").wait_for()
