"""Numbers as people read them, ids as machines do."""

from django.template import Context, Template
from django.utils import translation


def test_an_id_above_a_thousand_stays_an_id_in_a_template() -> None:
    with translation.override("vi"):
        assert Template('<input name="vang-{{ pk }}">').render(Context({"pk": 1541})) == '<input name="vang-1541">'


def test_a_figure_is_grouped_by_the_num_filter_alone() -> None:
    with translation.override("vi"):
        assert Template("{% load ui %}{{ n|num }} {{ n }}").render(Context({"n": 60440})) == "60.440 60440"
        assert Template("{% load ui %}{{ n|num }}").render(Context({"n": "7.5"})) == "7,5"
