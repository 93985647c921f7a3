"""The columns of a file are matched by a person, remembered, used, changed and forgotten."""

import json
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from school.identity.models import User
from school.roster.models import ColumnLayout, RosterImport
from tests.school.roster.sheets import workbook
from tests.school.roster.test_layouts import HEAD, LINE, UNKNOWN

pytestmark = pytest.mark.django_db


def send(client, school, lines):
    file = SimpleUploadedFile("hs.xlsx", workbook(lines))
    data = {"school": school.pk, "kind": "students", "file": file}
    return client.post(reverse("roster:imports"), data, follow=True)


def said(**more) -> dict[str, str]:
    return {
        "row": "1",
        "c0": "",
        "c1": "ministry_code",
        "c2": "full_name",
        "c3": "birth_date",
        "c4": "gender",
        "c5": "class_name",
    } | more


def match(client, record, **more):
    return client.post(reverse("roster:import-columns", args=[record.pk]), said(**more), follow=True)


def test_a_file_whose_headings_are_not_understood_asks_for_its_columns(world, client_for):
    client = client_for(world.a.school_admin)
    page = send(client, world.a.school, UNKNOWN)
    record = RosterImport.objects.get()
    assert record.state == "mapping"
    assert page.redirect_chain[-1][0] == reverse("roster:import-columns", args=[record.pk])
    html = page.content.decode()
    for words in ("Tên đầy đủ", "Lê An", "0103915001"):
        assert words in html
    match(client, record, remember="school", name="Mẫu X")
    record.refresh_from_db()
    assert (record.state, record.counts["new"], record.layout.name) == ("preview", 1, "Mẫu X")
    client.post(reverse("roster:import-confirm", args=[record.pk]))
    assert User.objects.filter(code="0103915001").exists()


def test_the_choice_is_used_for_the_next_file_without_asking_until_it_is_forgotten(world, client_for):
    client = client_for(world.a.school_admin)
    send(client, world.a.school, UNKNOWN)
    match(client, RosterImport.objects.get(), remember="school", name="Mẫu X")
    next_file = [UNKNOWN[1], [1, "0103915002", "Lê Bo", "05/09/2015", "Nam", "6A1"]]
    page = send(client, world.a.school, next_file)
    second = RosterImport.objects.first()
    assert second.state == "preview"
    assert "Mẫu X" in page.content.decode()
    layout = ColumnLayout.objects.get()
    client.post(reverse("roster:layout-forget", args=[layout.pk]))
    send(client, world.a.school, next_file)
    assert RosterImport.objects.first().state == "mapping"
    # What was read with it stays readable.
    client.post(reverse("roster:import-confirm", args=[second.pk]))
    assert User.objects.filter(code="0103915002").exists()


def test_a_remembered_choice_can_be_changed(world, client_for):
    client = client_for(world.a.school_admin)
    send(client, world.a.school, UNKNOWN)
    record = RosterImport.objects.get()
    match(client, record, remember="school", name="Mẫu X")
    match(client, record, remember="school", name="Mẫu Y", c0="local_code")
    layout = ColumnLayout.objects.get()
    assert (layout.name, layout.columns["Thứ"]) == ("Mẫu Y", "local_code")


def test_a_choice_without_a_needed_field_is_refused_in_words_and_kept_on_the_page(world, client_for):
    client = client_for(world.a.school_admin)
    send(client, world.a.school, UNKNOWN)
    record = RosterImport.objects.get()
    page = match(client, record, c3="")
    assert page.status_code == 422
    assert "Ngày sinh" in page.content.decode()
    assert match(client, record, c3="full_name").status_code == 422
    assert match(client, record, c3="color").status_code == 422
    record.refresh_from_db()
    assert record.state == "mapping"


def test_another_row_can_be_taken_for_the_headings(world, client_for):
    client = client_for(world.a.school_admin)
    send(client, world.a.school, [["a", "b", "c", "d", "e", "f"], *UNKNOWN])
    record = RosterImport.objects.get()
    page = client.get(reverse("roster:import-columns", args=[record.pk]), {"row": "2"}).content.decode()
    assert "Tên đầy đủ" in page
    match(client, record, row="2")
    record.refresh_from_db()
    assert (record.state, record.counts["new"]) == ("preview", 1)


