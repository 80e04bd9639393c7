"""The card, from the card processor's own form to the platform: its number never comes here, its token does.

The form stands in a frame on the processor's origin and hands the token over by a message; without scripts, or
opened on a page of its own, by leading back here. What was chosen is kept in a cookie until it is paid with.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Fields, Visit
from tradewind.kernel.http import Response

COOKIE = "__Host-card"
GIFTS = "__Host-gifts"
MOST_GIFTS = 5
_GIFT = re.compile("([A-Z0-9-]{8,40})~([0-9]{1,14})")
KEPT_SECONDS = 1200  # a token is good for longer; a forgotten browser should not be
METHODS_SECONDS = 60.0


class Card(msgspec.Struct, frozen=True):
    token: str
    network: str
    last4: str


class Gift(msgspec.Struct, frozen=True):
    code: str
    balance_minor: int

    @property
    def plain(self) -> str:
        return self.code.replace("-", "")

    @property
    def ending(self) -> str:
        return self.plain[-4:]


class CardForm(msgspec.Struct, frozen=True):
    """Where a card is typed in: in the page's frame, or on a page of its own; empty where no processor of this
    shop takes cards. `origin` is of that page. `parties`: whose pages a shopper may be shown or sent to."""

    framed_url: str
    page_url: str
    origin: str
    state: str
    parties: str


async def card_form(visit: Visit, subject: str) -> CardForm:
    """`subject` is what is paid for: a card that comes back is taken for that alone. The form leads back to
    this page's address with /card after it, however it was opened."""
    offered = await methods(visit)
    state, back = state_of(subject), _base_path(visit) + "/card"
    parties = list(dict.fromkeys(origin for method in offered for origin in method["pages"]))
    method = next((one for one in offered if one["type"] == "card"), None)
    if method is None:
        return CardForm("", "", "", state, " ".join(parties))
    if method["card_form_url"]:
        url = method["card_form_url"]
        query = {"key": method["publishable_key"], "return_url": visit.origin + back, "state": state}
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        parties.append(origin)
    else:
        url, origin = f"{visit.origin}/card-fields", visit.origin
        query = {"processor": method["processor"], "back": back, "state": state}
    return CardForm(
        f"{url}?{urlencode({**query, 'mode': 'embed'})}",
        f"{url}?{urlencode(query)}",
        origin,
        state,
        " ".join(dict.fromkeys(parties)),
    )


async def other_ways(visit: Visit) -> dict[str, Any]:
    """To pay beside a card that is typed in now: what the account saved, wallets, and what needs no processor."""
    known = await visit.kept.get(
        "payment methods", METHODS_SECONDS, lambda: visit.api.get("/v1/payment-methods")
    )
    own = {method["type"]: method["details"] for method in known["own"]}
    saved = (await visit.api.get("/v1/me/payment-methods"))["items"] if visit.signed_in else []
    wallets = [method["kind"] for method in known["items"] if method["type"] == "wallet"]
    return {"own": own, "saved": saved, "wallets": wallets}


def chosen(form: Fields, card: Card | None, gifts: list[Gift]) -> dict[str, Any] | None:
    """What the shopper chose to pay with, as a part of the order; None where a card is still to be typed in."""
    method = form["method"] or "card"
    paid: dict[str, Any] = {"gift_cards": [gift.code for gift in gifts]} if gifts else {}
    match method.partition(":"):
        case ("card", _, _):
            if card is None:
                return None
            payment = {"type": "card", "token": card.token}
            return {**paid, "payment": {**payment, "save": True} if form["save"] == "true" else payment}
        case ("saved", _, method_id):
            return {**paid, "payment": {"type": "saved_method", "method_id": method_id}}
        case ("wallet", _, kind):
            return {**paid, "payment": {"type": "wallet", "kind": kind}}
        case ("gift_card", _, _):
            return paid or None
    return {**paid, "payment": {"type": method}}


def kept_gifts(visit: Visit, subject: str) -> list[Gift]:
    """Gift cards that are to pay for it, with what was on them when they were looked at."""
    state, _, text = visit.cookies.get(GIFTS, "").partition(".")
    if state != state_of(subject):
        return []
    return [Gift(code, int(balance)) for code, balance in _GIFT.findall(text)][:MOST_GIFTS]


