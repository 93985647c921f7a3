"""The real browser of the story: where it is, what it must not complain about, what axe says."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
SIZES = {"phone": (390, 844), "desktop": (1366, 768)}
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--autoplay-policy=no-user-gesture-required",
    "--host-resolver-rules=MAP *.localhost 127.0.0.1, MAP localhost 127.0.0.1",
]
# Told to the page before any of its own scripts: a blocked style or script becomes a console error, which fails the test.
REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", e =>
  console.error(`CSP violation: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber} ${e.sample}`));
"""


def chromium() -> str | None:
    """Return the browser that CHROMIUM names, or the system's; None when there is none."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Watch:
    """What a page's console said; every error that was not expected fails the test at its end."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.expected: list[str] = []

    def expect(self, *patterns: str) -> None:
        """Allow errors that match one of these regular expressions (a 404 that the test asks for, say)."""
        self.expected.extend(patterns)

    @property
    def unexpected(self) -> list[str]:
        """The problems that nothing allowed."""
        return [p for p in self.problems if not any(re.search(pattern, p) for pattern in self.expected)]


WATCHES: WeakKeyDictionary[Page, Watch] = WeakKeyDictionary()


def watch(page: Page) -> Watch:
    """Return the page's collector of console errors, script failures and policy violations."""
    if page not in WATCHES:
        seen = WATCHES[page] = Watch()
        page.on(
            "console",
            lambda m: seen.problems.append(f"{m.text} ({m.location.get('url', '')})") if m.type == "error" else None,
        )
        page.on("pageerror", lambda error: seen.problems.append(f"script error: {error}"))
    return WATCHES[page]


def axe(page: Page, *, within: str | None = None, ignore: tuple[str, ...] = ()) -> None:
    """Assert that axe-core finds nothing from WCAG A to 2.2 AA nor among its best practices."""
    page.evaluate(AXE.read_text(encoding="utf-8") + "; undefined")
    result: dict[str, Any] = page.evaluate(
        """([within, ignore]) => axe.run(within || document, {
            runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
            rules: Object.fromEntries(ignore.map(name => [name, {enabled: false}])),
        })""",
        [within, list(ignore)],
    )
    found = [
        f"{rule['id']}: {rule['help']}\n    {node['html'][:200]}\n    {node.get('failureSummary', '')}"
        for rule in result["violations"]
        for node in rule["nodes"][:5]
    ]
    assert not found, f"axe on {page.url}:\n" + "\n".join(found)


def no_sideways_scroll(page: Page) -> None:
    """Assert that the page is not wider than its window; name what sticks out."""
    width, room, culprits = page.evaluate(
        """() => {
            const room = document.documentElement.clientWidth;
            const out = [...document.querySelectorAll("body *")].filter(e => {
                if (e.getBoundingClientRect().right <= room + 1) return false;
                for (let p = e.parentElement; p; p = p.parentElement)
                    if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(p).overflowX)) return false;
                return true;
            });
            return [document.documentElement.scrollWidth, room, out.slice(0, 5).map(e => e.outerHTML.slice(0, 120))];
        }"""
    )
    assert width <= room, f"{page.url} is {width} px wide in a window of {room} px: {culprits}"


def pictures() -> Path:
    """The folder of the screenshots: PICTURES, by default var/pictures."""
    folder = Path(os.environ.get("PICTURES", ROOT / "var" / "pictures"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def picture(page: Page, name: str) -> Path:
    """Save a screenshot of the whole page in the folder of pictures and return its path."""
    path = pictures() / f"{name}.png"
    page.evaluate("scrollTo(0, 0)")
    # Hiding the caret would leave style attributes behind, which htmx carries into its swaps, against the policy.
    page.screenshot(path=path, full_page=True, caret="initial")
    return path
