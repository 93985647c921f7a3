"""Formulas in lessons."""

import pytest

from lms.formulas import FormulaError, mathml


def test_a_fraction_becomes_mathml() -> None:
    drawn = mathml(r"\frac{1}{2}")
    assert drawn.startswith('<math display="block">')
    assert "<mfrac><mrow><mn>1</mn></mrow><mrow><mn>2</mn></mrow></mfrac>" in drawn


def test_dollar_signs_around_a_formula_are_taken_off() -> None:
    assert mathml("$x<1$") == mathml("x<1")


@pytest.mark.parametrize(
    "source",
    [
        r"\text{<img src=x onerror=alert(1)>}",
        r"\text{<script>alert(1)</script>}",
        r"\href{javascript:alert(1)}{x}",
        r"\text{</mtext></math><svg onload=alert(1)>}",
        r"\text{<a href='javascript:alert(1)'>x</a>}",
        r"\text{<annotation-xml encoding='text/html'><iframe src=//e></iframe></annotation-xml>}",
    ],
)
def test_a_formula_carries_no_html_onto_the_page(source: str) -> None:
    drawn = mathml(source).lower()
    bad = ("<img", "<script", "<svg", "<a", "<iframe", "onerror=", "onload=", "javascript")
    assert [word for word in bad if word in drawn] == []


@pytest.mark.parametrize("source", ["", "   ", r"\left(1", "x" * 3000])
def test_what_cannot_be_drawn_is_said(source: str) -> None:
    with pytest.raises(FormulaError):
        mathml(source)
