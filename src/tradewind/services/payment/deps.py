"""What the functions of the payment service are given."""

from __future__ import annotations

from dataclasses import dataclass

from tradewind.kernel.clock import Clock
from tradewind.kernel.envelope import Envelope, Vault
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
    vault: Vault
    gateways: Gateways

    @property
    def tokens(self) -> Envelope:
        """What is paid with, while an authorisation may have to be sent again."""
        return self.vault.of("card_tokens")

    @property
    def webhook_bodies(self) -> Envelope:
        return self.vault.of("webhooks")

    @property
    def saved(self) -> Envelope:
        """What processors call the methods that customers saved."""
        return self.vault.of("saved_methods")

    @property
    def gateway(self) -> PaymentGateway:
        """The processor that is asked where nothing says otherwise."""
        return self.gateways.named(self.gateways.names[0])
