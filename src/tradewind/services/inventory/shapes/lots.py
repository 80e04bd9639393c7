"""Until when lots are sold, and who said so. Pure."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from tradewind.contracts.common import Body, Limit, Sku
from tradewind.services.inventory.shapes import Cursor, Lot, Reason, WarehouseCode


class LotExpiryInput(Body, frozen=True):
    """From `expires_on` on the lot is not sold; null: it does not expire."""

    sku: Sku
    warehouse: WarehouseCode
    lot: Lot
    expires_on: date | None
    reason: Reason


class LotExpiry(msgspec.Struct, frozen=True):
    """A lot's expiry was changed, from `was` to `expires_on`; what a new lot came with is no change."""

    number: int
    sku: str
    warehouse: str
    lot: str
    was: date | None
    expires_on: date | None
    reason: str
    actor: str
    at: datetime


class LotExpiryQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Newest first."""

    sku: Sku | None = None
    warehouse: WarehouseCode | None = None
    lot: Lot | None = None
    limit: Limit = 50
    cursor: Cursor | None = None
