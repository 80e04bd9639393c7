"""The texts of the pages and their translations: `python -m tools.messages` brings the catalogues up to date.

A text that is new gets an empty translation, to be filled in; one that no page has any more is dropped. The back
office's own texts are in a catalogue of their own. tests/tidy/test_messages.py fails while anything is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

FACES = Path(__file__).parents[1] / "src/tradewind/faces"
LOCALE = FACES / "kit/locale"
LANGUAGES = ("de",)
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "marked": None}
JINJA = {"extensions": "jinja2.ext.do", "newstyle_gettext": "true", "silent": "false", "trim_blocks": "true"}

NEVER = datetime(2026, 1, 1, tzinfo=UTC)  # a date in a catalogue would change each time that one is written
Message = tuple[str | tuple[str, ...], str]


def texts(folder: str) -> Iterator[Message]:
    """Each text below a folder of the faces (singular and plural together where it has both), and where it is."""
    for path in sorted((FACES / folder).rglob("*")):
        where = str(path.relative_to(FACES))
        if path.suffix == ".py":
            found = extract_from_file("python", path, keywords=KEYWORDS)
        elif path.suffix == ".html":
            found = extract_from_file("jinja2", path, keywords=KEYWORDS, options=JINJA)
        else:
            continue
        for _, text, _, _ in found:
            yield (text if isinstance(text, str) else tuple(text), where)


def wanted() -> dict[str, dict[str | tuple[str, ...], list[str]]]:
    """By catalogue: each text, and the files that have it."""
    shop: dict[str | tuple[str, ...], list[str]] = {}
    office: dict[str | tuple[str, ...], list[str]] = {}
    for folder in ("kit", "storefront", "backoffice"):
        for text, where in texts(folder):
            into = office if folder == "backoffice" and text not in shop else shop
            places = into.setdefault(text, [])
            if where not in places:
                places.append(where)
    return {"": shop, "admin.": office}


def path_of(catalogue: str, language: str) -> Path:
    return LOCALE / f"{catalogue}{language}.po"


def read(path: Path, language: str) -> Catalog:
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def write() -> None:
    for language in LANGUAGES:
        for name, found in wanted().items():
            path = path_of(name, language)
            known = read(path, language)
            made = Catalog(locale=language, fuzzy=False, project="Tradewind", creation_date=NEVER)
            for text, places in found.items():
                one = text if isinstance(text, str) else text[0]
                kept = known.get(one)
                string = kept.string if kept is not None and kept.id == text else ""
                made.add(text, string, locations=[(place, None) for place in places])
            made.header_comment = (
                f"# {'The back office' if name else 'The shop'} in {made.locale.english_name}."
            )
            with path.open("wb") as file:
                write_po(file, made, width=110, omit_header=False, sort_output=False, include_lineno=False)


if __name__ == "__main__":
    write()
