"""The addresses of the content host: the player, a content's files, libraries. Nothing here knows a cookie."""

from django.urls import URLPattern, URLResolver, include, path

from lms.h5p import views_content as views

urlpatterns: list[URLPattern | URLResolver] = [
    path("sach/", include("library.urls_content")),
    path("choi/<str:token>/", views.play, name="play"),
    path("noi-dung/<str:token>/<path:file>", views.content_file, name="content-file"),
    path("thu-vien/<str:folder>/<path:file>", views.library_file, name="library-file"),
]
