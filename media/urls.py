"""Addresses of the media rooms."""

from django.urls import path

from media import views, views_captions, views_multipart, views_notes

app_name = "media"

urlpatterns = [
    path("", views.mine, name="mine"),
    path("hang-doi/", views.queue, name="queue"),
    path("hang-doi/<int:job>/", views.queue_act, name="queue-act"),
    path("tai-len/", views.tus_create, name="tus"),
    path("tai-len/<uuid:upload>/", views.tus_upload, name="tus-upload"),
    path("tai-len/<uuid:upload>/ket-qua/", views.upload_result, name="upload-result"),
    path("ghi-chu/", views_notes.mine, name="my-notes"),
    path("ghi-chu.txt", views_notes.mine_text, name="my-notes-text"),
    path("ghi-chu/<int:note>/", views_notes.change, name="note"),
    path("tai-len/s3/", views_multipart.multipart_create, name="multipart"),
    path("tai-len/s3/<uuid:upload>/", views_multipart.multipart_upload, name="multipart-upload"),
    path("tai-len/s3/<uuid:upload>/<int:number>/", views_multipart.multipart_part, name="multipart-part"),
    path("m/<str:token>/<str:name>", views.send_bytes, name="bytes"),
    path("<uuid:asset>/", views.detail, name="detail"),
    path("<uuid:asset>/tien-trinh/", views.progress, name="progress"),
    path("<uuid:asset>/thu-lai/", views.retry, name="retry"),
    path("<uuid:asset>/huy/", views.cancel, name="cancel"),
    path("<uuid:asset>/xoa/", views.delete, name="delete"),
    path("<uuid:asset>/phu-de/", views.captions_add, name="captions"),
    path("<uuid:asset>/phu-de/<slug:language>/", views.captions_change, name="captions-change"),
    path("<uuid:asset>/phu-de/<slug:language>/dong/", views_captions.lines, name="captions-lines"),
    path("<uuid:asset>/phu-de/<slug:language>/tep.vtt", views_captions.file, name="captions-file"),
    path("<uuid:asset>/phu-de-tu-loi-noi/", views_captions.speech, name="speech"),
    path("<uuid:asset>/muc-luc/", views.chapters, name="chapters"),
    path("<uuid:asset>/loi/<slug:language>/", views.transcript, name="transcript"),
    path("<uuid:asset>/ghi-chu/", views_notes.notes, name="notes"),
    path("<uuid:asset>/mang-ve/", views.take_along, name="take-along"),
    path("<uuid:asset>/doc/", views.read, name="read"),
    path("<uuid:asset>/trang/", views.pages, name="pages"),
    path("<uuid:asset>/tep/<str:name>", views.extra, name="extra"),
    path("<uuid:asset>/goc/", views.original, name="original"),
    path("<uuid:asset>/phat/<str:name>", views.play, name="play"),
]
