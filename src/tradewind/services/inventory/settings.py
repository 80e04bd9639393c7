"""What an operator may set of the inventory service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tradewind.kernel.settings import setting


@dataclass(frozen=True)
class Settings:
    expiry_batch: int = setting(50, help="Expired reservations that are released in one transaction.")
    allocation_rule: Literal["priority", "nearest", "fewest_parcels", "highest_stock"] = setting(
        "priority",
        help="Which warehouse gives stock first: priority, nearest, fewest_parcels or highest_stock. "
        "priority is the fastest.",
    )
    split_shipments: bool = setting(
        True, help="Whether an order may come from several warehouses. Without, one must have all of it."
    )
    approval_above_minor: int = setting(
        0,
        help="An adjustment of stock that is worth more, at average cost in minor units of its currency, needs a "
        "second person. 0: none does.",
    )
    approval_above_pieces: int = setting(
        0, help="An adjustment of more pieces needs a second person, whatever they cost. 0: none does."
    )
    sales_days: int = setting(
        30, help="Sales of the last so many days say how long stock lasts, and how much is ordered again."
    )
