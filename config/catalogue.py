"""The Vietnamese catalogue: what the sources ask to be translated, what the catalogues answer, and the compiled form.

GNU gettext is on no machine by default, so the sources are read with Django's own template reader and Python's `ast`,
and the catalogues with polib.
"""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polib
from django.utils.translation.template import templatize

LANGUAGE = "vi"
PLAIN = frozenset({"gettext", "gettext_lazy", "gettext_noop", "_"})
PLURAL = frozenset({"ngettext", "ngettext_lazy"})
WITH_CONTEXT = frozenset({"pgettext", "pgettext_lazy"})
WITH_BOTH = frozenset({"npgettext", "npgettext_lazy"})
STRING = r"""u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
TEMPLATE_CALL = re.compile(rf"\b(n?p?gettext|_)\(({STRING})(?:,\s*({STRING}))?(?:,\s*({STRING}))?")
# The translatable holes of a text: %(name)s, %s, {name}. A translation must fill the same ones.
HOLE = re.compile(r"%\([^)]+\)[sd]|(?<!%)%[sd]|\{[a-z_][a-z_0-9.]*\}")
SKIPPED = frozenset({"migrations", "tests", "static", "node_modules", "__pycache__"})


@dataclass(frozen=True)
class Message:
    """A text that the sources ask to be translated: its context ("" when none) and its English form."""

    context: str
    text: str


@dataclass
class Report:
    """What a look at sources and catalogues found; `faults` empty means complete."""

    asked: dict[Message, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)


def of_python(source: str) -> Iterator[tuple[Message, int]]:
    """Messages of a Python source with their lines. An f-string is yielded as an empty text."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in WITH_CONTEXT | WITH_BOTH:
            context, text = node.args[0], node.args[1] if len(node.args) > 1 else None
        elif name in PLAIN | PLURAL:
            context, text = ast.Constant(""), node.args[0]
        else:
            continue
        if isinstance(text, ast.JoinedStr):
            yield Message("", ""), node.lineno
        elif isinstance(text, ast.Constant) and isinstance(text.value, str) and isinstance(context, ast.Constant):
            yield Message(str(context.value), text.value), node.lineno


def of_template(source: str) -> Iterator[tuple[Message, int]]:
    """Messages of a Django template with their lines."""
    code = templatize(source)
    for match in TEMPLATE_CALL.finditer(code):
        words = [ast.literal_eval(word) for word in match.groups()[1:] if word]
        line = code.count("\n", 0, match.start()) + 1
        if "p" in match.group(1).removesuffix("gettext"):
            yield Message(words[0], words[1]), line
        else:
            yield Message("", words[0]), line


def sources(root: Path, folders: Iterable[str]) -> Iterator[Path]:
    """Every Python file and template of the given folders, tests and migrations left out."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            inside = path.relative_to(root).parts
            read = path.suffix == ".py" or ("templates" in inside and path.suffix in {".html", ".txt"})
            if read and not SKIPPED.intersection(inside):
                yield path


def catalogues(root: Path, folders: Iterable[str]) -> list[Path]:
    """The Vietnamese catalogues of the given folders."""
    return sorted(
        path for folder in folders for path in (root / folder).rglob(f"locale/{LANGUAGE}/LC_MESSAGES/django.po")
    )


def compile_all(paths: Iterable[Path]) -> int:
    """Write the compiled form beside each catalogue; returns how many. Fuzzy entries are left out, as msgfmt does."""
    count = 0
    for path in paths:
        scratch = path.with_suffix(".mo.new")
        polib.pofile(str(path)).save_as_mofile(str(scratch))
        scratch.replace(path.with_suffix(".mo"))
        count += 1
    return count


def _translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def _entry_faults(entry: polib.POEntry) -> Iterator[str]:
    """What is wrong with one entry, in words."""
    texts = _translations(entry)
    if entry.fuzzy:
        yield "is marked fuzzy"
    if not texts or not all(texts):
        yield "has no translation"
    for text in filter(None, texts):
        if unicodedata.normalize("NFC", text) != text:
            yield "is not in Unicode's composed form (NFC)"
        holes = set(HOLE.findall(text))
        allowed = set(HOLE.findall(entry.msgid)) | set(HOLE.findall(entry.msgid_plural or ""))
        if holes - allowed or (not entry.msgid_plural and allowed - holes):
            yield f"fills other holes ({', '.join(sorted(holes ^ allowed))})"


def examine(root: Path, folders: Iterable[str]) -> Report:
    """Compare sources and catalogues; every gap, contradiction and damaged entry is a fault with its place."""
    folders = list(folders)
    report = Report()
    known: dict[Message, tuple[str, list[str]]] = {}
    for path in catalogues(root, folders):
        place = str(path.relative_to(root))
        for entry in polib.pofile(str(path)):
            if entry.obsolete:
                continue
            report.faults += [f"{place}:{entry.linenum}: {entry.msgid!r} {fault}" for fault in _entry_faults(entry)]
            message = Message(entry.msgctxt or "", entry.msgid)
            earlier = known.setdefault(message, (place, _translations(entry)))
            if earlier[1] != _translations(entry):
                report.faults.append(f"{place}:{entry.linenum}: {entry.msgid!r} reads otherwise in {earlier[0]}")
    for path in sources(root, folders):
        text = path.read_text(encoding="utf-8")
        place = str(path.relative_to(root))
        for message, line in of_python(text) if path.suffix == ".py" else of_template(text):
            if not message.text:
                report.faults.append(f"{place}:{line}: an f-string or empty text cannot be translated")
                continue
            report.asked.setdefault(message, f"{place}:{line}")
    for message, place in report.asked.items():
        if message not in known:
            report.faults.append(f"{place}: {message.text!r} is missing in every catalogue")
    report.unused = [
        f"{place}: {message.text!r}" for message, (place, _) in known.items() if message not in report.asked
    ]
    return report
