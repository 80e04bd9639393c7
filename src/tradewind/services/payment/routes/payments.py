"""Payments over HTTP: for staff, for the processor's webhooks, and what a checkout must know."""

from __future__ import annotations

from typing import Literal

from tradewind.contracts.common import Page
from tradewind.contracts.currencies import check_currency
from tradewind.kernel.errors import Conflict, Invalid, NotFound, Unauthenticated, Unavailable
from tradewind.kernel.http import PUBLIC, Answer, Call, Route, permission
from tradewind.ports.payment_gateway import CheckoutDetails
from tradewind.services.payment import listings
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.shapes.payments import (
    Balances,
    CaptureBody,
    LedgerEntry,
    LedgerQuery,
    OperationShown,
    OwnMethod,
    PaymentListed,
    PaymentMethod,
    PaymentMethods,
    PaymentShown,
    PaymentsQuery,
    RefundBody,
)
from tradewind.services.payment.use_cases.receive_webhook import IncomingWebhook, receive_webhook
from tradewind.services.payment.use_cases.request_move import MoveRequest, request_move
from tradewind.services.payment.use_cases.request_void import VoidRequest, request_void

OWN_METHODS: tuple[Literal["gift_card", "bank_transfer", "cash_on_delivery"], ...] = (
    "gift_card",
    "bank_transfer",
    "cash_on_delivery",
)
READ = permission("payments:read")
WRITE = permission("payments:write")
LARGEST_WEBHOOK_BYTES = 64 * 1024
UNKNOWN_PAYMENT = (NotFound, "payment_not_found")


async def get_payments(deps: Deps, call: Call[None, PaymentsQuery]) -> Page[PaymentListed]:
    return await listings.list_payments(deps.db, call.query)


async def get_payment(deps: Deps, call: Call[None, None]) -> PaymentShown:
    shown = await listings.payment_shown(deps.db, call.uuid("payment_id"))
    if shown is None:
        raise NotFound("payment_not_found", "there is no such payment")
    return shown


async def post_capture(deps: Deps, call: Call[CaptureBody, None]) -> Answer:
    request = MoveRequest("capture", call.uuid("payment_id"), call.body.amount_minor)
    return await request_move(deps, request, call.once)


async def post_refund(deps: Deps, call: Call[RefundBody, None]) -> Answer:
    request = MoveRequest("refund", call.uuid("payment_id"), call.body.amount_minor, call.body.reason)
    return await request_move(deps, request, call.once)


async def post_void(deps: Deps, call: Call[None, None]) -> Answer:
    return await request_void(deps, VoidRequest(call.uuid("payment_id")), call.once)


async def get_ledger(deps: Deps, call: Call[None, LedgerQuery]) -> Page[LedgerEntry]:
    check_currency(call.query.currency)
    return await listings.list_ledger(deps.db, call.query)


async def get_ledger_balances(deps: Deps, call: Call[None, None]) -> Balances:
    return await listings.ledger_balances(deps.db)


async def get_payment_methods(deps: Deps, call: Call[None, None]) -> PaymentMethods:
    offered = [deps.gateways.named(name).checkout() for name in deps.gateways.names]
    cards = [_method("card", it) for it in offered if it.takes_cards]
    wallets = [_method("wallet", it, kind) for it in offered for kind in it.wallets]
    offers, account = deps.settings.offers, deps.settings.bank_account
    own = [
        OwnMethod(name, account if name == "bank_transfer" else "") for name in OWN_METHODS if name in offers
    ]
    shown = (cards if "card" in offers else []) + [
        it for it in wallets if it.kind in offers or it.kind != "paypal"
    ]
    return PaymentMethods(shown, own)


