"""Static files under hashed names, compressed once."""

from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage


class AssetStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise ships no types here
    """Rewrite ``url()`` and ``@import`` in CSS only.

    JavaScript stays byte for byte as published (the import map leads modules to their hashed names), and a
    ``sourceMappingURL`` whose map is not shipped stops nothing.
    """

    patterns = (("*.css", HashedFilesMixin.patterns[0][1][:2]),)
