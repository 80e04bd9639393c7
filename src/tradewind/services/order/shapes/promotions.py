"""Promotions and their codes, as they are made, changed and answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tradewind.contracts.common import LARGEST_AMOUNT_MINOR, AmountMinor, Body, CurrencyCode, Limit

MOST_CODES_AT_ONCE = 1_000
PromotionKind = Literal["percentage", "amount", "buy_x_get_y", "free_shipping"]
Code = Annotated[
    str, Meta(min_length=2, max_length=40, pattern=r"^[A-Za-z0-9_-]+$(?!\n)", examples=["WELCOME10"])
]
Name = Annotated[str, Meta(min_length=1, max_length=120)]
Share = Annotated[int, Meta(ge=1, le=10_000, description="basis points: 1000 is 10 %")]
Amount = Annotated[int, Meta(ge=1, le=LARGEST_AMOUNT_MINOR)]
Pieces = Annotated[int, Meta(ge=1, le=10_000)]
Uses = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Priority = Annotated[int, Meta(ge=-1_000, le=1_000)]
Ids = Annotated[list[UUID], Meta(max_length=500)]


class NewPromotion(Body, frozen=True):
    """`percentage` takes `basis_points`; `amount` takes `amount_minor` and `currency`; `buy_x_get_y` takes
    `buy_quantity` and `get_quantity`, and `basis_points` where what is got is not free; `minimum_minor` needs
    `currency`. An `automatic` one comes by itself; any other by its `codes` (more can be generated).

    It is for the products of `product_ids` and for those in the categories, or of the brands, of `category_ids`:
    without both, for all. Minimum and limits count those. What is got is among the same, unless `get_product_ids`
    say otherwise. `most_uses_each` is by one customer.
    """

    name: Name
    kind: PromotionKind
    automatic: bool = False
    codes: Annotated[list[Code], Meta(max_length=100)] = []
    basis_points: Share | None = None
    amount_minor: Amount | None = None
    currency: CurrencyCode | None = None
    buy_quantity: Pieces | None = None
    get_quantity: Pieces | None = None
    product_ids: Ids = []
    category_ids: Ids = []
    get_product_ids: Ids = []
    minimum_minor: AmountMinor = 0
    minimum_quantity: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    most_uses: Uses | None = None
    most_uses_each: Uses | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    combinable: bool = False
    priority: Priority = 0
    active: bool = True


class PromotionChange(Body, frozen=True):
    """What is left out stays; null takes a limit away. The kind, and whether it comes by itself, stay what they
    are. `version`, where given, must be the promotion's."""

    name: Name | UnsetType = UNSET
    basis_points: Share | UnsetType | None = UNSET
    amount_minor: Amount | UnsetType | None = UNSET
    currency: CurrencyCode | UnsetType | None = UNSET
    buy_quantity: Pieces | UnsetType | None = UNSET
    get_quantity: Pieces | UnsetType | None = UNSET
    product_ids: Ids | UnsetType = UNSET
    category_ids: Ids | UnsetType = UNSET
    get_product_ids: Ids | UnsetType = UNSET
    minimum_minor: AmountMinor | UnsetType = UNSET
    minimum_quantity: Annotated[int, Meta(ge=0, le=1_000_000)] | UnsetType = UNSET
    most_uses: Uses | UnsetType | None = UNSET
    most_uses_each: Uses | UnsetType | None = UNSET
    starts_at: datetime | UnsetType | None = UNSET
    ends_at: datetime | UnsetType | None = UNSET
    combinable: bool | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    version: Annotated[int, Meta(ge=1, le=2**31 - 1)] | UnsetType = UNSET


class PromotionView(msgspec.Struct, frozen=True):
    """`codes` counts them; `code` is the first. `uses` are by orders that did not come to nothing."""

    promotion_id: UUID
    name: str
    kind: str
    automatic: bool
    basis_points: int | None
    amount_minor: int | None
    currency: str | None
    buy_quantity: int | None
    get_quantity: int | None
    product_ids: list[UUID]
    category_ids: list[UUID]
    get_product_ids: list[UUID]
    minimum_minor: int
    minimum_quantity: int
    most_uses: int | None
    uses: int
    most_uses_each: int | None
    starts_at: datetime | None
    ends_at: datetime | None
    combinable: bool
    priority: int
    active: bool
    archived_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime
    codes: int
    code: str | None


class PromotionQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`q` finds by the beginning of a code, or by a part of the name. `state`: those that can be used now, that
    begin later, that have ended, that are switched off, or that are archived; without it all but the archived."""

    q: Annotated[str, Meta(max_length=120)] | None = None
    state: Literal["running", "scheduled", "ended", "off", "archived"] | None = None
    kind: PromotionKind | None = None
    automatic: bool | None = None
    limit: Limit = 50
    cursor: Annotated[str, Meta(max_length=500)] | None = None


class NewCodes(Body, frozen=True):
    """Either `codes` as they are, or `count` new ones: `prefix` and then `length` letters and digits that are not
    mistaken for one another. `most_uses` is of each code."""

    codes: Annotated[list[Code], Meta(max_length=MOST_CODES_AT_ONCE)] = []
    count: Annotated[int, Meta(ge=1, le=MOST_CODES_AT_ONCE)] | None = None
    prefix: Annotated[str, Meta(max_length=20, pattern=r"^[A-Za-z0-9_-]*$(?!\n)")] = ""
    length: Annotated[int, Meta(ge=6, le=20)] = 8
    most_uses: Uses | None = 1


class PromotionCode(msgspec.Struct, frozen=True):
    code: str
    most_uses: int | None
    uses: int
    created_at: datetime


class PromotionCodes(msgspec.Struct, frozen=True):
    items: list[PromotionCode]


class CodeQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    limit: Limit = 100
    cursor: Annotated[str, Meta(max_length=500)] | None = None
    unused: bool | None = None
