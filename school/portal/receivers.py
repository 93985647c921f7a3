"""When news must be asked about their pupils again."""

from typing import Any

from django.dispatch import receiver
from wagtail.signals import page_published

from school.identity.models import User
from school.portal.models import NewsPage
from school.portal.processing import news_recheck
from school.privacy.models import Purpose
from school.privacy.signals import consent_withdrawn
from school.row_security import unfenced


@receiver(page_published, sender=NewsPage)
def published(instance: NewsPage, **_: Any) -> None:
    """However it was published: by a button, by its date, from an old version."""
    # The system's own check: consents of every pupil named, whoever presses the button.
    with unfenced():
        news_recheck([instance])


@receiver(consent_withdrawn)
def withdrawn(child: User, purpose: str, **_: Any) -> None:
    """At once, with the withdrawal."""
    field = {Purpose.PICTURE.value: "pictured", Purpose.RESULT.value: "named"}.get(purpose)
    if field:
        with unfenced():  # a page of any school that shows the child
            news_recheck(NewsPage.objects.live().filter(**{field: child}))
