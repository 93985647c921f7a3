"""Sums over watched ranges: which seconds of a video were seen. No database, no clock."""

import math
from collections.abc import Iterable, Sequence

Range = tuple[float, float]

# Players move in quarters of a second; two ranges nearer than this are one.
GAP = 0.75
# A player offers speeds up to this: more of a video than `seconds passed × MAX_SPEED + SLACK` cannot have been watched.
MAX_SPEED = 2.0
SLACK = 15.0
# A report with more pieces than this is not a person watching.
MAX_RANGES = 500
# A video counts as watched from this share on; the last seconds are often an end card.
WATCHED_FROM = 0.8


class BadRanges(ValueError):
    """The report is not a list of pairs of seconds."""


def parse_ranges(raw: object, *, duration: float) -> list[Range]:
    """The pairs `[from, to]` in seconds of a report, cut to 0…`duration`; refuses what is not numbers in order."""
    if not isinstance(raw, list) or len(raw) > MAX_RANGES:
        raise BadRanges("ranges")
    ranges = []
    for pair in raw:
        if not isinstance(pair, list) or len(pair) != 2:
            raise BadRanges("pair")
        start, end = (parse_seconds(value) for value in pair)
        if start > end:
            raise BadRanges("order")
        start, end = min(start, duration), min(end, duration)
        if end > start:
            ranges.append((start, end))
    return ranges


def parse_seconds(raw: object) -> float:
    """A number of seconds from 0 up. JSON knows neither booleans as numbers nor infinity, Python does."""
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw) or raw < 0:
        raise BadRanges("seconds")
    return float(raw)


def merge(ranges: Iterable[Sequence[float]]) -> list[Range]:
    """The same seconds as ordered ranges that do not touch."""
    merged: list[Range] = []
    for start, end in sorted((float(pair[0]), float(pair[1])) for pair in ranges):
        if merged and start <= merged[-1][1] + GAP:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def total(ranges: Iterable[Sequence[float]]) -> float:
    """Seconds in ranges that do not overlap."""
    return sum(pair[1] - pair[0] for pair in ranges)
