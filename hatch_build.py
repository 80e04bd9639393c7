"""Copies the assets of others out of pinned packages when the project is built or installed.

Nothing of them is in the repository: fonts are cut to the letters that pages and documents use, scripts are taken as
they are.
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
PRINTED = "src/tradewind/services/order/documents/fonts"
LETTERS = (
    "U+0020-036F,U+0370-052F,U+1E00-206F,U+20A0-20CF,U+2100-2193,U+2212"  # Latin, Greek, Cyrillic, signs
)
FIGURES = "0123456789"
PRINTED_WEIGHTS = {"regular.ttf": 400, "bold.ttf": 640}


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        out = Path(self.root, VENDOR)
        out.mkdir(parents=True, exist_ok=True)
        for name, (package, path) in SCRIPTS.items():
            (out / name).write_bytes((files(package) / path).read_bytes())
        for name, (package, path) in FONTS.items():
            if not (out / name).exists():
                _cut(str(files(package) / path), out / name)
        printed = Path(self.root, PRINTED)
        printed.mkdir(parents=True, exist_ok=True)
        for name, weight in PRINTED_WEIGHTS.items():
            if not (printed / name).exists():
                _print_font(
                    str(files("fontpkg_inter") / "files/Inter[opsz,wght].ttf"), weight, printed / name
                )


def _cut(font: str, target: Path) -> None:
    from fontTools import subset

    partial = target.with_suffix(".part")
    subset.main(
        [font, f"--unicodes={LATIN}", "--layout-features=*", "--flavor=woff2", f"--output-file={partial}"]
    )
    partial.rename(target)


def _print_font(font: str, weight: int, target: Path) -> None:
    """For documents: one weight of a variable font, with figures of one width, so that amounts stand in columns."""
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    whole = instancer.instantiateVariableFont(TTFont(font), {"wght": weight, "opsz": 14})
    substitutions = whole["GSUB"].table
    tabular = next(r.Feature for r in substitutions.FeatureList.FeatureRecord if r.FeatureTag == "tnum")
    for index in tabular.LookupListIndex:
        for table in substitutions.LookupList.Lookup[index].SubTable:
            mapping = getattr(table, "ExtSubTable", table).mapping
            for letters in whole["cmap"].tables:
                if letters.isUnicode():
                    shown = {ord(figure): letters.cmap[ord(figure)] for figure in FIGURES}
                    letters.cmap.update({code: mapping.get(glyph, glyph) for code, glyph in shown.items()})
    options = subset.Options(layout_features=["kern"], name_IDs=[1, 2, 3, 4, 6], hinting=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=subset.parse_unicodes(LETTERS))
    cutter.subset(whole)
    partial = target.with_suffix(".part")
    whole.save(partial)
    partial.rename(target)
