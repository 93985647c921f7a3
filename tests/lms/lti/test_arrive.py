"""Another platform launches our lessons, over real HTTP: what it gets, and what is not believed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.test import Client
from django.utils import timezone

from lms.lti.models import GuestResult, Learner, Platform, Report, Visit
from lms.lti.processing import sweep, tidy
from lms.lti.tool.reading import asset_of
from lms.lti.tool.registering import courses_offer, platform_save, platform_switch
from lms.lti.tool.reporting import report_send
from lms.models import Lesson, LessonProgress
from lms.services.lessons import lesson_unpublish
from school.identity.models import User
from school.oidc.keys import LTI
from school.oidc.models import SigningKey
from school.sealing import seal
from tests.lms.lti.browsing import Browser, form_of
from tests.lms.lti.moodle import DL, Moodle, running
from tests.lms.lti.moodle import LTI as CLAIM
from tests.lms.lti.party import private_key
from tests.lms.made import Class6A1, build, make_lesson, text
from tests.world import World
from tests.world import build as build_world


@dataclass
class Scene:
    """The other platform, and the course that school A offers to it."""

    platform: str
    world: World
    moodle: Moodle
    registered: Platform
    maths: Class6A1
    reading: Lesson

    def launch(self, browser: Browser | None = None, lesson: Lesson | None = None) -> requests.Response:
        """A learner of the other platform opens a lesson there; our page."""
        browser = browser or Browser()
        if lesson is not None:
            self.moodle.custom = {"lesson": str(lesson.pk)}
        return browser.submit(self.back(browser))

    def back(self, browser: Browser) -> requests.Response:
        """The platform's page that holds the signed message for us."""
        return browser.submit(browser.open(self.moodle.start))


@pytest.fixture
def scene(
    transactional_db: None, django_db_serialized_rollback: None, live_server: Any, settings: Any, lti_pem: str
) -> Iterator[Scene]:
    settings.PLATFORM_HOST = f"localhost:{live_server.thread.port}"
    settings.OUTBOUND_NETWORKS = ["127.0.0.0/8"]
    SigningKey.objects.create(purpose=LTI, number=1, pem=seal(lti_pem), not_before=timezone.now())
    world = build_world()
    with running() as moodle:
        moodle.tool = f"http://{settings.PLATFORM_HOST}"
        registered = platform_save(node=world.office, values=moodle.registration(), by=world.office_admin)
        maths = build(world, world.a)
        reading = make_lesson(maths.course, world.a, [text("<p>Đọc kĩ.</p>")], "Bài đọc")
        courses_offer(platform=registered, courses=[maths.course], by=world.a.principal)
        yield Scene(moodle.tool, world, moodle, registered, maths, reading)


def statement(scene: Scene, raw: int = 8, most: int = 10) -> dict[str, Any]:
    content = scene.maths.content
    return {
        "statement": {
            "verb": {"id": "http://adlnet.gov/expapi/verbs/answered"},
            "object": {"id": f"{scene.platform}/h5p/{content.pk}/"},
            "result": {"score": {"raw": raw, "max": most}, "completion": True},
        }
    }


def test_a_learner_reads_the_lesson_without_an_account_or_a_session(scene: Scene) -> None:
    browser = Browser()
    people = User.objects.count()
    page = scene.launch(browser, scene.maths.lesson)
    assert page.status_code == 200
    assert "Hôm nay ta học phân số." in page.text
    assert page.url.startswith(f"{scene.platform}/lti/den/bai/")
    assert User.objects.count() == people
    assert not LessonProgress.objects.exists()
    assert (Learner.objects.get().sub, Learner.objects.get().platform) == ("nguoi-hoc-7", scene.registered)
    # Neither a session nor any other cookie is left, and only that platform may frame the page.
    assert not list(browser.cookies)
    assert f"frame-ancestors {scene.moodle.host}" in page.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in page.headers
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_whoever_is_signed_in_here_stays_so_and_is_not_the_reader(scene: Scene, client_for: Any) -> None:
    browser = Browser(client_for(scene.world.a.student))
    assert scene.launch(browser, scene.maths.lesson).status_code == 200
    assert not LessonProgress.objects.exists()
    assert scene.world.a.student.full_name in browser.open(f"{scene.platform}/tai-khoan/").text


