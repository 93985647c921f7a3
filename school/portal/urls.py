"""Public addresses on the platform's host."""

from django.urls import path

from school.portal import views

app_name = "portal"
urlpatterns = [
    path("cong-thong-tin/", views.office_front, name="office"),
    path("tin-tuc/", views.office_page, name="news"),
    path("tin-tuc/<path:path>", views.office_page, name="news-page"),
    path("truong/", views.schools, name="schools"),
    path("truong/<slug:slug>/", views.school_page, name="school"),
    path("truong/<slug:slug>/<path:path>", views.school_page, name="school-page"),
    path("anh/<path:name>", views.picture, name="picture"),
]
