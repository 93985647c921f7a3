"""The provider's addresses. They answer on the platform's host alone: one issuer, whatever hosts the schools have."""

from django.urls import include, path

from . import views

# The names that the library's own code reverses.
protocol = [
    path(".well-known/openid-configuration", views.metadata.configuration, name="configuration"),
    path(".well-known/jwks.json", views.metadata.jwks, name="jwks"),
    path("identity/o/authorize", views.authorize.authorize, name="authorization"),
    path("identity/o/logout", views.logout.end_session, name="logout"),
    path("identity/o/api/token", views.tokens.token, name="token"),
    path("identity/o/api/revoke", views.tokens.revoke, name="revoke"),
    path("identity/o/api/introspect", views.tokens.introspect, name="introspect"),
    path("identity/o/api/userinfo", views.tokens.userinfo, name="userinfo"),
]
pages = [
    path("tai-khoan/ung-dung/", views.connections.connections, name="connections"),
    path("tai-khoan/ung-dung/<slug:client_id>/ngat/", views.connections.disconnect, name="disconnect"),
    path("ung-dung/", views.applications.applications, name="applications"),
    path("ung-dung/moi/", views.applications.application_new, name="application-new"),
    path("ung-dung/moi/doc-danh-sach/", views.applications.reader_new, name="reader-new"),
    path("ung-dung/<slug:client_id>/", views.applications.application, name="application"),
    path("ung-dung/<slug:client_id>/sua/", views.applications.application_edit, name="application-edit"),
    path("ung-dung/<slug:client_id>/khoa/", views.applications.application_new_secret, name="application-secret"),
    path("ung-dung/<slug:client_id>/bat-tat/", views.applications.application_turn, name="application-turn"),
]
urlpatterns = [
    path("", include(([path("", include((protocol, "oidc")))], "idp"))),
    path("", include((pages, "oidc"))),
]
