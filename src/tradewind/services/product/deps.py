"""What the product service's functions are handed."""

from __future__ import annotations

from dataclasses import dataclass

from tradewind.contracts.inventory import Inventory
from tradewind.contracts.user import User
from tradewind.kernel.clock import Clock
from tradewind.kernel.outbox import Outbox
from tradewind.ports.blob import Blobs
from tradewind.ports.database import Database
from tradewind.services.product.settings import Settings


@dataclass(frozen=True)
class Deps:
    db: Database
    outbox: Outbox
    clock: Clock
    settings: Settings
    inventory: Inventory
    user: User
    blobs: Blobs
