"""The same life of a file when the store is S3: nothing of the pipeline knows where files are."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.core.files.storage import default_storage
from django.urls import reverse

from config import env
from media import pipeline
from media.models import Asset, AssetState
from media.services import asset_delete, asset_from_file
from tests.media import clips
from tests.world import World


@pytest.fixture
def bucket(store_url: str, settings: Any) -> str:
    """The bucket as the store of all files; the server's address."""
    settings.STORAGES = {**settings.STORAGES, "default": env.storage(store_url)}
    settings.MEDIA_PIPELINE = {"delivery": "s3", "threads": 2, "quick_seconds": 1}
    return f"http://{store_url.partition('@')[2].partition('/')[0]}"


def test_a_video_lives_in_s3_and_is_played_by_signed_addresses(
    bucket: str, world: World, client_for: Any, django_capture_on_commit_callbacks: Any
) -> None:
    made = asset_from_file(clips.clip("plain.mp4", size="640x480"), owner=world.a.teacher)
    pipeline.run_job(made.jobs.get().pk, owner="test")
    asset = Asset.objects.select_related("current").get()
    assert (asset.state, asset.error_code) == (AssetState.READY, "")
    assert asset.current is not None

    text = client_for(world.a.teacher).get(reverse("media:play", args=[asset.pk, "v240.m3u8"])).content.decode()
    addresses = set(re.findall(r"^http\S+$", text, re.MULTILINE))
    assert len(addresses) == 1  # one signed address for all pieces of a rendition
    address = addresses.pop()
    assert address.startswith(bucket)
    assert f"/renditions/{asset.pk}/{asset.current_id}/v240.mp4" in address
    lifetime = int(parse_qs(urlsplit(address).query)["X-Amz-Expires"][0])
    assert lifetime >= 4 * 3600
    piece = requests.get(address, headers={"Range": "bytes=0-99"}, timeout=10)
    assert (piece.status_code, len(piece.content)) == (206, 100)

    original = client_for(world.a.teacher).get(reverse("media:original", args=[asset.pk]))
    fetched = requests.get(original["Location"], timeout=10)
    assert fetched.content == clips.clip("plain.mp4", size="640x480").read_bytes()
    assert "plain.mp4" in fetched.headers["Content-Disposition"]

    prefix = asset.current.prefix
    with django_capture_on_commit_callbacks(execute=True):
        asset_delete(asset)
    assert default_storage.listdir(prefix) == ([], [])


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", []),
        ("s3://k:s@files.example:9000/kho?secure=0", ["http://files.example:9000", "http://kho.files.example:9000"]),
        ("s3://k:s@/kho?region=ap-1", ["https://kho.s3.amazonaws.com", "https://kho.s3.ap-1.amazonaws.com"]),
    ],
)
def test_the_policy_lets_browsers_fetch_from_the_store(url: str, expected: list[str]) -> None:
    assert env.storage_origins(url) == expected
