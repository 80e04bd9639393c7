"""What the platform's history says of an order's money, stock, returns, changes and claims, in words for people.

It is written in English, with amounts, states and conditions by their names. What is not known here is shown as it is.
"""

from __future__ import annotations

import re
from typing import Final

from tradewind.contracts.amounts import money
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
_AMOUNT: Final = r"(?P<amount>-?[\d.]+ [A-Z]{3})"
SENTENCES: Final = tuple(
    (re.compile(pattern.replace("AMOUNT", _AMOUNT) + r"(?P<rest>: .*)?", re.DOTALL), words)
    for pattern, words in (
        ("AMOUNT arrived", marked("%(amount)s arrived")),
        (
            "AMOUNT are to be sent back from the bank account",
            marked("%(amount)s are to be sent back from the bank account"),
        ),
        (r"what the card holds lapses on (?P<day>\S+)", marked("what the card holds lapses on %(day)s")),
        ("AMOUNT lapsed: the transfer did not come", marked("%(amount)s lapsed: the transfer did not come")),
        ("AMOUNT lapsed: the bank let go of it", marked("%(amount)s lapsed: the bank let go of it")),
        ("AMOUNT more was paid", marked("%(amount)s more was paid")),
        ("captured AMOUNT", marked("%(amount)s captured")),
        ("refunded AMOUNT", marked("%(amount)s refunded")),
        ("refund of AMOUNT asked for", marked("Refund of %(amount)s asked for")),
        ("the customer disputes AMOUNT", marked("the customer disputes %(amount)s")),
        ("the dispute of AMOUNT was won", marked("the dispute of %(amount)s was won")),
        ("the dispute of AMOUNT was lost", marked("the dispute of %(amount)s was lost")),
        (r"(?P<quantity>\d+) of (?P<sku>\S+) came in", marked("%(quantity)s × %(sku)s came in")),
        (r"waits for (?P<pieces>.+)", marked("waits for %(pieces)s")),
        (r"cancelled (?P<pieces>\d+ x .+?)", marked("%(pieces)s cancelled")),
        ("stock is held", marked("stock is held")),
        ("not enough in stock", marked("not enough in stock")),
        ("not paid in time", marked("not paid in time")),
    )
)
_PIECES: Final = re.compile(r"\d+ x \S+ (\([a-z ]+\))")


def told(visit: Visit, kind: str, text: str) -> str:
    """What somebody wrote by hand comes back as it is."""
    for pattern, sentence in SENTENCES:
        match = None if kind.endswith("_note") else pattern.fullmatch(text)
        if match:
            return visit.gettext(sentence, **_parts(visit, match)) + (match["rest"] or "")
    if kind not in KINDS:
        return text
    longest = sorted(BEGINNINGS, key=len, reverse=True)
    known = next((it for it in longest if re.match(re.escape(it) + r"($|:| \()", text)), None)
    words = text if known is None else visit.gettext(BEGINNINGS[known]) + text.removeprefix(known)
    return _PIECES.sub(lambda piece: _with_condition(visit, piece), words)


def _parts(visit: Visit, match: re.Match[str]) -> dict[str, str]:
    """An amount, which history writes with all its digits, as the visitor writes it."""
    parts = {name: part for name, part in match.groupdict().items() if name != "rest"}
    if "amount" in parts:
        number, currency = parts["amount"].split()
        parts["amount"] = money(int(number.replace(".", "")), currency, visit.language)
    return parts


def _with_condition(visit: Visit, piece: re.Match[str]) -> str:
    condition = CONDITIONS.get(piece[1])
    return piece[0].removesuffix(piece[1]) + visit.gettext(condition) if condition else piece[0]