def _method(kind: Literal["card", "wallet"], it: CheckoutDetails, wallet: str = "") -> PaymentMethod:
    is_card = kind == "card"
    return PaymentMethod(
        kind,
        it.processor,
        it.publishable_key if is_card else "",
        it.tokens_url if is_card else "",
        it.card_form_url if is_card else "",
        list(it.networks) if is_card else [],
        it.script_url if is_card else "",
        list(it.origins) if is_card else [],
        wallet,
        list(it.pages),
        it.saves,
    )


async def post_webhook(deps: Deps, call: Call[bytes, None]) -> None:
    await receive_webhook(deps, IncomingWebhook(call.parameters["processor"], call.headers, call.body))


PAYMENT_ROUTES = (
    Route(
        "GET",
        "/v1/payment-methods",
        get_payment_methods,
        PUBLIC,
        "What a checkout needs to turn a card into a token",
        answer=PaymentMethods,
        cache_seconds=60,
    ),
    Route(
        "GET",
        "/v1/payments",
        get_payments,
        READ,
        "Payments, newest first",
        answer=Page[PaymentListed],
        query=PaymentsQuery,
        errors=((Invalid, "cursor_invalid"),),
    ),
    Route(
        "GET",
        "/v1/payments/{payment_id}",
        get_payment,
        READ,
        "A payment with its attempts, operations, ledger entries and history",
        answer=PaymentShown,
        errors=(UNKNOWN_PAYMENT,),
    ),
    Route(
        "POST",
        "/v1/payments/{payment_id}/captures",
        post_capture,
        WRITE,
        "Capture all or part of what is authorised; 202 while the outcome is unknown",
        answer=OperationShown,
        body=CaptureBody,
        status=201,
        pending=True,
        errors=(
            UNKNOWN_PAYMENT,
            (Invalid, "amount_too_large"),
            (Conflict, "nothing_left"),
            (Conflict, "payment_voided"),
            (Conflict, "payment_not_authorised"),
            (Unavailable, "earlier_operation_unresolved"),
        ),
        example={"amount_minor": 4990},
    ),
    Route(
        "POST",
        "/v1/payments/{payment_id}/refunds",
        post_refund,
        WRITE,
        "Refund all or part of what was captured; 202 while the outcome is unknown",
        answer=OperationShown,
        body=RefundBody,
        status=201,
        pending=True,
        errors=(
            UNKNOWN_PAYMENT,
            (Invalid, "amount_too_large"),
            (Conflict, "nothing_left"),
            (Conflict, "payment_disputed"),
            (Conflict, "payment_not_authorised"),
            (Unavailable, "earlier_operation_unresolved"),
        ),
        example={"amount_minor": 1990, "reason": "arrived damaged"},
    ),
    Route(
        "POST",
        "/v1/payments/{payment_id}/void",
        post_void,
        WRITE,
        "Void a payment of which nothing was captured, for good; 202 while that is under way",
        answer=PaymentListed,
        pending=True,
        errors=(UNKNOWN_PAYMENT, (Conflict, "payment_captured"), (Conflict, "payment_declined")),
    ),
    Route(
        "GET",
        "/v1/ledger",
        get_ledger,
        READ,
        "Ledger entries, newest first",
        answer=Page[LedgerEntry],
        query=LedgerQuery,
        errors=((Invalid, "cursor_invalid"), (Invalid, "currency_unknown")),
    ),
    Route(
        "GET",
        "/v1/ledger/balances",
        get_ledger_balances,
        READ,
        "What each account holds, by currency; together they are zero",
        answer=Balances,
    ),
    Route(
        "POST",
        "/v1/webhooks/{processor}",
        post_webhook,
        PUBLIC,
        "Where the card processor tells what happened, signed as in Standard Webhooks",
        body=bytes,
        status=204,
        keyed=False,  # naturally: a webhook is processed once by its own id
        cost=0,
        errors=(
            (NotFound, "processor_not_found"),
            (Unauthenticated, "webhook_signature_invalid"),
            (Invalid, "webhook_unreadable"),
        ),
        max_body_bytes=LARGEST_WEBHOOK_BYTES,
    ),
)
