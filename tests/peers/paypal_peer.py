"""A PayPal of our own: orders that a payer approves, authorisations, captures, refunds, disputes, webhooks.

It keeps PayPal's rules as its documentation tells them: a repeated PayPal-Request-Id answers what was answered
first; up to 115 % of what was authorised can be captured; a refund is of one capture and never above it. A client
is `client-ACCOUNT` or `client-ACCOUNT-n`, with the secret `secret-ACCOUNT...`.
"""

from __future__ import annotations

import base64
import html
import json
import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from aiohttp import web

from tests.peers import paypal_objects as objects
from tests.peers.paypal_signing import Signer
from tests.peers.serving import Account, Peer

CERTIFICATE_PATH = "/v1/notifications/certs/CERT-TESTS"
_OPERATIONS = (
    (re.compile("/v2/checkout/orders"), "authorise"),
    (re.compile("/v2/checkout/orders/[^/]+/authorize"), "hold"),
    (re.compile("/v2/payments/authorizations/[^/]+/capture"), "capture"),
    (re.compile("/v2/payments/authorizations/[^/]+/void"), "void"),
    (re.compile("/v2/payments/captures/[^/]+/refund"), "refund"),
)
_NAMES = {400: "INVALID_REQUEST", 404: "RESOURCE_NOT_FOUND", 422: "UNPROCESSABLE_ENTITY"}
_MESSAGES = {
    400: "Request is not well-formed, syntactically incorrect, or violates schema.",
    404: "The specified resource does not exist.",
    422: "The requested action could not be performed, semantically incorrect, or failed business validation.",
}
_DECLINES = {"declined": "TRANSACTION_REFUSED", "no_funds": "PAYER_CANNOT_PAY"}

Body = dict[str, Any]
Work = Callable[[Account, web.Request, Body], Awaitable[tuple[int, Body | None]]]


class Refused(Exception):
    def __init__(self, status: int, issue: str) -> None:
        super().__init__(issue)
        self.status = status
        self.body = {
            "name": _NAMES[status],
            "message": _MESSAGES[status],
            "debug_id": secrets.token_hex(7),
            "details": [{"issue": issue, "description": objects.ISSUES.get(issue, issue)}],
            "links": [],
        }


