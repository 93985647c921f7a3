"""Making portals, and keeping the right to edit them in step with the appointments."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext as _
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Page, Site

from school.identity.models import User
from school.organisation.models import School
from school.policy import Actor, Role
from school.portal.models import NewsIndex, NewsPage, PortalHome

NEWS_SLUG = "tin-tuc"
EDITOR_ROLES = (Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN)
_PAGE_RIGHTS = ("add_page", "change_page", "publish_page")
_IMAGE_RIGHTS = ("add_image", "change_image", "choose_image")


@transaction.atomic
def portal_for(school: School | None, *, title: str = "", lead: str = "") -> PortalHome:
    """The portal of a school (of the office when None) with its list of news, made when it is not there yet.

    It comes with its editors' group, which may write below this start page only, and with a collection of pictures.
    """
    home = PortalHome.objects.filter(school=school).first()
    if home is not None:
        return home
    root = Page.get_first_root_node() or Page.add_root(instance=Page(title="Root", slug="root"))
    name = title or (school.name if school else _("Education portal"))
    code = school.code if school else "office"
    collections = Collection.get_first_root_node() or Collection.add_root(instance=Collection(name="Root"))
    home = root.add_child(
        instance=PortalHome(
            title=name,
            slug=school.slug if school else "van-phong",
            school=school,
            lead=lead,
            editors=Group.objects.get_or_create(name=f"portal:{code}")[0],
            collection=collections.add_child(name=name[:255]),
        )
    )
    home.add_child(instance=NewsIndex(title=_("News"), slug=NEWS_SLUG))
    _rights_give(home)
    if school is None:
        # One row is enough: which portal a host shows is decided by config.hosts and the school's slug.
        Site.objects.update_or_create(
            is_default_site=True, defaults={"hostname": "localhost", "root_page": home, "site_name": name}
        )
    return home


def _rights_give(home: PortalHome) -> None:
    group, collection = home.editors, home.collection
    if group is None or collection is None:
        return
    group.permissions.set(Permission.objects.filter(content_type__app_label="wagtailadmin", codename="access_admin"))
    for right in Permission.objects.filter(content_type__app_label="wagtailcore", codename__in=_PAGE_RIGHTS):
        GroupPagePermission.objects.get_or_create(group=group, page=home, permission=right)
    for right in Permission.objects.filter(content_type__app_label="wagtailimages", codename__in=_IMAGE_RIGHTS):
        GroupCollectionPermission.objects.get_or_create(group=group, collection=collection, permission=right)


@transaction.atomic
def news_publish(*, home: PortalHome, title: str, lead: str, text: str, slug: str, by: User | None = None) -> NewsPage:
    """Publish a news item of plain paragraphs (blank lines between them); the same slug twice gives the one that is there."""
    known = NewsPage.objects.descendant_of(home).filter(slug=slug).first()
    if known is not None:
        return known
    index = NewsIndex.objects.child_of(home).first()
    if index is None:
        index = home.add_child(instance=NewsIndex(title=_("News"), slug=NEWS_SLUG))
    paragraphs = [("paragraph", f"<p>{escape(part.strip())}</p>") for part in text.split("\n\n") if part.strip()]
    page: NewsPage = index.add_child(
        instance=NewsPage(title=title, slug=slug, lead=lead, date=timezone.localdate(), body=paragraphs, owner=by)
    )
    page.save_revision(user=by).publish()
    return page


def editor_sync(user: User) -> bool:
    """Put the person into the editors' groups that today's appointments give, and out of all others; whether it changed.

    Asked at every step into the editors' corner, so that an appointment that ended yesterday opens nothing today.
    """
    actor = Actor.of(user)
    schools = actor.schools(*EDITOR_ROLES)
    homes = PortalHome.objects.filter(editors__isnull=False)
    wanted = set(homes.filter(school__in=schools).values_list("editors", flat=True)) if schools else set()
    if Role.OFFICE_ADMIN in actor.roles:
        wanted |= set(homes.filter(school=None).values_list("editors", flat=True))
    held = set(user.groups.filter(portal__isnull=False).values_list("pk", flat=True))
    if wanted == held:
        return False
    user.groups.remove(*(held - wanted))
    user.groups.add(*(wanted - held))
    return True
