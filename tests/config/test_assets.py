"""Front-end files, template tags, menu, start page and the policies of content security."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import timezone, translation
from PIL import Image

from config.assets.build import MissingPackageError, build
from config.assets.finders import NpmFinder
from config.assets.middleware import AdminPolicyMiddleware
from config.assets.templatetags import ui
from config.errors import server_error
from school import home, navigation
from school.home import register_card
from school.navigation import NavItem
from school.roles import Role
from tests.world import World


def drawn(source: str, **values: Any) -> str:
    """The text of a template that loads the tag library."""
    return Template("{% load ui %}" + source).render(Context(values))


# Files


def test_a_named_file_of_a_package_is_found_and_its_neighbour_is_not() -> None:
    assert finders.find("vendor/htmx.org/dist/htmx.min.js")
    assert not finders.find("vendor/htmx.org/package.json")
    assert not finders.find("vendor/htmx.org/dist/../package.json")


def test_the_star_of_an_allowed_pattern_does_not_reach_into_folders(tmp_path: Path, settings: Any) -> None:
    (tmp_path / "p" / "dist" / "deep").mkdir(parents=True)
    (tmp_path / "p" / "dist" / "a.js").write_text("1")
    (tmp_path / "p" / "dist" / "deep" / "b.js").write_text("2")
    settings.NPM_ROOT, settings.NPM_FILES = tmp_path, {"p": ["dist/*.js"]}
    finder = NpmFinder()
    assert [path for path, _ in finder.list(None)] == ["p/dist/a.js"]
    assert finder.find("vendor/p/dist/a.js")
    assert not finder.find("vendor/p/dist/deep/b.js")


def test_a_missing_package_is_a_failed_check_with_the_command_that_brings_it(tmp_path: Path, settings: Any) -> None:
    settings.NPM_ROOT, settings.NPM_FILES = tmp_path, {"p": ["a.js"]}
    (error,) = NpmFinder().check()
    assert error.id == "assets.E001"
    assert "npm ci" in (error.hint or "")


def test_fonts_icons_and_app_icons_are_made_once(tmp_path: Path) -> None:
    target = tmp_path / "assets"
    assert build(settings.NPM_ROOT, target)
    assert not build(settings.NPM_ROOT, target), "nothing had changed"
    assert (target / "fonts" / "bvp-400.woff2").stat().st_size < 13_000
    assert (target / "fonts" / "bvp-tab-600.woff2").read_bytes()[:4] == b"wOF2"
    assert '<symbol id="home"' in (target / "ui" / "icons.svg").read_text()
    with Image.open(target / "ui" / "icon-192.png") as picture:
        assert picture.size == (192, 192)


def test_building_without_packages_names_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingPackageError, match="npm ci"):
        build(tmp_path / "nothing", tmp_path / "assets")


# Template tags


def test_an_icon_is_decoration_that_points_into_the_sprite() -> None:
    html = drawn('{% icon "home" "muted" %}')
    assert 'class="i muted" aria-hidden="true"' in html
    assert "ui/icons.svg#home" in html


def test_an_icon_that_the_sprite_lacks_is_noticed_while_testing() -> None:
    with pytest.raises(LookupError, match="nonesuch"):
        drawn('{% icon "nonesuch" %}')


@pytest.mark.parametrize(
    ("value", "maximum", "width"), [(3, 4, "75%"), (None, 4, "0%"), (9, 4, "100%"), (-1, 4, "0%"), (1, 0, "100%")]
)
def test_a_meter_is_filled_to_its_share_without_inline_style(value: Any, maximum: int, width: str) -> None:
    html = drawn("{% meter value maximum 'Đã xem' 'ok' %}", value=value, maximum=maximum)
    assert f'class="v" width="{width}"' in html
    assert 'aria-label="Đã xem"' in html
    assert "style=" not in html


def test_initials_are_those_of_the_middle_and_the_given_name() -> None:
    assert ui.initials_of("Nguyễn Minh Ánh") == "MÁ"
    assert ui.initials_of("") == ""


def test_a_badge_escapes_its_words() -> None:
    assert ">a&lt;b</span>" in drawn('{% badge "ok" words "check" %}', words="a<b")


@pytest.mark.parametrize(
    ("value", "vietnamese", "english"),
    [
        (60440, "60.440", "60,440"),
        (Decimal("7.50"), "7,5", "7.5"),
        (Decimal("10.0"), "10", "10"),
        (100, "100", "100"),
        (None, "", ""),
        ("", "", ""),
    ],
)
def test_numbers_are_written_as_the_reader_writes_them(value: Any, vietnamese: str, english: str) -> None:
    with translation.override("vi"):
        assert ui.num(value) == vietnamese
    with translation.override("en"):
        assert ui.num(value) == english


def test_a_subject_has_its_tint_and_an_unknown_one_the_neutral_pair() -> None:
    assert ui.subject_css(SimpleNamespace(code="NGU_VAN")) == "van"
    assert ui.subject_css("TOAN") == "toan"
    assert ui.subject_css("MON_LA") == ""


def test_sizes_and_lengths_are_written_short() -> None:
    with translation.override("vi"):
        assert [ui.size(n) for n in (None, 999, 1_400_000, 250_000_000, 3 * 10**15)] == [
            "0 B",
            "999 B",
            "1,4 MB",
            "250 MB",
            "3.000 TB",
        ]
    assert [ui.clock(n) for n in (None, 65, 3845)] == ["0:00", "1:05", "1:04:05"]


def test_days_carry_their_weekday_and_moments_their_nearness() -> None:
    with translation.override("vi"):
        assert ui.long_day(dt.date(2026, 11, 23)) == "Thứ Hai, 23/11/2026"
        assert ui.long_day(dt.date(2026, 11, 29)).startswith("Chủ nhật")
        now = timezone.localtime().replace(hour=8, minute=5)
        assert ui.when(now) == "08:05"
        assert ui.when(now - dt.timedelta(days=1)) == "08:05 hôm qua"
        assert ui.when(now.replace(year=2020, month=3, day=2)) == "08:05 02/03/2020"
    with translation.override("en"):
        assert ui.long_day(dt.date(2026, 11, 23)) == "Monday, 23/11/2026"


def test_the_import_map_leads_bare_names_to_addresses_and_carries_the_nonce(rf: RequestFactory) -> None:
    html = Template("{% load ui %}{% importmap %}").render(Context({"csp_nonce": "abc"}))
    assert 'type="importmap" nonce="abc"' in html
    imports = json.loads(html[html.index(">") + 1 : html.rindex("</script>")])["imports"]
    assert imports["hls"] == "/static/vendor/hls.js/dist/hls.min.mjs"


def test_every_icon_that_a_template_or_menu_names_is_in_the_sprite() -> None:
    import re

    from config.assets.icons import NAMES

    named: dict[str, str] = {}
    for file in settings.BASE_DIR.rglob("*.html"):
        if {"node_modules", ".venv", "var", "static-built"} & set(file.parts):
            continue
        text = file.read_text(encoding="utf-8")
        for name in re.findall(r"""{% icon ["']([^"']+)["']""", text) + re.findall(
            r"""\bicon=["']([^"']+)["']""", text
        ):
            named[name] = file.name
    named |= {item.icon: item.url_name for item in navigation._items}
    assert {name: where for name, where in named.items() if name not in NAMES} == {}
    assert len(named) > 20


# Menu and start page


@pytest.fixture
def own_registries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Registries that the test fills alone."""
    monkeypatch.setattr(navigation, "_items", [])
    monkeypatch.setattr(home, "_cards", [])


def asked(user: Any, path: str = "/") -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = user
    return request


def test_each_person_sees_the_entries_of_their_roles_in_order(own_registries: None, world: World) -> None:
    navigation.register(
        NavItem("Later", "book", "account", order=50),
        NavItem("Pupils", "book", "home", [Role.STUDENT], order=10),
        NavItem("Teachers", "book", "language", [Role.TEACHER, Role.PRINCIPAL], order=20),
    )
    assert [item.label for item in navigation.for_user(world.a.student)] == ["Pupils", "Later"]
    assert [item.label for item in navigation.for_user(world.a.teacher)] == ["Teachers", "Later"]
    assert navigation.for_user(SimpleNamespace(is_authenticated=False)) == []


def test_the_bar_holds_four_entries_and_the_rest_are_under_more(own_registries: None, world: World) -> None:
    names = ["home", "account", "language", "offline", "manifest", "health"]
    navigation.register(*(NavItem(name, "book", name, order=n) for n, name in enumerate(names)))
    navigation.register(NavItem("Nowhere", "book", "no-such-name", order=0))
    shown = navigation.menu(asked(world.a.student, "/suc-khoe/"))
    assert [entry.label for entry in shown.bar] == names[:4]
    assert [entry.label for entry in shown.more] == names[4:]
    assert shown.more_current
    assert not any(entry.current for entry in shown.bar)


def test_rare_entries_stand_under_a_heading_that_is_open_where_one_is(own_registries: None, world: World) -> None:
    rare = ["account", "offline", "manifest"]
    navigation.register(NavItem("home", "book", "home", order=0))
    navigation.register(*(NavItem(name, "book", name, order=n, group="Rare") for n, name in enumerate(rare, 1)))
    shown = navigation.menu(asked(world.a.student, "/tai-khoan/"))
    assert [entry.label for entry in shown.bar] == ["home"]
    (group,) = shown.groups
    assert (group.label, [entry.label for entry in group.entries], group.current) == ("Rare", rare, True)
    assert shown.more_current
    assert not navigation.menu(asked(world.a.student, "/")).groups[0].current


def test_a_heading_over_two_entries_is_not_drawn(own_registries: None, world: World) -> None:
    navigation.register(*(NavItem(name, "book", name, group="Rare") for name in ("home", "account")))
    shown = navigation.menu(asked(world.a.student, "/"))
    assert ([entry.label for entry in shown.bar], shown.groups) == (["home", "account"], [])


def test_an_entry_says_how_much_is_new_behind_it(own_registries: None, world: World) -> None:
    navigation.register(NavItem("Inbox", "bell", "account", badge=lambda user: len(user.code)))
    (entry,) = navigation.menu(asked(world.a.student, "/tai-khoan/")).bar
    assert entry.count == len(world.a.student.code)
    assert entry.current


def test_the_start_page_shows_the_cards_of_ones_roles_and_silent_cards_stay_away(
    own_registries: None, world: World
) -> None:
    def says(text: str) -> Callable[[HttpRequest], dict[str, Any]]:
        return lambda request: {"code": 404, "reference": text, "title": text}

    register_card([Role.TEACHER], "500.html", says("FOR-TEACHERS"), order=1)
    register_card([], "500.html", says("FOR-ALL"), order=2, wide=True)
    register_card([], "500.html", lambda request: None, order=0)
    (everyone,) = home.cards(asked(world.a.student))
    assert "500-FOR-ALL" in everyone.html
    assert everyone.wide
    assert ["FOR-TEACHERS" in card.html for card in home.cards(asked(world.a.teacher))] == [True, False]


@pytest.mark.parametrize("name", ["office_admin", "principal", "librarian", "teacher", "homeroom", "student", "father"])
def test_every_role_has_a_start_page(name: str, world: World, client_for: Callable[..., Client]) -> None:
    answer = client_for(world.people[name]).get("/")
    assert answer.status_code == 200
    assert world.people[name].given_name in answer.content.decode()


# Policies of content security and error pages


def test_pages_have_the_strict_policy_and_the_page_editor_a_looser_one(rf: RequestFactory, db: None) -> None:
    strict = Client().get("/dang-nhap/").headers["Content-Security-Policy"]
    assert "unsafe" not in strict
    assert "style-src 'self';" in strict
    assert "frame-ancestors 'none'" in strict

    def answer(path: str) -> HttpResponse:
        return AdminPolicyMiddleware(lambda request: HttpResponse())(rf.get(path))

    assert not hasattr(answer("/bai-hoc/"), "_csp_config")
    assert "'unsafe-inline'" in answer("/admin/pages/")._csp_config["script-src"]  # type: ignore[attr-defined]
    assert "'unsafe-inline'" not in settings.SECURE_CSP_PLAYER["script-src"]
    assert "'unsafe-inline'" not in settings.SECURE_CSP_READER["script-src"]


def test_our_own_failure_shows_a_reference_that_is_in_the_log(
    rf: RequestFactory, caplog: pytest.LogCaptureFixture
) -> None:
    request = rf.get("/bai-hoc/")
    request.user = SimpleNamespace(is_authenticated=False)
    answer = server_error(request)
    assert answer.status_code == 500
    reference = caplog.records[-1].getMessage().split()[1].rstrip(":")
    assert f"500-{reference}" in answer.content.decode()


def test_the_worker_is_served_from_the_root_and_is_never_kept(db: None) -> None:
    answer = Client().get("/sw.js")
    assert answer.headers["Content-Type"] == "text/javascript"
    assert "no-cache" in answer.headers["Cache-Control"]
    assert "/ngoai-tuyen/" in answer.content.decode()


def test_the_manifest_names_icons_that_exist(db: None) -> None:
    cache.clear()
    described = Client().get("/app.webmanifest").json()
    assert described["start_url"] == "/"
    assert {icon["sizes"] for icon in described["icons"]} >= {"192x192", "512x512"}
    assert described["lang"] == "vi"


def test_a_chosen_language_is_english_whatever_the_browser_asks_for(db: None) -> None:
    client = Client(headers={"accept-language": "en"})
    assert client.get("/dang-nhap/").headers["Content-Language"] == "vi"
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert client.get("/dang-nhap/").headers["Content-Language"] == "en"
