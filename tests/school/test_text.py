import json
from itertools import pairwise

import pytest

from school import phones, text
from tests.shared import shared


def golden(kind: str) -> list[dict]:
    cases = json.loads(shared("golden/grading.json").read_text(encoding="utf-8"))
    return [case for case in cases if case["kind"] == kind]


def ordered(names: list[str]) -> list[str]:
    """The names sorted, from a start in the wrong order."""
    backwards = [*reversed(names)]
    return sorted(backwards, key=text.vi_sort_key)


def test_marks_are_dropped_as_the_golden_cases_say():
    for case in golden("vi_ascii"):
        assert text.strip_marks(case["input"]["text"]) == case["expected"]["text"], case["why"]


def test_search_ignores_diacritics_as_the_golden_cases_say():
    for case in golden("vi_match"):
        found = text.matches(case["input"]["query"], case["input"]["text"])
        assert found is case["expected"]["match"], case["why"]


def test_names_sort_as_the_golden_cases_say():
    for case in golden("name_sort"):
        assert sorted(case["input"]["names"], key=text.vi_sort_key) == case["expected"]["names"], case["why"]


def test_phones_are_read_as_the_golden_cases_say():
    for case in golden("phone"):
        phone = phones.parse_phone(case["input"]["raw"])
        got = {"valid": phone.valid, "type": phone.type, "e164": phone.e164 or None}
        assert {key: got[key] for key in case["expected"]} == case["expected"], case["why"]


def test_a_name_typed_on_a_mac_and_one_typed_on_windows_are_the_same():
    decomposed = "Đa\u0323\u0306ng  Thi\u0323\u00a0Ha\u0306\u0300ng"
    assert text.clean(decomposed) == "Đặng Thị Hằng"
    assert text.vi_sort_key(decomposed) == text.vi_sort_key("Đặng Thị Hằng")


def test_the_last_word_is_the_given_name():
    assert text.split_name("  Nguyễn  Thị Minh Khai ") == ("Nguyễn Thị Minh", "Khai")
    assert text.split_name("Bình") == ("", "Bình")


def test_tones_follow_the_dictionary_order():
    names = ["Lê Ma", "Lê Mà", "Lê Mả", "Lê Mã", "Lê Má", "Lê Mạ"]
    assert ordered(names) == names


def test_letters_follow_the_vietnamese_alphabet():
    letters = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
    assert all(text.vi_sort_key(one) < text.vi_sort_key(two) for one, two in pairwise(letters))


def test_the_given_name_counts_on_all_levels_before_the_family_name():
    assert sorted(["Trần Hà", "Vũ Ha", "An Hạ"], key=text.vi_sort_key) == ["Vũ Ha", "Trần Hà", "An Hạ"]


def test_a_shorter_name_and_a_blank_come_first():
    names = ["Lê An", "Lê Thị An", "Lê Thị Mai An", "Lêu An", "Lê Anh"]
    assert ordered(names) == names


def test_a_sort_key_is_plain_letters_and_digits_so_that_every_database_agrees():
    key = text.vi_sort_key("H' Hen Niê Đặng-Ðỗ 王")
    assert key.isascii()
    assert key.isalnum()
    assert key == key.lower()


@pytest.mark.parametrize(
    ("raw", "e164"),
    [
        ("0912.345.678", "+84912345678"),
        ("+84 912-345-678", "+84912345678"),
        ("0084912345678", "+84912345678"),
        ("+84 (0)912 345 678", "+84912345678"),
        ("01689999999", "+84389999999"),
        ("0120 123 4567", "+84701234567"),
        ("84 199 123 4567", "+84591234567"),
        ("024 3827 1234", "+842438271234"),
        ("0912345678; 0987654321", "+84912345678"),
    ],
)
def test_phones_are_kept_in_one_form(raw, e164):
    assert phones.normalise_phone(raw) == e164


@pytest.mark.parametrize("raw", ["", "09123", "không có", "0612345678", "091234567a", "+1 202 555 0100", "0112345678"])
def test_what_is_not_a_number_is_refused(raw):
    assert phones.normalise_phone(raw) == ""


def test_a_zero_that_excel_ate_is_offered_back_and_never_taken_silently():
    phone = phones.parse_phone("912345678")
    assert not phone.valid
    assert phone.suggestion == "+84912345678"


def test_a_landline_takes_no_sms():
    assert phones.can_receive_sms("+84912345678")
    assert not phones.can_receive_sms("+842438271234")


def test_a_number_is_shown_as_people_write_it():
    assert phones.display_phone("+84912345678") == "0912 345 678"
