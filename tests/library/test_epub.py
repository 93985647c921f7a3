"""An EPUB from anywhere becomes one in which nothing runs and nothing leads outside."""

import io
import zipfile

import pytest

from library.processing.epub import BookInfo, EpubError, Limits, clean_epub
from library.processing.styles import clean_css
from tests.library.books import epub, page
from tests.shared import shared

HOSTILE = [
    "<script>parent.hit=1</script>",
    '<script src="evil.js"></script>',
    '<svg xmlns="http://www.w3.org/2000/svg"><script>hit()</script><circle r="1"/></svg>',
    '<img src="x.png" onerror="hit()"/>',
    '<iframe src="javascript:hit()"></iframe>',
    '<iframe srcdoc="&lt;script>hit()&lt;/script>"></iframe>',
    '<a href="java&#10;script:hit()">x</a>',
    '<a href="data:text/html,&lt;script>hit()&lt;/script>">x</a>',
    '<object data="evil.svg"></object><embed src="evil.svg"/>',
    '<form action="http://evil.example/"><input name="q"/><button formaction="javascript:hit()">x</button></form>',
    '<svg xmlns="http://www.w3.org/2000/svg"><foreignObject><p>x</p></foreignObject>'
    '<a><animate attributeName="href" values="javascript:hit()"/></a></svg>',
    '<img src="http://evil.example/pixel.png"/><video poster="//evil.example/p.png" src="https://evil.example/v.mp4"/>',
    '<p style="background:u\\72l(http://evil.example/x.png)">x</p>',
    '<math xmlns="http://www.w3.org/1998/Math/MathML"><annotation-xml encoding="text/html"><p>x</p></annotation-xml></math>',
    '<x:script xmlns:x="http://www.w3.org/1999/xhtml">hit()</x:script>',
    '<meta http-equiv="refresh" content="0;url=http://evil.example/"/><base href="http://evil.example/"/>',
    '<img srcset="http://evil.example/a.png 2x" src="x.png"/>',
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><use xlink:href="data:image/svg+xml,x"/>'
    '<image xlink:href="http://evil.example/i.png"/><set attributeName="onmouseover" to="hit()"/></svg>',
]
MARKS_OF_HARM = (
    "<script",
    "hit()",
    "evil",
    "javascript",
    "srcdoc",
    "foreignobject",
    "<iframe",
    "<form",
    "<object",
    "http-equiv",
)


def cleaned(data: bytes, limits: Limits | None = None) -> tuple[BookInfo, dict[str, bytes]]:
    out = io.BytesIO()
    info = clean_epub(io.BytesIO(data), out, limits)
    with zipfile.ZipFile(out) as archive:
        return info, {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("body", HOSTILE)
def test_no_vector_survives_cleaning(body: str) -> None:
    info, files = cleaned(
        epub(
            {
                "c1.xhtml": page(
                    f'<p onclick="hit()">Chữ còn lại</p>{body}', '<link rel="stylesheet" href="//evil.example/x.css"/>'
                )
            }
        )
    )
    text = files["EPUB/c1.xhtml"].decode().lower()
    assert "chữ còn lại" in text
    assert [mark for mark in MARKS_OF_HARM if mark in text] == []
    assert info.removed > 0


def test_harmless_markup_stays_as_it_was_written() -> None:
    body = (
        '<h1 id="a" class="b">Đầu&nbsp;đề</h1><p style="color:red">Thơ <em>lục bát</em>, <a href="#a">lên</a> '
        '<a href="https://vi.wikipedia.org/">nguồn</a></p><img src="../i/a%20b.png" alt="Ảnh"/>'
        '<math xmlns="http://www.w3.org/1998/Math/MathML"><mfrac><mn>1</mn><mn>2</mn></mfrac></math>'
    )
    info, files = cleaned(epub({"c1.xhtml": page(body)}))
    text = files["EPUB/c1.xhtml"].decode()
    for kept in (
        'id="a" class="b"',
        "Đầu\xa0đề",
        'style="color:red"',
        'href="#a"',
        "https://vi.wikipedia.org/",
        "a%20b.png",
        "mfrac",
    ):
        assert kept in text
    assert info.removed == 0


def test_scripts_and_strangers_of_the_manifest_are_not_in_the_clean_file() -> None:
    manifest = (
        '<item id="s" href="evil.js" media-type="text/javascript"/>'
        '<item id="h" href="http://evil.example/a.png" media-type="image/png"/>'
        '<item id="p" href="p.png" media-type="image/png"/><item id="o" href="../../out.png" media-type="image/png"/>'
        '<item id="d" href="d.css" media-type="text/css"/>'
    )
    files = {
        "c1.xhtml": page("x"),
        "evil.js": "hit()",
        "p.png": "<svg onload='hit()'/>",
        "d.css": "@import url(//evil.example/a.css);p{color:red}",
        "stray.html": "x",
    }
    _info, clean = cleaned(epub(files, manifest))
    assert sorted(clean) == ["EPUB/book.opf", "EPUB/c1.xhtml", "EPUB/d.css", "META-INF/container.xml", "mimetype"]
    package = clean["EPUB/book.opf"].decode()
    assert "evil" not in package
    assert "scripted" not in package
    assert clean["EPUB/d.css"] == b"p{color:red}"


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        ("a{background:url(img/a.png)}", "url(img/a.png)"),
        ("@font-face{src:url('f.woff2')}", "url('f.woff2')"),
        ('q{content:"\\201C"}', "\\201C"),
    ],
)
def test_css_of_the_book_itself_is_kept(css: str, kept: str) -> None:
    assert kept in clean_css(css)


