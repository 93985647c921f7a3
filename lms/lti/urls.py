"""Addresses of LTI. The services' are without a slash at the end: tools append to them."""

from django.urls import path

from lms.lti.views import arrive, launch, platforms, read, services, tools

app_name = "lti"
urlpatterns = [
    path("cong-cu/", tools.tools, name="tools"),
    path("cong-cu/moi/", tools.tool_new, name="tool-new"),
    path("cong-cu/<int:tool_id>/", tools.tool, name="tool"),
    path("cong-cu/<int:tool_id>/sua/", tools.tool_edit, name="tool-edit"),
    path("cong-cu/<int:tool_id>/bat-tat/", tools.tool_turn, name="tool-turn"),
    path("mo/<uuid:link_id>/", launch.launch, name="launch"),
    path("bai-hoc/<int:lesson_id>/khoi/<uuid:block>/", launch.place, name="place"),
    path("bai-hoc/<int:lesson_id>/khoi/<uuid:block>/chon/<int:tool_id>/", launch.choose, name="choose"),
    path("da-chon/", launch.chosen, name="chosen"),
    path("da-chon/<uuid:choice_id>/", launch.finish, name="finish"),
    path("nen-tang/", platforms.platforms, name="platforms"),
    path("nen-tang/moi/", platforms.platform_new, name="platform-new"),
    path("nen-tang/<int:platform_id>/", platforms.platform, name="platform"),
    path("nen-tang/<int:platform_id>/sua/", platforms.platform_edit, name="platform-edit"),
    path("nen-tang/<int:platform_id>/bat-tat/", platforms.platform_turn, name="platform-turn"),
    path("nen-tang/<int:platform_id>/khoa-hoc/", platforms.platform_offer, name="platform-offer"),
    path("den/", arrive.launch, name="arrive"),
    path("den/dang-nhap/", arrive.login, name="arrive-login"),
    path("den/canvas.json", arrive.canvas, name="canvas"),
    path("den/chon/<str:word>/", read.choose, name="choose-lesson"),
    path("den/bai/<str:word>/", read.read, name="read"),
    path("den/bai/<str:word>/da-doc/", read.done, name="read-done"),
    path("den/bai/<str:word>/tep/<uuid:asset>/<str:name>", read.file, name="read-file"),
    path("den/bai/<str:word>/h5p/<int:content>/", read.play, name="read-play"),
    path("den/bai/<str:word>/h5p/<int:content>/ket-qua/", read.result, name="read-result"),
    path("authorize", launch.authorize, name="authorize"),
    path("token", services.token, name="token"),
    path("keys.json", services.keys, name="keys"),
    path("contexts/<int:course_id>/lineitems", services.line_items, name="line-items"),
    path("contexts/<int:course_id>/lineitems/<int:item>", services.line_item, name="line-item"),
    path("contexts/<int:course_id>/lineitems/<int:item>/scores", services.scores, name="scores"),
    path("contexts/<int:course_id>/lineitems/<int:item>/results", services.results, name="results"),
    path("contexts/<int:course_id>/memberships", services.members, name="members"),
]
