"""The kinds of movements of stock, as data: which states each changes, and in which direction.

The CHECK stock_movements_kind_deltas says the same to the database; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

State = Literal["on_hand", "reserved", "damaged", "quality_control", "incoming", "safety_stock"]
STATES: Final[tuple[State, ...]] = (
    "on_hand",
    "reserved",
    "damaged",
    "quality_control",
    "incoming",
    "safety_stock",
)

# By kind and state: "+" may rise, "-" may fall, "*" either. What is not named does not change.
KINDS: Final[dict[str, dict[State, str]]] = {
    "reserve": {"reserved": "+"},
    "release": {"reserved": "-"},
    "ship": {"on_hand": "-", "reserved": "-"},
    "receive": {"on_hand": "+", "damaged": "+", "quality_control": "+", "incoming": "-"},
    "return": {"on_hand": "+", "damaged": "+", "quality_control": "+", "incoming": "-"},
    "transfer_in": {"on_hand": "+", "damaged": "+", "quality_control": "+", "incoming": "-"},
    "transfer_out": {"on_hand": "-", "reserved": "-", "damaged": "-", "quality_control": "-"},
    "write_off": {"on_hand": "-", "reserved": "-", "damaged": "-", "quality_control": "-"},
    "adjust": {"on_hand": "*"},
    "count": {"on_hand": "*"},
    "damage": {"on_hand": "-", "damaged": "+", "quality_control": "*"},
    "repair": {"on_hand": "+", "damaged": "-", "quality_control": "*"},
    "quality_hold": {"on_hand": "-", "damaged": "*", "quality_control": "+"},
    "quality_release": {"on_hand": "+", "quality_control": "-"},
    "expire": {"on_hand": "-", "quality_control": "+"},
    "put": {"on_hand": "*", "damaged": "*", "quality_control": "*"},
    "expect": {"incoming": "*"},
    "safety": {"safety_stock": "*"},
}


@dataclass(frozen=True)
class Move:
    """So many pieces more (or fewer) in each state of a SKU in a warehouse; of one lot, where it has lots.

    `expires_on` is of a lot that is new, or has no day yet. Safety stock and what is incoming belong to no lot.
    """

    sku: str
    warehouse: str
    on_hand: int = 0
    damaged: int = 0
    quality_control: int = 0
    incoming: int = 0
    safety_stock: int = 0
    lot: str | None = None
    expires_on: date | None = None

    @property
    def change(self) -> int:
        """Pieces more, or fewer, that lie in the warehouse afterwards."""
        return self.on_hand + self.damaged + self.quality_control

    @property
    def pieces(self) -> bool:
        """Whether pieces move that lie somewhere."""
        return bool(self.on_hand or self.damaged or self.quality_control)


def places(moves: Sequence[Move]) -> list[tuple[str, str]]:
    """The SKUs and warehouses that these change, each once."""
    return sorted({(move.sku, move.warehouse) for move in moves})


def said_days(moves: Sequence[Move]) -> dict[tuple[str, str, str], date]:
    """When lots expire as these moves say, by SKU, warehouse and lot; the earliest where they say it twice."""
    days: dict[tuple[str, str, str], date] = {}
    for move in moves:
        if move.lot is not None and move.expires_on is not None:
            key = move.sku, move.warehouse, move.lot
            days[key] = min(days.get(key, move.expires_on), move.expires_on)
    return days
