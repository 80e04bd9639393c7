"""A real browser for tests and pictures: Chromium of the system, or installed when there is none."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

AXE = Axe()
expect.set_options(timeout=20_000)  # a busy machine; who succeeds waits for none of it
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
UNTIL_STILL = """async () => {
  let quiet = 0;
  for (let frame = 0; frame < 60 && quiet < 3; frame++) {
    await Promise.race([new Promise(requestAnimationFrame), new Promise((go) => setTimeout(go, 50))]);
    quiet = document.getAnimations().some((it) => it.playState === "running") ? 0 : quiet + 1;
  }
}"""  # colours that are inherited change a frame later than what they are inherited from
DESKTOP = {"width": 1440, "height": 1000}
PHONE = {"width": 390, "height": 844}


def find_chromium() -> str | None:
    """TRADEWIND_CHROMIUM, or one of the system's."""
    chosen = os.environ.get("TRADEWIND_CHROMIUM")
    if chosen:
        return chosen
    on_path = next((found for name in NAMES if (found := shutil.which(name))), None)
    return on_path or next((path for path in MAC if Path(path).exists()), None)


def install_chromium() -> str | None:
    """By apt where we are root on Debian or its kin; else by Playwright, which then finds its own (None)."""
    if sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get"):
        environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=True, env=environ)
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
        subprocess.run(install, check=True, env=environ, stdout=subprocess.DEVNULL)
        return find_chromium()
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)
    return None


@contextmanager
def open_browser() -> Iterator[Browser]:
    path = find_chromium() or _installed_once()
    with sync_playwright() as playwright:
        browser = _launch(playwright, path)
        yield browser
        browser.close()


def _installed_once() -> str | None:
    """Workers come here at the same time: one installs, the others wait and find it."""
    with (Path(tempfile.gettempdir()) / "tradewind-chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return find_chromium() or install_chromium()


def _launch(playwright: Playwright, path: str | None) -> Browser:
    return playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))


class Visitor:
    """A person at a browser. What they must never meet is noted, and `behaved` complains of it."""

    def __init__(
        self, browser: Browser, url: str, *, theme: str = "light", phone: bool = False, **options: object
    ) -> None:
        viewport = PHONE if phone else DESKTOP
        self.url, self.theme = url, theme
        self.complaints: list[str] = []
        self.allowed_statuses: set[int] = set()
        self.hosts = {urlsplit(url).hostname}
        self.context: BrowserContext = browser.new_context(
            base_url=url,
            viewport=viewport,  # type: ignore[arg-type]
            color_scheme=theme,  # type: ignore[arg-type]
            reduced_motion="reduce",
            is_mobile=phone,
            has_touch=phone,
            **options,  # type: ignore[arg-type]
        )
        self.context.set_default_timeout(30_000)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        self.context.on("request", lambda request: self._asked(request.url))

    def _heard(self, message: object) -> None:
        kind, text = message.type, message.text  # type: ignore[attr-defined]
        expected = any(f"status of {status}" in text for status in self.allowed_statuses)
        if kind in ("error", "warning") and not expected:
            self.complaints.append(f"console {kind} at {self.page.url}: {text}")

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname not in (
            *self.hosts,
            "127.0.0.1",
            "localhost",
        ):
            self.complaints.append(f"asked another machine: {url}")

    def go(self, path: str) -> Page:
        self.page.goto(path)
        return self.page

    def accessible(self) -> None:
        """What axe finds on the page as it is now, frames of other parties aside. Raises AssertionError that
        lists it."""
        self.page.wait_for_load_state()  # a click may just have begun another page
        found = self._violations()
        lines = [f"{v['id']}: {v['help']} at {[node['target'] for node in v['nodes']][:4]}" for v in found]
        assert not lines, f"{self.page.url} ({self.theme}):\n" + "\n".join(lines)

    def accessible_in_both_themes(self) -> None:
        """As `accessible`; in the other theme what depends on it, the contrast of colours."""
        self.accessible()
        other = "light" if self.theme == "dark" else "dark"
        self.page.emulate_media(color_scheme=other)  # type: ignore[arg-type]
        self.page.evaluate(UNTIL_STILL)
        found = self._violations(runOnly=["color-contrast"])
        self.page.emulate_media(color_scheme=self.theme)  # type: ignore[arg-type]
        self.page.evaluate(UNTIL_STILL)
        lines = [f"{[node['target'] for node in v['nodes']][:4]}" for v in found]
        assert not lines, f"{self.page.url} ({other}): too little contrast\n" + "\n".join(lines)

    def _violations(self, **options: object) -> list[dict[str, Any]]:
        options = {"iframes": False, "resultTypes": ["violations"], **options}
        return AXE.run(self.page, options=options).response["violations"]  # type: ignore[no-any-return]

    def behaved(self) -> None:
        assert not self.complaints, "\n".join(self.complaints)

    def close(self) -> None:
        self.context.close()
