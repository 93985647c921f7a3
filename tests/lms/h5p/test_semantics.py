"""Repairing parameters by a library's form: what the PHP core keeps is kept, what it drops is dropped."""

from __future__ import annotations

import time
from typing import Any

import pytest

from lms.h5p.defaults import complete, localised
from lms.h5p.names import LibraryName
from lms.h5p.semantics import Filter, TooDeep, addon_wanted

MAIN = LibraryName("H5P.Main", 1, 0)
TEXT = LibraryName("H5P.Text", 1, 1)
SUB_ID = "082727d9-f3df-4747-993c-39dbc406cd6e"


def repaired(params: Any, *fields: dict[str, Any], **others: Any) -> Any:
    """The parameters after a form of `fields`; files keep their path unless it climbs."""
    forms = {MAIN: list(fields), TEXT: [{"name": "text", "type": "text", "tags": ["b"]}], **others.get("forms", {})}
    sieve = Filter(lambda name: forms[name], lambda path: "" if ".." in path else path)
    kept = sieve.content(MAIN, params)
    return (kept, sieve) if others.get("sieve") else kept


def one(value: Any, **spec: Any) -> Any:
    """One value after one field; "absent" when it is dropped."""
    return repaired({"x": value}, {"name": "x", **spec}).get("x", "absent")


def test_what_the_form_does_not_know_is_dropped() -> None:
    assert repaired({"a": "1", "evil": "<script>"}, {"name": "a", "type": "text"}) == {"a": "1"}
    assert one("1", type="unheard-of") == "absent"


@pytest.mark.parametrize(
    ("value", "spec", "wanted"),
    [
        ("5", {}, 5),
        ("word", {}, 0),
        ("word", {"default": 3}, 3),
        (2.5, {}, 2.5),
        (12, {"max": 10}, 10),
        (-1, {"min": 0}, 0),
        (7, {"min": 1, "step": 5}, 6),
        (3.14159, {"decimals": 2}, 3.14),
        (float("inf"), {}, 0),
        ("1e400", {}, 0),
        (None, {"min": 2}, 2),
    ],
)
def test_numbers_are_brought_into_their_bounds(value: Any, spec: dict[str, Any], wanted: Any) -> None:
    assert one(value, type="number", **spec) == wanted


@pytest.mark.parametrize(("value", "wanted"), [(True, True), (False, False), ("1", True), ("no", False), (None, False)])
def test_a_boolean_is_true_or_false(value: Any, wanted: bool) -> None:
    assert one(value, type="boolean") is wanted


def test_a_choice_is_one_of_the_options_also_of_a_group_of_options() -> None:
    options = [{"value": "a"}, {"type": "optgroup", "options": [{"value": "b"}]}]
    assert one("b", type="select", options=options) == "b"
    assert one("c", type="select", options=options) == "a"
    assert one("c", type="select", options=options, optional=True) == "absent"
    assert one(["b", "c"], type="select", options=options) == "b"
    assert one(["b", "c", "a"], type="select", options=options, multiple=True) == ["b", "a"]


def test_lists_are_cut_and_an_empty_one_is_absent() -> None:
    item = {"name": "item", "type": "text"}
    assert one(["a", "b", "c"], type="list", max=2, field=item) == ["a", "b"]
    assert one([], type="list", field=item) == "absent"
    assert one("a", type="list", field=item) == "absent"
    assert one({"0": "a"}, type="list", field=item) == "absent"


def test_a_group_with_one_field_is_stored_without_its_level() -> None:
    field = {"name": "inner", "type": "number", "max": 5}
    assert one(9, type="group", fields=[field]) == 5
    assert one({"inner": 9}, type="group", fields=[field], isSubContent=True) == {"inner": 5}
    two = [field, {"name": "other", "type": "text"}]
    assert one({"inner": 9, "other": "a", "third": 1}, type="group", fields=two) == {"inner": 5, "other": "a"}
    kept = one({"inner": 9, "subContentId": SUB_ID}, type="group", fields=two, isSubContent=True)
    assert kept == {"inner": 5, "subContentId": SUB_ID}


def test_files_keep_known_keys_and_lose_paths_that_climb() -> None:
    picture = {"path": "images/a.png#tmp", "mime": "image/png", "width": "300", "onerror": "x", "copyright": {"a": 1}}
    picture["originalImage"] = {"path": "../../etc/passwd", "mime": "image/png"}
    assert one(picture, type="image") == {
        "path": "images/a.png",
        "mime": "image/png",
        "width": 300,
        "copyright": {},
        "originalImage": {"path": "", "mime": "image/png"},
    }
    films = [{"path": "https://example.org/a.mp4", "mime": 'video/mp4"><script>'}, "no file", {"mime": "x"}]
    assert one(films, type="video") == [
        {"path": "https://example.org/a.mp4", "mime": "video/mp4&quot;&gt;&lt;script&gt;"}
    ]
    assert one("images/a.png", type="image") == "absent"
    assert one({"path": "javascript:alert(1)"}, type="file") == {"path": "javascript:alert(1)"}


