"""Files that a browser sends straight into the S3 store: announced here, piece by piece allowed here, finished here."""

import re
import uuid
from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from media import bucket, services
from media.errors import MediaError
from media.models import Upload
from media.store import s3_bucket
from media.tus import kinds_of
from school.policy import access, visible

CHECKSUM = re.compile(r"[A-Za-z0-9+/]{43}=")


@access("media.Asset", "add")
@require_POST
def multipart_create(request: HttpRequest) -> JsonResponse:
    """Announce a file: {"address": where its pieces are asked about, "result": where it is finished}, or {"error": sentence}."""
    if s3_bucket() is None:
        raise Http404("files are not kept in S3")
    length = request.POST.get("length", "")
    try:
        upload = services.multipart_start(
            owner=request.user,
            name=request.POST.get("name", ""),
            length=int(length) if length.isascii() and length.isdigit() else 0,
            title=request.POST.get("title", ""),
            kinds=kinds_of(request.POST.get("kinds", "")),
        )
    except MediaError as error:
        return _refused(error)
    return JsonResponse({"address": reverse("media:multipart-upload", args=[upload.pk])}, status=HTTPStatus.CREATED)


@access("media.Upload", "change")
@require_http_methods(["GET", "DELETE"])
def multipart_upload(request: HttpRequest, upload: uuid.UUID) -> HttpResponse:
    """How pieces are cut and which have come: {"piece": bytes, "have": [numbers], "result": address}; DELETE gives the file up."""
    found = _upload(request, upload)
    try:
        if request.method == "DELETE":
            services.multipart_abort(found)
            return HttpResponse(status=HTTPStatus.NO_CONTENT)
        have = services.multipart_have(found)
    except MediaError as error:
        if error.code == "missing":
            raise Http404("the store has forgotten this upload") from error
        return _refused(error)
    result = reverse("media:upload-result", args=[found.pk])
    return JsonResponse({"piece": bucket.PART_BYTES, "have": have, "result": result})


@access("media.Upload", "change")
@require_POST
def multipart_part(request: HttpRequest, upload: uuid.UUID, number: int) -> HttpResponse:
    """{"address": where to PUT one piece, "headers": what the request must carry}; its checksum, when told, is signed with it."""
    sha256 = request.POST.get("sha256", "")
    if sha256 and not CHECKSUM.fullmatch(sha256):
        return HttpResponseBadRequest("sha256: 32 bytes in base64")
    try:
        address = services.multipart_sign(_upload(request, upload), number, sha256=sha256)
    except MediaError as error:
        return _refused(error)
    return JsonResponse({"address": address, "headers": {"x-amz-checksum-sha256": sha256} if sha256 else {}})


def _upload(request: HttpRequest, pk: uuid.UUID) -> Upload:
    """An upload of one's own that goes straight into the store."""
    return get_object_or_404(visible(request.user, Upload, "change").exclude(multipart=""), pk=pk)


def _refused(error: MediaError) -> JsonResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if error.retryable:
        status = HTTPStatus.SERVICE_UNAVAILABLE
    elif error.code in ("too_big", "quota"):
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return JsonResponse({"error": error.sentence}, status=status)
