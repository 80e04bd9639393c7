"""What composition hands to the inventory service."""

from __future__ import annotations

from dataclasses import dataclass

from tradewind.contracts.order import Orders
from tradewind.kernel.clock import Clock
from tradewind.kernel.outbox import Outbox
from tradewind.ports.database import Database
from tradewind.services.inventory.settings import Settings


@dataclass(frozen=True)
class Deps:
    db: Database
    outbox: Outbox
    clock: Clock
    settings: Settings
    orders: Orders
