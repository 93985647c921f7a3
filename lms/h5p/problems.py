"""What may be wrong with an H5P package: a code for machines, a sentence for teachers.

The codes that other H5P servers also use keep their names, so that help found elsewhere fits.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from school.archive import ArchiveProblem, ArchiveRefused

SENTENCES = {
    "unable-to-unzip": _(
        "The file is not a readable .h5p package (%(reason)s). Export it again and upload the new file."
    ),
    "encrypted-entry": _(
        "“%(file)s” inside the package is locked with a password. Export the package without a password."
    ),
    "foreign-data": _("The file is not a plain .h5p package: it carries other data before or after the archive."),
    "forged-size": _(
        "“%(file)s” is not the size that the package declares. The package is damaged or was tampered with."
    ),
    "unsupported-compression": _("“%(file)s” is packed in a way that is not supported. Export the package again."),
    "file-size-too-large": _("“%(file)s” is %(used)s; one file may have at most %(max)s."),
    "total-size-too-large": _("Unpacked, the package is %(used)s; at most %(max)s is allowed."),
    "too-many-files": _("The package holds %(used)s files; at most %(max)s are allowed."),
    "compression-ratio": _("“%(file)s” grows suspiciously when it is unpacked. The package was refused."),
    "invalid-file-name": _("The file name “%(file)s” inside the package is not allowed."),
    "symlink-entry": _("“%(file)s” inside the package is a link, not a file. Links are not allowed."),
    "duplicate-file-name": _("“%(file)s” is in the package twice."),
    "not-in-whitelist": _("Files like “%(file)s” are not allowed. Allowed: %(allowed)s."),
    "upload-validation-error": _("What is inside “%(file)s” does not fit the end of its name."),
    "malware-found": _("The virus scanner refused “%(file)s”."),
    "invalid-h5p-json-file": _("The package has no h5p.json, so it is not an H5P package."),
    "invalid-h5p-json-file-2": _("The package's description (h5p.json) is not valid: %(reason)s."),
    "unable-to-parse-package": _("“%(file)s” inside the package cannot be read: %(reason)s."),
    "invalid-content-folder": _("The package has no content (content/content.json is missing)."),
    "missing-main-library": _("The package does not name its main library %(library)s among the libraries it needs."),
    "invalid-library-name": _("The folder “%(library)s” inside the package does not have a valid library name."),
    "invalid-library-json-file": _("The library “%(library)s” has no readable library.json."),
    "invalid-schema-library-json-file": _("The library.json of “%(library)s” is not valid: %(reason)s."),
    "library-directory-name-mismatch": _("The folder “%(library)s” does not fit the library %(name)s that is inside."),
    "duplicate-library": _("The library %(library)s is in the package twice."),
    "library-file-missing": _("The file “%(file)s” of the library “%(library)s” is missing."),
    "library-consistency-check-file-missing": _("The file “%(file)s” of the library “%(library)s” is missing."),
    "invalid-language-file": _("“%(file)s” of the library “%(library)s” is not a valid name of a language file."),
    "invalid-language-file-json": _("The language file “%(file)s” of the library “%(library)s” cannot be read."),
    "invalid-semantics-json-file": _("The semantics.json of the library “%(library)s” cannot be read."),
    "api-version-unsupported": _("“%(library)s” needs H5P %(required)s; this district runs H5P %(current)s."),
    "missing-required-library": _(
        "The content needs the library %(library)s, which is neither in the package nor installed here."
    ),
    "library-not-approved": _(
        "The content needs the library %(library)s, which the office has not approved yet. "
        "Send this package to the office's administrator, then upload it again."
    ),
    "no-library": _("There is no library in the package."),
    "main-library-not-runnable": _("The main library %(library)s cannot be played on its own."),
    "content-too-deep": _("The content is nested too deeply."),
    "invalid-ubername-pattern": _("“%(library)s” is not a valid library name."),
}


class Problem(ArchiveProblem):
    """One thing that is wrong; `str()` gives the sentence in the reader's language."""

    def __str__(self) -> str:
        return str(SENTENCES[self.code]) % self.details


class PackageRefused(ArchiveRefused):
    """A package that may not come in. `problems` holds every reason found, never only the first."""

    problems: list[Problem]  # type: ignore[assignment]

    @property
    def codes(self) -> set[str]:
        return {problem.code for problem in self.problems}
