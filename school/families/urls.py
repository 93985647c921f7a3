"""Addresses of parents who join and of those who answer them."""

from django.urls import path

from school.families import views

app_name = "families"
urlpatterns = [
    path("", views.join, name="join"),
    path("da-gui/<str:token>/", views.sent, name="sent"),
    path("yeu-cau/", views.requests, name="requests"),
    path("yeu-cau/<int:request_id>/", views.answer, name="answer"),
    path("yeu-cau/<int:request_id>/tu-choi/", views.refuse, name="refuse"),
    path("ma/<int:student_id>/", views.code, name="code"),
]
