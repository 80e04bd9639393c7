"""What the platform's history says of returns, changes and claims, in words for people.

It is written in English, with states and conditions by their names. What is not known here is shown as it is.
"""

from __future__ import annotations

import re
from typing import Final

from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Visit

KINDS: Final = ("return", "edit", "exchange", "claim")
BEGINNINGS: Final = {
    "edit begun": marked("begun, not done yet"),
    "exchange begun": marked("begun, not done yet"),
    "edited": marked("done"),
    "exchanged": marked("done"),
    "return asked for": marked("asked for"),
    "return approved": marked("approved"),
    "return refused": marked("refused"),
    "return cancelled": marked("taken back"),
    "return closed": marked("ended without a refund"),
    "parcel of a return opened": marked("a parcel was opened"),
    "refund of a return": marked("to be refunded"),
    "claim taken back": marked("taken back"),
    "claim decided: refund": marked("decided: money back"),
    "claim decided: replacement": marked("decided: another is sent"),
    "claim decided: refusal": marked("refused"),
    "claim (damaged)": marked("damaged"),
    "claim (missing)": marked("missing"),
    "claim (wrong item)": marked("wrong article"),
    "claim (other)": marked("something else"),
    "replacement is being shipped": marked("another is being sent"),
    "replacement sent": marked("another was sent"),
}
CONDITIONS: Final = {
    "(restock)": marked("(as new)"),
    "(damaged)": marked("(damaged)"),
    "(quality control)": marked("(to be checked)"),
    "(written off)": marked("(written off)"),
}
_PIECES: Final = re.compile(r"\d+ x \S+ (\([a-z ]+\))")


def told(visit: Visit, kind: str, text: str) -> str:
    if kind not in KINDS:
        return text
    longest = sorted(BEGINNINGS, key=len, reverse=True)
    known = next((it for it in longest if re.match(re.escape(it) + r"($|:| \()", text)), None)
    words = text if known is None else visit.gettext(BEGINNINGS[known]) + text.removeprefix(known)
    return _PIECES.sub(lambda piece: _with_condition(visit, piece), words)


def _with_condition(visit: Visit, piece: re.Match[str]) -> str:
    condition = CONDITIONS.get(piece[1])
    return piece[0].removesuffix(piece[1]) + visit.gettext(condition) if condition else piece[0]
