"""Office documents: their pages for those who have no office program, and a clear word where that cannot be."""

import os
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from lms.blocks import BlockData
from media import pipeline
from media.content import identify
from media.errors import Cancelled, MediaError
from media.models import Asset, AssetState, Job, JobState, Kind
from media.office import office_binary, to_pdf
from media.services import asset_create, asset_from_file
from tests.lms.made import make_course, make_lesson
from tests.world import World

needs_office = pytest.mark.skipif(
    office_binary() is None,
    reason="needs LibreOffice: install Debian's packages libreoffice-writer-nogui, -calc-nogui and -impress-nogui",
)
NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{what}:1.0"'
    for name, what in (
        ("office", "office"),
        ("text", "text"),
        ("table", "table"),
        ("draw", "drawing"),
        ("svg", "svg-compatible"),
    )
)
MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<manifest:file-entry manifest:full-path="/" manifest:media-type="{mime}">{more}</manifest:file-entry>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)


def packed(path: Path, files: dict[str, str]) -> Path:
    """An archive with these files in this order."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def open_document(path: Path, body: str, *, kind: str = "text", more: str = "") -> Path:
    """An OpenDocument file of this kind with this content."""
    mime = f"application/vnd.oasis.opendocument.{kind}"
    content = (
        f'<office:document-content {NAMESPACES} xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.2">'
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    files = {"mimetype": mime, "content.xml": content}
    return packed(path, files | {"META-INF/manifest.xml": MANIFEST.format(mime=mime, more=more)})


def word(path: Path, text: str, more: dict[str, str] | None = None) -> Path:
    """A .docx with one paragraph."""
    types = (
        f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package'
        '.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument'
        '.wordprocessingml.document.main+xml"/></Types>'
    )
    links = (
        f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/'
        'officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>'
    )
    document = f'<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>'
    files = {"[Content_Types].xml": types, "_rels/.rels": links, "word/document.xml": document}
    return packed(path, files | (more or {}))


def words_of(pdf: Path | BytesIO) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(pdf).pages)


def convert(source: Path, work: Path, **options: Any) -> Path:
    work.mkdir(exist_ok=True)
    binary = office_binary()
    assert binary is not None
    return to_pdf(binary, source, work, **{"beat": lambda: None, "seconds": 90, **options})


@pytest.mark.parametrize(
    ("make", "name", "mime"),
    [
        (lambda path: word(path, "Chào"), "a.docx", "wordprocessingml.document"),
        (lambda path: open_document(path, "<text:p>Chào</text:p>"), "a.odt", "opendocument.text"),
        (lambda path: path.write_bytes(OLD + "WordDocument\0".encode("utf-16-le")), "a.doc", "application/msword"),
        (lambda path: path.write_bytes(OLD + "Workbook\0".encode("utf-16-le")), "a.xls", "application/vnd.ms-excel"),
        (lambda path: path.write_bytes(OLD + "PowerPoint Document\0".encode("utf-16-le")), "a.ppt", "ms-powerpoint"),
    ],
)
def test_office_files_old_and_new_are_told_by_their_content(
    tmp_path: Path, make: Callable[[Path], object], name: str, mime: str
) -> None:
    make(tmp_path / name)
    found = identify(tmp_path / name, name)
    assert found.kind == Kind.DOCUMENT
    assert found.content_type.endswith(mime)


@pytest.mark.parametrize(
    ("make", "name", "code", "sentence"),
    [
        (lambda path: word(path, "x", {"word/vbaProject.bin": "x"}), "a.docm", "macros", "không kèm macro"),
        (lambda path: word(path, "x", {"word/vbaProject.bin": "x"}), "a.docx", "macros", "không kèm macro"),
        (lambda path: open_document(path, ""), "a.pptm", "macros", "không kèm macro"),
        (
            lambda path: packed(path, {"mimetype": "application/vnd.oasis.opendocument.text", "Basic/a.xml": "x"}),
            "a.odt",
            "macros",
            "macro",
        ),
        (lambda path: path.write_bytes(OLD + "_VBA_PROJECT\0".encode("utf-16-le")), "a.xls", "macros", "macro"),
        (
            lambda path: path.write_bytes(OLD + "EncryptedPackage\0".encode("utf-16-le")),
            "a.docx",
            "document_locked",
            "bỏ mật khẩu",
        ),
        (
            lambda path: open_document(path, "", more="<manifest:encryption-data/>"),
            "a.odt",
            "document_locked",
            "bỏ mật khẩu",
        ),
        (lambda path: path.write_bytes(OLD), "a.doc", "content_mismatch", "không đúng"),
    ],
)
def test_macros_passwords_and_lies_are_refused_in_words(
    world: World, tmp_path: Path, make: Callable[[Path], object], name: str, code: str, sentence: str
) -> None:
    path = tmp_path / name
    make(path)
    with pytest.raises(MediaError) as caught:
        asset_create(owner=world.a.teacher, file=SimpleUploadedFile(name, path.read_bytes()))
    assert caught.value.code == code
    with translation.override("vi"):
        assert sentence in caught.value.sentence
    assert not Asset.objects.exists()


@needs_office
@pytest.mark.parametrize("kind", ["docx", "text", "spreadsheet", "presentation"])
def test_each_kind_of_document_becomes_pages_with_its_words(tmp_path: Path, kind: str) -> None:
    words = "Phân số bằng nhau: quy đồng mẫu số"
    cell = f'<table:table-cell office:value-type="string"><text:p>{words}</text:p></table:table-cell>'
    place = 'svg:width="20cm" svg:height="3cm" svg:x="1cm" svg:y="1cm"'
    box = f"<draw:frame {place}><draw:text-box><text:p>{words}</text:p></draw:text-box></draw:frame>"
    bodies = {
        "text": f"<text:p>{words}</text:p>",
        "spreadsheet": f'<table:table table:name="B"><table:table-row>{cell}</table:table-row></table:table>',
        "presentation": f'<draw:page draw:name="1">{box}</draw:page>',
    }
    suffix = {"docx": "docx", "text": "odt", "spreadsheet": "ods", "presentation": "odp"}[kind]
    path = tmp_path / f"a.{suffix}"
    if kind == "docx":
        word(path, words)
    else:
        open_document(path, bodies[kind], kind=kind)
    assert words in words_of(convert(path, tmp_path / "work")).replace("\n", " ")


@pytest.fixture
def other_server() -> Iterator[tuple[str, list[str]]]:
    """An address of another server, and what was asked of it."""
    asked: list[str] = []

    class Listening(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.send_error(404)

        do_GET = do_HEAD = do_OPTIONS = do_PROPFIND = handle_any

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listening)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


@needs_office
@pytest.mark.parametrize("with_network", [False, True], ids=["no network", "with network"])
def test_a_document_fetches_nothing_from_other_servers_nor_from_this_ones_files(
    tmp_path: Path, other_server: tuple[str, list[str]], with_network: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if with_network:  # where the system does not let a process leave the network, the settings alone must hold
        monkeypatch.setattr(os, "unshare", lambda flags: None)
    address, asked = other_server
    secret = tmp_path / "secret.txt"
    secret.write_text("MATKHAU123")
    body = (
        f'<text:p>Bài 1</text:p><text:section text:name="S"><text:section-source xlink:href="{secret.as_uri()}" '
        'xlink:type="simple"/><text:p>cũ</text:p></text:section><text:p><draw:frame draw:name="x" svg:width="5cm" '
        f'svg:height="5cm"><draw:image xlink:href="{address}/bug.png" xlink:type="simple"/></draw:frame></text:p>'
    )
    made = convert(open_document(tmp_path / "a.odt", body), tmp_path / "work")
    words = words_of(made)
    assert "Bài 1" in words
    assert "MATKHAU123" not in words
    assert asked == []


def ended(pid: int) -> bool:
    """Whether the process is gone, or waits only for somebody to take note of its end."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether it comes true within ten seconds."""
    end = time.monotonic() + 10
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def test_the_program_gets_no_secrets_of_the_worker_and_leaves_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "told"
    pretender = tmp_path / "soffice"
    pretender.write_text(f"#!/bin/sh\nenv > {told}\nsleep 60 & echo $! > {told}.pid\nwait\n")
    pretender.chmod(0o700)
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    with pytest.raises(MediaError, match="pages_too_slow"):
        to_pdf(str(pretender), tmp_path / "a.odt", tmp_path, beat=lambda: None, seconds=1, beat_seconds=0.2)
    assert "secret" not in told.read_text()
    pid = int((told.parent / "told.pid").read_text())
    assert eventually(lambda: ended(pid))


