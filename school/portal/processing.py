"""What the portals ask by themselves: whether news may still show their pupils."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q

from school.audit.services import record
from school.portal.models import NewsPage
from school.portal.selectors import consents_missing
from school.privacy.models import Purpose


def news_recheck(pages: Iterable[NewsPage] | None = None) -> list[NewsPage]:
    """Take news off line that show or name a pupil whose consent does not stand any more; returns them.

    Asked when a page is published, when a consent is taken back, and each night: a child who turned seven is asked, too.
    All published news when ``pages`` is None.
    """
    if pages is None:
        shown = NewsPage.pictured.through.objects.values("newspage")
        told = NewsPage.named.through.objects.values("newspage")
        pages = NewsPage.objects.live().filter(Q(pk__in=shown) | Q(pk__in=told)).distinct()
    taken = []
    for page in pages:
        missing = {
            purpose.value: [one.code for one in consents_missing(pupils.all(), purpose)]
            for purpose, pupils in ((Purpose.PICTURE, page.pictured), (Purpose.RESULT, page.named))
        }
        if any(missing.values()):
            _take_down(page, missing)
            taken.append(page)
    return taken


@transaction.atomic
def _take_down(page: NewsPage, missing: dict[str, list[str]]) -> None:
    page.unpublish()
    # The finished sizes have addresses of their own, which whoever knows them could still open.
    for picture in page.pictures():
        for rendition in picture.renditions.all():
            rendition.delete()
    record(actor=None, action="news_taken_down", target=page, detail=missing)