def test_unknown_columns_beside_known_ones_are_asked_for_once(world, client_for):
    client = client_for(world.a.school_admin)
    lines = [[*HEAD, "Số nhà trọ"], [*LINE, "12"]]
    send(client, world.a.school, lines)
    record = RosterImport.objects.get()
    assert record.state == "mapping"
    keys = ["", "ministry_code", "full_name", "birth_date", "gender", "class_name", ""]
    data = {f"c{place}": key for place, key in enumerate(keys)} | {"row": "0", "remember": "school"}
    client.post(reverse("roster:import-columns", args=[record.pk]), data)
    record.refresh_from_db()
    assert (record.state, record.unread) == ("preview", ["Số nhà trọ"])
    assert "Số nhà trọ" in client.get(reverse("roster:import", args=[record.pk])).content.decode()
    send(client, world.a.school, lines)
    assert RosterImport.objects.first().state == "preview"


def test_the_office_remembers_for_all_its_schools_and_a_school_for_itself_alone(world, client_for):
    office, own = client_for(world.office_admin), client_for(world.a.school_admin)
    send(own, world.a.school, UNKNOWN)
    match(own, RosterImport.objects.get(), remember="school")
    send(office, world.b.school, UNKNOWN)
    record = RosterImport.objects.first()
    assert record.state == "mapping"
    match(office, record, remember="office", name="Mẫu của phòng")
    send(client_for(world.b.school_admin), world.b.school, UNKNOWN)
    assert RosterImport.objects.first().layout.name == "Mẫu của phòng"
    send(own, world.a.school, UNKNOWN)
    assert RosterImport.objects.first().layout.school == world.a.school


def test_a_school_cannot_remember_for_the_office_nor_forget_what_is_the_offices_or_anothers(world, client_for):
    own = client_for(world.a.school_admin)
    send(own, world.a.school, UNKNOWN)
    assert match(own, RosterImport.objects.get(), remember="office").status_code == 422
    send(client_for(world.office_admin), world.a.school, UNKNOWN)
    match(client_for(world.office_admin), RosterImport.objects.first(), remember="office")
    layout = ColumnLayout.objects.get()
    for stranger in (world.a.school_admin, world.b.school_admin):
        assert client_for(stranger).post(reverse("roster:layout-forget", args=[layout.pk])).status_code == 404
    assert client_for(world.a.teacher).post(reverse("roster:layout-forget", args=[layout.pk])).status_code == 403
    assert layout.name not in own.get(reverse("roster:layouts")).content.decode()


def test_an_answered_list_can_no_longer_be_matched(world, client_for):
    client = client_for(world.a.school_admin)
    send(client, world.a.school, UNKNOWN)
    record = RosterImport.objects.get()
    client.post(reverse("roster:import-cancel", args=[record.pk]))
    assert match(client, record).redirect_chain[-1][0] == reverse("roster:import", args=[record.pk])
    record.refresh_from_db()
    assert (record.state, bytes(record.content)) == ("cancelled", b"")


def test_the_command_line_takes_a_mapping_from_a_file_or_a_remembered_one_by_name(world, tmp_path, client_for):
    path, mapping, out = tmp_path / "hs.xlsx", tmp_path / "map.json", StringIO()
    path.write_bytes(workbook(UNKNOWN))
    code = world.a.school.code
    with pytest.raises(CommandError):
        call_command("roster_import", str(path), school=code, kind="students", stdout=out, stderr=out)
    words = {"ID": "ministry_code", "Tên đầy đủ": "Họ và tên", "DOB": "Ngày sinh", "Nhóm": "Lớp", "Thứ": ""}
    mapping.write_text(json.dumps({"columns": words}), encoding="utf-8")
    call_command("roster_import", str(path), school=code, kind="students", map=str(mapping), dry_run=True, stdout=out)
    client = client_for(world.a.school_admin)
    send(client, world.a.school, UNKNOWN)
    match(client, RosterImport.objects.get(), remember="school", name="Mẫu X")
    call_command("roster_import", str(path), school=code, kind="students", map="Mẫu X", stdout=out)
    assert User.objects.filter(code="0103915001").exists()
    assert "Thứ" in out.getvalue()
    for wrong in ("Không có", str(path)):
        with pytest.raises(CommandError):
            call_command("roster_import", str(path), school=code, kind="students", map=wrong, stdout=out, stderr=out)
    mapping.write_text('{"ID": "color"}')
    with pytest.raises(CommandError, match="color"):
        call_command("roster_import", str(path), school=code, kind="students", map=str(mapping), stdout=out, stderr=out)


def test_the_page_of_remembered_columns_asks_the_data_base_a_fixed_number_of_times(
    world, client_for, django_assert_max_num_queries
):
    ColumnLayout.objects.bulk_create(
        ColumnLayout(school=world.a.school, kind="students", fingerprint=str(n), name=f"Mẫu {n}") for n in range(20)
    )
    client = client_for(world.a.school_admin)
    with django_assert_max_num_queries(20):
        page = client.get(reverse("roster:layouts")).content.decode()
    assert "Mẫu 19" in page
