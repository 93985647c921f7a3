"""What a reader is told when a request cannot be answered (OneRoster 1.2 rostering REST binding, imsx_StatusInfo).

In English: these sentences are read by programmes and by those who write them.
"""

from typing import Any

# The specification's words for each status.
UNAUTHORISED, FORBIDDEN, UNKNOWN, BUSY, BROKEN = (
    "unauthorisedrequest",
    "forbidden",
    "unknownobject",
    "server_busy",
    "internal_server_error",
)
BAD_FILTER, BAD_SELECTION, BAD_DATA = "invalid_filter_field", "invalid_selection_field", "invaliddata"


class Fault(Exception):
    """A request that is refused: status, the specification's word, a sentence, and headers for the answer."""

    def __init__(self, status: int, word: str, sentence: str, **headers: str) -> None:
        super().__init__(sentence)
        self.status, self.word, self.sentence = status, word, sentence
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def payload(self) -> dict[str, Any]:
        """The body of the answer."""
        return {
            "imsx_codeMajor": "failure",
            "imsx_severity": "error",
            "imsx_description": self.sentence,
            "imsx_CodeMinor": {
                "imsx_codeMinorField": [
                    {"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": self.word}
                ]
            },
        }


def unknown(what: str) -> Fault:
    """The fault for a thing that is not there, or not for this reader: nobody can tell which."""
    return Fault(404, UNKNOWN, f"There is no {what} with this sourcedId.")
