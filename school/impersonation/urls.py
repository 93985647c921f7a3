from django.urls import path

from . import views

app_name = "impersonation"
urlpatterns = [
    path("", views.find, name="find"),
    path("ket-thuc/", views.end, name="end"),
    path("<int:person_id>/", views.begin, name="begin"),
]
