"""The blocks a lesson is made of. The values live in the lesson's StreamField; the editor page is our own."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail import blocks

HEADING = "heading"
TEXT = "text"
FORMULA = "formula"
IMAGE = "image"
VIDEO = "video"
FILE = "file"
H5P = "h5p"
LTI = "lti"

ASSET_BLOCKS = (IMAGE, VIDEO, FILE)
BLOCK_TYPES = (TEXT, VIDEO, H5P, LTI, FILE, IMAGE, HEADING, FORMULA)


class RowChooserBlock(blocks.ChooserBlock):
    """A reference to a row of `target_model`; all references of a lesson are read with one query a kind."""

    def __init__(self, target_model: str, related: tuple[str, ...] = (), **kwargs: Any) -> None:
        self.target_model, self.related = target_model, related
        super().__init__(required=False, **kwargs)

    @cached_property
    def widget(self) -> forms.Select:
        return forms.Select()

    def to_python(self, value: Any) -> Any:
        return None if value is None else super().to_python(self.model_class._meta.pk.to_python(value))

    def bulk_to_python(self, values: Any) -> list[Any]:
        # in_bulk answers by the key's own type, while JSON holds a string where the key is a UUID.
        key = self.model_class._meta.pk.to_python
        rows = self.model_class.objects.select_related(*self.related) if self.related else self.model_class.objects
        found = rows.in_bulk([key(value) for value in values if value is not None])
        return [None if value is None else found.get(key(value)) for value in values]

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        # A migration keeps only that there is a reference: it must not import the model that is referred to.
        return ("wagtail.blocks.IntegerBlock", [], {"required": False})


class AssetBlock(blocks.StructBlock):
    """A picture, a video, a sound or a file of the media room with the words that go with it."""

    asset = RowChooserBlock("media.Asset")
    caption = blocks.CharBlock(required=False, max_length=200)


class H5PBlock(blocks.StructBlock):
    """An interactive H5P content."""

    content = RowChooserBlock("h5p.Content")


class ToolBlock(blocks.StructBlock):
    """A place of an external tool (LTI), under the title that students read."""

    link = RowChooserBlock("lti.Link", related=("tool",))
    caption = blocks.CharBlock(required=False, max_length=200)


class LessonBody(blocks.StreamBlock):
    """What a lesson may hold, in the order the teacher gives."""

    heading = blocks.CharBlock(required=False, max_length=200, label=_("Heading"))
    text = blocks.RichTextBlock(required=False, label=pgettext_lazy("lesson", "Text"))
    formula = blocks.TextBlock(required=False, label=_("Formula"))
    image = AssetBlock(label=_("Picture"))
    video = AssetBlock(label=_("Video"))
    file = AssetBlock(label=_("File"))
    h5p = H5PBlock(label=_("H5P"))
    lti = ToolBlock(label=_("External tool"))


@dataclass
class BlockData:
    """A block as the editor holds it: what is not of the block's type stays empty."""

    type: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    text: str = ""
    caption: str = ""
    ref: str = ""

    def stored(self) -> dict[str, Any]:
        """The block in the StreamField's own form."""
        value: Any
        if self.type in ASSET_BLOCKS:
            value = {"asset": self.ref or None, "caption": self.caption}
        elif self.type == H5P:
            value = {"content": self.ref or None}
        elif self.type == LTI:
            value = {"link": self.ref or None, "caption": self.caption}
        else:
            value = self.text
        return {"type": self.type, "id": self.id, "value": value}


@dataclass(frozen=True)
class BlockError:
    """What is wrong with one block; `block` is "" where it is the lesson as a whole."""

    block: str
    message: str


def body_blocks(body: blocks.StreamValue) -> list[BlockData]:
    """A lesson's body as the editor's blocks."""
    found = []
    for raw in body.raw_data:
        block = BlockData(type=raw["type"], id=raw["id"])
        value = raw["value"]
        if block.type in ASSET_BLOCKS:
            block.ref, block.caption = str(value["asset"] or ""), value["caption"] or ""
        elif block.type == H5P:
            block.ref = str(value["content"] or "")
        elif block.type == LTI:
            block.ref, block.caption = str(value["link"] or ""), value["caption"] or ""
        else:
            block.text = value
        found.append(block)
    return found
