"""What the browser loads: npm files without a bundler, modules, formats, and the content security policies."""

from pathlib import Path
from typing import Any

from django.utils.csp import CSP

from config import env

BASE_DIR = Path(__file__).resolve().parent.parent.parent
# Made by `python -m config.assets.build`: fonts, icon sprite, icons of the installed app.
BUILT_ASSETS = env.folder("VAR", BASE_DIR / "var") / "assets"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "config" / "static", BUILT_ASSETS]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "config.assets.finders.NpmFinder",
]
ICONS_STRICT = False

NPM_ROOT = BASE_DIR / "node_modules"
FOLIATE = [
    *("view.js", "epub.js", "epubcfi.js", "paginator.js", "overlayer.js", "progress.js", "text-walker.js"),
    *("search.js", "footnotes.js", "fixed-layout.js", "tts.js", "mobi.js", "fb2.js", "comic-book.js"),
    *("vendor/zip.js", "vendor/fflate.js"),
]
# Served as /static/vendor/<package>/<path>; a file not named here cannot be reached.
NPM_FILES: dict[str, list[str]] = {
    "htmx.org": ["dist/htmx.min.js"],
    "chart.js": ["dist/chart.umd.min.js"],
    "foliate-js": FOLIATE,
    "construct-style-sheets-polyfill": ["dist/adoptedStyleSheets.js"],
    "h5p-standalone": ["dist/frame.bundle.js", "dist/styles/*.css", "dist/images/*", "dist/fonts/*", "dist/fonts/*/*"],
    # The full build: the light one plays separate audio tracks silently.
    "hls.js": ["dist/hls.min.mjs", "dist/hls.worker.js"],
    "media-chrome": ["dist/iife/all.js"],
    # The build for older browsers, too: phones that are no longer updated.
    "pdfjs-dist": ["legacy/build/pdf.min.mjs", "legacy/build/pdf.worker.min.mjs"],
    "tus-js-client": ["dist/tus.min.js"],
}
# Names for `import`, written by {% importmap %}; a room's own module is named "app/<module>".
ESM_MODULES: dict[str, str] = {
    "hls": "vendor/hls.js/dist/hls.min.mjs",
    "foliate/view": "vendor/foliate-js/view.js",
    "construct-style-sheets-polyfill": "vendor/construct-style-sheets-polyfill/dist/adoptedStyleSheets.js",
}
# Modules that are imported by address from inside their package.
ESM_FILES: list[str] = [
    *(f"vendor/foliate-js/{file}" for file in FOLIATE),
    "gradebook/marks.js",
    "gradebook/marks-store.js",
]

WHITENOISE_MIMETYPES = {
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
}

# A template writes ids, too: with separators everywhere, person 1541 would become "1.541" in addresses and field names.
# Figures that people read go through the `num` filter, which groups them.
USE_THOUSAND_SEPARATOR = False
FORMAT_MODULE_PATH = ["config.formats"]

_SCHEME = env.text("SCHEME", "http")
_CONTENT = f"{_SCHEME}://{env.text('CONTENT_HOST', 'content.localhost:8000')}"

# With files in S3 the browser fetches pictures, films and their pieces there, by addresses signed for a while.
_FILES = env.storage_origins(env.text("STORAGE_URL", ""))

Policy = dict[str, Any]
SECURE_CSP: Policy = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:", "blob:", *_FILES],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF, *_FILES],
    "media-src": [CSP.SELF, "blob:", *_FILES],  # hls.js feeds the player through a blob
    "worker-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "frame-src": [CSP.SELF, _CONTENT],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "form-action": [CSP.SELF],
}
# For `csp_override` on a page with the video player: Media Chrome styles its shadow roots by <style>, and hls.js begins a track
# of captions as an empty data: file.
SECURE_CSP_PLAYER: Policy = SECURE_CSP | {
    "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
    "media-src": [*SECURE_CSP["media-src"], "data:"],
}
# For `csp_override` on the e-book page. Never unsafe-inline or blob: in script-src: a script inside a book stays blocked.
SECURE_CSP_READER: Policy = SECURE_CSP | {
    "style-src": [CSP.SELF, CSP.UNSAFE_INLINE, "blob:"],
    "frame-src": [CSP.SELF, "blob:"],
    "font-src": [CSP.SELF, "blob:", "data:"],
    "connect-src": [CSP.SELF, "blob:"],
}
# Wagtail's admin has inline scripts and styles; its pages are for staff, and frame their own previews.
CSP_ADMIN_PREFIX = "/admin/"
SECURE_CSP_ADMIN: Policy = SECURE_CSP | {
    "script-src": [CSP.SELF, CSP.UNSAFE_INLINE],
    "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
    "frame-ancestors": [CSP.SELF],
}