class PayPalPeer(Peer):
    def __init__(self) -> None:
        super().__init__()
        self.signer = Signer()

    def add_routes(self, app: web.Application) -> None:
        router = app.router
        router.add_post("/v1/oauth2/token", self._give_token)
        router.add_get(CERTIFICATE_PATH, self._show_certificate)
        for method, path, work in (
            ("POST", "/v2/checkout/orders", self._create),
            ("GET", "/v2/checkout/orders/{id}", self._show),
            ("PATCH", "/v2/checkout/orders/{id}", self._patch),
            ("POST", "/v2/checkout/orders/{id}/authorize", self._authorize),
            ("GET", "/v2/payments/authorizations/{id}", self._show),
            ("POST", "/v2/payments/authorizations/{id}/capture", self._capture),
            ("POST", "/v2/payments/authorizations/{id}/reauthorize", self._reauthorize),
            ("POST", "/v2/payments/authorizations/{id}/void", self._void),
            ("GET", "/v2/payments/captures/{id}", self._show),
            ("POST", "/v2/payments/captures/{id}/refund", self._refund),
            ("GET", "/v2/payments/refunds/{id}", self._show),
            ("GET", "/v3/vault/payment-tokens/{id}", self._show),
            ("DELETE", "/v3/vault/payment-tokens/{id}", self._delete_token),
            ("GET", "/v1/customer/disputes/{id}", self._show),
            ("POST", "/v1/customer/disputes/{id}/provide-evidence", self._take_evidence),
            ("POST", "/v1/customer/disputes/{id}/accept-claim", self._accept_claim),
        ):
            router.add_route(method, path, self._answering(work))
        router.add_get("/checkoutnow/{account}/{id}", self._show_approval)
        router.add_post("/checkoutnow/{account}/{id}", self._answer_approval)
        router.add_post("/_peer/{account}/disputes", self._open_dispute)

    # What every request goes through

    async def _give_token(self, request: web.Request) -> web.Response:
        basic = request.headers.get("authorization", "").removeprefix("Basic ")
        client, _, secret = base64.b64decode(basic).decode().partition(":")
        match = re.fullmatch(r"client-([A-Za-z0-9]+)((?:-\w+)?)", client)
        known = match is not None and secret == f"secret-{match[1]}{match[2]}"
        if match is None or not known or client in self.account(match[1]).revoked:
            error = {"error": "invalid_client", "error_description": "Client Authentication failed"}
            return web.json_response(error, status=401)
        token = f"A21.{match[1]}.{secrets.token_hex(8)}"
        seconds = self.account(match[1]).options.get("token_seconds", 32400)
        given = {
            "scope": "https://uri.paypal.com/services/payments/payment/authcapture",
            "access_token": token,
        }
        return web.json_response({**given, "token_type": "Bearer", "app_id": "APP-1", "expires_in": seconds})

    def _answering(self, work: Work) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            token = request.headers.get("authorization", "").removeprefix("Bearer ").split(".")
            if len(token) != 3 or token[0] != "A21" or token[2] in self.account(token[1]).revoked:
                error = {"error": "invalid_token", "error_description": "Token signature verification failed"}
                return web.json_response(error, status=401)
            account = self.account(token[1])
            operation = next((name for path, name in _OPERATIONS if path.fullmatch(request.path)), "other")
            operation = operation if request.method == "POST" else "other"
            if account.trouble(operation, ("too_many",)):
                limited = {"name": "RATE_LIMIT_REACHED", "message": "Too many requests.", "debug_id": "1"}
                return web.json_response(limited, status=429)

            async def done() -> web.Response:
                return await self._once(account, request, operation, work)

            return await self.with_trouble(request, account, operation, done)

        return answer

    async def _once(self, account: Account, request: web.Request, operation: str, work: Work) -> web.Response:
        key = f"{request.path} {request.headers.get('paypal-request-id', '')}"
        if not key.endswith(" ") and key in account.answers:
            status, body = account.answers[key]
            return _json(body, status)
        if account.trouble(operation, ("error",)):
            failed = {"name": "INTERNAL_SERVER_ERROR", "message": "An internal server error has occurred."}
            return _json({**failed, "debug_id": secrets.token_hex(7)}, 500)
        try:
            is_json = request.content_type == "application/json"
            given = json.loads(await request.read() or b"{}") if is_json else {}
            status, body = await work(account, request, given)
        except Refused as refused:
            return _json(refused.body, refused.status)
        if not key.endswith(" "):
            account.answers[key] = status, json.loads(json.dumps(body))
        return _json(body, status)

    def _found(self, account: Account, request: web.Request) -> Body:
        found: Body | None = account.objects.get(request.match_info["id"])
        if found is None:
            raise Refused(404, "INVALID_RESOURCE_ID")
        return found

    def _tell(self, account: Account, kind: str, resource_type: str, resource: Body) -> None:
        body = json.dumps(objects.event(kind, resource_type, resource, self.url)).encode()
        webhook_id, sent_as = account.webhooks.get("id", ""), str(uuid4())

        def headers() -> dict[str, str]:
            return self.signer.headers(body, webhook_id, sent_as, self.url + CERTIFICATE_PATH)

        self.send_webhook(account, headers, body)

    # Orders

    async def _create(self, account: Account, request: web.Request, body: Body) -> tuple[int, Body]:
        if "paypal-request-id" not in request.headers:
            raise Refused(400, "PAYPAL_REQUEST_ID_REQUIRED")
        if len(body.get("purchase_units", [])) != 1 or "amount" not in body["purchase_units"][0]:
            raise Refused(400, "MISSING_REQUIRED_PARAMETER")
        _minor(body["purchase_units"][0]["amount"])
        made = objects.order(self.url, body, f"/checkoutnow/{account.name}/")
        account.objects[made["id"]] = made
        account.cards[made["id"]] = json.dumps(body.get("payment_source", {}).get("paypal", {}))
        return 200, made

    async def _show(self, account: Account, request: web.Request, body: Body) -> tuple[int, Body]:
        return 200, self._found(account, request)

    async def _patch(self, account: Account, request: web.Request, body: Any) -> tuple[int, None]:
        order = self._found(account, request)
        if order["status"] == "COMPLETED":
            raise Refused(422, "ORDER_ALREADY_COMPLETED")
        for change in body:
            if change["path"] != "/purchase_units/@reference_id=='default'/custom_id":
                raise Refused(400, "FIELD_NOT_PATCHABLE")
            if not 0 < len(change["value"]) <= 127:
                raise Refused(400, "INVALID_STRING_LENGTH")
            order["purchase_units"][0]["custom_id"] = change["value"]
        return 204, None

    async def _authorize(self, account: Account, request: web.Request, body: Body) -> tuple[int, Body]:
        order = self._found(account, request)
        unit, wallet = order["purchase_units"][0], json.loads(account.cards[order["id"]])
        vault_id = body.get("payment_source", {}).get("paypal", {}).get("vault_id")
        if unit["payments"]:
            raise Refused(422, "ORDER_ALREADY_AUTHORIZED")
        if vault_id is not None:
            if vault_id not in account.objects:
                raise Refused(422, "TOKEN_ID_NOT_FOUND")
            order["payment_source"] = objects.payer_source("good", None)
        elif order["status"] != "APPROVED":
            raise Refused(422, "ORDER_NOT_APPROVED")
        payer = order["payment_source"]["paypal"]["email_address"].partition("@")[0]
        if payer in _DECLINES:
            raise Refused(422, _DECLINES[payer])
        if wallet.get("attributes", {}).get("vault"):
            customer = wallet["attributes"].get("customer", {}).get("id") or objects.new_id()
            kept = objects.vault(self.url, customer)
            account.objects[kept["id"]] = {**kept, "payment_source": objects.payer_source(payer, None)}
            order["payment_source"] = objects.payer_source(payer, kept)
        held = objects.authorization(self.url, dict(unit["amount"]), unit["custom_id"], order["id"])
        account.objects[held["id"]] = held
        account.cards[held["id"]] = order["id"]
        unit["payments"] = {"authorizations": [held]}
        order["status"] = "COMPLETED"
        order["links"] = order["links"][:1]
        account.did("authorise", unit["custom_id"], held["amount"]["value"], held["amount"]["currency_code"])
        self._tell(account, "PAYMENT.AUTHORIZATION.CREATED", "authorization", held)
        return 201, order

    # Payments

    def _order_of(self, account: Account, held: Body) -> tuple[Body, Body]:
        order: Body = account.objects[account.cards[held["id"]]]
        return order, order["purchase_units"][0]["payments"]

    async def _capture(self, account: Account, request: web.Request, body: Body) -> tuple[int, Body]:
        held = self._found(account, request)
        _, payments = self._order_of(account, held)
        if held["status"] == "VOIDED":
            raise Refused(422, "AUTHORIZATION_VOIDED")
        if held["status"] == "CAPTURED":
            raise Refused(422, "AUTHORIZATION_ALREADY_CAPTURED")
        amount = body.get("amount", held["amount"])
        if amount["currency_code"] != held["amount"]["currency_code"]:
            raise Refused(422, "AUTH_CAPTURE_CURRENCY_MISMATCH")
        taken = payments.setdefault("captures", [])
        if body.get("invoice_id") in [one["invoice_id"] for one in taken]:
            raise Refused(422, "DUPLICATE_INVOICE_ID")
        total = sum(_minor(one["amount"]) for one in taken) + _minor(amount)
        if total * 100 > _minor(held["amount"]) * 115:
            raise Refused(422, "MAX_CAPTURE_AMOUNT_EXCEEDED")
        made = objects.capture(self.url, held, amount, body)
        account.objects[made["id"]] = made
        account.cards[made["id"]] = account.cards[held["id"]]
        taken.append(made)
        whole = made["final_capture"] or total >= _minor(held["amount"])
        held["status"] = "CAPTURED" if whole else "PARTIALLY_CAPTURED"
        account.did("capture", made["invoice_id"], amount["value"], amount["currency_code"])
        self._tell(account, "PAYMENT.CAPTURE.COMPLETED", "capture", made)
        return 201, made

    async def _reauthorize(self, account: Account, request: web.Request, body: Body) -> tuple[int, Body]:
        held = self._found(account, request)
        order, payments = self._order_of(account, held)
        if held["status"] == "VOIDED":
            raise Refused(422, "AUTHORIZATION_VOIDED")
        if len(payments["authorizations"]) > 1:
            raise Refused(422, "REAUTHORIZATION_NOT_SUPPORTED")
        if account.options.get("days", 0) < 4:
            raise Refused(422, "REAUTHORIZATION_NOT_SUPPORTED")
        made = objects.authorization(
            self.url, body.get("amount", held["amount"]), held["custom_id"], order["id"]
        )
        account.objects[made["id"]] = made
        account.cards[made["id"]] = order["id"]
        payments["authorizations"].append(made)
        return 201, made

    async def _void(self, account: Account, request: web.Request, body: Body) -> tuple[int, Body | None]:
        held = self._found(account, request)
        _, payments = self._order_of(account, held)
        if held["status"] == "VOIDED":
            raise Refused(422, "PREVIOUSLY_VOIDED")
        if held["status"] == "CAPTURED":
            raise Refused(422, "PREVIOUSLY_CAPTURED")
        if held["id"] != payments["authorizations"][0]["id"]:
            raise Refused(422, "CANNOT_BE_VOIDED")
        for one in payments["authorizations"]:
            one["status"] = "VOIDED"
        left = _minor(held["amount"]) - sum(_minor(one["amount"]) for one in payments.get("captures", []))
        rest = objects.money(left, held["amount"]["currency_code"])
        account.did("void", held["custom_id"], rest["value"], rest["currency_code"])
        self._tell(account, "PAYMENT.AUTHORIZATION.VOIDED", "authorization", held)
        return (200, held) if "representation" in request.headers.get("prefer", "") else (204, None)

    async def _refund(self, account: Account, request: web.Request, body: Body) -> tuple[int, Body]:
        taken = self._found(account, request)
        _, payments = self._order_of(account, taken)
        given = payments.setdefault("refunds", [])
        back = sum(_minor(one["amount"]) for one in given if one["links"][1]["href"].endswith(taken["id"]))
        left = _minor(taken["amount"]) - back
        amount = body.get("amount") or objects.money(left, taken["amount"]["currency_code"])
        if not left:
            raise Refused(422, "CAPTURE_FULLY_REFUNDED")
        if amount["currency_code"] != taken["amount"]["currency_code"]:
            raise Refused(422, "REFUND_CAPTURE_CURRENCY_MISMATCH")
        if _minor(amount) > left:
            raise Refused(422, "REFUND_AMOUNT_EXCEEDED")
        made = objects.refund(self.url, taken, amount, body)
        account.objects[made["id"]] = made
        given.append(made)
        taken["status"] = "REFUNDED" if _minor(amount) == left else "PARTIALLY_REFUNDED"
        account.did("refund", made["invoice_id"], amount["value"], amount["currency_code"])
        self._tell(account, "PAYMENT.CAPTURE.REFUNDED", "refund", made)
        return 201, made

    async def _delete_token(self, account: Account, request: web.Request, body: Body) -> tuple[int, None]:
        del account.objects[self._found(account, request)["id"]]
        return 204, None

    # Disputes

    async def _open_dispute(self, request: web.Request) -> web.Response:
        """By the `reference` of what is disputed: what a payer would do at PayPal."""
        account, wanted = self.account(request.match_info["account"]), (await request.json())["reference"]
        captures = [one for one in account.objects.values() if "final_capture" in one]
        taken = next(one for one in captures if one["custom_id"] == wanted)
        made = objects.dispute(self.url, taken)
        account.objects[made["dispute_id"]] = made
        self._tell(account, "CUSTOMER.DISPUTE.CREATED", "dispute", made)
        return web.json_response(made)

    async def _take_evidence(self, account: Account, request: web.Request, body: Body) -> tuple[int, Body]:
        dispute = self._found(account, request)
        form = await request.post()
        part: Any = form["input"]
        given = json.loads(bytes(part) if isinstance(part, bytes | bytearray) else part)
        if dispute["status"] != "WAITING_FOR_SELLER_RESPONSE" or not given.get("evidences"):
            raise Refused(422, "ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE")
        dispute["status"] = "UNDER_REVIEW"
        return 200, {"links": dispute["links"]}

    async def _accept_claim(self, account: Account, request: web.Request, body: Body) -> tuple[int, Body]:
        dispute = self._found(account, request)
        if dispute["status"] == "RESOLVED":
            raise Refused(422, "ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE")
        dispute["status"] = "RESOLVED"
        dispute["dispute_outcome"] = {
            "outcome_code": "RESOLVED_BUYER_FAVOUR",
            "amount_refunded": dispute["dispute_amount"],
        }
        self._tell(account, "CUSTOMER.DISPUTE.RESOLVED", "dispute", dispute)
        return 200, {"links": dispute["links"]}

    # Pages and certificates

    async def _show_approval(self, request: web.Request) -> web.Response:
        order = self.account(request.match_info["account"]).objects[request.match_info["id"]]
        amount = order["purchase_units"][0]["amount"]
        shown = html.escape(f"{amount['value']} {amount['currency_code']}")
        page = (
            f"<!doctype html><title>PayPal</title><p>{shown}</p><form method=post>"
            "<button name=payer value=good>Pay now</button><button name=payer value=>Cancel</button></form>"
        )
        return web.Response(text=page, content_type="text/html")

    async def _answer_approval(self, request: web.Request) -> web.Response:
        """`payer` is whose account pays: good, declined, no_funds; empty: cancelled."""
        account, form = self.account(request.match_info["account"]), await request.post()
        order = account.objects[request.match_info["id"]]
        if order["status"] != "PAYER_ACTION_REQUIRED":
            return web.Response(status=409, text="This order is not waiting for you.")
        context = json.loads(account.cards[order["id"]]).get("experience_context", {})
        back = context.get("return_url", self.url)
        joined = "&" if "?" in back else "?"
        if not form.get("payer"):
            raise web.HTTPSeeOther(f"{context.get('cancel_url', self.url)}{joined}token={order['id']}")
        order["status"] = "APPROVED"
        order["payment_source"] = objects.payer_source(str(form["payer"]), None)
        self._tell(account, "CHECKOUT.ORDER.APPROVED", "checkout-order", order)
        raise web.HTTPSeeOther(f"{back}{joined}token={order['id']}&PayerID=QYR5Z8XDVJNXQ")

    async def _show_certificate(self, request: web.Request) -> web.Response:
        return web.Response(body=self.signer.pem, content_type="application/x-pem-file")


def _json(body: Any, status: int) -> web.Response:
    return web.Response(status=204) if body is None else web.json_response(body, status=status)


def _minor(amount: dict[str, str]) -> int:
    """Raises Refused for a value that is none of its currency."""
    digits = 0 if amount["currency_code"] in objects.NO_DECIMALS else 2
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", amount["value"]):
        raise Refused(400, "INVALID_PARAMETER_SYNTAX")
    whole, _, fraction = amount["value"].partition(".")
    if digits == 0 and fraction.strip("0"):
        raise Refused(422, "DECIMALS_NOT_SUPPORTED")
    if len(fraction) > 2:
        raise Refused(422, "DECIMAL_PRECISION")
    minor = int(whole + fraction.ljust(2, "0")) if digits else int(whole)
    if minor <= 0:
        raise Refused(422, "CANNOT_BE_ZERO_OR_NEGATIVE")
    return minor
