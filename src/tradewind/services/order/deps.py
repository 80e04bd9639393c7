"""What the order service's functions are handed."""

from __future__ import annotations

from dataclasses import dataclass

from tradewind.contracts.inventory import Inventory
from tradewind.contracts.payment import Payment
from tradewind.contracts.product import Product
from tradewind.kernel.clock import Clock
from tradewind.kernel.outbox import Outbox
from tradewind.kernel.sealing import Sealer
from tradewind.ports.database import Database
from tradewind.services.order.settings import Settings


@dataclass(frozen=True)
class Deps:
    db: Database
    outbox: Outbox
    clock: Clock
    settings: Settings
    sealer: Sealer
    product: Product
    inventory: Inventory
    payment: Payment
