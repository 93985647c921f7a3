from django.urls import path
app_name="parentportal"
urlpatterns: list = []
