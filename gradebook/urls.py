"""Addresses of the gradebook on the platform's host."""

from django.urls import path

from gradebook.views import attendance, excel, report, sheets

app_name = "gradebook"

urlpatterns = [
    path("so-diem/", sheets.sheet_list, name="sheets"),
    path("so-diem/mo/", sheets.open_sheet, name="sheet-open"),
    path("so-diem/<int:pk>/", sheets.sheet, name="sheet"),
    path("so-diem/<int:pk>/luu/", sheets.save, name="sheet-save"),
    path("so-diem/<int:pk>/cong-bo/", sheets.publish, name="sheet-publish"),
    path("so-diem/<int:pk>/thu-hoi/", sheets.unpublish, name="sheet-unpublish"),
    path("so-diem/<int:pk>/khoa/", sheets.lock, name="sheet-lock"),
    path("so-diem/<int:pk>/mo-khoa/", sheets.unlock, name="sheet-unlock"),
    path("so-diem/<int:pk>/in/", sheets.sheet_print, name="sheet-print"),
    path("so-diem/<int:pk>/lich-su/", sheets.history, name="sheet-history"),
    path("so-diem/<int:pk>/tai-ve/", excel.download, name="sheet-download"),
    path("so-diem/<int:pk>/nhap-excel/", excel.upload, name="sheet-upload"),
    path("so-diem/<int:pk>/nhap-excel/ghi/", excel.apply, name="sheet-apply"),
    path("diem-danh/", attendance.class_list, name="attendance-classes"),
    path("diem-danh/<int:pk>/", attendance.register, name="attendance"),
    path("nhan-xet/<int:pk>/", attendance.remark, name="remark"),
    path("bang-diem/", report.own, name="report"),
    path("bang-diem/<int:pk>/", report.of_student, name="report-of"),
]
