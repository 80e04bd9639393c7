"""The orders of another system as they come in, and what became of an import."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.common import (
    LARGEST_AMOUNT_MINOR,
    AmountMinor,
    CountryCode,
    CurrencyCode,
    Email,
    Language,
    Limit,
    Sku,
)

MOST_IMPORTED_LINES = 1000
MOST_IMPORTED_ORDERS = 5000
LARGEST_IMPORT_BYTES = 20_000_000

Source = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[a-z0-9_-]+$(?!\n)")]
ExternalId = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$(?!\n)")]
Word = Annotated[str, Meta(max_length=120, pattern=r"^[^\x00]*$(?!\n)")]
ImportState = Literal["fulfilled", "partially_returned", "returned", "cancelled"]


class ImportedLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`tax_minor` is within the line's total where prices include tax, and added to it where they do not."""

    sku: Sku
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)]
    unit_price_minor: AmountMinor
    title: Annotated[str, Meta(max_length=300, pattern=r"^[^\x00]*$(?!\n)")] = ""
    discount_minor: AmountMinor = 0
    tax_minor: AmountMinor = 0
    tax_basis_points: Annotated[int, Meta(ge=0, le=10_000)] = 0


class ImportedAddress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What another system did not keep is shown as a dash."""

    country: CountryCode
    name: Word = ""
    line1: Word = ""
    line2: Word = ""
    postal_code: Annotated[str, Meta(max_length=20, pattern=r"^[^\x00]*$(?!\n)")] = ""
    city: Annotated[str, Meta(max_length=80, pattern=r"^[^\x00]*$(?!\n)")] = ""
    region: Annotated[str, Meta(max_length=80, pattern=r"^[^\x00]*$(?!\n)")] = ""
    company: Word = ""


class ImportedOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One order that has come to its end elsewhere. `total_minor`, where given, must be what the rest comes to.
    `number` is shown to people: without it, the source and the external id. Without `refunded_minor`, all of a
    returned order was."""

    external_id: ExternalId
    placed_at: datetime
    email: Email
    lines: Annotated[list[ImportedLine], Meta(min_length=1, max_length=MOST_IMPORTED_LINES)]
    shipping_address: ImportedAddress
    state: ImportState = "fulfilled"
    currency: CurrencyCode = "EUR"
    number: Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f]+$(?!\n)")] | None = None
    account_id: UUID | None = None
    language: Language = "en"
    billing_address: ImportedAddress | None = None
    prices_include_tax: bool = True
    shipping_minor: AmountMinor = 0
    shipping_tax_minor: AmountMinor = 0
    total_minor: Annotated[int, Meta(ge=0, le=LARGEST_AMOUNT_MINOR)] | None = None
    refunded_minor: AmountMinor | None = None
    shipping_method: Annotated[str, Meta(max_length=40, pattern=r"^[^\x00]*$(?!\n)")] = ""
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    carrier: Word = ""
    tracking_number: Word = ""


class OrderImportQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`source` names the other system: with its ids, it says which orders are known. `import_id` goes on with one
    that was begun."""

    source: Source
    format: Literal["jsonl", "csv"] = "jsonl"
    import_id: UUID | None = None


class ImportPageQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    limit: Limit = 24
    cursor: Annotated[str, Meta(max_length=500)] | None = None


class OrderImport(msgspec.Struct, frozen=True):
    """`received` = `created` + `known` (imported before) + `refused` (see its errors)."""

    import_id: UUID
    source: str
    state: str
    received: int
    created: int
    known: int
    refused: int
    created_at: datetime
    updated_at: datetime


class RowError(msgspec.Struct, frozen=True):
    """`row` counts the orders from 1 over all parts of an import. `message` says what would be right."""

    row: int
    external_id: str
    field: str
    code: str
    message: str
