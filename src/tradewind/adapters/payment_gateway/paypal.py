"""The payment gateway port on PayPal: Orders v2 with the intent to authorise, Payments v2 for what follows.

The shopper approves an order on PayPal's page; that holds nothing. Our word afterwards does, and it is given
when we ask how the order is. An authorisation is known by its order, and once it holds something by
`ORDER:AUTHORIZATION`. PayPal cannot be asked by our reference: an order whose id nobody knows is created again
under the same PayPal-Request-Id, which answers the first, and where there was none makes one that holds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from tradewind.adapters.payment_gateway.exchange import (
    LineSettings,
    Reply,
    both_live,
    open_line,
    origin_of,
    within,
)
from tradewind.adapters.payment_gateway.paypal_api import PayPal, Refusal
from tradewind.adapters.payment_gateway.paypal_disputes import PayPalDisputes
from tradewind.adapters.payment_gateway.paypal_moves import PayPalMoves
from tradewind.adapters.payment_gateway.paypal_orders import PayPalOrders
from tradewind.adapters.payment_gateway.paypal_settlement import read_paypal
from tradewind.adapters.payment_gateway.paypal_webhooks import WebhookReader
from tradewind.adapters.payment_gateway.units import paypal_value
from tradewind.kernel.errors import Unavailable
from tradewind.kernel.settings import SettingsError
from tradewind.ports.payment_gateway import (
    AuthoriseOutcome,
    CheckoutDetails,
    DisputeOutcome,
    Evidence,
    ForgetOutcome,
    FoundAuthorisation,
    FoundDispute,
    FoundMove,
    Moved,
    MoveKind,
    MoveOutcome,
    NotFound,
    Notice,
    Rejected,
    RenewOutcome,
    SavedSource,
    Sought,
    Source,
    TokenSource,
    WalletSource,
)


class PayPalSettings(LineSettings, Protocol):
    """What the adapter reads of the payment service's settings."""

    @property
    def paypal_url(self) -> str: ...
    @property
    def paypal_client_id(self) -> str: ...
    @property
    def paypal_client_secret(self) -> str: ...
    @property
    def paypal_webhook_ids(self) -> str: ...
    @property
    def paypal_certificates_url(self) -> str: ...
    @property
    def paypal_roots_file(self) -> str: ...


def open_gateway(settings: PayPalSettings) -> PayPalGateway:
    """Connects when it is first used. Raises SettingsError where a key is missing."""
    for name in ("paypal_client_id", "paypal_client_secret", "paypal_webhook_ids"):
        if not both_live(getattr(settings, name)):
            raise SettingsError(f"TRADEWIND_PAYMENT_{name.upper()} is not set: payments go through PayPal")
    if len(both_live(settings.paypal_client_id)) != len(both_live(settings.paypal_client_secret)):
        raise SettingsError("TRADEWIND_PAYMENT_PAYPAL_CLIENT_SECRET: one secret for each client id")
    return PayPalGateway(settings)


