"""Addresses on the content host: the frame in which an e-book is shown, and the book's bytes. No session reaches here."""

from django.urls import path

from library.views import content

app_name = "library-content"
urlpatterns = [
    path("<str:token>/", content.frame, name="frame"),
    path("<str:token>/sach.epub", content.book, name="book"),
]
