"""Addresses of the gradebook on the platform's host."""

from django.urls import path

from gradebook.views import attendance, columns, corrections, excel, papers, report, sheets, states, windows

app_name = "gradebook"

urlpatterns = [
    path("so-diem/", sheets.sheet_list, name="sheets"),
    path("so-diem/mo/", sheets.open_sheet, name="sheet-open"),
    path("so-diem/toan-truong/", states.overview, name="overview"),
    path("so-diem/toan-truong/khoa/", states.lock_many, name="lock-many"),
    path("so-diem/toan-truong/mo-khoa/", states.unlock_many, name="unlock-many"),
    path("so-diem/thoi-han/", windows.windows, name="windows"),
    path("so-diem/uy-quyen/", windows.delegations, name="delegations"),
    path("so-diem/uy-quyen/giao/", windows.delegate, name="delegate"),
    path("so-diem/uy-quyen/<int:pk>/thu-hoi/", windows.withdraw, name="delegation-withdraw"),
    path("so-diem/sua-diem/", corrections.corrections, name="corrections"),
    path("so-diem/sua-diem/<int:pk>/", corrections.correction, name="correction"),
    path("so-diem/sua-diem/<int:pk>/duyet/", corrections.decide, name="correction-decide"),
    path("so-diem/sua-diem/<int:pk>/rut/", corrections.withdraw, name="correction-withdraw"),
    path("so-diem/sua-diem/<int:pk>/minh-chung/", corrections.evidence, name="correction-evidence"),
    path("so-diem/phuc-khao/", corrections.reviews, name="reviews"),
    path("so-diem/phuc-khao/<int:pk>/", corrections.review, name="review"),
    path("so-diem/<int:pk>/", sheets.sheet, name="sheet"),
    path("so-diem/<int:pk>/sua-diem/", corrections.ask, name="correction-ask"),
    path("so-diem/<int:pk>/luu/", sheets.save, name="sheet-save"),
    path("so-diem/<int:pk>/cong-bo/", sheets.publish, name="sheet-publish"),
    path("so-diem/<int:pk>/thu-hoi/", sheets.unpublish, name="sheet-unpublish"),
    path("so-diem/<int:pk>/cot/", columns.columns, name="sheet-columns"),
    path("so-diem/<int:pk>/nop/", states.submit, name="sheet-submit"),
    path("so-diem/<int:pk>/rut-lai/", states.take_back, name="sheet-take-back"),
    path("so-diem/<int:pk>/diem-thieu/", states.missing, name="sheet-missing"),
    path("so-diem/<int:pk>/khoa/", states.lock, name="sheet-lock"),
    path("so-diem/<int:pk>/mo-khoa/", states.unlock, name="sheet-unlock"),
    path("so-diem/<int:pk>/ki/", states.sign, name="sheet-sign"),
    path("so-diem/<int:pk>/huy-ki/", states.revoke, name="sheet-revoke"),
    path("so-diem/<int:pk>/in/", sheets.sheet_print, name="sheet-print"),
    path("so-diem/<int:pk>/so.pdf", papers.subject_book_pdf, name="subject-book"),
    path("so-diem/<int:pk>/lich-su/", sheets.history, name="sheet-history"),
    path("so-diem/<int:pk>/tai-ve/", excel.download, name="sheet-download"),
    path("so-diem/<int:pk>/nhap-excel/", excel.upload, name="sheet-upload"),
    path("so-diem/<int:pk>/nhap-excel/ghi/", excel.apply, name="sheet-apply"),
    path("diem-danh/", attendance.class_list, name="attendance-classes"),
    path("diem-danh/<int:pk>/", attendance.register, name="attendance"),
    path("nhan-xet/<int:pk>/", attendance.remark, name="remark"),
    path("bang-diem/", report.own, name="report"),
    path("bang-diem/<int:pk>/", report.of_student, name="report-of"),
    path("bang-diem/<int:student>/phuc-khao/<int:sheet>/", corrections.review_new, name="review-new"),
    path("bang-diem/<int:pk>/phieu.pdf", papers.own_slip, name="slip"),
    path("phieu-bao/", papers.slip_classes, name="slip-classes"),
    path("phieu-bao/<int:pk>/phieu.pdf", papers.class_slips, name="class-slips"),
]