@pytest.mark.parametrize(
    "css",
    [
        "a{background:url(http://evil.example/x)}",
        "a{background:url( '//evil.example/x' )}",
        "a{background:\\75\\72\\6c(http://evil.example/x)}",
        "a{background:u/**/rl(x)} b{background:url(https://evil.example)}",
        "@imp\\6frt 'http://evil.example/x.css';",
        "a{width:expression(evil())}",
        "a{background:url(http://evil.example/x",
        "a{background:image-set('http://evil.example/x' 1x)}",
    ],
)
def test_css_that_leads_outside_is_taken_out(css: str) -> None:
    assert "evil.example" not in clean_css(css)
    assert "expression(" not in clean_css(css)


@pytest.mark.parametrize(
    ("data", "limits"),
    [
        (b"not a zip at all", Limits()),
        (epub({"c1.xhtml": page("x")})[:-40], Limits()),
        (epub({"c1.xhtml": page("x")}, mimetype="application/zip"), Limits()),
        (epub({"c1.xhtml": "<html>not closed"}), Limits()),
        (epub({"c1.xhtml": '<!DOCTYPE html [<!ENTITY a "aaaa">]>' + page("&a;")}), Limits()),
        (epub({"../c2.xhtml": page("x"), "c1.xhtml": page("x")}), Limits()),
        (epub({"c1.xhtml": page("x"), "z": b"0" * 3_000_000}), Limits()),
        (epub({"c1.xhtml": page("x" * 5000)}), Limits(unpacked=4000)),
        (epub({f"{n}.png": b"" for n in range(30)}), Limits(entries=20)),
        (epub({}), Limits()),
    ],
    ids=[
        "garbage",
        "cut-off",
        "wrong-kind",
        "malformed",
        "entities",
        "outside",
        "bomb",
        "too-large",
        "too-many",
        "empty",
    ],
)
def test_a_bad_file_is_refused_with_a_sentence(data: bytes, limits: Limits) -> None:
    with pytest.raises(EpubError) as refused:
        cleaned(data, limits)
    assert len(str(refused.value)) > 20


def test_a_book_locked_by_its_seller_is_refused_and_one_with_hidden_fonts_is_not() -> None:
    def locked(algorithm: str) -> bytes:
        data = io.BytesIO(epub({"c1.xhtml": page("x")}))
        with zipfile.ZipFile(data, "a") as archive:
            archive.writestr(
                "META-INF/encryption.xml",
                '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container" xmlns:enc="http://www.w3.org/2001/04/xmlenc#">'
                f'<enc:EncryptedData><enc:EncryptionMethod Algorithm="{algorithm}"/></enc:EncryptedData></encryption>',
            )
        return data.getvalue()

    with pytest.raises(EpubError, match="DRM"):
        cleaned(locked("http://www.w3.org/2001/04/xmlenc#aes256-cbc"))
    info, _files = cleaned(locked("http://www.idpf.org/2008/embedding"))
    assert info.documents == 1


def test_the_same_book_cleans_to_the_same_bytes() -> None:
    first, second = io.BytesIO(), io.BytesIO()
    data = epub({"c1.xhtml": page("x")})
    clean_epub(io.BytesIO(data), first)
    clean_epub(io.BytesIO(data), second)
    assert first.getvalue() == second.getvalue()


def test_a_real_book_of_144_documents_keeps_all_of_them() -> None:
    info, files = cleaned(shared("samples/library/moby-dick.epub").read_bytes())
    assert (info.title, info.documents) == ("Moby-Dick", 144)
    assert b"Call me Ishmael" in b"".join(files.values())


def test_a_vietnamese_book_tells_its_title_and_author() -> None:
    info, _files = cleaned(shared("samples/library/truyen-kieu-trich.epub").read_bytes())
    assert (info.title, info.authors, info.language, info.documents) == ("Truyện Kiều (trích)", ["Nguyễn Du"], "vi", 4)