class PayPalGateway:
    name = "paypal"

    def __init__(self, settings: PayPalSettings) -> None:
        self._timeout_seconds = settings.processor_timeout_seconds
        pairs = zip(
            both_live(settings.paypal_client_id), both_live(settings.paypal_client_secret), strict=True
        )
        line = open_line(settings)
        keys = tuple(f"{client_id}:{secret}" for client_id, secret in pairs)
        self._url = settings.paypal_url.rstrip("/")
        self._paypal = PayPal(self._url, keys, line)
        self._orders = PayPalOrders(self._paypal)
        self._moves = PayPalMoves(self._paypal, self._orders)
        self._disputes = PayPalDisputes(self._paypal)
        self._webhooks = WebhookReader(
            both_live(settings.paypal_webhook_ids),
            self._fetched,
            settings.paypal_certificates_url,
            settings.paypal_roots_file,
        )

    async def authorise(
        self,
        *,
        reference: str,
        amount_minor: int,
        currency: str,
        source: Source,
        return_url: str | None,
        save: bool = False,
        customer: str | None = None,
    ) -> AuthoriseOutcome:
        if isinstance(source, TokenSource) or (isinstance(source, WalletSource) and source.kind != "paypal"):
            return Rejected("source_not_supported", "PayPal takes its own wallet alone")
        value = paypal_value(amount_minor, currency)
        if value is None:
            return Rejected("amount_not_supported", f"PayPal cannot take {amount_minor} of {currency}")
        with within(self._timeout_seconds):
            amount = {"currency_code": currency, "value": value}
            vault_id = source.method if isinstance(source, SavedSource) else None
            vault = {"store_in_vault": "ON_SUCCESS", "usage_type": "MERCHANT"} if save else None
            return await self._orders.authorise(reference, amount, return_url, vault_id, vault, customer)

    async def capture(
        self, *, processor_id: str, reference: str, amount_minor: int, currency: str
    ) -> MoveOutcome:
        with within(self._timeout_seconds):
            return await self._moves.capture(processor_id, reference, amount_minor, currency)

    async def refund(
        self, *, processor_id: str, reference: str, amount_minor: int, currency: str
    ) -> MoveOutcome:
        with within(self._timeout_seconds):
            return await self._moves.refund(processor_id, reference, amount_minor, currency)

    async def void(self, *, processor_id: str, reference: str) -> MoveOutcome:
        with within(self._timeout_seconds):
            return await self._moves.void(processor_id, reference)

    async def release(self, *, processor_id: str, reference: str) -> MoveOutcome:
        with within(self._timeout_seconds):
            return await self._moves.release(processor_id, reference)

    async def renew(
        self, *, processor_id: str, reference: str, amount_minor: int, currency: str
    ) -> RenewOutcome:
        with within(self._timeout_seconds):
            return await self._moves.renew(processor_id, reference, amount_minor, currency)

    async def forget(self, saved: SavedSource) -> ForgetOutcome:
        with within(self._timeout_seconds):
            path = f"/v3/vault/payment-tokens/{saved.method}"
            known = await self._paypal.ask("GET", path, dict)
            if isinstance(known, Refusal):
                return NotFound() if known.status in (404, 422) else known.rejected
            if not isinstance(known, dict):
                return known
            done = await self._paypal.ask("DELETE", path, dict)
            if isinstance(done, Refusal):
                return done.rejected
            return Moved(saved.method) if isinstance(done, dict) else done

    async def find_authorisation(self, sought: Sought) -> FoundAuthorisation:
        value = paypal_value(sought.amount_minor, sought.currency)
        if value is None:
            return NotFound()
        with within(self._timeout_seconds):
            amount = {"currency_code": sought.currency, "value": value}
            if sought.processor_id is not None:
                return await self._orders.by_id(sought.processor_id)
            return await self._orders.by_reference(sought.reference, amount, sought.return_url)

    async def find_move(self, kind: MoveKind, reference: str, processor_id: str) -> FoundMove:
        with within(self._timeout_seconds):
            return await self._moves.find(kind, reference, processor_id)

    async def find_dispute(self, dispute_id: str) -> FoundDispute:
        with within(self._timeout_seconds):
            return await self._disputes.find(dispute_id)

    async def submit_evidence(self, *, dispute_id: str, reference: str, evidence: Evidence) -> DisputeOutcome:
        with within(self._timeout_seconds):
            return await self._disputes.submit(dispute_id, reference, evidence)

    async def accept_dispute(self, *, dispute_id: str, reference: str) -> DisputeOutcome:
        with within(self._timeout_seconds):
            return await self._disputes.accept(dispute_id, reference)

    async def read_webhook(self, headers: Mapping[bytes, bytes], body: bytes, now: datetime) -> Notice:
        with within(self._timeout_seconds):
            return await self._webhooks.read(headers, body, now)

    read_settlement = staticmethod(read_paypal)

    def checkout(self) -> CheckoutDetails:
        pages = origin_of(self._url).replace("://api-m.", "://www.")
        return CheckoutDetails(self.name, wallets=("paypal",), saves=True, pages=(pages,))

    async def close(self) -> None:
        await self._paypal.close()

    async def _fetched(self, url: str) -> bytes:
        """Raises Unavailable: PayPal sends the webhook again."""
        reply = await self._paypal.get(url)
        if not isinstance(reply, Reply) or reply.status != 200:
            raise Unavailable("certificate_unavailable", f"PayPal's certificate could not be had: {reply}")
        return reply.body