def test_a_lost_lease_ends_the_program(tmp_path: Path) -> None:
    pretender = tmp_path / "soffice"
    pretender.write_text("#!/bin/sh\nsleep 60\n")
    pretender.chmod(0o700)

    def lost() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        to_pdf(str(pretender), tmp_path / "a.odt", tmp_path, beat=lost, seconds=30, beat_seconds=0.1)


@needs_office
def test_a_broken_document_says_so(tmp_path: Path) -> None:
    path = word(tmp_path / "a.docx", "x")
    path.write_bytes(path.read_bytes()[:400])
    with pytest.raises(MediaError, match="pages_failed"):
        convert(path, tmp_path / "work")


@pytest.fixture
def document(world: World, tmp_path: Path) -> Asset:
    """A .docx in a lesson of class 6A1, its job not done yet."""
    path = word(tmp_path / "de-cuong.docx", "Đề cương ôn tập")
    asset = asset_from_file(path, owner=world.a.teacher, school=world.a.school, title="Đề cương")
    assert asset.state == AssetState.READY
    make_lesson(make_course(world, world.a), world.a, [BlockData(type="file", ref=str(asset.pk))])
    return asset


@needs_office
def test_a_pupil_reads_a_document_in_the_page_and_strangers_find_nothing(
    world: World, document: Asset, client_for: Any
) -> None:
    pupil = client_for(world.a.student)
    lesson = document.lesson_materials.get(live=True).lesson
    read = reverse("media:read", args=[document.pk])
    assert pupil.get(read).status_code == 404
    assert read not in pupil.get(lesson.get_absolute_url()).content.decode()
    pipeline.run_job(document.jobs.get(kind=Job.JobKind.PAGES).pk, owner="test")
    assert read in pupil.get(lesson.get_absolute_url()).content.decode()
    page = pupil.get(read)
    address = page.context["address"]
    answer = pupil.get(address)
    data = b"".join(answer.streaming_content)
    assert (answer["Content-Type"], answer["Content-Disposition"]) == ("application/pdf", "inline")
    assert "Đề cương ôn tập" in words_of(BytesIO(data))
    for stranger in (world.a.outsider, world.b.student, world.b.teacher):
        client = client_for(stranger)
        assert client.get(read).status_code == 404
        assert client.get(address).status_code == 404


