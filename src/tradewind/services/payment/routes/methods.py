"""Saved methods, money that arrives, and rules over HTTP."""

from __future__ import annotations

from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import ACCOUNT, Call, Route, permission
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.shapes.methods import (
    ReceiptShown,
    RecordReceipt,
    Rule,
    RuleBody,
    Rules,
    SavedMethods,
    SavedMethodShown,
)
from tradewind.services.payment.store import rules, saved_methods
from tradewind.services.payment.use_cases.change_rule import change_rule, delete_rule
from tradewind.services.payment.use_cases.delete_saved_method import delete_saved_method
from tradewind.services.payment.use_cases.record_receipt import record_receipt

READ = permission("payments:read")
WRITE = permission("payments:write")
RULE_ERRORS = (
    (Invalid, "processor_unknown"),
    (Invalid, "range_needs_currency"),
    (Invalid, "range_invalid"),
    (Invalid, "currency_unknown"),
)
UNKNOWN_RULE = (NotFound, "rule_not_found")
RULE_EXAMPLE = {"position": 10, "processors": ["sandbox"], "currency": "EUR", "country": "DE"}


async def get_saved_methods(deps: Deps, call: Call[None, None]) -> SavedMethods:
    assert call.principal.account_id is not None, "the policy wants an account"
    kept = await saved_methods.of_customer(deps.db, call.principal.account_id)
    return SavedMethods(
        [
            SavedMethodShown(
                it.id,
                "paypal" if it.kind == "paypal" else "card",
                it.network,
                it.last4,
                it.processor,
                it.consented_at,
            )
            for it in kept
        ]
    )


async def delete_method(deps: Deps, call: Call[None, None]) -> None:
    assert call.principal.account_id is not None, "the policy wants an account"
    await delete_saved_method(deps, call.principal.account_id, call.uuid("saved_method_id"), call.once)


async def post_receipt(deps: Deps, call: Call[RecordReceipt, None]) -> ReceiptShown:
    return await record_receipt(deps, call.principal, call.uuid("payment_id"), call.body, call.once)


async def get_rules(deps: Deps, call: Call[None, None]) -> Rules:
    return Rules(await rules.all_rules(deps.db), list(deps.gateways.names))


async def post_rule(deps: Deps, call: Call[RuleBody, None]) -> Rule:
    return await change_rule(deps, None, call.body, call.once)


async def put_rule(deps: Deps, call: Call[RuleBody, None]) -> Rule:
    return await change_rule(deps, call.uuid("rule_id"), call.body, call.once)


async def delete_payment_rule(deps: Deps, call: Call[None, None]) -> None:
    await delete_rule(deps, call.uuid("rule_id"), call.once)


METHOD_ROUTES = (
    Route(
        "GET",
        "/v1/me/payment-methods",
        get_saved_methods,
        ACCOUNT,
        "The account's saved methods",
        answer=SavedMethods,
    ),
    Route(
        "DELETE",
        "/v1/me/payment-methods/{saved_method_id}",
        delete_method,
        ACCOUNT,
        "Delete a saved method, here and at its processor",
        status=204,
        errors=((NotFound, "saved_method_not_found"),),
    ),
    Route(
        "POST",
        "/v1/payments/{payment_id}/receipts",
        post_receipt,
        WRITE,
        "Record a bank transfer that arrived, or what was collected on delivery",
        answer=ReceiptShown,
        body=RecordReceipt,
        status=201,
        errors=(
            (NotFound, "payment_not_found"),
            (Conflict, "money_not_awaited"),
            (Conflict, "receipt_recorded"),
            (Invalid, "amount_too_large"),
            (Invalid, "received_in_the_future"),
        ),
        example={"amount_minor": 4990, "reference": "TW-100001 ADA", "received_on": "2026-03-02"},
    ),
    Route(
        "GET",
        "/v1/payment-rules",
        get_rules,
        READ,
        "Which processors payments are tried at, as the rules are asked",
        answer=Rules,
    ),
    Route(
        "POST",
        "/v1/payment-rules",
        post_rule,
        WRITE,
        "Add a rule",
        answer=Rule,
        body=RuleBody,
        status=201,
        errors=RULE_ERRORS,
        example=RULE_EXAMPLE,
    ),
    Route(
        "PUT",
        "/v1/payment-rules/{rule_id}",
        put_rule,
        WRITE,
        "Change a rule",
        answer=Rule,
        body=RuleBody,
        errors=(*RULE_ERRORS, UNKNOWN_RULE),
        example=RULE_EXAMPLE,
    ),
    Route(
        "DELETE",
        "/v1/payment-rules/{rule_id}",
        delete_payment_rule,
        WRITE,
        "Remove a rule",
        status=204,
        errors=(UNKNOWN_RULE,),
    ),
)
