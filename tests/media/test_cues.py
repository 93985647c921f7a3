"""Words with times become captions of at most two lines of 42 letters, cut where somebody pauses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.cues import LINE, Word, columns, cut, wrap

pytestmark = pytest.mark.pure


def spoken(text: str, *, start: float = 0, seconds: float = 0.3) -> list[Word]:
    """Words said one after the other."""
    return [
        Word(start + number * seconds, start + (number + 1) * seconds, f" {word}")
        for number, word in enumerate(text.split())
    ]


def test_a_pause_and_a_sentence_end_a_caption() -> None:
    words = [
        *spoken("Chào các em."),
        *spoken("Hôm nay chúng ta học bài phân số. Nhắc lại:", start=1.0),
        *spoken("phân số có dạng a trên b", start=6.0),
    ]
    cues = cut(words)
    assert [cue.plain for cue in cues] == [
        "Chào các em. Hôm nay chúng ta học bài phân số.",
        "Nhắc lại:",
        "phân số có dạng a trên b",
    ]
    assert [(cue.start, cue.end) for cue in cues] == [(0, 3.4), (3.4, 4.4), (6.0, pytest.approx(8.1))]


def test_a_full_caption_ends_at_its_last_comma_and_lines_are_alike() -> None:
    text = "Muốn cộng hai phân số cùng mẫu số, ta cộng hai tử số với nhau, và giữ nguyên mẫu số chung đó"
    first, second = cut(spoken(text, seconds=0.1))
    assert first.written == "Muốn cộng hai phân số cùng mẫu số,\nta cộng hai tử số với nhau,"
    assert second.plain == "và giữ nguyên mẫu số chung đó"


def test_a_long_caption_leaves_no_last_word_alone() -> None:
    first, second = cut(spoken("Hôm nay chúng ta học bài phân số, bài mở rộng khái niệm phân số", seconds=0.45))
    assert first.plain == "Hôm nay chúng ta học bài phân số,"
    assert second.plain == "bài mở rộng khái niệm phân số"


def test_a_caption_stays_long_enough_to_be_read_but_never_over_the_next() -> None:
    first, second, third = cut([Word(0, 0.2, " Vâng"), Word(5, 5.1, " Đúng"), Word(5.9, 6.0, " rồi")])
    assert (first.end, second.end, third.end) == (1.0, 5.9, 6.9)


def test_languages_without_blanks_are_cut_between_their_signs() -> None:
    cues = cut([Word(number * 0.1, number * 0.1 + 0.1, sign) for number, sign in enumerate("分数" * 30)])
    assert all(columns(line) <= LINE for cue in cues for line in cue.written.splitlines())
    assert "".join(cue.written.replace("\n", "") for cue in cues) == "分数" * 30


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0, 2), st.text(alphabet="aơ,.<&-> 字", max_size=60)), max_size=40))
def test_no_line_is_too_long_and_no_word_is_lost(rows: list[tuple[float, float, str]]) -> None:
    words, now = [], 0.0
    for pause, seconds, text in rows:
        words.append(Word(now + pause, now + pause + seconds, f" {text}"))
        now += pause + seconds
    cues = cut(words)
    for cue in cues:
        lines = cue.written.replace("→", "-->").splitlines()
        assert 1 <= len(lines) <= 2
        assert all(columns(line) <= LINE for line in lines)
        assert cue.start < cue.end
    assert [cue.start for cue in cues] == sorted(cue.start for cue in cues)
    shown = "".join(cue.written for cue in cues).replace("→", "-->")
    assert "".join(shown.split()) == "".join("".join(text for _, _, text in rows).split())


def test_what_cannot_fit_is_no_line() -> None:
    assert wrap("a" * (2 * LINE + 1)) == []
