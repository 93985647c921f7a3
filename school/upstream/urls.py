"""Signing in through other institutions; on the platform's host alone, like every sign-in."""

from allauth.socialaccount import views as allauth
from allauth.socialaccount.providers.saml import views as saml
from django.urls import path

from . import views

urlpatterns = [
    path("dang-nhap/noi/oidc/<provider_id>/login/", views.oidc_login, name="openid_connect_login"),
    path("dang-nhap/noi/oidc/<provider_id>/login/callback/", views.oidc_callback, name="openid_connect_callback"),
    path("dang-nhap/noi/saml/<organization_slug>/login/", saml.login, name="saml_login"),
    path("dang-nhap/noi/saml/<organization_slug>/acs/", views.saml_answer, name="saml_acs"),
    path("dang-nhap/noi/saml/<organization_slug>/acs/finish/", saml.finish_acs, name="saml_finish_acs"),
    path("dang-nhap/noi/saml/<organization_slug>/metadata/", saml.metadata, name="saml_metadata"),
    path("dang-nhap/noi/saml/<organization_slug>/sls/", views.saml_logout, name="saml_sls"),
    path("dang-nhap/noi/huy/", allauth.login_cancelled, name="socialaccount_login_cancelled"),
    path("dang-nhap/noi/loi/", allauth.login_error, name="socialaccount_login_error"),
    path("xac-nhan/noi/<slug:idp>/", views.confirm, name="upstream_confirm"),
    path("tai-khoan/noi/<slug:idp>/bo/", views.link_remove, name="upstream_remove"),
]
