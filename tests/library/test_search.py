"""Books are found without diacritics, and what was typed exactly comes first."""

from library.selectors import catalogue
from library.services import record_create
from tests.library.books import book
from tests.world import World


def titles(world: World, text: str) -> list[str]:
    return [record.title for record in catalogue(world.a.student, text=text)]


def test_lich_su_without_marks_finds_lich_su_with_marks(world: World) -> None:
    book(world.a, "Lịch sử Việt Nam")
    book(world.a, "Dế Mèn phiêu lưu ký")
    assert titles(world, "lich su") == ["Lịch sử Việt Nam"]


def test_a_title_typed_with_its_marks_comes_before_titles_that_only_fold_to_it(world: World) -> None:
    book(world.a, "Lich su bang tranh")
    book(world.a, "Ma và em", authors="Lê Ma")
    book(world.a, "Mã số bí ẩn")
    assert titles(world, "mã") == ["Mã số bí ẩn", "Ma và em"]


def test_words_are_found_by_their_beginnings_in_any_order_across_title_author_and_subject(world: World) -> None:
    book(world.a, "Đất rừng phương Nam", authors="Đoàn Giỏi", subjects="Truyện dài")
    assert titles(world, "doan dat") == ["Đất rừng phương Nam"]
    assert titles(world, "truyen nam") == ["Đất rừng phương Nam"]
    assert titles(world, "ung") == []


def test_signs_of_sql_patterns_have_no_meaning_in_a_search(world: World) -> None:
    book(world.a, "Toán 6")
    assert titles(world, "_oán") == []
    assert titles(world, "%") == ["Toán 6"]
    assert titles(world, "zz%") == []


def test_a_reader_sees_the_own_school_and_the_office_but_not_another_school(world: World) -> None:
    book(world.a, "Sách trường A")
    book(world.b, "Sách trường B")
    record_create(school=None, fields={"title": "Sách chung"}, by=world.office_admin)
    assert titles(world, "sách") == ["Sách chung", "Sách trường A"]


def test_availability_counts_usable_copies_and_those_on_the_shelf(world: World) -> None:
    record = book(world.a, copies=3)
    record.items.filter(barcode="TV000003").update(state="lost")
    (found,) = catalogue(world.a.father, text="lịch sử")
    assert (found.copies, found.free, found.readable) == (2, 2, False)
