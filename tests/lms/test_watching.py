"""Sums over watched ranges."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.watching import BadRanges, merge, parse_ranges, parse_seconds, total

seconds = st.floats(min_value=0, max_value=10_000, allow_nan=False)
ranges = st.lists(st.tuples(seconds, seconds).map(lambda pair: (min(pair), max(pair))), max_size=30)


def test_ranges_that_touch_or_overlap_become_one() -> None:
    assert merge([(10, 20), (0, 5), (5.5, 8), (15, 30)]) == [(0, 8), (10, 30)]


def test_seconds_seen_twice_count_once() -> None:
    assert total(merge([(0, 60), (30, 60), (0, 10)])) == 60


@given(ranges)
def test_merging_again_changes_nothing(found: list[tuple[float, float]]) -> None:
    once = merge(found)
    assert merge(once) == once


@given(ranges, ranges)
def test_the_order_of_reports_does_not_matter_for_what_was_seen(
    first: list[tuple[float, float]], second: list[tuple[float, float]]
) -> None:
    assert merge([*first, *second]) == merge([*second, *first])


@given(ranges)
def test_merged_ranges_are_in_order_and_apart(found: list[tuple[float, float]]) -> None:
    merged = merge(found)
    assert all(left[1] < right[0] for left, right in itertools.pairwise(merged))


def test_ranges_are_cut_to_the_length_of_the_video() -> None:
    assert parse_ranges([[90, 120], [130, 140]], duration=100) == [(90, 100)]


@pytest.mark.parametrize(
    "raw",
    ["0-5", {"0": 5}, [[0]], [[0, 1, 2]], [["0", "5"]], [[5, 0]], [[-1, 5]], [[0, float("inf")]], [[True, 5]], [0, 5]],
)
def test_what_is_not_a_list_of_pairs_is_refused(raw: object) -> None:
    with pytest.raises(BadRanges):
        parse_ranges(raw, duration=100)


def test_a_report_of_a_thousand_pieces_is_refused() -> None:
    with pytest.raises(BadRanges):
        parse_ranges([[n, n + 0.1] for n in range(1000)], duration=2000)


@pytest.mark.parametrize("raw", [None, "5", -1, float("nan"), True])
def test_a_position_is_a_number_from_zero_up(raw: object) -> None:
    with pytest.raises(BadRanges):
        parse_seconds(raw)
