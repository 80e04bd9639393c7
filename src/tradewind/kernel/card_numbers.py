"""Card numbers are refused at the door: what never comes in is never stored, logged, sent on or traced.

What is taken for one: 14 to 19 digits, also in groups with single spaces or dashes, of a length and beginning that
an issuer has, with a good check digit (Luhn), that are not a trade item's number (GTIN-14) nor part of an IBAN, a
UUID or a digest. Of random 16-digit numbers about one in 40 is such; docs/payments.md has what was measured. Visa's
13 digits of before 1998 are left out: one German phone number in ten would be one of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

import msgspec

from tradewind.kernel.errors import Invalid

# A carrier's numbers are as long and begin alike; only who ships writes them.
EXEMPT_FIELDS = frozenset({"tracking_number"})
# Of the issuers' lengths: beginnings, as ranges of as many digits.
_ISSUERS: dict[int, tuple[tuple[str, str], ...]] = {
    14: (("300", "305"), ("309", "309"), ("36", "36"), ("38", "39")),  # Diners Club
    15: (("34", "34"), ("37", "37")),  # American Express
    16: (
        ("4", "4"),  # Visa
        ("51", "55"),  # Mastercard
        ("2221", "2720"),
        ("6011", "6011"),  # Discover
        ("644", "649"),
        ("65", "65"),
        ("3528", "3589"),  # JCB
        ("62", "62"),  # UnionPay
        ("2200", "2204"),  # Mir
        ("5018", "5018"),  # Maestro
        ("5020", "5020"),
        ("5038", "5038"),
        ("6304", "6304"),
        ("6759", "6763"),
    ),
    18: (("6304", "6304"), ("6759", "6763")),
    19: (("4", "4"), ("62", "62"), ("6011", "6011"), ("6304", "6304"), ("6759", "6763")),
}
_DIGITS = re.compile(r"(?<!\d)\d(?:[ -]?\d){13,18}(?!\d)")
_LIKELY = re.compile(rb"\d(?:[ -]?\d){13}")
_ESCAPED = re.compile(rb"\\u00|\xef\xbc")
_NAMED = re.compile(
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"  # UUIDs
    r"|(?=[0-9a-f]*[a-f])(?<![0-9a-zA-Z])[0-9a-f]{24,}(?![0-9a-zA-Z])"  # digests and the like
)
_IBAN = re.compile(r"(?<![0-9A-Za-z])[A-Z]{2}\d{2}(?: ?[0-9A-Z]{1,4}){3,8}(?![0-9A-Za-z])")
_BINARY = (b"image/", b"application/octet-stream", b"application/pdf", b"application/zip")


def refuse_in_target(path: str, query: bytes, *headers: bytes | None) -> None:
    """Raises Invalid(card_number_refused)."""
    for given in (path.encode(), query, *headers):
        if given and (_LIKELY.search(given) or b"%" in given or b"+" in given):
            _refuse(unquote_plus(given.decode("latin-1")), None)


def refuse_in_body(body: bytes, media_type: bytes) -> None:
    """Raises Invalid(card_number_refused), naming the field where the body is JSON."""
    form = media_type.startswith(b"application/x-www-form-urlencoded")
    if media_type.startswith(_BINARY) or not (form or _LIKELY.search(body) or _ESCAPED.search(body)):
        return
    text = body.decode("utf-8", errors="replace")
    if form:
        for pair in text.split("&"):
            name, _, value = pair.partition("=")
            if name not in EXEMPT_FIELDS:
                _refuse(unquote_plus(value), None)
        return
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        _refuse(text, None)
        return
    for field, value in _texts(document, ""):
        _refuse(value, field)


def holds_card_number(text: str) -> bool:
    plain = unicodedata.normalize("NFKC", text) if not text.isascii() else text
    if _DIGITS.search(plain) is None:
        return False
    plain = _IBAN.sub(_without_iban, _NAMED.sub(" x ", plain))
    return any(_is_card_number(found.group()) for found in _DIGITS.finditer(plain))


def _refuse(text: str, field: str | None) -> None:
    if holds_card_number(text):
        raise Invalid(
            "card_number_refused",
            "never send a card's number here: the processor's own form turns it into a token",
            field=field,
        )


def _texts(node: Any, name: str) -> Iterator[tuple[str | None, str]]:
    match node:
        case dict():
            for key, value in node.items():
                yield name or None, str(key)
                if key not in EXEMPT_FIELDS:
                    yield from _texts(value, str(key))
        case list():
            for value in node:
                yield from _texts(value, name)
        case str():
            yield name or None, node
        case int() | float():
            yield name or None, f"{node:.0f}" if isinstance(node, float) else str(node)


def _is_card_number(found: str) -> bool:
    digits = found.replace(" ", "").replace("-", "")
    issuers = _ISSUERS.get(len(digits), ())
    if not any(first <= digits[: len(first)] <= last for first, last in issuers):
        return False
    return _luhn(digits) and not (len(digits) == 14 and found.isdigit() and _is_gtin(digits))


def _luhn(digits: str) -> bool:
    total = 0
    for at, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + at % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _is_gtin(digits: str) -> bool:
    return sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(reversed(digits))) % 10 == 0


def _without_iban(found: re.Match[str]) -> str:
    plain = found.group().replace(" ", "")
    turned = plain[4:] + plain[:4]
    number = "".join(str(int(letter, 36)) for letter in turned)
    return " x " if int(number) % 97 == 1 else found.group()
