"""The documents of the warehouse: their states, and the moves between them. Nothing else moves one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Transitions = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Document:
    """One kind. Its rows have `key`, number, state, version and updated_at; `prefix` begins its numbers."""

    table: str
    key: str
    prefix: str
    transitions: Transitions

    @property
    def noun(self) -> str:
        return self.key.removesuffix("_id")

    def may_move(self, was: str, to: str) -> bool:
        return to in self.transitions[was]

    @property
    def states(self) -> tuple[str, ...]:
        return tuple(self.transitions)


PURCHASE_ORDERS = Document(
    "purchase_orders",
    "purchase_order_id",
    "PO",
    {
        "draft": frozenset({"placed", "cancelled"}),
        "placed": frozenset({"partly_received", "received", "cancelled"}),
        "partly_received": frozenset({"partly_received", "received", "closed"}),
        "received": frozenset({"closed"}),
        "closed": frozenset(),
        "cancelled": frozenset(),
    },
)
TRANSFERS = Document(
    "transfers",
    "transfer_id",
    "TR",
    {
        "draft": frozenset({"sent", "cancelled"}),
        "sent": frozenset({"partly_received", "received", "cancelled"}),
        "partly_received": frozenset({"partly_received", "received"}),
        "received": frozenset(),
        "cancelled": frozenset(),
    },
)
CYCLE_COUNTS = Document(
    "cycle_counts",
    "count_id",
    "CC",
    {
        "planned": frozenset({"counting", "review", "cancelled"}),
        "counting": frozenset({"review", "cancelled"}),
        "review": frozenset({"counting", "approved", "cancelled"}),
        "approved": frozenset(),
        "cancelled": frozenset(),
    },
)
PICK_LISTS = Document(
    "pick_lists",
    "pick_list_id",
    "PL",
    {
        "open": frozenset({"picking", "picked", "cancelled"}),
        "picking": frozenset({"picked", "cancelled"}),
        "picked": frozenset({"packed", "cancelled"}),
        "packed": frozenset(),
        "cancelled": frozenset(),
    },
)
DOCUMENTS = (PURCHASE_ORDERS, TRANSFERS, CYCLE_COUNTS, PICK_LISTS)
EXPECTED_OF = ("placed", "partly_received")  # purchase orders that something is still to come of
UNDER_WAY = ("sent", "partly_received")  # transfers of the same kind
