"""What must hold of the circulars whatever the marks are (hypothesis looks for a counter-example)."""

import ast
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradebook.regulations as regulations
from gradebook.regulations import Circular, circular_for, marks, tt08, tt22, tt58

SCORED = ["VAN", "TOAN", "NN1", "GDCD", "LS_DL", "KHTN", "CONG_NGHE", "TIN_HOC"]
COMMENT = ["GDTC", "NGHE_THUAT", "HDTN_HN", "GDDP"]
# Marks near the floors of Art. 9 as often as any: that is where the rules bite.
MARK = st.one_of(st.integers(0, 100), st.sampled_from([34, 35, 49, 50, 64, 65, 79, 80, 89, 90]))
SUBJECTS = st.fixed_dictionaries(dict.fromkeys(SCORED, MARK))
RESULTS = st.fixed_dictionaries({code: st.sampled_from(["D", "D", "D", "CD"]) for code in COMMENT})
LEVEL = st.sampled_from(tt22.LEVELS)
READING = st.sampled_from(["others", "replace"])


def rank(level: str) -> int:
    return tt22.LEVELS.index(level)  # type: ignore[arg-type]


@given(SUBJECTS, RESULTS, st.sampled_from(SCORED), st.integers(1, 100), READING)
@settings(max_examples=600, deadline=None)
def test_raising_one_mark_never_lowers_the_learning_result(scored, comment, code, more, reading) -> None:
    before = tt22.study_result(scored, comment, reading=reading).result
    after = tt22.study_result({**scored, code: min(100, scored[code] + more)}, comment, reading=reading).result
    assert rank(after) >= rank(before)


@given(SUBJECTS, RESULTS, st.sampled_from(COMMENT), READING)
@settings(max_examples=400, deadline=None)
def test_turning_a_comment_subject_to_dat_never_lowers_the_learning_result(scored, comment, code, reading) -> None:
    before = tt22.study_result(scored, comment, reading=reading).result
    assert rank(tt22.study_result(scored, {**comment, code: "D"}, reading=reading).result) >= rank(before)


@given(SUBJECTS, RESULTS, READING)
@settings(max_examples=400, deadline=None)
def test_the_adjustment_never_gives_tot_and_never_raises_more_than_one_level(scored, comment, reading) -> None:
    study = tt22.study_result(scored, comment, reading=reading)
    assert rank(study.result) - rank(study.base) in (0, 1)
    assert not (study.adjusted and study.result == "TOT")
    assert study.adjusted == (study.culprit is not None)


@given(SUBJECTS, RESULTS, LEVEL, st.integers(46, 200), st.integers(6, 12), st.none() | LEVEL)
@settings(max_examples=200, deadline=None)
def test_more_than_45_absences_repeat_the_year_whatever_else(scored, comment, conduct, absences, grade, summer) -> None:
    again = None if summer is None else tt22.Summer(summer, dict.fromkeys(SCORED, 100), dict.fromkeys(COMMENT, "D"))
    decided = tt22.promotion(
        grade=grade, conduct=conduct, scored=scored, comment=comment, absences=absences, summer=again
    )
    assert decided.decision == "O_LAI"


@given(st.lists(st.integers(0, 100), min_size=2, max_size=7), st.integers(0, 100), st.integers(0, 100))
@settings(max_examples=400, deadline=None)
def test_the_term_average_is_the_exact_quotient_rounded_half_up(tx, gk, ck) -> None:
    exact = Fraction(sum(tx) + 2 * gk + 3 * ck, len(tx) + 5)
    expected = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    assert tt22.subject_term(tx, gk, ck).average == int(expected)


@given(st.integers(0, 100), st.integers(0, 100))
def test_the_year_average_lies_between_its_terms_and_never_ties(hk1, hk2) -> None:
    year = tt22.subject_year(hk1, hk2)
    assert year is not None
    assert min(hk1, hk2) <= year <= max(hk1, hk2)
    assert (2 * (hk1 + 2 * hk2)) % 3 != 0 or (hk1 + 2 * hk2) % 3 == 0