def test_a_finished_exercise_goes_home_as_a_score_and_the_best_stays(scene: Scene) -> None:
    page = scene.launch(lesson=scene.maths.lesson)
    address = f"{page.url}h5p/{scene.maths.content.pk}/ket-qua/"
    answered = requests.post(address, json=statement(scene), timeout=20)
    assert answered.json() == {"success": True, "percent": 80, "complete": True}
    [score] = scene.moodle.scores
    assert (score["userId"], score["scoreGiven"], score["scoreMaximum"]) == ("nguoi-hoc-7", 80.0, 100)
    assert (score["activityProgress"], score["gradingProgress"]) == ("Completed", "FullyGraded")
    # A worse attempt does not take points away; the exercise's highest score is the first one seen for the learner.
    requests.post(address, json=statement(scene, raw=2), timeout=20)
    assert [one["scoreGiven"] for one in scene.moodle.scores] == [80.0, 80.0]
    assert scene.moodle.scores[0]["timestamp"] < scene.moodle.scores[1]["timestamp"]
    assert Report.objects.get().state == Report.State.SENT


def test_a_lesson_to_read_is_done_when_the_learner_says_so(scene: Scene) -> None:
    browser = Browser()
    page = scene.launch(browser, scene.reading)
    done = browser.submit(page)
    assert done.url == page.url
    [score] = scene.moodle.scores
    assert score["activityProgress"] == "Completed"
    assert "scoreGiven" not in score
    assert GuestResult.objects.get().content is None


def test_a_platform_that_is_away_gets_its_score_later_and_once(scene: Scene) -> None:
    scene.moodle.refuse = 503
    page = scene.launch(lesson=scene.maths.lesson)
    requests.post(f"{page.url}h5p/{scene.maths.content.pk}/ket-qua/", json=statement(scene), timeout=20)
    waiting = Report.objects.get()
    assert (waiting.state, waiting.attempts, waiting.fault) == (Report.State.QUEUED, 1, "Nền tảng trả lời 503.")
    assert sweep() == 0
    Report.objects.update(due=timezone.now())
    scene.moodle.refuse = 0
    assert sweep() == 1
    assert sweep() == 0
    assert [one["scoreGiven"] for one in scene.moodle.scores] == [80.0]
    assert len(scene.moodle.jtis) == 1
    # What has arrived, or is on its way in another process, is not sent a second time.
    assert not report_send(waiting.pk)
    Report.objects.update(state=Report.State.QUEUED, due=timezone.now() + timedelta(minutes=2))
    assert not report_send(waiting.pk)
    assert len(scene.moodle.scores) == 1


def test_what_is_refused_again_and_again_is_given_up(scene: Scene) -> None:
    scene.moodle.refuse = 403
    page = scene.launch(lesson=scene.maths.lesson)
    requests.post(f"{page.url}h5p/{scene.maths.content.pk}/ket-qua/", json=statement(scene), timeout=20)
    for _ in range(10):
        Report.objects.filter(state=Report.State.QUEUED).update(due=timezone.now())
        sweep()
    assert (Report.objects.get().state, Report.objects.get().attempts) == (Report.State.FAILED, 7)


def test_staff_of_the_platform_read_and_send_no_score(scene: Scene) -> None:
    scene.moodle.roles = ["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"]
    page = scene.launch(lesson=scene.maths.lesson)
    requests.post(f"{page.url}h5p/{scene.maths.content.pk}/ket-qua/", json=statement(scene), timeout=20)
    assert scene.moodle.scores == []
    assert not Report.objects.exists()


