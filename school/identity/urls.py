"""Accounts: signing in and out, one's own password and language. They answer on the platform's host alone."""

from allauth.account import views as allauth
from django.urls import include, path

from .views import account, confirmed, context, language, onward

urlpatterns = [
    path("dang-nhap/", allauth.login, name="account_login"),
    path("dang-xuat/", allauth.logout, name="account_logout"),
    path("mat-khau/", allauth.password_change, name="account_change_password"),
    path("mat-khau/dat/", allauth.password_set, name="account_set_password"),
    path("xac-nhan/", allauth.reauthenticate, name="account_reauthenticate"),
    path("xac-nhan/xong/", confirmed, name="confirmed"),
    path("tai-khoan/tiep/", onward, name="onward"),
    path("tai-khoan/dong/", allauth.account_inactive, name="account_inactive"),
    path("tai-khoan/", account, name="account"),
    path("tai-khoan/hai-lop/", include("allauth.mfa.urls")),
    path("vai-tro/", context, name="context"),
    path("ngon-ngu/", language, name="language"),
]