def test_a_part_is_one_of_the_allowed_libraries_with_its_exact_version() -> None:
    spec = {"type": "library", "options": ["H5P.Text 1.1"], "extraAttributes": ["weight"]}
    part = {
        "library": "H5P.Text 1.1",
        "params": {"text": "<b>a</b><script>b</script>", "evil": 1},
        "subContentId": SUB_ID,
        "metadata": {"title": "<i>T</i>", "evil": 1, "authors": [{"name": "A", "evil": 1}]},
        "weight": 2,
        "evil": 1,
    }
    kept, sieve = repaired({"x": part}, {"name": "x", **spec}, sieve=True)
    assert kept["x"] == {
        "library": "H5P.Text 1.1",
        "params": {"text": "<b>a</b>"},
        "subContentId": SUB_ID,
        "metadata": {"title": "&lt;i&gt;T&lt;/i&gt;", "authors": [{"name": "A"}]},
        "weight": 2,
    }
    assert list(sieve.used) == [TEXT, MAIN]
    for wrong in ("H5P.Text 1.2", "H5P.Text-1.1", "H5P.Other 1.1", ""):
        assert one(part | {"library": wrong}, **spec) == "absent"
    assert "subContentId" not in one(part | {"subContentId": "12"}, **spec)


def test_a_part_whose_library_is_not_here_is_named() -> None:
    sieve = Filter({MAIN: [{"name": "x", "type": "library"}]}.__getitem__, lambda path: path)
    sieve.content(MAIN, {"x": {"library": "H5P.Gone 2.0", "params": {}}})
    assert sieve.missing == {LibraryName("H5P.Gone", 2, 0)}


def test_a_library_without_a_form_keeps_its_shape_and_loses_its_scripts() -> None:
    sieve = Filter(lambda _name: None, lambda path: f"kept/{path}")
    params = {"a": {"b": ["<b onclick=x>t</b><script>1</script>", 5, None]}, "f": {"path": "images/a.png"}}
    kept = sieve.content(MAIN, params)
    assert kept == {"a": {"b": ["<b>t</b>", 5, None]}, "f": {"path": "kept/images/a.png"}}


def test_content_that_contains_itself_without_end_is_refused_and_not_followed() -> None:
    part: dict[str, Any] = {"library": "H5P.Main 1.0", "params": {}}
    for _level in range(80):
        part = {"library": "H5P.Main 1.0", "params": {"x": part}}
    with pytest.raises(TooDeep):
        repaired({"x": part}, {"name": "x", "type": "library"})


def test_a_pattern_that_takes_for_ever_elsewhere_takes_no_time() -> None:
    spec = {"type": "text", "regexp": {"pattern": "^(a+)+$", "modifiers": ""}}
    began = time.monotonic()
    assert one("a" * 5000 + "!", **spec) == ""
    assert time.monotonic() - began < 1


def test_a_pattern_that_cannot_be_read_drops_nothing() -> None:
    assert one("abc", type="text", regexp={"pattern": "(?=look)("}) == "abc"


def test_an_add_on_is_wanted_where_its_pattern_occurs() -> None:
    maths = {"content": {"types": [{"text": {"regex": "/\\\\\\(.*\\\\\\)/"}}]}}
    assert addon_wanted(maths, {"a": [{"b": "Tính \\(x^2\\)"}]})
    assert not addon_wanted(maths, {"a": "Tính x²"})
    assert not addon_wanted({"content": {"types": [{"text": {"regex": "/(/"}}]}}, {"a": "("})
    assert not addon_wanted("no rule", {"a": "x"})


FORM = [
    {"name": "words", "type": "group", "fields": [{"name": "yes", "type": "text", "default": "Yes"}]},
    {"name": "check", "type": "text", "default": "Check", "optional": True, "common": True},
    {"name": "tip", "type": "text", "default": "Tip", "optional": True},
    {
        "name": "behaviour",
        "type": "group",
        "fields": [
            {"name": "retry", "type": "boolean", "default": True},
            {"name": "pass", "type": "number", "default": 50},
            {"name": "title", "type": "text"},
        ],
    },
    {"name": "parts", "type": "list", "field": {"name": "part", "type": "library"}},
]


def test_what_another_tool_left_out_is_filled_in_and_what_is_there_stays() -> None:
    forms = {MAIN: FORM, TEXT: [{"name": "text", "type": "text", "default": "Hello"}]}
    params: dict[str, Any] = {"behaviour": {"retry": False}, "parts": [{"library": "H5P.Text 1.1", "params": {}}]}
    complete(params, MAIN, forms.__getitem__)
    assert params == {
        "words": "Yes",
        "check": "Check",
        "behaviour": {"retry": False, "pass": 50},
        "parts": [{"library": "H5P.Text 1.1", "params": {"text": "Hello"}}],
    }


def test_words_that_are_filled_in_come_in_the_contents_language() -> None:
    translation = [{"label": "Từ", "fields": [{"default": "Có"}]}, {"default": "Kiểm tra"}, {}, {"fields": [{}, {}]}]
    params: dict[str, Any] = {}
    complete(params, MAIN, lambda _name: localised(FORM, translation))
    assert (params["words"], params["check"]) == ("Có", "Kiểm tra")
    assert params["behaviour"] == {"retry": True, "pass": 50}