async def take_gift(visit: Visit, subject: str, code: str, currency: str) -> str:
    """One more gift card; or the code of why it cannot be."""
    gifts = kept_gifts(visit, subject)
    plain = code.upper().replace(" ", "")[:40]
    if len(gifts) >= MOST_GIFTS:
        return "too_many_gift_cards"
    balance, refused = await _balance(visit, plain, currency)
    if not refused:
        others = [gift for gift in gifts if gift.plain != plain.replace("-", "")]
        _keep_gifts(visit, subject, [*others, Gift(plain, balance)])
    return refused


def drop_gift(visit: Visit, subject: str, ending: str) -> None:
    _keep_gifts(visit, subject, [gift for gift in kept_gifts(visit, subject) if gift.ending != ending])


async def gifts_changed(visit: Visit, subject: str, currency: str) -> bool:
    """Whether there is another amount on one of them than was shown: it is shown first, never charged instead."""
    kept, now = kept_gifts(visit, subject), list[Gift]()
    for gift in kept:
        balance, refused = await _balance(visit, gift.code, currency)
        if not refused:
            now.append(Gift(gift.code, balance))
    if now == kept:
        return False
    _keep_gifts(visit, subject, now)
    return True


async def _balance(visit: Visit, code: str, currency: str) -> tuple[int, str]:
    """What is on it; or why it cannot be used."""
    try:
        shown = await visit.api.post("/v1/gift-cards/balance", {"code": code})
    except ApiProblem as problem:
        if problem.status in (404, 422):
            return 0, "gift_card_unknown"
        if problem.status == 429:
            return 0, problem.code
        raise
    if not shown["usable"]:
        return 0, "gift_card_not_usable"
    if shown["balance"]["currency"] != currency:
        return 0, "gift_card_currency"
    return shown["balance"]["amount_minor"], ""


def _keep_gifts(visit: Visit, subject: str, gifts: list[Gift]) -> None:
    text = "!".join(f"{gift.code}~{gift.balance_minor}" for gift in gifts)
    text = f"{state_of(subject)}.{text}" if gifts else ""
    visit.cookies[GIFTS] = text
    visit.set_cookie(GIFTS, text, seconds=KEPT_SECONDS if gifts else 0)


async def methods(visit: Visit) -> list[dict[str, Any]]:
    """What this shop takes, cards first."""
    known = await visit.kept.get(
        "payment methods", METHODS_SECONDS, lambda: visit.api.get("/v1/payment-methods")
    )
    items: list[dict[str, Any]] = known["items"]
    return items


def state_of(subject: str) -> str:
    """Names the subject without telling it: a cart's id opens the cart."""
    return hashlib.sha256(f"card for {subject}".encode()).hexdigest()[:24]


def take_card(visit: Visit, given: Fields, subject: str, onwards: str) -> Response:
    """Keep what came back from the form, and go on; a card that was meant for something else is not taken."""
    token, network, last4 = given["token"], given["network"], given["last4"]
    sound = (
        re.fullmatch("[A-Za-z0-9_-]{8,200}", token)
        and re.fullmatch("[a-z_]{1,20}", network)
        and re.fullmatch("[0-9]{4}", last4)
    )
    if sound and given["state"] == state_of(subject):
        text = f"{token}.{network}.{last4}.{state_of(subject)}"
        visit.set_cookie(COOKIE, text, seconds=KEPT_SECONDS)
    return visit.see_other(onwards)


def kept_card(visit: Visit, subject: str) -> Card | None:
    parts = visit.cookies.get(COOKIE, "").split(".")
    if len(parts) != 4 or parts[3] != state_of(subject):
        return None
    return Card(*parts[:3])


def forget_card(visit: Visit) -> None:
    visit.forget_cookie(COOKIE)
    visit.cookies.pop(COOKIE, None)


def forget_all(visit: Visit) -> None:
    """The card and the gift cards: it is paid."""
    forget_card(visit)
    if visit.cookies.pop(GIFTS, ""):
        visit.forget_cookie(GIFTS)


def _base_path(visit: Visit) -> str:
    """/checkout, or /orders/ID: what the pages about one payment have in common."""
    segments = visit.path.split("/")
    return "/".join(segments[:3]) if segments[1] == "orders" else f"/{segments[1]}"
