"""What is asked of the stock, made plain: pure, no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from tradewind.contracts.inventory import Destination, StockCount, StockLine
from tradewind.kernel.errors import Invalid

SERVICE_ACTOR: Final = "service"  # other services ask on nobody's behalf
LARGEST_ON_HAND: Final = 1_000_000_000  # as the CHECK stock_on_hand_range says

LONGEST_SKU: Final = 64  # as the CHECK stock_sku_length says


@dataclass(frozen=True)
class Claim:
    """What one owner wants held. `wanted` maps SKU to pieces; `expires_at` None holds until shipped or released."""

    owner_id: UUID
    wanted: dict[str, int]
    expires_at: datetime | None
    actor: str
    destination: Destination | None = None
    pickup: str | None = None


@dataclass(frozen=True)
class Parcel:
    """What is to leave in one shipment of what an owner holds."""

    owner_id: UUID
    shipment_id: UUID
    wanted: dict[str, int]


@dataclass(frozen=True)
class Change:
    """So many pieces of a SKU more (or fewer) in a warehouse; of a count, so many in all."""

    sku: str
    warehouse: str
    quantity: int
    lot: str | None = None
    expires_on: date | None = None


@dataclass(frozen=True)
class Cause:
    """Why stock changes, as the ledger tells it. `kind` is one of domain/movements.py."""

    kind: str
    reason: str
    actor: str
    reference: str


def summed(lines: Sequence[StockLine]) -> dict[str, int]:
    """Pieces by SKU, in the order of the SKUs. Raises Invalid unless every line asks for at least one."""
    if not lines:
        raise Invalid("lines_required", "name at least one SKU with a quantity", field="lines")
    wanted: dict[str, int] = {}
    for index, line in enumerate(lines):
        if line.quantity < 1:
            raise Invalid("quantity_invalid", "a quantity is at least 1", field=f"lines[{index}].quantity")
        wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
        if wanted[line.sku] > LARGEST_ON_HAND:
            raise Invalid(
                "quantity_invalid",
                f"at most {LARGEST_ON_HAND} pieces of one SKU",
                field=f"lines[{index}].quantity",
            )
    return dict(sorted(wanted.items()))


def counted(counts: Sequence[StockCount]) -> list[Change]:
    """A stock take by SKU and warehouse. Raises Invalid where it contradicts itself or cannot be."""
    found: dict[tuple[str, str], int] = {}
    for index, count in enumerate(counts):
        if not 1 <= len(count.sku) <= LONGEST_SKU:
            raise Invalid(
                "sku_invalid", f"a SKU has 1 to {LONGEST_SKU} characters", field=f"counts[{index}].sku"
            )
        if not 0 <= count.on_hand <= LARGEST_ON_HAND:
            raise Invalid(
                "on_hand_invalid", f"on hand is 0 to {LARGEST_ON_HAND}", field=f"counts[{index}].on_hand"
            )
        if found.setdefault((count.sku, count.warehouse), count.on_hand) != count.on_hand:
            raise Invalid(
                "counted_twice",
                f"{count.sku} in {count.warehouse} was counted twice, with different results",
                field=f"counts[{index}]",
            )
    return [Change(sku, warehouse, on_hand) for (sku, warehouse), on_hand in sorted(found.items())]


def received(lines: Sequence[Change]) -> list[Change]:
    """A delivery by SKU, warehouse and lot: lines of the same are summed, the earliest expiry counts."""
    total: dict[tuple[str, str, str], Change] = {}
    for line in lines:
        key = (line.sku, line.warehouse, line.lot or "")
        known = total.get(key)
        if known is not None:
            dates = [day for day in (known.expires_on, line.expires_on) if day is not None]
            line = replace(line, quantity=known.quantity + line.quantity, expires_on=min(dates, default=None))
        total[key] = line
    return [total[key] for key in sorted(total)]
