"""What the functions of the payment service are given."""

from __future__ import annotations

from dataclasses import dataclass

from tradewind.kernel.clock import Clock
from tradewind.kernel.outbox import Outbox
from tradewind.kernel.sealing import Sealer
from tradewind.ports.database import Database
from tradewind.ports.payment_gateway import Gateways, PaymentGateway
from tradewind.services.payment.settings import Settings


@dataclass(frozen=True)
class Deps:
    db: Database
    outbox: Outbox
    clock: Clock
    settings: Settings
    sealer: Sealer
    gateways: Gateways

    @property
    def gateway(self) -> PaymentGateway:
        """The processor that is asked where nothing says otherwise."""
        return self.gateways.named(self.gateways.names[0])
