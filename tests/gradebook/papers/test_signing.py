"""Papers are signed with a person's own key, one after another; what is changed afterwards is found."""

import io
from datetime import UTC, datetime

import pytest
from pypdf import PdfWriter

from gradebook.papers.letterhead import FORMS
from gradebook.papers.signing import KeyFileError, key_open, pdf_sign, signatures_of
from school.typesetting import typeset
from tests.gradebook.papers.keys import Authority

AT = datetime(2027, 5, 31, tzinfo=UTC)
PUPIL = {"name": "An", "born": "", "code": "1", "subjects": [], "lines": [], "absences": "0"}


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def paper() -> bytes:
    words = ("authority", "school", "title", "footer", "term", "year", "class", "homeroom", "day")
    return typeset(FORMS / "slip.typ", dict.fromkeys(words, "Thử") | {"pupils": [PUPIL]}, at=AT, archive=True)


def signed(paper: bytes, authority: Authority) -> bytes:
    teacher = key_open(authority.key_file("Cô Lan"), "mat-khau")
    principal = key_open(authority.key_file("Thầy Hùng"), "mat-khau")
    once = pdf_sign(paper, teacher, field="homeroom", reason="Giáo viên chủ nhiệm")
    return pdf_sign(once, principal, field="principal", reason="Hiệu trưởng")


def test_two_people_sign_one_paper_and_both_signatures_hold(paper: bytes, authority: Authority) -> None:
    done = signed(paper, authority)
    found = signatures_of(done, roots=[authority.der])
    assert [(one.field, one.name, one.reason) for one in found] == [
        ("homeroom", "Cô Lan", "Giáo viên chủ nhiệm"),
        ("principal", "Thầy Hùng", "Hiệu trưởng"),
    ]
    assert all(one.whole and one.trusted and one.at for one in found)
    assert done.startswith(paper)
    assert b"ETSI.CAdES.detached" in done
    assert b"pdfaid:part" in done


def test_another_authoritys_signature_is_whole_but_not_trusted(paper: bytes, authority: Authority) -> None:
    found = signatures_of(signed(paper, authority), roots=[Authority("Chỗ khác").der])
    assert [(one.whole, one.trusted) for one in found] == [(True, False)] * 2


def test_a_paper_that_was_changed_after_it_was_signed_is_found(paper: bytes, authority: Authority) -> None:
    done = bytearray(signed(paper, authority))
    at = done.index(b"/MediaBox") + 12
    done[at] = done[at] ^ 1
    assert not any(one.whole for one in signatures_of(bytes(done), roots=[authority.der]))


def test_a_page_that_is_added_after_signing_is_found(paper: bytes, authority: Authority) -> None:
    writer = PdfWriter(io.BytesIO(signed(paper, authority)), incremental=True)
    writer.add_blank_page()
    changed = io.BytesIO()
    writer.write(changed)
    assert not all(one.whole for one in signatures_of(changed.getvalue(), roots=[authority.der]))


def test_a_paper_without_signatures_and_a_text_have_none(paper: bytes) -> None:
    assert signatures_of(paper) == signatures_of(b"no pdf") == []


@pytest.mark.parametrize(
    ("options", "password", "words"),
    [
        ({}, "khác", "bằng mật khẩu này"),
        ({"begins": -20, "ends": -10}, "mat-khau", "chỉ có hiệu lực từ"),
        ({"begins": 10, "ends": 20}, "mat-khau", "chỉ có hiệu lực từ"),
        ({"signs": False}, "mat-khau", "không dùng để ký"),
    ],
    ids=["wrong password", "expired", "not yet", "for something else"],
)
def test_a_key_that_cannot_sign_is_refused_in_words(
    authority: Authority, options: dict[str, int], password: str, words: str
) -> None:
    with pytest.raises(KeyFileError, match=words):
        key_open(authority.key_file("Cô Lan", **options), password)  # type: ignore[arg-type]


@pytest.mark.parametrize("data", [b"", b"not a key", b"\x30\x82\x00\x01\x00"])
def test_a_file_that_is_no_key_is_refused(data: bytes) -> None:
    with pytest.raises(KeyFileError):
        key_open(data, "mat-khau")
