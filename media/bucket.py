"""Pieces of a file that a browser sends to the S3 store itself, by addresses that are signed here.

The store is asked what has come, never the browser: neither its word nor the readability of a header is needed.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

from media.errors import MediaError
from media.store import answering, s3_bucket

PART_BYTES = (
    8 << 20
)  # a weak line loses at most this much; S3 takes 10,000 pieces of a file, and none but the last below 5 MiB
SIGNED_SECONDS = 3600
GONE = frozenset({"NoSuchUpload", "NoSuchKey", "404"})


def begin(name: str) -> str:
    """Open a file that will come in pieces; returns the store's identity of it."""
    with answering():
        answer = _client().create_multipart_upload(**_at(name), ChecksumAlgorithm="SHA256")
    return str(answer["UploadId"])


def sign(name: str, upload_id: str, number: int, *, size: int, sha256: str = "") -> str:
    """The address to PUT one piece at; its size, and its checksum (base64) if given, are part of the signature.

    With a checksum the request must carry it as x-amz-checksum-sha256, and the store refuses a piece that does not match.
    """
    words = {**_at(name), "UploadId": upload_id, "PartNumber": number, "ContentLength": size}
    if sha256:
        words["ChecksumSHA256"] = sha256
    address: str = _client().generate_presigned_url("upload_part", Params=words, ExpiresIn=SIGNED_SECONDS)
    return address


def parts(name: str, upload_id: str) -> dict[int, dict[str, Any]] | None:
    """Which pieces have come: number → size and what the store wants to hear again at the end; None when it is not open."""
    found: dict[int, dict[str, Any]] = {}
    try:
        with answering():
            for page in _client().get_paginator("list_parts").paginate(**_at(name), UploadId=upload_id):
                for part in page.get("Parts", []):
                    found[int(part["PartNumber"])] = part
    except MediaError as error:
        if not _gone(error):
            raise
        return None
    return found


def complete(name: str, upload_id: str) -> None:
    """Join the pieces to a file; one that was joined before is left as it is."""
    have = parts(name, upload_id)
    if not have:
        return
    told = [
        {key: part[key] for key in ("PartNumber", "ETag", "ChecksumSHA256") if part.get(key)}
        for _, part in sorted(have.items())
    ]
    with answering():
        _client().complete_multipart_upload(**_at(name), UploadId=upload_id, MultipartUpload={"Parts": told})


def abort(name: str, upload_id: str) -> None:
    """Give up what has come of a file; nothing happens when it is not open."""
    try:
        with answering():
            _client().abort_multipart_upload(**_at(name), UploadId=upload_id)
    except MediaError as error:
        if not _gone(error):
            raise


def opened_before(prefix: str, moment: datetime) -> list[tuple[str, str]]:
    """(name, identity) of files below a prefix whose pieces began to come before a moment and never became a file."""
    with answering():
        pages = _client().get_paginator("list_multipart_uploads").paginate(Bucket=s3_bucket().name, Prefix=prefix)
        found = [one for page in pages for one in page.get("Uploads", [])]
    return [(one["Key"], one["UploadId"]) for one in found if one["Initiated"] < moment]


def size(name: str) -> int | None:
    """Bytes of a file in the store; None when there is none."""
    try:
        with answering():
            return int(_client().head_object(**_at(name))["ContentLength"])
    except MediaError as error:
        if _gone(error):
            return None
        raise


def fetch(name: str, path: Path, *, first: int = 0) -> None:
    """Bring a file to the local disk, or only its first bytes."""
    with answering():
        if first:
            answer = _client().get_object(**_at(name), Range=f"bytes=0-{first - 1}")
            path.write_bytes(answer["Body"].read())
        else:
            s3_bucket().download_file(name, str(path))


def _client() -> Any:
    return s3_bucket().meta.client


def _at(name: str) -> dict[str, Any]:
    return {"Bucket": s3_bucket().name, "Key": name}


def _gone(error: MediaError) -> bool:
    answer = getattr(error.__cause__, "response", {})
    return answer.get("Error", {}).get("Code") in GONE
