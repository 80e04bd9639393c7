"""What the platform's own check of a request says, in words for people: which bound, which pattern, what is missing."""

from __future__ import annotations

import re
from typing import Final

from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Visit

CODE: Final = "invalid_field"
_SAID: Final = (
    (
        re.compile(r"Expected `(?:int|float)` >= (?P<bound>-?\d+)"),
        marked("Write a number from %(bound)s on."),
    ),
    (re.compile(r"Expected `(?:int|float)` > (?P<bound>-?\d+)"), marked("Write a number above %(bound)s.")),
    (re.compile(r"Expected `(?:int|float)` <= (?P<bound>-?\d+)"), marked("Write a number up to %(bound)s.")),
    (re.compile(r"Expected `str` of length >= 1$"), marked("This cannot be left empty.")),
    (
        re.compile(r"Expected `str` of length >= (?P<bound>\d+)"),
        marked("Write at least %(bound)s characters."),
    ),
    (
        re.compile(r"Expected `str` of length <= (?P<bound>\d+)"),
        marked("Write at most %(bound)s characters."),
    ),
    (re.compile(r"Expected `array` of length <= (?P<bound>\d+)"), marked("These are more than %(bound)s.")),
    (re.compile(r"Expected `array` of length >= "), marked("Write at least one of these.")),
    (re.compile(r"matching regex '\^\[A-Z\]\{2\}\$"), marked("Write a country as two letters, such as DE.")),
    (
        re.compile(r"matching regex '\^\[A-Z\]\{3\}\$"),
        marked("This is no currency: three letters, such as EUR."),
    ),
    (
        re.compile(r"matching regex '\^\[A-Z0-9\]\["),
        marked("A code has capital letters, digits, _ and - alone."),
    ),
    (re.compile(r"matching regex .*@"), marked("Write an e-mail address, such as mary@example.com.")),
    (re.compile(r"matching regex "), marked("It cannot be written like this.")),
    (re.compile(r"Expected `.*?`, got `null`|missing required field"), marked("This cannot be left empty.")),
    (re.compile(r"Invalid RFC3339 encoded|Expected `date"), marked("Write a day.")),
    (re.compile(r"Expected `int|got `int`"), marked("Write a whole number.")),
    (re.compile(r"Invalid enum value"), marked("Choose one of these.")),
)


def in_words(visit: Visit, message: str) -> str:
    """`message` itself where it is none of these."""
    for pattern, words in _SAID:
        found = pattern.search(message)
        if found is not None:
            return visit.gettext(words) % found.groupdict()
    return message