def test_a_teacher_there_chooses_a_lesson_and_it_can_be_launched(scene: Scene) -> None:
    scene.moodle.message = "LtiDeepLinkingRequest"
    scene.moodle.roles = ["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"]
    browser = Browser()
    page = scene.launch(browser)
    assert "Bài đọc" in page.text
    way = browser.submit(page, lesson=str(scene.reading.pk))
    assert browser.submit(way).status_code == 200
    [answer] = scene.moodle.answers
    assert answer[DL + "data"] == "csrf:7"
    assert answer[CLAIM + "deployment_id"] == "1"
    [item] = answer[DL + "content_items"]
    assert (item["type"], item["title"], item["custom"]) == (
        "ltiResourceLink",
        "Bài đọc",
        {"lesson": str(scene.reading.pk)},
    )
    # One question has one answer.
    assert browser.submit(page, lesson=str(scene.reading.pk)).status_code == 404
    # A platform that keeps only the address launches the same lesson.
    scene.moodle.message, scene.moodle.target = "LtiResourceLinkRequest", item["url"]
    assert "Đọc kĩ." in scene.launch().text


def test_a_learner_chooses_nothing(scene: Scene) -> None:
    scene.moodle.message = "LtiDeepLinkingRequest"
    assert scene.launch().status_code == 403
    assert not Visit.objects.exists()


def test_the_same_message_is_believed_once(scene: Scene) -> None:
    scene.moodle.custom = {"lesson": str(scene.maths.lesson.pk)}
    browser = Browser()
    back = scene.back(browser)
    cookies = browser.cookies.copy()
    assert browser.submit(back).status_code == 200
    browser.cookies = cookies
    again = browser.submit(back)
    assert again.status_code == 403
    assert "đã dùng rồi" in again.text
    assert Visit.objects.count() == 1


def test_a_message_brought_by_another_browser_is_refused_with_a_way_out(scene: Scene) -> None:
    scene.moodle.custom = {"lesson": str(scene.maths.lesson.pk)}
    back = scene.back(Browser())
    stranger = Browser()
    page = stranger.submit(back)
    assert page.status_code == 400
    assert not Visit.objects.exists()
    # In a window of its own the same person begins anew.
    address, fields = form_of(page)
    assert (fields["iss"], fields["login_hint"]) == (scene.moodle.host, "nguoi-hoc-7")
    begun = stranger.get(address, params=fields, timeout=20)
    assert "Hôm nay ta học phân số." in stranger.submit(begun).text


OTHER = private_key()


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"aud": "other-client"},
        {"aud": ["mai-truong-1", "other"]},
        {"azp": "other"},
        {"nonce": "other"},
        {"nonce": None},
        {"exp": 1_600_000_000},
        {"exp": None},
        {"iat": 4_000_000_000},
        {CLAIM + "deployment_id": "2"},
        {CLAIM + "deployment_id": None},
        {CLAIM + "version": "1.1"},
        {CLAIM + "message_type": "LtiSubmissionReviewRequest"},
        {"sub": None},
        {"sub": "x" * 300},
    ],
    ids=str,
)
def test_a_message_that_is_not_right_opens_nothing(scene: Scene, changes: dict[str, Any]) -> None:
    scene.moodle.changes = changes
    assert scene.launch(lesson=scene.maths.lesson).status_code == 403
    assert not Visit.objects.exists()


