"""PayPal's objects as it answers with them."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

NO_DECIMALS = ("HUF", "JPY", "TWD")
# A hold is honoured for three days and can be captured until the 29th.
VALID = timedelta(days=29)
# What PayPal says with each of its issues, word for word.
ISSUES = {
    "AUTHORIZATION_ALREADY_CAPTURED": "Authorization has previously been captured.",
    "AUTHORIZATION_VOIDED": "A voided authorization cannot be captured or reauthorized. ",
    "AUTH_CAPTURE_CURRENCY_MISMATCH": "Currency of capture must be the same as currency of authorization.",
    "CANNOT_BE_VOIDED": "A reauthorization cannot be voided. Please void the original parent authorization.",
    "CANNOT_BE_ZERO_OR_NEGATIVE": "Must be greater than zero. If the currency supports decimals, only two decimal "
    "place precision is supported.",
    "CAPTURE_FULLY_REFUNDED": "The capture has already been fully refunded",
    "DECIMALS_NOT_SUPPORTED": "Currency does not support decimals. Please refer to "
    "https://developer.paypal.com/docs/api/reference/currency-codes/ for more information.",
    "DECIMAL_PRECISION": "If the currency supports decimals, only two decimal place precision is supported.",
    "DUPLICATE_INVOICE_ID": "Requested invoice_id has been previously captured. Possible duplicate transaction.",
    "FIELD_NOT_PATCHABLE": "Field cannot be patched.",
    "INVALID_PARAMETER_SYNTAX": "The value of a field does not conform to the expected format.",
    "INVALID_RESOURCE_ID": "Specified resource ID does not exist. Please check the resource ID and try again.",
    "INVALID_STRING_LENGTH": "The value of a field is either too short or too long",
    "MAX_CAPTURE_AMOUNT_EXCEEDED": "Capture amount exceeds allowable limit. Please contact customer service or "
    "your account manager to request the change to your overage limit. The default overage limit is 115%, which "
    "allows the sum of all captures to be up to 115% of the order amount. The ability to over capture is "
    "subjected to regulatory approvals.",
    "MISSING_REQUIRED_PARAMETER": "A required parameter is missing.",
    "ORDER_ALREADY_AUTHORIZED": "Order already authorized.If 'intent=AUTHORIZE' only one authorization per order "
    "is allowed.",
    "ORDER_ALREADY_COMPLETED": "The order cannot be patched after it is completed.",
    "ORDER_NOT_APPROVED": "Payer has not yet approved the Order for payment. Please redirect the payer to the "
    "'rel':'approve' url returned as part of the HATEOAS links within the Create Order call.",
    "PAYER_CANNOT_PAY": "Payer cannot pay for this transaction. Please contact the payer to find other ways to pay "
    "for this transaction.",
    "PAYPAL_REQUEST_ID_REQUIRED": "A PayPal-Request-Id is required if you are trying to process payment for an "
    "Order. Please specify a PayPal-Request-Id or Create the Order without a 'payment_source' specified.",
    "PREVIOUSLY_CAPTURED": "Authorization has been previously captured and hence cannot be voided.",
    "PREVIOUSLY_VOIDED": "Authorization has been previously voided and hence cannot be voided again.",
    "REAUTHORIZATION_NOT_SUPPORTED": "A reauthorize cannot be attempted on an authorization_id that is the "
    "result of a prior reauthorization or on an authorization made on an Order saved using the "
    "`v2/orders/id/save` API.",
    "REFUND_AMOUNT_EXCEEDED": "The refund amount must be less than or equal to the capture amount that has not "
    "yet been refunded.",
    "REFUND_CAPTURE_CURRENCY_MISMATCH": "Refund must be in the same currency as the capture",
    "TOKEN_ID_NOT_FOUND": "Specified token was not found. Verify the token and try the request again.",
    "TRANSACTION_REFUSED": "The request was refused.",
}


def new_id() -> str:
    return secrets.token_hex(9)[:17].upper()


def now() -> str:
    return _shown(datetime.now(UTC))


def _shown(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def money(minor: int, currency: str) -> dict[str, str]:
    value = str(minor) if currency in NO_DECIMALS else f"{minor // 100}.{minor % 100:02d}"
    return {"currency_code": currency, "value": value}


def link(url: str, path: str, rel: str, method: str = "GET") -> dict[str, str]:
    return {"href": url + path, "rel": rel, "method": method}


def order(url: str, body: dict[str, Any], approval_path: str) -> dict[str, Any]:
    id_ = new_id()
    unit = body["purchase_units"][0]
    payee = {"email_address": "merchant@example.com", "merchant_id": "C7CYMKZDG8D6E"}
    links = [
        link(url, f"/v2/checkout/orders/{id_}", "self"),
        link(url, approval_path + id_, "payer-action"),
    ]
    return {
        "id": id_,
        "intent": body["intent"],
        "status": "PAYER_ACTION_REQUIRED",
        "payment_source": {"paypal": {}},
        "purchase_units": [{"reference_id": "default", "payee": payee, **unit, "payments": {}}],
        "create_time": now(),
        "links": links,
    }


def payer_source(payer: str, vault: dict[str, Any] | None) -> dict[str, Any]:
    wallet: dict[str, Any] = {
        "email_address": f"{payer}@example.com",
        "account_id": "QYR5Z8XDVJNXQ",
        "account_status": "VERIFIED",
        "name": {"given_name": "Ada", "surname": "Payer"},
    }
    if vault is not None:
        wallet["attributes"] = {"vault": vault}
    return {"paypal": wallet}


def vault(url: str, customer: str) -> dict[str, Any]:
    id_ = new_id().lower()
    links = [link(url, f"/v3/vault/payment-tokens/{id_}", "self")]
    return {"id": id_, "status": "VAULTED", "customer": {"id": customer}, "links": links}


def authorization(url: str, amount: dict[str, str], custom_id: str, order_id: str) -> dict[str, Any]:
    id_ = new_id()
    path = f"/v2/payments/authorizations/{id_}"
    return {
        "id": id_,
        "status": "CREATED",
        "amount": amount,
        "custom_id": custom_id,
        "seller_protection": {"status": "ELIGIBLE", "dispute_categories": ["ITEM_NOT_RECEIVED"]},
        "expiration_time": _shown(datetime.now(UTC) + VALID),
        "create_time": now(),
        "update_time": now(),
        "links": [
            link(url, path, "self"),
            link(url, f"{path}/capture", "capture", "POST"),
            link(url, f"{path}/void", "void", "POST"),
            link(url, f"{path}/reauthorize", "reauthorize", "POST"),
            link(url, f"/v2/checkout/orders/{order_id}", "up"),
        ],
    }


def capture(url: str, held: dict[str, Any], amount: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    id_ = new_id()
    path = f"/v2/payments/captures/{id_}"
    return {
        "id": id_,
        "status": "COMPLETED",
        "amount": amount,
        "invoice_id": body.get("invoice_id", ""),
        "custom_id": held["custom_id"],
        "final_capture": body.get("final_capture", False),
        "seller_protection": held["seller_protection"],
        "seller_receivable_breakdown": {
            "gross_amount": amount,
            "paypal_fee": {"currency_code": amount["currency_code"], "value": "0"},
            "net_amount": amount,
        },
        "create_time": now(),
        "update_time": now(),
        "links": [
            link(url, path, "self"),
            link(url, f"{path}/refund", "refund", "POST"),
            link(url, f"/v2/payments/authorizations/{held['id']}", "up"),
        ],
    }


def refund(url: str, taken: dict[str, Any], amount: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    id_ = new_id()
    return {
        "id": id_,
        "status": "COMPLETED",
        "amount": amount,
        "invoice_id": body.get("invoice_id", ""),
        "custom_id": "".join(one for one in taken["custom_id"] if one.isalnum() or one in "-_.,"),
        "seller_payable_breakdown": {
            "gross_amount": amount,
            "net_amount": amount,
            "total_refunded_amount": amount,
        },
        "create_time": now(),
        "update_time": now(),
        "links": [
            link(url, f"/v2/payments/refunds/{id_}", "self"),
            link(url, f"/v2/payments/captures/{taken['id']}", "up"),
        ],
    }


def dispute(url: str, taken: dict[str, Any]) -> dict[str, Any]:
    id_ = f"PP-R-{new_id()[:3]}-{secrets.randbelow(90000000) + 10000000}"
    return {
        "dispute_id": id_,
        "create_time": now(),
        "update_time": now(),
        "disputed_transactions": [
            {
                "seller_transaction_id": taken["id"],
                "create_time": taken["create_time"],
                "transaction_status": "COMPLETED",
                "gross_amount": taken["amount"],
                "invoice_number": taken["invoice_id"],
                "custom": taken["custom_id"],
                "seller": {
                    "email": "merchant@example.com",
                    "merchant_id": "C7CYMKZDG8D6E",
                    "name": "Merchant",
                },
            }
        ],
        "reason": "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
        "status": "WAITING_FOR_SELLER_RESPONSE",
        "dispute_amount": taken["amount"],
        "dispute_life_cycle_stage": "CHARGEBACK",
        "dispute_channel": "INTERNAL",
        "seller_response_due_date": _shown(datetime.now(UTC) + timedelta(days=10)),
        "links": [link(url, f"/v1/customer/disputes/{id_}", "self")],
    }


def event(kind: str, resource_type: str, resource: dict[str, Any], url: str) -> dict[str, Any]:
    id_ = f"WH-{new_id()}-{new_id()}"
    return {
        "id": id_,
        "create_time": now(),
        "resource_type": resource_type,
        "event_type": kind,
        "summary": kind,
        "resource": resource,
        "links": [link(url, f"/v1/notifications/webhooks-events/{id_}", "self")],
        "event_version": "1.0",
        "resource_version": "2.0",
    }
