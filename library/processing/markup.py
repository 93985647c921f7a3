"""XHTML, SVG and MathML of an e-book: an allow-list walk (media.md D4). What is not known to be harmless is not kept."""

import codecs
import html.entities
import re
from typing import Final

from lxml import etree

from library.processing.styles import clean_css, is_inside_book

XHTML: Final = "http://www.w3.org/1999/xhtml"
SVG: Final = "http://www.w3.org/2000/svg"
MATHML: Final = "http://www.w3.org/1998/Math/MathML"
XLINK: Final = "http://www.w3.org/1999/xlink"
OPS: Final = "http://www.idpf.org/2007/ops"
XML: Final = "http://www.w3.org/XML/1998/namespace"


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_XHTML_TAGS = _names(
    "html head title link style body section nav article aside h1 h2 h3 h4 h5 h6 hgroup header footer address main p hr "
    "pre blockquote ol ul li dl dt dd figure figcaption div a em strong small s cite q dfn abbr data time code var samp "
    "kbd sub sup i b u mark ruby rb rt rtc rp bdi bdo span br wbr ins del picture source img video audio track table "
    "caption colgroup col tbody thead tfoot tr td th details summary big center font strike tt acronym"
)
_SVG_TAGS = _names(
    "svg g path rect circle ellipse line polyline polygon text tspan textPath defs use symbol image linearGradient "
    "radialGradient stop clipPath mask pattern title desc metadata a marker switch style filter feBlend feColorMatrix "
    "feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap feDistantLight feFlood feFuncA "
    "feFuncB feFuncG feFuncR feGaussianBlur feMerge feMergeNode feMorphology feOffset fePointLight feSpecularLighting "
    "feSpotLight feTile feTurbulence"
)
_MATHML_TAGS = _names(
    "math mi mn mo ms mtext mspace mrow mfrac msqrt mroot mstyle merror mpadded mphantom mfenced menclose msub msup "
    "msubsup munder mover munderover mmultiscripts mprescripts none mtable mtr mtd mlabeledtr semantics annotation"
)
_TAGS = {XHTML: _XHTML_TAGS, SVG: _SVG_TAGS, MATHML: _MATHML_TAGS}
# Dropped with everything inside; any other unknown element only loses its tag, so that its words stay readable.
_DROP = _names(
    "script iframe frame frameset object embed applet form input button select textarea option base meta noscript "
    "template portal foreignObject animate animateMotion animateTransform animateColor set handler listener annotation-xml "
    "maction semantics-script slot canvas dialog param"
)
_LINK = frozenset({"href", f"{{{XLINK}}}href"})
_RESOURCE = frozenset({"src", "poster", "href", f"{{{XLINK}}}href"})
_BANNED = _names(
    "srcdoc srcset formaction action ping background data codebase classid archive dynsrc lowsrc longdesc usemap profile "
    "manifest http-equiv target download nonce integrity autofocus contenteditable tabindex accesskey is slot "
    "attributeName to from values begin autoplay"
)
_LINK_SCHEMES = ("http:", "https:", "mailto:", "tel:")
_SAFE_DATA_IMAGE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*\Z", re.I)
_NAMESPACES_KEPT = frozenset({XLINK, OPS, XML})
_LOCAL_URL_VALUE = re.compile(r"url\(\s*['\"]?\s*#", re.I)
_ENCODINGS = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "windows-1252", "windows-1258", "utf-16"})
_DECLARED = re.compile(rb"^\s*<\?xml[^>]*encoding\s*=\s*['\"]([A-Za-z0-9._-]+)['\"]")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_DOCTYPE = re.compile(r"<!DOCTYPE\b[^\[>]*>", re.I)
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})


class MarkupError(Exception):
    """A document of the book that is no well-formed XML, or hides entity definitions."""


def decode(raw: bytes) -> str:
    """The text of an XML document by its byte order mark or declaration; UTF-8 otherwise.

    Raises MarkupError when the bytes are not in the encoding they claim.
    """
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif raw.startswith(codecs.BOM_UTF8):
        encoding = "utf-8-sig"
    else:
        declared = _DECLARED.match(raw[:200])
        encoding = declared[1].decode("ascii").lower() if declared else "utf-8"
    if encoding not in _ENCODINGS | {"utf-8-sig"}:
        raise MarkupError(f"is in an encoding that books do not use ({encoding})")
    try:
        return raw.decode(encoding)
    except UnicodeError as error:
        raise MarkupError(f"not in the encoding it declares ({encoding})") from error


