"""What the order service's functions are handed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from tradewind.contracts.inventory import Inventory
from tradewind.contracts.order import ORDER_LINK
from tradewind.contracts.payment import Payment
from tradewind.contracts.product import Product
from tradewind.contracts.user import User
from tradewind.kernel.clock import Clock
from tradewind.kernel.envelope import Envelope, Vault
from tradewind.kernel.outbox import Outbox
from tradewind.kernel.sealing import Sealer
from tradewind.kernel.tickets import Tickets
from tradewind.ports.blob import Blobs
from tradewind.ports.database import Database
from tradewind.services.order.settings import Settings


@dataclass(frozen=True)
class Deps:
    db: Database
    outbox: Outbox
    clock: Clock
    settings: Settings
    vault: Vault
    product: Product
    inventory: Inventory
    payment: Payment
    user: User
    tickets: Tickets
    blobs: Blobs

    @property
    def plans(self) -> Envelope:
        """What orders are paid with, while they may have to be asked for again."""
        return self.vault.of("payment_plans")

    @cached_property
    def link_sealer(self) -> Sealer:
        """Its purpose is part of the contract: who mails a guest opens what it seals."""
        return Sealer(self.settings.secret_key, ORDER_LINK)
