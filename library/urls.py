"""Addresses of the library: readers' pages, and the librarian's below quan-ly/."""

from django.urls import path

from library.views import desk, readers

app_name = "library"
urlpatterns = [
    path("", readers.search, name="search"),
    path("sach/<int:record_id>/", readers.record, name="record"),
    path("doc/<int:ebook_id>/", readers.read, name="read"),
    path("doc/<int:ebook_id>/vi-tri/", readers.position, name="position"),
    path("quan-ly/", desk.desk, name="desk"),
    path("quan-ly/cho-muon/", desk.lend, name="lend"),
    path("quan-ly/tra/", desk.take_back, name="return"),
    path("quan-ly/dang-muon/", desk.loans, name="loans"),
    path("quan-ly/dang-muon/<int:loan_id>/gia-han/", desk.renew, name="renew"),
    path("quan-ly/bien-muc/", desk.catalogue_new, name="catalogue-new"),
    path("quan-ly/sach/<int:record_id>/", desk.catalogue_edit, name="catalogue-edit"),
    path("quan-ly/sach/<int:record_id>/ban/", desk.copies, name="copies"),
    path("quan-ly/sach/<int:record_id>/epub/", desk.epub, name="epub"),
    path("quan-ly/ban/<int:item_id>/", desk.copy, name="copy"),
]
