"""Words with their times become captions that can be read: two lines of 42 letters, cut where the speaker pauses."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from media.captions import Cue, cue_text

LINE = 42  # columns; what broadcasters and film sites ask of captions
PAUSE = 0.7  # seconds without a word that end a caption
LONGEST = 6.0  # seconds that one is shown
SHORTEST = 1.0
SENTENCE = (".", "?", "!", "…", "。", "？", "！")
CLAUSE = (*SENTENCE, ",", ";", ":", "，", "、")


@dataclass(frozen=True)
class Word:
    """A word and when it is said (seconds). Its text begins with a blank where it does not belong to the word before."""

    start: float
    end: float
    text: str


def cut(words: Iterable[Word]) -> list[Cue]:
    """The words as captions, in their order."""
    groups: list[list[Word]] = []
    group: list[Word] = []
    for word in _short(words):
        if group and _ends(group, word):
            groups.append(group)
            group = []
        elif group and (word.end - group[0].start > LONGEST or not _fits([*group, word])):
            kept = _whole_part(group)
            groups.append(group[:kept])
            group = group[kept:]
        group.append(word)
    if group:
        groups.append(group)
    return [cue for number, group in enumerate(groups) if (cue := _cue(group, groups[number + 1 : number + 2]))]


def wrap(text: str) -> list[str]:
    """The text in one line or in two of similar length, each of 42 columns at most; no line at all when it does not fit."""
    if columns(text) <= LINE:
        return [text]
    blanks = [at for at, letter in enumerate(text) if letter == " "]
    # languages without blanks are cut between any two letters
    for places in (blanks, range(1, len(text))):
        halves = [(text[:at].strip(), text[at:].strip()) for at in places]
        fitting = [pair for pair in halves if max(map(columns, pair)) <= LINE]
        if fitting:
            first, second = min(fitting, key=_unevenness)
            return [first, second]
    return []


def columns(text: str) -> int:
    """How wide a text is: a Chinese or Japanese sign counts two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _unevenness(pair: tuple[str, str]) -> float:
    first, second = map(columns, pair)
    return abs(first - second) - (LINE / 4 if pair[0].endswith(CLAUSE) else 0)


def _short(words: Iterable[Word]) -> Iterator[Word]:
    """The words, those longer than a line in pieces: no word is, but an engine that is lost repeats a syllable for ever."""
    for word in words:
        pieces = [word.text[at : at + LINE] for at in range(0, len(word.text), LINE)]
        seconds = (word.end - word.start) / max(len(pieces), 1)
        for number, piece in enumerate(pieces):
            begin = word.start + number * seconds
            yield Word(begin, begin + seconds, piece)


def _text(group: list[Word]) -> str:
    return " ".join("".join(word.text for word in group).split())


def _fits(group: list[Word]) -> bool:
    return bool(wrap(_text(group)))


def _ends(group: list[Word], following: Word) -> bool:
    """Whether a caption ends before the following word, though there may be room for it."""
    text = _text(group)
    return following.start - group[-1].end >= PAUSE or (text.endswith(SENTENCE) and columns(text) > LINE / 2)


def _whole_part(group: list[Word]) -> int:
    """How many words of a full caption stay in it: up to its last comma or full stop, if that is in its second half."""
    half = columns(_text(group)) / 2
    for count in range(len(group), 0, -1):
        text = _text(group[:count])
        if columns(text) < half:
            break
        if text.endswith(CLAUSE):
            return count
    return len(group)


def _cue(group: list[Word], following: list[list[Word]]) -> Cue | None:
    text = cue_text("\n".join(wrap(_text(group))))
    begin = group[0].start
    end = max(group[-1].end, begin + SHORTEST)
    if following:
        end = min(end, following[0][0].start)
    return Cue(begin, max(end, begin + 0.1), text) if text else None
