"""Copies the browser assets of others out of pinned packages when the project is built or installed.

Nothing of them is in the repository: fonts are cut to the letters that the pages use, scripts are taken as they are.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = "src/tradewind/faces/kit/static/vendor"
LATIN = "U+0020-007E,U+00A0-017F,U+2010-2027,U+2030-203A,U+20AC,U+2190-2193,U+2212,U+00D7"
SCRIPTS = {"htmx.js": ("django_htmx", "static/django_htmx/htmx-2.min.js")}
FONTS = {
    "geist.woff2": ("fontpkg_geist", "files/Geist[wght].ttf"),
    "geist-mono.woff2": ("fontpkg_geist_mono", "files/GeistMono[wght].ttf"),
    "instrument-serif.woff2": ("fontpkg_instrument_serif", "files/InstrumentSerif-Regular.ttf"),
    "instrument-serif-italic.woff2": ("fontpkg_instrument_serif", "files/InstrumentSerif-Italic.ttf"),
}


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        out = Path(self.root, VENDOR)
        out.mkdir(parents=True, exist_ok=True)
        for name, (package, path) in SCRIPTS.items():
            (out / name).write_bytes((files(package) / path).read_bytes())
        for name, (package, path) in FONTS.items():
            if not (out / name).exists():
                _cut(str(files(package) / path), out / name)


def _cut(font: str, target: Path) -> None:
    from fontTools import subset

    partial = target.with_suffix(".part")
    subset.main(
        [font, f"--unicodes={LATIN}", "--layout-features=*", "--flavor=woff2", f"--output-file={partial}"]
    )
    partial.rename(target)
