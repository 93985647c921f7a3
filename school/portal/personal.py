"""Which rows of the portals are about whom."""

from django.utils.translation import gettext_lazy as _

from school.personal import WORK, contribute

for _path, _title in (("pictured", _("News with a picture of the person")), ("named", _("News that name the person"))):
    contribute("portal.NewsPage", _path, title=_title, kind=WORK, fields=("title", "date", "live"), dated="date")
