"""Countries as other systems write them, by their code (ISO 3166-1). What is no country stays as it was written."""

from __future__ import annotations

from functools import cache

from babel import Locale

_ALSO = {
    "eire": "IE",
    "republic of ireland": "IE",
    "rsa": "ZA",
    "usa": "US",
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "holland": "NL",
    "czech republic": "CZ",
    "korea": "KR",
    "south korea": "KR",
    "russia": "RU",
    "hong kong": "HK",
    "uae": "AE",
    "turkey": "TR",
    "viet nam": "VN",
}


@cache
def country_code(written: str) -> str:
    """`Germany`, `Deutschland`, `germany` and `DE` are DE; `Channel Islands` is `Channel Islands`."""
    text = " ".join(written.split())
    if len(text) == 2 and text.upper() in _names("en"):
        return text.upper()
    return _codes().get(text.casefold(), text)


def country_name(code: str, language: str = "en") -> str:
    return _names(language).get(code, code)


@cache
def _names(language: str) -> dict[str, str]:
    territories = Locale.parse(language).territories
    return {
        code: name for code, name in territories.items() if len(code) == 2 and code not in ("EU", "ZZ", "QO")
    }


@cache
def _codes() -> dict[str, str]:
    found = {name.casefold(): code for language in ("de", "en") for code, name in _names(language).items()}
    return found | _ALSO
