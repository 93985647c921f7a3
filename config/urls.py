"""The platform's addresses; schools' portals and the content host have URL files of their own (config.hosts)."""

from django.urls import include, path

from .views import health, home

handler500 = "config.errors.server_error"

urlpatterns = [
    path("", home, name="home"),
    path("", include("config.assets.urls")),
    path("suc-khoe/", health, name="health"),
    path("", include("school.identity.urls")),
    path("", include("school.sso.urls")),
    path("", include("school.upstream.urls")),
    path("", include("school.oidc.urls")),
    path("xem-thay/", include("school.impersonation.urls")),
    path("nhat-ky/", include("school.trail.urls")),
    path("danh-sach/", include("school.people.urls")),
    path("danh-sach/", include("school.roster.urls")),
    path("ims/oneroster/rostering/v1p2/", include("school.roster.rest.urls")),
    path("lien-ket/", include("school.families.urls")),
    path("du-lieu/", include("school.privacy.urls")),
    path("kho-tep/", include("media.urls")),
    path("", include("school.portal.urls")),
    path("thu-vien/", include("library.urls")),
    path("so-lien-lac/", include("parentportal.urls")),
    path("van-phong/", include("config.office.urls")),
    path("admin/", include("wagtail.admin.urls")),
    path("h5p/", include("lms.h5p.urls")),
    path("lti/", include("lms.lti.urls")),
    path("", include("lms.urls")),
    path("", include("gradebook.urls")),
]
