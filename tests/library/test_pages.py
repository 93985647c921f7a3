"""The library's pages: for readers, for the desk, and for strangers."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from library.models import EBook, Loan, ReadingPosition, Record
from library.services import ebook_add, loan_open
from library.tokens import token_make
from tests.library.books import book, epub, page
from tests.world import Cast, World

SignIn = Callable[..., Client]
CONTENT = {"host": "content.localhost"}


def ebook(cast: Cast, body: str = "Chữ") -> EBook:
    data = epub({"c1.xhtml": page(body)})
    return ebook_add(record=book(cast), source=io.BytesIO(data), size=len(data), name="sach.epub", by=cast.librarian)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_pupil_finds_a_book_without_marks_and_sees_that_a_copy_is_on_the_shelf(
    world: World, client_for: SignIn
) -> None:
    book(world.a)
    answer = client_for(world.a.student).get("/thu-vien/", {"q": "lich su"})
    assert "Lịch sử Việt Nam bằng tranh" in text(answer)
    assert "2 " in text(answer)


def test_nothing_found_says_what_to_try(world: World, client_for: SignIn) -> None:
    answer = client_for(world.a.student).get("/thu-vien/", {"q": "không có sách này"})
    assert "mood-empty" in text(answer)


def test_the_list_goes_on_over_pages_and_costs_the_same_queries(
    world: World, client_for: SignIn, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        book(world.a, f"Sách {number:02d}", copies=1)
    client = client_for(world.a.student)
    client.get("/thu-vien/")
    with django_assert_max_num_queries(16):
        first = text(client.get("/thu-vien/"))
    assert "Sách 00" in first
    assert "Sách 29" not in first
    assert "Sách 29" in text(client.get("/thu-vien/", {"page": "2"}))


@pytest.mark.parametrize("who", ["student", "teacher", "father", "librarian", "principal"])
def test_a_book_of_another_school_is_not_there(world: World, client_for: SignIn, who: str) -> None:
    strange = ebook(world.b)
    client = client_for(getattr(world.a, who))
    assert client.get(reverse("library:record", args=[strange.record_id])).status_code == 404
    assert client.get(reverse("library:read", args=[strange.pk])).status_code == 404
    assert client.post(reverse("library:position", args=[strange.pk]), {}).status_code == 404


def test_the_librarian_catalogues_a_book_with_two_copies_and_an_epub(world: World, client_for: SignIn) -> None:
    fields = {
        "title": "Truyện Kiều", "authors": "Nguyễn Du", "isbn": "978-0-306-40615-7", "publisher": "Kim Đồng", "year": "2019",
        "language": "vi", "copies": "2", "location": "Kệ 3",
        "epub": SimpleUploadedFile("kieu.epub", epub({"c1.xhtml": page("Trăm năm")})),
    }  # fmt: skip
    client = client_for(world.a.librarian)
    answer = client.post(reverse("library:catalogue-new"), fields)
    record = Record.objects.get()
    assert answer.headers["Location"] == reverse("library:catalogue-edit", args=[record.pk])
    assert (record.school, record.items.count(), record.ebooks.count()) == (world.a.school, 2, 1)
    assert "TV000002" in text(client.get(answer.headers["Location"]))


def test_a_wrong_isbn_is_named_and_nothing_is_written(world: World, client_for: SignIn) -> None:
    answer = client_for(world.a.librarian).post(
        reverse("library:catalogue-new"), {"title": "Sách", "isbn": "9786042134450", "copies": "1", "language": "vi"}
    )
    assert answer.status_code == 422
    assert "id_isbn" in text(answer)
    assert not Record.objects.exists()


def test_an_isbn_of_ten_digits_is_kept_as_thirteen(world: World, client_for: SignIn) -> None:
    client_for(world.a.librarian).post(
        reverse("library:catalogue-new"), {"title": "Sách", "isbn": "0-306-40615-2", "copies": "0", "language": "en"}
    )
    assert Record.objects.get().isbn == "9780306406157"


def test_a_broken_epub_leaves_the_book_and_says_why(world: World, client_for: SignIn) -> None:
    record = book(world.a)
    answer = client_for(world.a.librarian).post(
        reverse("library:epub", args=[record.pk]), {"epub": SimpleUploadedFile("x.epub", b"not a book")}
    )
    assert answer.status_code == 422
    assert not EBook.objects.exists()


def test_the_desk_lends_by_code_and_takes_back(world: World, client_for: SignIn) -> None:
    book(world.a)
    client = client_for(world.a.librarian)
    due = "2099-01-31"
    client.post(reverse("library:lend"), {"barcode": "tv000001", "reader": "a-hs1", "due": due})
    assert Loan.objects.open().get().borrower == world.a.student
    assert "31/01/2099" in text(client.get(reverse("library:desk")))
    assert "TV000001" in text(client.get(reverse("library:loans")))
    client.post(reverse("library:return"), {"back-barcode": "TV000001"})
    assert not Loan.objects.open().exists()


def test_a_name_of_several_readers_is_offered_for_a_choice_and_lends_nothing(world: World, client_for: SignIn) -> None:
    book(world.a)
    answer = client_for(world.a.librarian).post(
        reverse("library:lend"), {"barcode": "TV000001", "reader": "n", "due": "2099-01-31"}
    )
    assert 'value="a-hs1"' in text(answer)
    assert not Loan.objects.exists()


def test_a_copy_of_another_school_cannot_be_lent(world: World, client_for: SignIn) -> None:
    book(world.b)
    answer = client_for(world.a.librarian).post(
        reverse("library:lend"), {"barcode": "TV000001", "reader": "a-hs1", "due": "2099-01-31"}
    )
    assert answer.status_code == 422
    assert not Loan.objects.exists()


def test_a_pupil_has_no_business_at_the_desk(world: World, client_for: SignIn) -> None:
    client = client_for(world.a.student)
    for name in ("library:desk", "library:loans", "library:catalogue-new"):
        assert client.get(reverse(name)).status_code == 403


def test_the_overdue_list_shows_the_overdue_only(world: World, client_for: SignIn) -> None:
    late, fine = book(world.a, copies=2).items.all()
    for item in (late, fine):
        loan_open(item=item, borrower=world.a.student, by=world.a.librarian)
    Loan.objects.filter(item=late).update(due="2020-01-01")
    shown = text(client_for(world.a.librarian).get(reverse("library:loans"), {"muon": "qua-han"}))
    assert late.barcode in shown
    assert fine.barcode not in shown


def test_a_loan_shows_on_the_readers_page_and_not_on_a_classmates(world: World, client_for: SignIn) -> None:
    loan_open(item=book(world.a).items.first(), borrower=world.a.student, by=world.a.librarian)
    assert 'id="athome"' in text(client_for(world.a.student).get("/thu-vien/"))
    assert 'id="athome"' not in text(client_for(world.a.student2).get("/thu-vien/"))


def test_the_place_is_kept_for_each_reader(world: World, client_for: SignIn) -> None:
    target = ebook(world.a)
    client = client_for(world.a.student)
    address = reverse("library:position", args=[target.pk])
    assert client.post(address, {"cfi": "epubcfi(/6/4!/4/2)", "fraction": "0.25"}).json() == {"percent": 25}
    assert client.post(address, {"cfi": "epubcfi(/6/6!/4/2)", "fraction": "0.5"}).json() == {"percent": 50}
    assert client.post(address, {"cfi": "<script>", "fraction": "7"}).status_code == 422
    assert ReadingPosition.objects.get().cfi == "epubcfi(/6/6!/4/2)"
    assert "epubcfi%28%2F6%2F6%21%2F4%2F2%29" in text(client.get(reverse("library:read", args=[target.pk])))
    assert "epubcfi" not in text(client_for(world.a.student2).get(reverse("library:read", args=[target.pk])))


def test_the_book_comes_clean_from_the_content_host_and_by_its_token_only(world: World, client: Client) -> None:
    target = ebook(world.a, "<p>Chữ</p><script>hit()</script>")
    token = token_make(target.pk, world.a.student.pk)
    answer = client.get(f"/sach/{token}/sach.epub", headers=CONTENT)
    data = b"".join(answer.streaming_content)
    assert data.startswith(b"PK")
    assert target.removed > 0
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "Set-Cookie" not in answer.headers
    assert client.get(f"/sach/{token}x/sach.epub", headers=CONTENT).status_code == 404
    assert client.get(f"/sach/{token}/sach.epub").status_code == 404


def test_a_token_dies_with_its_readers_right(world: World, client: Client) -> None:
    target = ebook(world.a)
    token = token_make(target.pk, world.a.student.pk)
    stranger = token_make(target.pk, world.b.student.pk)
    assert client.get(f"/sach/{token}/", headers=CONTENT).status_code == 200
    assert client.get(f"/sach/{stranger}/", headers=CONTENT).status_code == 404
    world.a.student.enrolments.update(ends="2020-01-01", starts="2019-01-01")
    assert client.get(f"/sach/{token}/", headers=CONTENT).status_code == 404


def test_the_frame_allows_no_script_but_our_files_and_no_address_outside(world: World, client: Client) -> None:
    token = token_make(ebook(world.a).pk, world.a.student.pk)
    policy = client.get(f"/sach/{token}/", headers=CONTENT).headers["Content-Security-Policy"]
    rules = dict(part.split(" ", 1) for part in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert "blob:" not in rules["script-src"]
    assert "unsafe-inline" not in rules["script-src"]
    assert rules["frame-ancestors"] == "http://localhost:8000"
    assert rules["connect-src"] == "'self' blob:"
