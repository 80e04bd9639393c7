"""Stripe's objects as it answers with them, and what its test cards do."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

# Sources: https://docs.stripe.com/testing (test payment methods), https://docs.stripe.com/declines/codes.
HOLD_SECONDS = 7 * 86400


@dataclass(frozen=True)
class TestCard:
    __test__ = False

    brand: str
    last4: str
    code: str = ""
    decline_code: str = ""
    challenged: bool = False
    disputed: bool = False


CARDS = {
    "pm_card_visa": TestCard("visa", "4242"),
    "pm_card_mastercard": TestCard("mastercard", "4444"),
    "pm_card_amex": TestCard("amex", "8431"),
    "pm_card_visa_chargeDeclined": TestCard("visa", "0002", "card_declined", "generic_decline"),
    "pm_card_visa_chargeDeclinedInsufficientFunds": TestCard(
        "visa", "9995", "card_declined", "insufficient_funds"
    ),
    "pm_card_visa_chargeDeclinedLostCard": TestCard("visa", "9987", "card_declined", "lost_card"),
    "pm_card_chargeDeclinedExpiredCard": TestCard("visa", "0069", "expired_card", "expired_card"),
    "pm_card_chargeDeclinedProcessingError": TestCard("visa", "0119", "processing_error", "processing_error"),
    "pm_card_threeDSecure2Required": TestCard("visa", "3220", challenged=True),
    "pm_card_authenticationRequired": TestCard("visa", "3184", challenged=True),
    "pm_card_createDispute": TestCard("visa", "0259", disputed=True),
}
NUMBERS = {
    "4242424242424242": "pm_card_visa",
    "4000000000000002": "pm_card_visa_chargeDeclined",
    "4000000000003220": "pm_card_threeDSecure2Required",
}
SCRIPT = """
window.Stripe = (key) => {
  const input = document.createElement("input");
  input.setAttribute("aria-label", "Card number");
  const card = { mount: (where) => document.querySelector(where).append(input) };
  const createPaymentMethod = async () => {
    const body = new URLSearchParams({ key, type: "card", "card[number]": input.value });
    const answer = await fetch("PEER/v1/payment_methods", { method: "POST", body });
    const said = await answer.json();
    return answer.ok ? { paymentMethod: said } : { error: said.error };
  };
  return { elements: () => ({ create: () => card }), createPaymentMethod };
};
"""
TOKENS = {name.replace("pm_card", "tok"): name for name in CARDS}
_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
_BILLING = {"address": _ADDRESS, "email": None, "name": None, "phone": None, "tax_id": None}


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"


def now() -> int:
    return int(time.time())


def payment_method(card: TestCard, kind: str = "card") -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": _BILLING,
        "created": now(),
        "customer": None,
        "livemode": False,
        "metadata": {},
        "type": kind,
    }
    shown[kind] = {}
    if kind == "card":
        shown["card"] = {
            "brand": card.brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": "US",
            "display_brand": card.brand,
            "exp_month": 8,
            "exp_year": 2030,
            "fingerprint": "AOB934RVNwzk6xtn",
            "funding": "credit",
            "generated_from": None,
            "last4": card.last4,
            "networks": {"available": [card.brand], "preferred": None},
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        }
    return shown


def payment_intent(amount: int, currency: str, capture_method: str, kinds: list[str]) -> dict[str, Any]:
    id_ = new_id("pi")
    return {
        "id": id_,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": capture_method,
        "client_secret": f"{id_}_secret_{secrets.token_hex(8)}",
        "confirmation_method": "automatic",
        "created": now(),
        "currency": currency,
        "customer": None,
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {},
        "payment_method_types": kinds,
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_confirmation",
        "transfer_data": None,
        "transfer_group": None,
    }


def charge(intent: dict[str, Any], method: dict[str, Any], multicapture: bool) -> dict[str, Any]:
    id_ = new_id("ch")
    details: dict[str, Any] = {"type": method["type"], method["type"]: {}}
    if method["type"] == "card":
        card = method["card"]
        details["card"] = {
            "amount_authorized": intent["amount"],
            "brand": card["brand"],
            "capture_before": now() + HOLD_SECONDS,
            "checks": card["checks"],
            "country": "US",
            "exp_month": 8,
            "exp_year": 2030,
            "extended_authorization": {"status": "disabled"},
            "fingerprint": card["fingerprint"],
            "funding": "credit",
            "incremental_authorization": {"status": "unavailable"},
            "installments": None,
            "last4": card["last4"],
            "mandate": None,
            "multicapture": {"status": "available" if multicapture else "unavailable"},
            "network": card["brand"],
            "network_token": {"used": False},
            "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
            "three_d_secure": None,
            "wallet": None,
        }
    return {
        "id": id_,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": None,
        "captured": False,
        "created": now(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": None,
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": None,
        "outcome": {
            "network_status": "approved_by_network",
            "reason": None,
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": details,
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "refunds": {"data": [], "has_more": False, "object": "list", "url": f"/v1/charges/{id_}/refunds"},
        "review": None,
        "shipping": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "succeeded",
        "transfer_data": None,
        "transfer_group": None,
    }


def refund(charge_shown: dict[str, Any], amount: int, metadata: dict[str, str]) -> dict[str, Any]:
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge_shown["id"],
        "created": now(),
        "currency": charge_shown["currency"],
        "metadata": metadata,
        "payment_intent": charge_shown["payment_intent"],
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def customer(metadata: dict[str, str]) -> dict[str, Any]:
    return {
        "id": new_id("cus"),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": now(),
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": "7FE1103",
        "livemode": False,
        "metadata": metadata,
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }


_EVIDENCE = """
access_activity_log billing_address cancellation_policy cancellation_policy_disclosure
cancellation_rebuttal customer_communication customer_email_address customer_name
customer_purchase_ip customer_signature duplicate_charge_documentation duplicate_charge_explanation
duplicate_charge_id product_description receipt refund_policy refund_policy_disclosure
refund_refusal_explanation service_date service_documentation shipping_address shipping_carrier
shipping_date shipping_documentation shipping_tracking_number uncategorized_file uncategorized_text
"""


def dispute(charge_shown: dict[str, Any]) -> dict[str, Any]:
    amount = charge_shown["amount_captured"]
    taken = balance_transaction("adjustment", -amount, charge_shown["currency"], charge_shown["id"], fee=1500)
    return {
        "id": new_id("dp"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [taken],
        "charge": charge_shown["id"],
        "created": now(),
        "currency": charge_shown["currency"],
        "evidence": dict.fromkeys(_EVIDENCE.split()),
        "evidence_details": {
            "due_by": now() + 9 * 86400,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge_shown["payment_intent"],
        "reason": "fraudulent",
        "status": "needs_response",
    }


def balance_transaction(kind: str, amount: int, currency: str, source: str, fee: int) -> dict[str, Any]:
    details = [
        {"amount": fee, "application": None, "currency": currency, "description": "Fee", "type": "stripe_fee"}
    ]
    return {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now() + 2 * 86400,
        "created": now(),
        "currency": currency,
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": details if fee else [],
        "net": amount - fee,
        "reporting_category": "dispute" if kind == "adjustment" else kind,
        "source": source,
        "status": "pending",
        "type": kind,
    }


def event(kind: str, subject: dict[str, Any], api_version: str) -> dict[str, Any]:
    return {
        "id": new_id("evt"),
        "object": "event",
        "api_version": api_version,
        "created": now(),
        "data": {"object": subject},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }
