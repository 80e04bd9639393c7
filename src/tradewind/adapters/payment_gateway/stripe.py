"""The payment gateway port on Stripe: a PaymentIntent an authorisation, captured by us.

Our reference is the idempotency key of what it asks for, and is kept in the object's metadata to be found by.
Stripe answers a repeated key with what it first answered, errors of its own included; such a stored error is
never the end: it is looked up what became of the request, and where nothing did it is sent under the next key.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar

from tradewind.adapters.payment_gateway.exchange import LineSettings, both_live, open_line, origin_of, within
from tradewind.adapters.payment_gateway.stripe_client import Failure, Stripe
from tradewind.adapters.payment_gateway.stripe_lookup import EXPANDED, Call, Lookup, note_key, noted, refunded
from tradewind.adapters.payment_gateway.stripe_reading import (
    Customer,
    DisputeShown,
    Intent,
    MethodShown,
    RefundShown,
    dispute,
    presented,
    read,
    refused,
)
from tradewind.adapters.payment_gateway.stripe_settlement import read_stripe
from tradewind.adapters.payment_gateway.stripe_webhooks import read_notice
from tradewind.adapters.payment_gateway.units import stripe_units
from tradewind.kernel.settings import SettingsError
from tradewind.ports.payment_gateway import (
    AuthoriseOutcome,
    BankDeclined,
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
    NotSent,
    OutcomeUnknown,
    Rejected,
    RenewOutcome,
    SavedSource,
    Sought,
    Source,
    TokenSource,
    Voided,
)

NETWORKS = ("visa", "mastercard", "amex", "discover", "diners", "jcb", "unionpay")
STRIPE = "https://api.stripe.com"
PAGES = "https://hooks.stripe.com"
ORIGINS = ("https://js.stripe.com", STRIPE, PAGES)
MOST_KEYS = 4

T = TypeVar("T")


class StripeSettings(LineSettings, Protocol):
    """What the adapter reads of the payment service's settings."""

    @property
    def stripe_url(self) -> str: ...
    @property
    def stripe_secret_key(self) -> str: ...
    @property
    def stripe_publishable_key(self) -> str: ...
    @property
    def stripe_webhook_secret(self) -> str: ...
    @property
    def stripe_script_url(self) -> str: ...
    @property
    def stripe_wallets(self) -> tuple[str, ...]: ...


def open_gateway(settings: StripeSettings) -> StripeGateway:
    """Connects when it is first used. Raises SettingsError where a key is missing."""
    for name in ("stripe_secret_key", "stripe_publishable_key", "stripe_webhook_secret"):
        if not both_live(getattr(settings, name)):
            raise SettingsError(f"TRADEWIND_PAYMENT_{name.upper()} is not set: payments go through Stripe")
    return StripeGateway(settings)


class StripeGateway:
    name = "stripe"

    def __init__(self, settings: StripeSettings) -> None:
        self._settings = settings
        self._secrets = both_live(settings.stripe_webhook_secret)
        line = open_line(settings)
        self._stripe = Stripe(settings.stripe_url.rstrip("/"), both_live(settings.stripe_secret_key), line)
        self._look = Lookup(self._stripe)

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
        with self._in_time():
            units = stripe_units(amount_minor, currency)
            if units is None:
                return Rejected("amount_not_supported", f"Stripe cannot take {amount_minor} of {currency}")
            if save and customer is None:
                made = await self._make_customer(reference)
                if not isinstance(made, Customer):
                    return made
                customer = made.id
            params = _asked(reference, units, currency, source, return_url)
            if customer is not None:
                params["customer"] = customer
            if save:
                params["setup_future_usage"] = "off_session"
            sought = Sought(reference, amount_minor, currency)
            answer = await self._mutate(
                reference,
                lambda key: lambda client: client.v1.payment_intents.create_async(params, key),  # type: ignore[arg-type]
                Intent,
                lambda: self._look.authorisation(sought),
            )
            found = presented(answer) if isinstance(answer, Intent) else answer
            # Only a repeat can meet these, and then how they came about must be asked.
            if isinstance(found, Voided | NotFound):
                return OutcomeUnknown("it is not as it was when it was asked for")
            return found

    async def capture(
        self, *, processor_id: str, reference: str, amount_minor: int, currency: str
    ) -> MoveOutcome:
        with self._in_time():
            intent = await self._look.intent(processor_id)
            if not isinstance(intent, Intent):
                return _of_reading(intent)
            if noted(intent, reference):
                return Moved(intent.charge_id)
            units = stripe_units(amount_minor, currency)
            if units is None:
                return Rejected("amount_not_supported", f"Stripe cannot take {amount_minor} of {currency}")
            params: dict[str, Any] = {
                "amount_to_capture": units,
                "metadata": {note_key(reference): f"{reference} {amount_minor}"},
            }
            if _captures_again(intent) and units < intent.amount_capturable:
                params["final_capture"] = False
            return await self._move(
                reference,
                lambda key: lambda client: client.v1.payment_intents.capture_async(processor_id, params, key),  # type: ignore[arg-type]
                lambda: self._look.found_move("capture", reference, processor_id),
            )

    async def refund(
        self, *, processor_id: str, reference: str, amount_minor: int, currency: str
    ) -> MoveOutcome:
        with self._in_time():
            units = stripe_units(amount_minor, currency)
            if units is None:
                return Rejected("amount_not_supported", f"Stripe cannot give {amount_minor} of {currency}")
            params: dict[str, Any] = {
                "payment_intent": processor_id,
                "amount": units,
                "metadata": {"reference": reference},
            }
            answer = await self._mutate(
                reference,
                lambda key: lambda client: client.v1.refunds.create_async(params, key),  # type: ignore[arg-type]
                RefundShown,
                lambda: self._look.found_move("refund", reference, processor_id),
            )
            return refunded(answer) if isinstance(answer, RefundShown) else _moved(answer)

    async def void(self, *, processor_id: str, reference: str) -> MoveOutcome:
        with self._in_time():
            intent = await self._look.intent(processor_id)
            if not isinstance(intent, Intent):
                return _of_reading(intent)
            if intent.amount_received:
                return Rejected("captured", "a part of it was captured")
            return await self._cancel(intent, reference)

    async def release(self, *, processor_id: str, reference: str) -> MoveOutcome:
        with self._in_time():
            intent = await self._look.intent(processor_id)
            if not isinstance(intent, Intent):
                return _of_reading(intent)
            if intent.status == "succeeded":
                return Moved(intent.id)
            if not intent.amount_received:
                return Rejected("not_captured", "nothing of it was captured")
            return await self._cancel(intent, reference)

    async def renew(
        self, *, processor_id: str, reference: str, amount_minor: int, currency: str
    ) -> RenewOutcome:
        return Rejected("renewal_not_supported", "at Stripe a hold lapses; a new payment is authorised")

    async def forget(self, saved: SavedSource) -> ForgetOutcome:
        with self._in_time():
            answer = await self._look.asked(
                lambda client: client.v1.payment_methods.detach_async(saved.method), MethodShown
            )
            if isinstance(answer, MethodShown):
                return Moved(saved.method)
            if isinstance(answer, Rejected):
                return NotFound()
            return OutcomeUnknown(answer.code) if isinstance(answer, BankDeclined) else answer

    async def find_authorisation(self, sought: Sought) -> FoundAuthorisation:
        with self._in_time():
            return await self._look.authorisation(sought)

    async def find_move(self, kind: MoveKind, reference: str, processor_id: str) -> FoundMove:
        with self._in_time():
            return await self._look.found_move(kind, reference, processor_id)

    async def find_dispute(self, dispute_id: str) -> FoundDispute:
        with self._in_time():
            answer = await self._look.asked(
                lambda client: client.v1.disputes.retrieve_async(dispute_id, {"expand": ["payment_intent"]}),
                DisputeShown,
            )
            if isinstance(answer, DisputeShown):
                return dispute(answer)
            if isinstance(answer, Rejected):
                return NotFound()
            return OutcomeUnknown(answer.code) if isinstance(answer, BankDeclined) else answer

    async def submit_evidence(self, *, dispute_id: str, reference: str, evidence: Evidence) -> DisputeOutcome:
        said = {
            "uncategorized_text": evidence.explanation,
            "shipping_carrier": evidence.carrier,
            "shipping_tracking_number": evidence.tracking_number,
            "shipping_date": evidence.shipped_on,
            "customer_name": evidence.customer_name,
            "customer_email_address": evidence.customer_email,
            "product_description": evidence.product_description,
        }
        params: Any = {"evidence": {name: text for name, text in said.items() if text}, "submit": True}
        return await self._answer_dispute(
            dispute_id, lambda client: client.v1.disputes.update_async(dispute_id, params, _key(reference))
        )

    async def accept_dispute(self, *, dispute_id: str, reference: str) -> DisputeOutcome:
        return await self._answer_dispute(
            dispute_id, lambda client: client.v1.disputes.close_async(dispute_id, {}, _key(reference))
        )

    async def read_webhook(self, headers: Mapping[bytes, bytes], body: bytes, now: datetime) -> Notice:
        return read_notice(self._secrets, headers, body, now)

    read_settlement = staticmethod(read_stripe)

    def checkout(self) -> CheckoutDetails:
        own = origin_of(self._settings.stripe_url)
        return CheckoutDetails(
            self.name,
            both_live(self._settings.stripe_publishable_key)[0],
            networks=NETWORKS,
            script_url=self._settings.stripe_script_url,
            origins=tuple(dict.fromkeys((origin_of(self._settings.stripe_script_url), *ORIGINS))),
            wallets=self._settings.stripe_wallets,
            saves=True,
            pages=(PAGES,) if own == STRIPE else (PAGES, own),
        )

    async def close(self) -> None:
        await self._stripe.close()

    def _in_time(self) -> Any:
        return within(self._settings.processor_timeout_seconds)

    async def _make_customer(self, reference: str) -> Customer | AuthoriseOutcome:
        """Whom the instrument is kept for. Nothing but our reference is told of the shopper."""
        params: Any = {"metadata": {"reference": reference}}
        answer = await self._look.asked(
            lambda client: client.v1.customers.create_async(params, _key(f"{reference}:customer")), Customer
        )
        # Nothing was held yet: the whole of it may be sent again.
        return NotSent(answer.reason) if isinstance(answer, OutcomeUnknown) else answer

    async def _cancel(self, intent: Intent, reference: str) -> MoveOutcome:
        if intent.status == "canceled":
            return Moved(intent.id)
        return await self._move(
            reference,
            lambda key: lambda client: client.v1.payment_intents.cancel_async(intent.id, {}, key),
            lambda: self._look.found_move("void", reference, intent.id),
        )

    async def _move(
        self,
        reference: str,
        call: Callable[[Any], Call],
        find: Callable[[], Awaitable[FoundMove]],
    ) -> MoveOutcome:
        answer = await self._mutate(reference, call, Intent, find)
        return Moved(answer.charge_id) if isinstance(answer, Intent) else _moved(answer)

    async def _answer_dispute(self, dispute_id: str, call: Call) -> DisputeOutcome:
        with self._in_time():
            answer = await self._look.asked(call, DisputeShown)
            if isinstance(answer, DisputeShown):
                return Moved(dispute_id)
            return Rejected(answer.code, "") if isinstance(answer, BankDeclined) else answer

    async def _mutate(
        self,
        reference: str,
        call: Callable[[Any], Call],
        shape: type[T],
        find: Callable[[], Awaitable[Any]],
    ) -> Any:
        """Send what `call` makes with a key, and answer its object or how it failed. A failure of Stripe's own
        that it keeps answering is overcome by the next key, once `find` says that nothing came of the first."""
        for number in range(1, MOST_KEYS + 1):
            key = reference if number == 1 else f"{reference}:{number}"
            answer = await self._stripe.ask(call(_key(key)))
            if isinstance(answer, bytes):
                return read(answer, shape)
            if not isinstance(answer, Failure):
                return answer
            if answer.status < 500 or not answer.stored:
                return refused(answer)
            found = await find()
            if not isinstance(found, NotFound):
                return OutcomeUnknown(found.reason) if isinstance(found, NotSent) else found
        return OutcomeUnknown("Stripe keeps failing")


