"""Gift cards over HTTP."""

from __future__ import annotations

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Invalid, NotFound, TooManyRequests
from tradewind.kernel.http import PUBLIC, Call, Route, permission
from tradewind.services.payment import listings_gift_cards as listings
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.shapes.gift_cards import (
    AskBalance,
    GiftCardBalance,
    GiftCardIssued,
    GiftCardPage,
    GiftCardShown,
    GiftCardsQuery,
    IssueGiftCard,
)
from tradewind.services.payment.use_cases.issue_gift_card import issue_gift_card
from tradewind.services.payment.use_cases.set_gift_card_active import set_gift_card_active

READ = permission("payments:read")
WRITE = permission("payments:write")
UNKNOWN = (NotFound, "gift_card_not_found")


async def post_gift_card(deps: Deps, call: Call[IssueGiftCard, None]) -> GiftCardIssued:
    return await issue_gift_card(deps, call.principal, call.body, call.once)


async def get_gift_cards(deps: Deps, call: Call[None, GiftCardsQuery]) -> Page[GiftCardShown]:
    return await listings.list_gift_cards(deps.db, call.query)


async def get_gift_card(deps: Deps, call: Call[None, None]) -> GiftCardPage:
    page = await listings.gift_card_page(deps.db, call.uuid("gift_card_id"))
    if page is None:
        raise NotFound("gift_card_not_found", "there is no such gift card")
    return page


async def post_gift_card_disable(deps: Deps, call: Call[None, None]) -> GiftCardShown:
    return await set_gift_card_active(deps, call.uuid("gift_card_id"), call.once, active=False)


async def post_gift_card_enable(deps: Deps, call: Call[None, None]) -> GiftCardShown:
    return await set_gift_card_active(deps, call.uuid("gift_card_id"), call.once, active=True)


async def post_gift_card_balance(deps: Deps, call: Call[AskBalance, None]) -> GiftCardBalance:
    return await listings.gift_card_balance(deps, call.body.code)


GIFT_CARD_ROUTES = (
    Route(
        "POST",
        "/v1/gift-cards",
        post_gift_card,
        WRITE,
        "Issue a gift card; its code is told this once",
        answer=GiftCardIssued,
        body=IssueGiftCard,
        status=201,
        secret=True,
        errors=((Invalid, "currency_unknown"), (Invalid, "expires_in_the_past")),
        example={"amount_minor": 5000, "currency": "EUR", "note": "for a late parcel"},
    ),
    Route(
        "GET",
        "/v1/gift-cards",
        get_gift_cards,
        READ,
        "Gift cards, newest first",
        answer=Page[GiftCardShown],
        query=GiftCardsQuery,
        errors=((Invalid, "cursor_invalid"),),
    ),
    Route(
        "GET",
        "/v1/gift-cards/{gift_card_id}",
        get_gift_card,
        READ,
        "A gift card with what happened to it",
        answer=GiftCardPage,
        errors=(UNKNOWN,),
    ),
    Route(
        "POST",
        "/v1/gift-cards/{gift_card_id}/disable",
        post_gift_card_disable,
        WRITE,
        "Let nobody pay with a gift card any more; what orders hold of it stays theirs",
        answer=GiftCardShown,
        errors=(UNKNOWN,),
    ),
    Route(
        "POST",
        "/v1/gift-cards/{gift_card_id}/enable",
        post_gift_card_enable,
        WRITE,
        "Let a gift card that was disabled be used again",
        answer=GiftCardShown,
        errors=(UNKNOWN,),
    ),
    Route(
        "POST",
        "/v1/gift-cards/balance",
        post_gift_card_balance,
        PUBLIC,
        "What is left on a gift card, for whoever has its code",
        answer=GiftCardBalance,
        body=AskBalance,
        keyed=False,
        secret=True,
        cost=20,
        errors=(UNKNOWN, (TooManyRequests, "rate_limited")),
        example={"code": "K7QF-2MXP-9RTD-HJ4C"},
    ),
)