@given(st.lists(st.none() | MARK, min_size=2, max_size=5), st.none() | MARK, st.none() | MARK)
def test_a_blank_is_no_zero_before_the_make_up_window_closes(tx, gk, ck) -> None:
    term = tt22.subject_term(tx, gk, ck, window="open")
    assert (term.average is None) == (None in (*tx, gk, ck))
    zeros = [mark or 0 for mark in tx]
    closed = tt22.subject_term(tx, gk, ck, window="closed")
    assert closed.average == tt22.subject_term(zeros, gk or 0, ck or 0).average


@given(st.integers(0, 100))
def test_every_mark_is_read_back_as_it_is_written(tenths) -> None:
    assert marks.mark_read(marks.vietnamese(tenths)).tenths == tenths
    assert marks.mark_read(marks.text_of(tenths)).tenths == tenths
    assert marks.to_tenths(marks.to_decimal(tenths)) == tenths


@given(st.text(max_size=8))
@settings(max_examples=400)
def test_no_typed_text_becomes_a_mark_outside_0_and_10(raw) -> None:
    read = marks.mark_read(raw)
    assert read.tenths is None or 0 <= read.tenths <= 100
    assert read.valid or read.fault


@pytest.mark.parametrize(
    ("raw", "tenths"),
    [("6,75", 68), ("8.25", 83), ("9,96", 100), (" 7 ", 70), ("10", 100), ("0", 0), ("10,00", 100), ("7,5\u00a0", 75)],
)
def test_a_typed_mark_is_rounded_half_up_to_one_decimal(raw, tenths) -> None:
    assert marks.mark_read(raw).tenths == tenths


@pytest.mark.parametrize("raw", ["10.04", "11", "75", "-1", "+8", "8,5,1", "1e1", "NaN", "٧", "８", "tám", "8;5", ",5"])
def test_what_is_no_mark_is_refused_with_a_fault(raw) -> None:
    read = marks.mark_read(raw)
    assert not read.valid
    assert read.fault in ("format", "range")


@pytest.mark.parametrize(
    ("raw", "result"), [("Đ", "D"), ("đạt", "D"), ("CĐ", "CD"), ("chưa đạt", "CD"), ("cd", "CD"), ("D", "D"), ("", "")]
)
def test_comment_results_are_read_as_teachers_write_them(raw, result) -> None:
    assert marks.comment_read(raw) == (True, result)
    assert marks.comment_read("tốt") == (False, "")


@given(st.dictionaries(st.sampled_from(["TOAN", "VAN", "NN", "LY", "HOA", "SU"]), MARK, min_size=3))
@settings(max_examples=200)
def test_under_58_the_adjustment_never_lowers_a_rank(scored) -> None:
    ranked = tt58.rank(scored, {"TD": "D"}, with_26=True)
    assert tt58.RANKS.index(ranked.result) >= tt58.RANKS.index(ranked.base)


def test_a_university_course_needs_weights_that_sum_to_one() -> None:
    with pytest.raises(tt08.WeightError):
        tt08.course([(Decimal("0.3"), Decimal(8)), (Decimal("0.6"), Decimal(8))])


def test_the_circular_of_a_class_follows_the_roll_out() -> None:
    assert circular_for("lower_secondary", 6, 2021) == Circular.TT22
    assert circular_for("lower_secondary", 7, 2021) == Circular.TT58_26
    assert circular_for("upper_secondary", 12, 2023) == Circular.TT58_26
    assert circular_for("upper_secondary", 12, 2024) == Circular.TT22
    assert circular_for("lower_secondary", 9, 2018) == Circular.TT58
    assert circular_for("primary", 3, 2026) == Circular.TT27
    assert circular_for("university", 1, 2026) == Circular.TT08


def test_no_float_touches_a_mark_in_the_regulations() -> None:
    folder = Path(regulations.__file__).parent
    for module in folder.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), module
            assert not (isinstance(node, ast.Name) and node.id == "float"), module
            assert not (
                isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and "Decimal" not in ast.dump(node)
            ), module
