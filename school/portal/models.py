"""Public pages of the office and of every school, written in Wagtail."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalManyToManyField
from wagtail import blocks
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.images.blocks import ImageBlock
from wagtail.images.models import Image
from wagtail.models import Collection, Page
from wagtail.search import index

from school.organisation.selectors import portal_url
from school.portal.paging import page_of

RICH_TEXT = ["bold", "italic", "link", "ol", "ul"]


class BodyBlock(blocks.StreamBlock):
    """What a page's text is made of."""

    heading = blocks.CharBlock(label=_("Heading"), max_length=120, template="portal/blocks/heading.html")
    paragraph = blocks.RichTextBlock(label=_("Text"), features=RICH_TEXT)
    picture = ImageBlock(label=_("Picture"), template="portal/blocks/picture.html")
    quote = blocks.BlockQuoteBlock(label=_("Quotation"))


class PortalPage(Page):
    """What the pages of a portal have in common: an address on the portal's own host."""

    class Meta:
        abstract = True

    @property
    def portal_path(self) -> str:
        """The page's path inside its portal, "" for the start page, else with a slash at its end only."""
        return "/".join(self.url_path.split("/")[2:])

    def portal_home(self) -> "PortalHome":
        """The start page above this one (or this one itself)."""
        return PortalHome.objects.select_related("school").get(path=self.path[: Page.steplen * 2])

    def get_url_parts(self, request: HttpRequest | None = None) -> tuple[int, str, str] | None:
        """Site, address and path for Wagtail: a school's page lives on the school's host, the office's on the platform's."""
        if self.depth < 2:
            return None
        home = self.portal_home()
        root = portal_url(home.school) if home.school else f"{settings.SCHEME}://{settings.PLATFORM_HOST}/"
        return 1, root.rstrip("/"), f"/{self.portal_path}"


class PortalHome(PortalPage):
    """The start page of a portal: the office's when it has no school."""

    school = models.OneToOneField(
        "organisation.School", models.PROTECT, null=True, blank=True, editable=False, related_name="portal"
    )
    # Who edits and where the pictures lie: kept in step with the appointments by school.portal.services.
    editors = models.OneToOneField(Group, models.PROTECT, null=True, editable=False, related_name="portal")
    collection = models.OneToOneField(Collection, models.PROTECT, null=True, editable=False, related_name="+")
    lead = models.TextField(_("greeting"), blank=True, max_length=600)
    body = StreamField(BodyBlock(), blank=True, verbose_name=_("about us"))

    content_panels: ClassVar[list[Any]] = [*Page.content_panels, FieldPanel("lead"), FieldPanel("body")]
    parent_page_types: ClassVar[list[str]] = ["wagtailcore.Page"]
    subpage_types: ClassVar[list[str]] = ["portal.NewsIndex"]
    is_creatable = False
    exclude_fields_in_copy: ClassVar[list[str]] = ["school", "editors", "collection"]
    template = "portal/home.html"

    class Meta:
        verbose_name = _("start page of a portal")
        verbose_name_plural = _("start pages of portals")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(school__isnull=True), name="one_portal_of_the_office"
            ),
        ]

    def news(self) -> models.QuerySet["NewsPage"]:
        """What is published, the newest first."""
        live: models.QuerySet[NewsPage] = NewsPage.objects.descendant_of(self).live()
        return live.order_by("-date", "-pk")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        context["news"] = self.news().select_related("picture").prefetch_related("picture__renditions")[:6]
        return context


class NewsIndex(PortalPage):
    """The list of a portal's news."""

    parent_page_types: ClassVar[list[str]] = ["portal.PortalHome"]
    subpage_types: ClassVar[list[str]] = ["portal.NewsPage"]
    max_count_per_parent = 1
    template = "portal/news_index.html"

    class Meta:
        verbose_name = _("news list")
        verbose_name_plural = _("news lists")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        live = NewsPage.objects.child_of(self).live().select_related("picture")
        news = live.prefetch_related("picture__renditions").order_by("-date", "-pk")
        context["news"] = page_of(news, request)
        return context


class NewsPage(PortalPage):
    """One news item."""

    date = models.DateField(_("date"), default=timezone.localdate)
    lead = models.TextField(_("summary"), max_length=400, help_text=_("Two or three sentences; shown in lists too."))
    picture = models.ForeignKey(
        "wagtailimages.Image", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("picture")
    )
    body = StreamField(BodyBlock(), verbose_name=_("text"))
    # Whose consent the page needs (school.privacy). Kept with each version, as the text is.
    pictured = ParentalManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="+",
        verbose_name=_("pupils who can be recognised in a picture"),
    )
    named = ParentalManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="+", verbose_name=_("pupils who are named")
    )
    nobody_pictured = models.BooleanField(
        _("no pupil can be recognised in the pictures"),
        default=False,
        help_text=_("From behind, from afar, or no people."),
    )

    content_panels: ClassVar[list[Any]] = [
        *Page.content_panels,
        FieldPanel("date"),
        FieldPanel("lead"),
        FieldPanel("picture"),
        FieldPanel("body"),
        MultiFieldPanel(
            [FieldPanel("pictured"), FieldPanel("nobody_pictured"), FieldPanel("named")],
            heading=_("Pupils on this page"),
        ),
    ]
    search_fields: ClassVar[list[Any]] = [*Page.search_fields, index.SearchField("lead"), index.SearchField("body")]
    parent_page_types: ClassVar[list[str]] = ["portal.NewsIndex"]
    subpage_types: ClassVar[list[str]] = []
    template = "portal/news_page.html"

    class Meta:
        verbose_name = _("news item")
        verbose_name_plural = _("news items")

    def pictures(self) -> list[Image]:
        """The pictures of the page, those in its text included."""
        inside = [block.value for block in self.body if block.block_type == "picture" and block.value]
        return [one for one in (self.picture, *inside) if one is not None]
