"""Addresses of the contact book and of the outbox."""

from django.urls import path

from parentportal import views

app_name = "parentportal"
urlpatterns = [
    path("", views.home, name="home"),
    path("con/<int:student_id>/", views.child, name="child"),
    path("con/<int:student_id>/hoi/", views.ask, name="ask"),
    path("thu/<int:thread_id>/", views.thread, name="thread"),
    path("thu/<int:thread_id>/xac-nhan/", views.acknowledge, name="acknowledge"),
    path("lop/<int:class_id>/", views.school_class, name="class"),
    path("lop/<int:class_id>/viet/", views.write, name="write"),
    path("hop-gui/", views.outbox_list, name="outbox"),
    path("hop-gui/<int:delivery_id>/gui-lai/", views.retry, name="retry"),
]