def parse_xml(raw: bytes) -> etree._Element:
    """The root of a document that can neither reach the network nor define entities.

    Raises MarkupError. HTML's named entities (&nbsp;) are resolved from our own table, because the DTD is never read.
    """
    text = decode(raw)
    text = _XML_DECLARATION.sub("", text, count=1)
    text = _DOCTYPE.sub("", text, count=1)
    if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
        raise MarkupError("defines entities of its own")
    text = _ENTITY.sub(_resolve_entity, text)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except etree.XMLSyntaxError as error:
        raise MarkupError(f"line {error.lineno}: {error.msg}") from error
    return root


def _resolve_entity(match: re.Match[str]) -> str:
    name = match[1]
    if name in _XML_ENTITIES:
        return match[0]
    return html.entities.html5.get(f"{name};", "�")


def clean_document(raw: bytes) -> tuple[bytes, int]:
    """The document with only what is allowed, and how many elements and attributes were taken out.

    Raises MarkupError for bytes that are no XML.
    """
    root = parse_xml(raw)
    removed = 0
    if etree.QName(root).namespace is None and root.tag.lower() == "html":
        _into_xhtml(root)
    name = etree.QName(root)
    if name.localname not in _TAGS.get(name.namespace or "", frozenset()):
        raise MarkupError(f"begins with <{name.localname}>")
    for element in list(root.iter(etree.Element)):
        if element is not root and element.getparent() is None:
            continue  # went with a dropped ancestor
        removed += _clean_element(element, root)
    body: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    return body, removed


def _into_xhtml(root: etree._Element) -> None:
    """Old books forget the namespace; without it the browser would show the source."""
    for element in root.iter():
        if isinstance(element.tag, str) and etree.QName(element).namespace is None:
            element.tag = f"{{{XHTML}}}{element.tag.lower()}"


def _clean_element(element: etree._Element, root: etree._Element) -> int:
    name = etree.QName(element)
    local = name.localname
    known = _TAGS.get(name.namespace or "")
    if element is not root and (local in _DROP or local.lower() in _DROP or known is None):
        _unlink(element)
        return 1
    removed = 0
    if element is not root and known is not None and local not in known:
        element.attrib.clear()
        element.tag = (
            f"{{{name.namespace}}}{'g' if name.namespace == SVG else 'mrow' if name.namespace == MATHML else 'span'}"
        )
        return 1
    if local == "link" and not _is_style_link(element):
        _unlink(element)
        return 1
    if local == "style":
        element.text = clean_css("".join(map(str, element.itertext())))
        for child in list(element):
            element.remove(child)
    for key in list(element.attrib):
        if not _attribute_allowed(name.namespace or "", local, str(key), str(element.attrib[key])):
            del element.attrib[key]
            removed += 1
    if "style" in element.attrib:
        element.attrib["style"] = clean_css(str(element.attrib["style"]))
    return removed


def _is_style_link(element: etree._Element) -> bool:
    rel = (element.get("rel") or "").lower().split()
    return "stylesheet" in rel and is_inside_book(element.get("href") or "")


def _attribute_allowed(namespace: str, local: str, key: str, value: str) -> bool:
    name = etree.QName(key)
    attribute = name.localname.lower()
    if name.namespace and name.namespace not in _NAMESPACES_KEPT:
        return False
    if name.namespace == XML:
        return attribute in {"lang", "space", "id"}
    if attribute.startswith("on") or attribute in _BANNED:
        return False
    if key in _LINK and local == "a":
        bare = "".join(ch for ch in value if ch > " ").lower()
        return is_inside_book(value) or bare.startswith(_LINK_SCHEMES)
    if key in _RESOURCE or attribute in {"src", "href", "poster", "cite"}:
        return is_inside_book(value) or (
            local in {"img", "image"} and _SAFE_DATA_IMAGE.match(value.strip()) is not None
        )
    if attribute != "style" and "url(" in value.lower():
        return _LOCAL_URL_VALUE.search(value) is not None
    return "javascript:" not in "".join(ch for ch in value if ch > " ").lower()


def _unlink(element: etree._Element) -> None:
    """Take the element out but leave the words that follow it."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        previous = element.getprevious()
        if previous is not None:
            previous.tail = (previous.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)
