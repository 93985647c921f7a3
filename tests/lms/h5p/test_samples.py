"""Real packages made by others: what must come in comes in, what must be refused is refused with its reason."""

from pathlib import Path
from typing import Any

import pytest

from lms.h5p.models import Content, Library
from lms.h5p.problems import PackageRefused
from lms.h5p.selectors import playing
from lms.h5p.services import content_install, library_install
from tests.shared import shared
from tests.world import World

VALID = {
    "greeting-card.h5p": "H5P.GreetingCard1 1.0",
    "true-false-1.6.h5p": "H5P.TrueFalse 1.6",
    "drag-text-1.8.h5p": "H5P.DragText 1.8",
    "multi-choice-1.16.h5p": "H5P.MultiChoice 1.16",
    "interactive-video.h5p": "H5P.InteractiveVideo 1.24",
    "vietnamese-story.h5p": "H5P.InteractiveBook 1.11",
}


def sample(name: str) -> Path:
    return shared(f"samples/h5p/{name}")


def install(name: str, by: Any, school: Any = None) -> Content:
    path = sample(name)
    with path.open("rb") as file:
        return content_install(file=file, by=by, school=school, name=path.name)


@pytest.mark.parametrize(("name", "main"), VALID.items())
def test_a_real_package_comes_in_and_has_everything_it_needs_to_play(world: World, name: str, main: str) -> None:
    content = install(name, world.office_admin, world.a.school)
    assert str(content.main) == main
    found = playing(content)
    assert found.missing == []
    assert str(found.releases[-1].library) == main
    assert found.assets("preloadedJs")


def test_the_vietnamese_story_keeps_its_text_and_only_the_files_it_names(world: World) -> None:
    content = install("vietnamese-story.h5p", world.office_admin)
    assert content.title.startswith("Con Mèo Ăn Bài Tập")
    assert "Xin chào mọi người!" in str(content.params)
    kept = {path.split("/")[0]: path for path in content.files.values_list("path", flat=True)}
    assert set(kept) == {"images", "audios"}
    # A WAV called .mp3 in the package is kept under its real ending.
    assert kept["audios"].endswith(".wav")
    assert str(content.params).count(kept["audios"]) >= 1


def test_a_second_package_shares_the_libraries_of_the_first(world: World) -> None:
    install("vietnamese-story.h5p", world.office_admin)
    with sample("multi-choice-1.16.h5p").open("rb") as file:
        outcome = library_install(file=file, by=world.office_admin)
    assert set(outcome.values()) == {"none"}
    assert Library.objects.filter(machine_name="H5P.MultiChoice").count() == 1


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("invalid-broken-content-json.h5p", "unable-to-parse-package"),
        ("invalid-missing-preloaded-js.h5p", "library-file-missing"),
        ("course-presentation.h5p", "missing-required-library"),
    ],
)
def test_a_faulty_package_is_refused_with_its_own_reason(world: World, name: str, code: str) -> None:
    with pytest.raises(PackageRefused) as refused:
        install(name, world.office_admin)
    assert refused.value.codes == {code}
    assert not Content.objects.exists()
    assert not Library.objects.exists()


def test_a_teacher_takes_the_installed_code_and_installs_none(world: World) -> None:
    with pytest.raises(PackageRefused) as refused:
        install("true-false-1.6.h5p", world.a.teacher, world.a.school)
    assert refused.value.codes == {"library-not-approved"}
    assert not Library.objects.exists()
    with sample("true-false-1.6.h5p").open("rb") as file:
        library_install(file=file, by=world.office_admin)
    content = install("true-false-1.6.h5p", world.a.teacher, world.a.school)
    assert content.owner == world.a.teacher
