"""The reader of texts finds what Django would ask for at run time, and names every gap."""

from pathlib import Path

import pytest

from config.catalogue import Message, compile_all, examine, of_python, of_template

pytestmark = pytest.mark.pure
HEADER = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
)


def house(root: Path, source: str, catalogue: str) -> Path:
    """A room with one template and one catalogue."""
    (root / "room" / "templates").mkdir(parents=True)
    (root / "room" / "templates" / "page.html").write_text(source, encoding="utf-8")
    folder = root / "room" / "locale" / "vi" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(HEADER + catalogue, encoding="utf-8")
    return root


def test_python_texts_are_found_with_context_and_plural() -> None:
    source = (
        '_("Marks")\npgettext("verb", "Mark")\nngettext("%(n)s book", "%(n)s books", n)\ntranslation.gettext("Go")\n'
    )
    assert [message for message, _ in of_python(source)] == [
        Message("", "Marks"),
        Message("verb", "Mark"),
        Message("", "%(n)s book"),
        Message("", "Go"),
    ]


def test_template_texts_are_found_in_tags_blocks_and_filter_arguments() -> None:
    source = """{% load i18n %}{% translate "Marks" %} {% translate "Mark" context "verb" %}
{% blocktranslate trimmed count n=n %}
  {{ n }} book
{% plural %}
  {{ n }} books
{% endblocktranslate %}
{% include "x.html" with title=_("Loans") %}{{ name|default:_("nobody") }}"""
    found = {message for message, _ in of_template(source)}
    assert found == {
        Message("", "Marks"),
        Message("verb", "Mark"),
        Message("", "%(n)s book"),
        Message("", "Loans"),
        Message("", "nobody"),
    }


def test_a_missing_text_is_named_with_its_place(tmp_path: Path) -> None:
    root = house(tmp_path, '{% load i18n %}\n{% translate "Marks" %}', "")
    assert examine(root, ["room"]).faults == ["room/templates/page.html:2: 'Marks' is missing in every catalogue"]


def test_an_empty_fuzzy_or_wrongly_filled_translation_is_a_fault(tmp_path: Path) -> None:
    catalogue = (
        'msgid "Marks"\nmsgstr ""\n\n#, fuzzy\nmsgid "Loans"\nmsgstr "Mượn"\n\nmsgid "%(n)s pages"\nmsgstr "trang"\n'
    )
    faults = examine(house(tmp_path, "", catalogue), ["room"]).faults
    assert [fault.split(": ", 1)[1] for fault in faults] == [
        "'Marks' has no translation",
        "'Loans' is marked fuzzy",
        "'%(n)s pages' fills other holes (%(n)s)",
    ]


def test_an_fstring_is_refused_because_nobody_can_translate_it(tmp_path: Path) -> None:
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "views.py").write_text('_(f"Hello {name}")\n')
    assert examine(tmp_path, ["room"]).faults == ["room/views.py:1: an f-string or empty text cannot be translated"]


def test_the_compiled_catalogue_is_what_pythons_own_gettext_reads(tmp_path: Path) -> None:
    import gettext

    root = house(tmp_path, "", 'msgid "Marks"\nmsgstr "Sổ điểm"\n\nmsgid "a"\nmsgid_plural "b"\nmsgstr[0] "một loại"\n')
    assert compile_all(sorted(root.rglob("*.po"))) == 1
    with (root / "room/locale/vi/LC_MESSAGES/django.mo").open("rb") as stream:
        read = gettext.GNUTranslations(stream)
    assert (read.gettext("Marks"), read.ngettext("a", "b", 5)) == ("Sổ điểm", "một loại")
