"""A file goes from a real browser straight into an S3 store over HTTP, though the line is lost and the tab is closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from django.conf import settings as django_settings
from playwright.sync_api import Page, Request, Route, expect

from config import env
from media import bucket
from media.models import Asset, Upload
from tests.e2e.browser import axe, no_sideways_scroll, picture, watch
from tests.e2e.conftest import POLICIES
from tests.media import clips
from tests.media.gate import KEYS, Gate, gated_store
from tests.world import World, build

PIECE = 5 << 20


@pytest.fixture
def cast(site: Any) -> World:
    """The two schools, for the running server."""
    return build()


@pytest.fixture
def store(site: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """Files are kept in S3, which lets the platform's pages send to it (docs/operations)."""
    monkeypatch.setattr(bucket, "PART_BYTES", PIECE)
    with gated_store() as gate:
        settings.STORAGES = {**settings.STORAGES, "default": env.storage(gate.storage_url)}
        settings.MEDIA_PIPELINE = {"delivery": "s3", "threads": 2}
        rule = {"AllowedOrigins": [site.url("").rstrip("/")], "AllowedMethods": ["PUT", "GET"], "AllowedHeaders": ["*"]}
        boto3.client("s3", endpoint_url=gate.url, **KEYS).put_bucket_cors(
            Bucket="kho", CORSConfiguration={"CORSRules": [rule]}
        )
        sources = [getattr(django_settings, name) for name in POLICIES]
        lists = {
            id(one[key]): one[key] for one in sources for key in ("connect-src", "media-src", "img-src") if key in one
        }
        for found in lists.values():
            found.append(gate.url)
        yield gate
        for found in lists.values():
            found.remove(gate.url)


@pytest.fixture
def film() -> Path:
    """Somewhat more than two pieces."""
    options = (
        "-c:v",
        "mpeg4",
        "-b:v",
        "40M",
        "-minrate",
        "40M",
        "-maxrate",
        "40M",
        "-bufsize",
        "4M",
        "-vf",
        "noise=alls=60",
    )
    path = clips.clip("direct.mp4", size="640x480", seconds=3, options=options)
    assert 2 * PIECE < path.stat().st_size < 4 * PIECE
    return path


def pieces(page: Page) -> list[int]:
    """Numbers of the pieces that the page sends to the store, as they begin."""
    sent: list[int] = []

    def hear(request: Request) -> None:
        if request.method == "PUT":
            sent.append(int(parse_qs(urlsplit(request.url).query)["partNumber"][0]))

    page.on("request", hear)
    return sent


def test_a_film_is_sent_to_the_store_itself_though_the_line_is_lost(
    open_page: Callable[..., Page], cast: World, store: Gate, film: Path
) -> None:
    page = open_page("phone", cast.a.teacher)
    watch(page).expect("net::ERR")
    lost: list[str] = []

    def lose_the_second(route: Route) -> None:
        if "partNumber=2" in route.request.url and route.request.method == "PUT" and len(lost) < 2:
            lost.append(route.request.url)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(f"{store.url}/**", lose_the_second)
    page.goto("/kho-tep/")
    sent = pieces(page)
    page.locator("[data-upload-file]").set_input_files(film)
    expect(page.locator("[data-upload-text]")).to_contain_text("Mất kết nối")
    picture(page, "direct-upload-lost")
    no_sideways_scroll(page)
    expect(page.locator("[data-upload-state]")).to_contain_text("Sẵn sàng", timeout=60_000)
    assert len(lost) == 2
    assert sent == [1, 2, 2, 2, 3]
    asset = Asset.objects.get()
    assert (asset.size, asset.owner) == (film.stat().st_size, cast.a.teacher)
    body = boto3.client("s3", endpoint_url=store.url, **KEYS).get_object(Bucket="kho", Key=asset.original.name)["Body"]
    assert body.read() == film.read_bytes()
    assert page.locator("[data-upload-value]").input_value() == str(asset.pk)
    assert page.evaluate("localStorage.length") == 0
    axe(page)


def test_after_a_closed_tab_the_same_file_goes_on_with_the_pieces_that_are_missing(
    open_page: Callable[..., Page], cast: World, store: Gate, film: Path
) -> None:
    page = open_page("desktop", cast.a.teacher)
    watch(page).expect("net::ERR")
    page.goto("/kho-tep/")
    sent = pieces(page)

    def then_nothing(route: Route) -> None:
        if "partNumber=2" in route.request.url:
            route.abort("internetdisconnected")
        else:
            route.continue_()

    page.route(f"{store.url}/**", then_nothing)
    page.locator("[data-upload-file]").set_input_files(film)
    expect(page.locator("[data-upload-text]")).to_contain_text("Mất kết nối")
    assert sent[:2] == [1, 2]

    page.unroute(f"{store.url}/**")
    page.goto("/kho-tep/")  # as when the tab was closed: nothing of the page lives on
    sent.clear()
    page.locator("[data-upload-file]").set_input_files(film)
    expect(page.locator("[data-upload-state]")).to_contain_text("Sẵn sàng", timeout=60_000)
    assert sent == [2, 3]
    assert Upload.objects.count() == Asset.objects.count() == 1


def test_stopping_and_choosing_again_goes_on_and_a_refused_file_says_why(
    open_page: Callable[..., Page], cast: World, store: Gate, film: Path
) -> None:
    page = open_page("phone", cast.a.teacher)
    watch(page).expect("422")
    page.goto("/kho-tep/")
    page.locator("[data-upload-file]").set_input_files(clips.playlist_in_disguise())
    expect(page.locator("[data-upload-error]")).to_contain_text("Nội dung tệp không đúng")
    picture(page, "direct-upload-refused")
    assert not Asset.objects.exists()

    held: list[Route] = []
    page.route(
        f"{store.url}/**",
        lambda route: held.append(route) if "partNumber=2" in route.request.url else route.continue_(),
    )
    page.locator("[data-upload-file]").set_input_files(film)
    page.wait_for_function("() => document.querySelector('[data-upload-bar]').value >= 30")
    page.locator("[data-upload-stop]").click()
    expect(page.locator("[data-upload-error]")).to_contain_text("Đã dừng")
    page.unroute(f"{store.url}/**")
    sent = pieces(page)
    page.locator("[data-upload-file]").set_input_files(film)
    expect(page.locator("[data-upload-state]")).to_contain_text("Sẵn sàng", timeout=60_000)
    assert sent == [2, 3]
