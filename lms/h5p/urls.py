"""The platform's addresses of H5P."""

from django.urls import path

from lms.h5p import views

app_name = "h5p"

urlpatterns = [
    path("tai-len/", views.upload, name="upload"),
    path("thu-vien/", views.libraries, name="libraries"),
    path("thu-vien/tai-len/", views.libraries_upload, name="library-upload"),
    path("thu-vien/<int:pk>/", views.library, name="library"),
    path("<int:pk>/", views.content, name="content"),
    path("<int:pk>/choi/", views.play, name="play"),
    path("<int:pk>/ket-qua/", views.result, name="result"),
    path("<int:pk>/trang-thai/", views.state, name="state"),
]
