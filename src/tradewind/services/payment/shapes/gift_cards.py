"""Gift cards as they are issued, looked up and shown: pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import LARGEST_AMOUNT_MINOR, Body, CurrencyCode, Limit, Money
from tradewind.contracts.payment import GiftCode


class IssueGiftCard(Body, frozen=True):
    """Without `expires_at` it is good for ever. `note` is for staff."""

    amount_minor: Annotated[int, Meta(ge=1, le=LARGEST_AMOUNT_MINOR)]
    currency: CurrencyCode
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None
    note: Annotated[str, Meta(max_length=500)] = ""


class AskBalance(Body, frozen=True):
    code: GiftCode


class GiftCardBalance(msgspec.Struct, frozen=True):
    """`usable` is false for one that is disabled, expired or empty; `ending` are its last four characters."""

    balance: Money
    usable: bool
    ending: str
    expires_at: datetime | None


class GiftCardShown(msgspec.Struct, frozen=True):
    """`held` belongs to orders that are not shipped yet; `redeemed` was paid with and not given back."""

    gift_card_id: UUID
    ending: str
    issued: Money
    balance: Money
    held: Money
    redeemed: Money
    active: bool
    expires_at: datetime | None
    note: str
    issued_by: str
    created_at: datetime


class GiftCardIssued(msgspec.Struct, frozen=True):
    """`code` is told this once: it is kept as a hash alone."""

    code: str
    gift_card: GiftCardShown


class GiftCardMove(msgspec.Struct, frozen=True):
    kind: Literal["issue", "hold", "release", "redeem", "refund"]
    amount: Money
    reference: str
    order_id: UUID | None
    actor: str
    at: datetime


class GiftCardPage(msgspec.Struct, frozen=True):
    """With the last 200 of what happened to it."""

    gift_card: GiftCardShown
    moves: list[GiftCardMove]


class GiftCardsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Newest first. `ending`: the last four characters of its code."""

    ending: Annotated[str, Meta(min_length=4, max_length=4)] | None = None
    active: bool | None = None
    limit: Limit = 24
    cursor: Annotated[str, Meta(max_length=200)] | None = None