@pytest.mark.parametrize("how", ["none", "HS256", "other key", "unknown kid"])
def test_a_message_that_is_not_signed_by_the_platform_opens_nothing(
    scene: Scene, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Moodle.sign
    ways: dict[str, dict[str, Any]] = {
        "none": {"key": "", "alg": "none"},
        "HS256": {"key": "s" * 64, "alg": "HS256"},
        "other key": {"key": OTHER},
        "unknown kid": {"key": OTHER, "kid": "m2"},
    }
    monkeypatch.setattr(Moodle, "sign", lambda self, claims: real(self, claims, **ways[how]))
    assert scene.launch(lesson=scene.maths.lesson).status_code == 403
    assert not Visit.objects.exists()


def test_only_what_a_school_offers_is_read(scene: Scene) -> None:
    foreign = build(scene.world, scene.world.b)
    draft = make_lesson(scene.maths.course, scene.world.a, [text()], "Nháp", publish=False)
    for lesson in (foreign.lesson, draft):
        assert scene.launch(lesson=lesson).status_code == 403
    for named in ("", "0", "x", "9" * 30):
        scene.moodle.custom = {"lesson": named}
        assert scene.launch().status_code == 403
    assert not Visit.objects.exists()


def test_what_is_taken_back_is_read_no_more_at_once(scene: Scene) -> None:
    page = scene.launch(lesson=scene.maths.lesson)
    parts = [page.url, f"{page.url}h5p/{scene.maths.content.pk}/", f"{page.url}tep/{scene.maths.video.pk}/original"]
    played = requests.get(parts[1], timeout=20, allow_redirects=False).headers["Location"].replace("content.", "")

    def statuses() -> list[int]:
        return [requests.get(one, timeout=20, allow_redirects=False).status_code for one in parts]

    assert statuses()[:2] == [200, 302]
    courses_offer(platform=scene.registered, courses=[], by=scene.world.a.principal)
    assert statuses() == [404, 404, 404]
    courses_offer(platform=scene.registered, courses=[scene.maths.course], by=scene.world.a.principal)
    lesson_unpublish(lesson=scene.maths.lesson, by=scene.world.a.teacher)
    assert statuses() == [404, 404, 404]
    assert played


def test_a_platform_that_is_off_or_a_visit_that_is_over_reads_nothing(scene: Scene) -> None:
    page = scene.launch(lesson=scene.maths.lesson)
    platform_switch(platform=scene.registered, on=False, by=scene.world.office_admin)
    assert requests.get(page.url, timeout=20).status_code == 404
    assert requests.get(scene.moodle.start, timeout=20).status_code == 200
    assert Browser().submit(Browser().open(scene.moodle.start)).status_code == 400
    platform_switch(platform=scene.registered, on=True, by=scene.world.office_admin)
    assert requests.get(page.url, timeout=20).status_code == 200
    Visit.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert requests.get(page.url, timeout=20).status_code == 404
    assert tidy() >= 1
    assert not Visit.objects.exists()


def test_a_visit_reads_its_own_lessons_files_alone(scene: Scene) -> None:
    other = build(scene.world, scene.world.b)
    page = scene.launch(lesson=scene.maths.lesson)
    for path in (f"tep/{other.video.pk}/original", f"h5p/{other.content.pk}/", "tep/x/original"):
        assert requests.get(f"{page.url}{path}", timeout=20, allow_redirects=False).status_code == 404
    assert asset_of(scene.maths.lesson, scene.maths.video.pk) == scene.maths.video
    assert asset_of(scene.maths.lesson, other.video.pk) is None
    foreign = requests.post(f"{page.url}h5p/{other.content.pk}/ket-qua/", json=statement(scene), timeout=20)
    assert foreign.status_code == 404


@pytest.mark.parametrize("body", ["{", "[]", '{"statement": []}', '{"statement": {"verb": 1}}', "x" * 200_000])
def test_a_report_that_cannot_be_read_is_refused(scene: Scene, body: str) -> None:
    page = scene.launch(lesson=scene.maths.lesson)
    address = f"{page.url}h5p/{scene.maths.content.pk}/ket-qua/"
    assert requests.post(address, data=body, timeout=20).status_code in {400, 413}
    assert not GuestResult.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"client_id": "other"},
        {"login_hint": ""},
        {"target_link_uri": "https://evil.example/"},
    ],
    ids=str,
)
def test_a_login_that_is_not_ours_leads_nowhere(scene: Scene, changes: dict[str, str]) -> None:
    browser = Browser()
    page = browser.open(scene.moodle.start)
    address, fields = form_of(page)
    answered = browser.post(address, data=fields | changes, timeout=20, allow_redirects=False)
    assert answered.status_code == 400
    assert "Location" not in answered.headers


def test_canvas_reads_its_settings(scene: Scene) -> None:
    found = Client().get("/lti/den/canvas.json").json()
    assert found["oidc_initiation_url"] == f"{scene.platform}/lti/den/dang-nhap/"
    assert found["target_link_uri"] == f"{scene.platform}/lti/den/"
    assert found["public_jwk_url"] == f"{scene.platform}/lti/keys.json"
    assert found["scopes"] == ["https://purl.imsglobal.org/spec/lti-ags/scope/score"]
