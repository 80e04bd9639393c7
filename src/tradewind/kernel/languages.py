"""The languages of mails and pages: how each writes dates and amounts, and its translations (gettext)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

SOURCE = "en"  # what templates are written in
_LOCALES = {"en": "en_GB", "de": "de_DE"}


@cache
def locale(language: str) -> Locale:
    return Locale.parse(_LOCALES[language])


def read_translations(language: str, catalogues: Iterable[Path]) -> NullTranslations:
    """Of several catalogues (.po) that together say everything; those of the source language say it already."""
    if language == SOURCE:
        return NullTranslations()
    whole = Catalog(locale=language)
    for path in catalogues:
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id:
                    whole[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, whole)
    compiled.seek(0)
    return Translations(fp=compiled)
