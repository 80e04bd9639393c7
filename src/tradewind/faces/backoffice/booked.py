"""Why the books of stock say that something moved: what the platform writes there by itself, in the reader's language.
What people wrote stays as they wrote it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from tradewind.faces.kit.languages import marked

_WRITTEN: Final = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        ("purchase order placed", marked("Purchase order placed")),
        ("purchase order cancelled", marked("Purchase order cancelled")),
        (r"changed: lines", marked("Lines changed")),
        (r"changed: .+", marked("Changed")),
        ("purchase order closed", marked("Purchase order closed")),
        ("missing of a transfer", marked("Missing of a transfer")),
        ("transfer cancelled", marked("Transfer cancelled")),
        ("from a file", marked("From a file")),
        ("returned", marked("Came back")),
        ("expired", marked("Sold no longer: its day has come")),
        ("backorder", marked("For somebody who waited")),
        ("[Cc]ounted", marked("Counted")),
        ("count again", marked("To be counted again")),
        (r"delivery (?P<name>.+)", marked("Delivery %(name)s")),
        (r"arrival (?P<name>.+)", marked("Arrival %(name)s")),
        (r"to (?P<name>[A-Z0-9][A-Z0-9_-]+)", marked("To %(name)s")),
        (r"from (?P<name>[A-Z0-9][A-Z0-9_-]+)", marked("From %(name)s")),
        (r"amend [0-9a-f-]{36}", marked("The order was changed")),
        (r"packed for [0-9a-f-]{36}", marked("A parcel was packed")),
        (r"(?P<name>\d+) SKUs?", marked("SKUs: %(name)s")),
        (r"zone (?P<name>.+)", marked("Zone %(name)s")),
        (r"class (?P<name>.+)", marked("Class %(name)s")),
    )
)


_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|import:.*")


def to_look_up(reference: str) -> str:
    """A reference that people gave or can look up; empty for an id of the platform's own."""
    return "" if _ID.fullmatch(reference) else reference


def in_words(gettext: Callable[[str], str], text: str) -> str:
    for pattern, words in _WRITTEN:
        found = pattern.fullmatch(text)
        if found is not None:
            return gettext(words) % found.groupdict()
    return text
