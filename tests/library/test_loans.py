"""The desk: a copy is with one reader at a time."""

import datetime

import pytest
from django.utils import timezone

from library.models import Loan
from library.selectors import borrowers
from library.services import LibraryError, copies_add, loan_open, loan_renew, loan_return, record_create
from tests.library.books import book
from tests.world import World


def test_copies_get_running_numbers_of_their_own_school(world: World) -> None:
    first, second = book(world.a, copies=2), book(world.a, "Truyện Kiều", copies=1)
    other = book(world.b, copies=1)
    codes = [item.barcode for record in (first, second, other) for item in record.items.all()]
    assert codes == ["TV000001", "TV000002", "TV000003", "TV000001"]


def test_a_lent_copy_cannot_be_lent_again_before_it_is_back(world: World) -> None:
    item = book(world.a).items.first()
    loan_open(item=item, borrower=world.a.student, by=world.a.librarian)
    with pytest.raises(LibraryError, match="Đặng Minh An"):
        loan_open(item=item, borrower=world.a.student2, by=world.a.librarian)
    loan_return(item=item, by=world.a.librarian)
    again = loan_open(item=item, borrower=world.a.student2, by=world.a.librarian)
    assert list(Loan.objects.open()) == [again]


def test_a_copy_scanned_twice_on_return_is_answered_as_not_out(world: World) -> None:
    item = book(world.a).items.first()
    loan_open(item=item, borrower=world.a.student, by=world.a.librarian)
    loan = loan_return(item=item, by=world.a.librarian)
    assert loan.returned_to == world.a.librarian
    with pytest.raises(LibraryError):
        loan_return(item=item, by=world.a.librarian)


def test_a_pupil_of_another_school_is_no_reader(world: World) -> None:
    item = book(world.a).items.first()
    with pytest.raises(LibraryError, match=world.b.student.full_name):
        loan_open(item=item, borrower=world.b.student, by=world.a.librarian)


def test_the_sixth_book_is_refused(world: World) -> None:
    items = list(book(world.a, copies=6).items.all())
    for item in items[:5]:
        loan_open(item=item, borrower=world.a.student, by=world.a.librarian)
    with pytest.raises(LibraryError, match="5"):
        loan_open(item=items[5], borrower=world.a.student, by=world.a.librarian)


def test_a_lost_copy_and_a_day_of_return_in_the_past_are_refused(world: World) -> None:
    lost, good = book(world.a).items.all()
    lost.state = "lost"
    lost.save()
    with pytest.raises(LibraryError, match="TV000001"):
        loan_open(item=lost, borrower=world.a.student, by=world.a.librarian)
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    with pytest.raises(LibraryError):
        loan_open(item=good, borrower=world.a.student, by=world.a.librarian, due=yesterday)


def test_a_book_is_overdue_after_its_day_and_not_on_it(world: World) -> None:
    today = timezone.localdate()
    loan = loan_open(item=book(world.a).items.first(), borrower=world.a.student, by=world.a.librarian, due=today)
    assert not loan.is_overdue
    assert list(Loan.objects.overdue(today + datetime.timedelta(days=1))) == [loan]
    assert not Loan.objects.overdue(today).exists()
    assert loan_renew(loan=loan).due == today + datetime.timedelta(days=14)


def test_readers_are_found_by_code_or_by_a_part_of_the_name_without_marks(world: World) -> None:
    ids = [world.a.school.pk]
    assert [found.user for found in borrowers("a-hs1", ids)] == [world.a.student]
    assert [found.user for found in borrowers("dang minh", ids)] == [world.a.student]
    assert [found.user for found in borrowers("toan", ids)] == [world.a.teacher]
    assert "6A1" in borrowers("a-hs1", ids)[0].what
    assert borrowers("b-hs1", ids) == []


def test_a_book_of_the_office_has_no_copies(world: World) -> None:
    record = record_create(school=None, fields={"title": "Sách chung"}, by=world.office_admin)
    with pytest.raises(LibraryError):
        copies_add(record=record, count=1)
