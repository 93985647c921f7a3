"""Personal data; on the platform's host alone."""

from django.urls import path

from . import views

app_name = "privacy"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("ban-sao/", views.export_new, name="export"),
    path("ban-sao/<str:token>/", views.export_file, name="export-file"),
    path("yeu-cau/", views.wish_new, name="wish-new"),
    path("yeu-cau/<int:request_id>/rut/", views.wish_withdraw, name="wish-withdraw"),
    path("dong-y/", views.consent, name="consent"),
    path("can-tra-loi/", views.wishes, name="wishes"),
    path("can-tra-loi/<int:request_id>/", views.wish, name="wish"),
    path("anh/", views.pictures, name="pictures"),
    path("luu-tru/", views.retention, name="retention"),
    path("luu-tru/<slug:kind>/", views.retention_rule, name="retention-rule"),
    path("luu-tru/xoa/<int:run_id>/", views.retention_run, name="retention-run"),
]