def test_without_an_office_program_the_owner_is_told_and_viewers_download(
    world: World, document: Asset, client_for: Any, settings: Any
) -> None:
    settings.MEDIA_PIPELINE = {**settings.MEDIA_PIPELINE, "office": "off"}
    job = document.jobs.get()
    pipeline.run_job(job.pk, owner="test")
    job.refresh_from_db()
    document.refresh_from_db()
    assert (job.state, job.error_code, document.state) == (JobState.FAILED, "no_office", AssetState.READY)
    owner = client_for(world.a.teacher).get(reverse("media:detail", args=[document.pk])).content.decode()
    assert "Máy chủ này không hiển thị được tài liệu Office" in owner
    viewer = client_for(world.a.student).get(reverse("media:detail", args=[document.pk])).content.decode()
    assert "hãy tải về" in viewer
    assert reverse("media:original", args=[document.pk]) in viewer
    lesson = document.lesson_materials.get(live=True).lesson
    shown = client_for(world.a.student).get(lesson.get_absolute_url()).content.decode()
    assert reverse("media:original", args=[document.pk]) in shown
    assert client_for(world.a.student).post(reverse("media:pages", args=[document.pk])).status_code == 404

    # The server learns it later: the owner asks again.
    assert client_for(world.a.teacher).post(reverse("media:pages", args=[document.pk])).status_code == 302
    assert document.jobs.filter(state=JobState.QUEUED).count() == 1


def test_where_office_is_off_no_job_waits(world: World, tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_PIPELINE = {**settings.MEDIA_PIPELINE, "office": "off"}
    assert not asset_from_file(word(tmp_path / "a.docx", "x"), owner=world.a.teacher).jobs.exists()


def test_a_pdf_is_read_as_it_is(world: World, tmp_path: Path, client_for: Any) -> None:
    path = tmp_path / "a.pdf"
    writer = pypdf.PdfWriter()
    writer.add_blank_page(200, 200)
    writer.write(path)
    asset = asset_from_file(path, owner=world.a.teacher)
    assert not asset.jobs.exists()
    page = client_for(world.a.teacher).get(reverse("media:read", args=[asset.pk]))
    assert client_for(world.a.teacher).get(page.context["address"]).status_code == 200
