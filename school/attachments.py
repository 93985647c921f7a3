"""Files that a page hands out: workbooks and papers, which hold people's data and are left in no cache."""

from pathlib import PurePosixPath

from django.http import HttpResponse

TYPES = {
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def attachment(data: bytes, name: str, *, inline: bool = False) -> HttpResponse:
    """The file `name` (plain letters and digits, ending .pdf or .xlsx) to keep, or with `inline` to show in the browser."""
    response = HttpResponse(data, content_type=TYPES[PurePosixPath(name).suffix])
    response["Content-Disposition"] = f'{"inline" if inline else "attachment"}; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
