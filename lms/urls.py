"""Addresses of courses and lessons."""

from django.urls import path

from lms.views import courses, editor, lessons, report

app_name = "lms"
urlpatterns = [
    path("khoa-hoc/", courses.course_list, name="courses"),
    path("khoa-hoc/moi/", courses.course_new, name="course-new"),
    path("khoa-hoc/<int:course_id>/", courses.course, name="course"),
    path("khoa-hoc/<int:course_id>/sua/", courses.course_edit, name="course-edit"),
    path("khoa-hoc/<int:course_id>/chuong/", courses.section_new, name="section-new"),
    path("khoa-hoc/<int:course_id>/chuong/<int:section_id>/", courses.section_change, name="section-change"),
    path("khoa-hoc/<int:course_id>/bai-moi/", courses.lesson_new, name="lesson-new"),
    path("khoa-hoc/<int:course_id>/theo-doi/", report.report, name="report"),
    path("khoa-hoc/<int:course_id>/theo-doi.xlsx", report.report_file, name="report-file"),
    path("bai-hoc/<int:lesson_id>/", lessons.lesson, name="lesson"),
    path("bai-hoc/<int:lesson_id>/sua/", editor.lesson_edit, name="lesson-edit"),
    path("bai-hoc/<int:lesson_id>/xem-truoc/", editor.lesson_preview, name="lesson-preview"),
    path("bai-hoc/<int:lesson_id>/vi-tri/", courses.lesson_place, name="lesson-place"),
    path("bai-hoc/<int:lesson_id>/tien-do/", lessons.progress, name="progress"),
    path("bai-hoc/<int:lesson_id>/da-doc/", lessons.read, name="read"),
]
