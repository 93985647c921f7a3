"""The cases measured at other H5P servers (h5p_units.json), every kind of them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from lms.h5p import graph, store
from lms.h5p.filetypes import content_fits, extensions_equivalent
from lms.h5p.html import clean, escape
from lms.h5p.models import Library, LibraryRelease
from lms.h5p.names import LibraryName, language_choose, path_safe
from lms.h5p.package import PackagedLibrary
from lms.h5p.problems import PackageRefused
from lms.h5p.semantics import Filter
from lms.h5p.services import libraries_store
from tests.shared import shared
from tests.world import World

BYTES = {
    "PNG header": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "JPEG header": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "BOM + plain text": b"\xef\xbb\xbfplain text",
    "BOM + <html>": b"\xef\xbb\xbf<html>",
    "BOM + <svg onload=...>": b"\xef\xbb\xbf<svg onload=alert(1)>",
    "BOM + <script>": b"\xef\xbb\xbf<script>",
}


def golden(kind: str) -> Any:
    return json.loads(shared("golden/h5p_units.json").read_text(encoding="utf-8"))[kind]


def example(version: str, *, missing: bool = False) -> PackagedLibrary:
    major, minor, patch = (int(part) for part in version.split("."))
    data = {
        "title": "Example",
        "machineName": "H5P.Example1",
        "majorVersion": major,
        "minorVersion": minor,
        "patchVersion": patch,
        "runnable": 1,
        "preloadedJs": [{"path": "greeting.js"}],
    }
    files = ["library.json", *([] if missing else ["greeting.js"])]
    name = LibraryName("H5P.Example1", major, minor)
    return PackagedLibrary(name, patch, f"H5P.Example1-{major}.{minor}", data, None, files)


def put(version: str, by: Any, *, missing: bool = False) -> str:
    library = example(version, missing=missing)
    outcome = libraries_store(libraries=[library], read=lambda _library, path: path.encode(), by=by)
    return outcome[str(library.name)]


def installed() -> list[str]:
    return sorted(str(row.current) for row in Library.objects.filter(current__isnull=False))


def stored() -> set[str]:
    """The folders that hold files of libraries."""
    try:
        folders, _files = store.storage().listdir("h5p/libraries")
    except FileNotFoundError:
        return set()
    found = set()
    for folder in folders:
        for attempt in store.storage().listdir(f"h5p/libraries/{folder}")[0]:
            if store.storage().listdir(f"h5p/libraries/{folder}/{attempt}")[1]:
                found.add(f"h5p/libraries/{folder}/{attempt}")
    return found


def test_sequences_of_library_installs_end_as_measured(world: World) -> None:
    cases = [case for case in golden("library_install") if isinstance(case["sequence"], list)]
    assert len(cases) == 6
    for case in cases:
        Library.objects.all().delete()
        results, error = [], None
        for step in case["sequence"]:
            version, _blank, fault = step.partition(" ")
            before = stored()
            try:
                results.append(put(version, world.office_admin, missing=bool(fault)))
            except PackageRefused as refused:
                error = refused.codes
                assert stored() == before, "a failed installation leaves no file"
        wanted = case.get("installed_wanted", case.get("installed"))
        if "results" in case:
            assert results == case["results"]
        if "error" in case:
            assert error == {case["error"]}
        if wanted is not None:
            assert installed() == [f"H5P.Example1 {version}" for version in wanted]


@pytest.mark.django_db(transaction=True)
def test_parallel_installs_of_one_library_give_exactly_one_new(world: World) -> None:
    if connection.vendor == "sqlite":
        # The tests' SQLite lives in one connection's memory; threads of it take turns.
        results = [put("1.1.1", world.office_admin) for _turn in range(100)]
    else:

        def one(_turn: int) -> str:
            try:
                return put("1.1.1", world.office_admin)
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as threads:
            results = list(threads.map(one, range(100)))
    assert sorted(set(results)) == ["new", "none"]
    assert results.count("new") == 1
    assert LibraryRelease.objects.count() == 1


def test_the_closure_of_dependencies_is_the_measured_one_also_around_a_cycle() -> None:
    data = golden("dependency_closure")

    def needs(kinds: list[str]) -> Any:
        def of(name: str) -> list[str]:
            found = []
            for need in data["graph"][name]:
                kind, _colon, target = need.rpartition(":")
                if (kind or "preloaded") in kinds:
                    found.append(target)
            return found

        return of

    for case in data["cases"]:
        assert sorted(graph.closure([case["start"]], needs(case["kinds"]))) == case["set"]
        order = graph.load_order([case["start"]], needs(case["kinds"]))
        assert sorted(order) == case["set"]
        assert len(order) == len(set(order))


def test_assets_come_in_the_declared_order_with_dependencies_first() -> None:
    case = golden("asset_order")[0]
    scripts = {"Foo-4.2": ["foo1.js", "foo2.js"], "Bar-2.1": ["bar.js"]}
    order = graph.load_order(case["deps"], lambda name: {"Bar-2.1": ["Foo-4.2"]}.get(name, []))
    assert [f"{name}/{path}" for name in order for path in scripts[name]] == case["js"]


def test_a_chain_longer_than_pythons_stack_is_ordered() -> None:
    order = graph.load_order([0], lambda number: [number + 1] if number < 5000 else [])
    assert order[0] == 5000
    assert order[-1] == 0


def test_texts_are_cleaned_as_the_reference_does() -> None:
    for case in golden("text_sanitising"):
        tags = case["tags"]
        assert (escape(case["in"]) if tags is None else clean(case["in"], tags, case["font"])) == case["out"], case


def test_texts_are_cut_and_matched_as_the_reference_does() -> None:
    for case in golden("text_other"):
        spec = {"type": "text", "maxLength": case.get("maxLength")}
        if "regexp" in case:
            spec["regexp"] = {"pattern": case["regexp"], "modifiers": case["modifiers"]}
        sieve = Filter(lambda _name: [], lambda path: path)
        assert sieve.value(case["in"], spec) == case["out"], case


def test_the_bytes_of_a_file_fit_its_name_or_it_is_refused() -> None:
    for case in golden("file_content"):
        head = BYTES.get(case["bytes"], case["bytes"].encode())
        assert content_fits(case["name"], head) is case["ok"], case


def test_equal_containers_are_equal_whatever_they_are_called() -> None:
    for first, second, equal in golden("extension_equivalents"):
        assert extensions_equivalent(first, second) is equal


def test_paths_that_leave_the_store_or_mean_something_elsewhere_are_refused() -> None:
    refused = golden("storage_paths_refused")
    assert [path for path in refused if path_safe(path)] == []
    with pytest.raises(ValueError, match="abs"):
        store.write("h5p/contents/x", "/abs", b"")


def test_library_names_are_read_in_both_ways_of_writing() -> None:
    for case in golden("library_name_parsing"):
        if case["ok"]:
            assert LibraryName.parse(case["in"], case["mode"]) == LibraryName("H5P.Example", 1, 0)
        else:
            with pytest.raises(PackageRefused) as refused:
                LibraryName.parse(case["in"], case["mode"])
            assert refused.value.codes == {case["error"]}


def test_a_language_falls_back_to_its_family_and_then_to_english() -> None:
    for case in golden("language_fallback"):
        have = set(case.get("have", ["de", "en"]))
        assert language_choose(case["ask"], have) == case["get"].split(" / ")[0]
    assert language_choose("xx", {".en"}) == ".en"
