"""Addresses of the lists of people."""

from django.urls import path

from school.roster import views

app_name = "roster"
urlpatterns = [
    path("lop/<int:class_id>/", views.people.class_list, name="class"),
    path("lop/<int:class_id>/excel/", views.people.class_excel, name="class-excel"),
    path("chua-dang-nhap/", views.people.waiting, name="waiting"),
    path("chua-dang-nhap/excel/", views.people.waiting_excel, name="waiting-excel"),
    path("nhap/", views.imports.imports, name="imports"),
    path("nhap/<int:import_id>/", views.imports.preview, name="import"),
    path("nhap/<int:import_id>/cot/", views.columns.columns, name="import-columns"),
    path("nhap/cot/", views.columns.layouts, name="layouts"),
    path("nhap/cot/<int:layout_id>/quen/", views.columns.forget, name="layout-forget"),
    path("nhap/<int:import_id>/nhan/", views.imports.confirm, name="import-confirm"),
    path("nhap/<int:import_id>/huy/", views.imports.cancel, name="import-cancel"),
    path("nhap/<int:import_id>/loi/<slug:form>/", views.imports.report, name="import-report"),
    path("oneroster/", views.oneroster.sets, name="oneroster"),
    path("oneroster/xuat/", views.oneroster.export, name="oneroster-export"),
    path("oneroster/<int:set_id>/", views.oneroster.preview, name="oneroster-set"),
    path("oneroster/<int:set_id>/nhan/", views.oneroster.confirm, name="oneroster-confirm"),
    path("oneroster/<int:set_id>/huy/", views.oneroster.cancel, name="oneroster-cancel"),
    path("oneroster/<int:set_id>/loi/", views.oneroster.report, name="oneroster-report"),
    path("phieu/", views.slips.classes, name="slips"),
    path("phieu/<int:class_id>/", views.slips.slips, name="slips-class"),
    path("phieu/viec/<int:job_id>/", views.slips.job, name="slips-job"),
    path("phieu/viec/<int:job_id>/tep/", views.slips.sheet, name="slips-sheet"),
]
