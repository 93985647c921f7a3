"""Addresses of the directory, a person's page, and what is done to several people."""

from django.urls import path

from school.people import views

app_name = "people"
urlpatterns = [
    path("", views.directory.people, name="list"),
    path("excel/", views.directory.people_excel, name="excel"),
    path("nguoi/<int:person_id>/", views.person.person_page, name="person"),
    path("nguoi/<int:person_id>/sua/", views.person.facts, name="facts"),
    path("nguoi/<int:person_id>/chuc-vu/", views.person.post_new, name="post"),
    path("nguoi/<int:person_id>/mat-khau/", views.person.password, name="password"),
    path("nguoi/<int:person_id>/hai-lop/", views.person.factor, name="factor"),
    path("chuc-vu/<int:membership_id>/ket-thuc/", views.person.post_end_page, name="post-end"),
    path("viec/", views.bulk.actions, name="actions"),
    path("viec/moi/", views.bulk.new, name="bulk-new"),
    path("viec/<int:action_id>/", views.bulk.action, name="action"),
    path("viec/<int:action_id>/lam/", views.bulk.confirm, name="action-confirm"),
    path("viec/<int:action_id>/bo/", views.bulk.cancel, name="action-cancel"),
    path("viec/<int:action_id>/hoan-tac/", views.bulk.undo, name="action-undo"),
    path("viec/<int:action_id>/tep/", views.bulk.sheet, name="action-sheet"),
    path("trung/", views.doubles.doubles, name="doubles"),
    path("trung/<int:first_id>/<int:second_id>/", views.doubles.pair, name="pair"),
]