def _key(key: str) -> Any:
    return {"idempotency_key": key}


def _asked(
    reference: str, units: int, currency: str, source: Source, return_url: str | None
) -> dict[str, Any]:
    """A PaymentIntent that is made and confirmed at once, to be captured by us later."""
    params: dict[str, Any] = {
        "amount": units,
        "currency": currency.lower(),
        "capture_method": "manual",
        "confirm": True,
        "metadata": {"reference": reference},
        "expand": EXPANDED,
        "payment_method_options": {"card": {"request_multicapture": "if_available"}},
    }
    if return_url is not None:
        params["return_url"] = return_url
    match source:
        case SavedSource(customer, method):
            params.update(customer=customer, payment_method=method, payment_method_types=["card"])
        case TokenSource(token) if token.startswith("ctoken_"):
            params.update(confirmation_token=token, automatic_payment_methods={"enabled": True})
        case TokenSource(token) if token.startswith("tok_"):
            data = {"type": "card", "card": {"token": token}}
            params.update(payment_method_data=data, payment_method_types=["card"])
        case TokenSource(token):
            params.update(payment_method=token, payment_method_types=["card"])
        case _:
            data = {"type": source.kind}
            params.update(payment_method_data=data, payment_method_types=[source.kind])
    return params


def _captures_again(intent: Intent) -> bool:
    """Whether the card and the account let the rest stay held after a first capture."""
    return (intent.card.multicapture or {}).get("status") == "available"


def _moved(answer: Any) -> Any:
    """What a search found in place of an answer is one too."""
    return OutcomeUnknown("it is not known") if isinstance(answer, NotFound) else answer


def _of_reading(answer: BankDeclined | Rejected | NotSent | OutcomeUnknown) -> MoveOutcome:
    """A question before the move failed: the move itself was not sent."""
    return NotSent(answer.reason) if isinstance(answer, OutcomeUnknown) else answer
