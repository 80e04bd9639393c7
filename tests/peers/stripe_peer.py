"""A Stripe of our own: PaymentIntents with manual capture, refunds, customers, disputes, signed webhooks.

It keeps Stripe's rules as its documentation tells them: a repeated Idempotency-Key answers what was answered
first, errors included, and refuses other parameters; nothing is captured or refunded above what there is; a
card that asks for 3-D Secure has a page where it is answered. A key is `sk_test_ACCOUNT` or `sk_test_ACCOUNT_n`.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from stripe import WebhookSignature

from tests.peers import stripe_objects as objects
from tests.peers.serving import Account, Peer
from tests.peers.stripe_form import decoded

WALLETS = ("affirm", "afterpay_clearpay", "amazon_pay", "klarna", "link", "paypal", "revolut_pay")
API_VERSION = "2026-10-28.endive"
_OPERATIONS = (
    (re.compile(r"/v1/payment_intents"), "authorise"),
    (re.compile(r"/v1/payment_intents/[^/]+/capture"), "capture"),
    (re.compile(r"/v1/payment_intents/[^/]+/cancel"), "void"),
    (re.compile(r"/v1/refunds"), "refund"),
)
_SEARCHED = re.compile(r"metadata\['(\w+)'\]:'([^']*)'")

Params = dict[str, Any]
Work = Callable[[Account, web.Request, Params], Awaitable[dict[str, Any]]]


class Refused(Exception):
    """An error as Stripe answers with it."""

    def __init__(self, status: int, kind: str, code: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "code": code, "message": message, **more}}


def invalid(code: str, message: str, param: str | None = None, status: int = 400, **more: Any) -> Refused:
    named = {} if param is None else {"param": param}
    return Refused(status, "invalid_request_error", code, message, **named, **more)


class StripePeer(Peer):
    def add_routes(self, app: web.Application) -> None:
        def post(path: str, work: Work) -> None:
            app.router.add_post(path, self._mutation(work))

        def get(path: str, work: Work) -> None:
            app.router.add_get(path, self._question(work))

        post("/v1/payment_intents", self._create)
        get("/v1/payment_intents", self._list_intents)
        get("/v1/payment_intents/search", self._search)
        get("/v1/payment_intents/{id}", self._retrieve)
        post("/v1/payment_intents/{id}/capture", self._capture)
        post("/v1/payment_intents/{id}/cancel", self._cancel)
        post("/v1/refunds", self._refund)
        get("/v1/refunds", self._list_refunds)
        get("/v1/refunds/{id}", self._retrieve)
        post("/v1/customers", self._customer)
        get("/v1/customers/{id}", self._retrieve)
        app.router.add_get("/v3/", self._show_script)
        app.router.add_post("/v1/payment_methods", self._make_method)
        get("/v1/payment_methods/{id}", self._retrieve)
        post("/v1/payment_methods/{id}/detach", self._detach)
        get("/v1/charges/{id}", self._retrieve)
        get("/v1/disputes", self._list_disputes)
        get("/v1/disputes/{id}", self._retrieve)
        post("/v1/disputes/{id}", self._answer_dispute)
        post("/v1/disputes/{id}/close", self._close_dispute)
        get("/v1/balance_transactions", self._list_balance)
        app.router.add_post("/_peer/{account}/disputes", self._order_dispute)
        app.router.add_get("/authenticate/{account}/{id}", self._show_challenge)
        app.router.add_post("/authenticate/{account}/{id}", self._answer_challenge)

    # What every request goes through

    def _of_key(self, request: web.Request) -> Account:
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        match = re.fullmatch(r"sk_test_([A-Za-z0-9]+)(_[A-Za-z0-9]+)?", key)
        if match is None or key in self.account(match[1]).revoked:
            raise Refused(401, "invalid_request_error", "", f"Invalid API Key provided: {key[:11]}****")
        return self.account(match[1])

    def _question(self, work: Work) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            try:
                account = self._of_key(request)
                params = decoded(request.query_string)
                shown = await work(account, request, params)
                return web.json_response(self._expanded(account, shown, params.get("expand", [])))
            except Refused as refused:
                return web.json_response(refused.body, status=refused.status)

        return answer

    def _mutation(self, work: Work) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            text = (await request.read()).decode()
            try:
                account = self._of_key(request)
            except Refused as refused:
                return web.json_response(refused.body, status=refused.status)
            operation = next((name for path, name in _OPERATIONS if path.fullmatch(request.path)), "other")
            if account.trouble(operation, ("too_many",)):
                refused = Refused(429, "invalid_request_error", "rate_limit", "Request rate limit exceeded.")
                return web.json_response(refused.body, status=429)

            async def done() -> web.Response:
                return await self._once(account, request, text, operation, work)

            return await self.with_trouble(request, account, operation, done)

        return answer

    async def _once(
        self, account: Account, request: web.Request, text: str, operation: str, work: Work
    ) -> web.Response:
        key, asked = request.headers.get("idempotency-key"), (request.path, text)
        if key is not None and key in account.answers:
            earlier, status, body = account.answers[key]
            if earlier != asked:
                message = "Keys for idempotent requests can only be used with the same parameters."
                refused = Refused(400, "idempotency_error", "", message)
                return web.json_response(refused.body, status=400)
            headers = {"idempotent-replayed": "true", "original-request": "req_1"}
            return web.Response(text=body, status=status, headers=headers, content_type="application/json")
        try:
            if account.trouble(operation, ("error",)):
                raise Refused(500, "api_error", "", "An unknown error occurred")
            params = decoded(text)
            shown = self._expanded(account, await work(account, request, params), params.get("expand", []))
            status, body = 200, json.dumps(shown)
        except Refused as refused:
            status, body = refused.status, json.dumps(refused.body)
            if "param" in refused.body["error"]:  # it was not begun
                return web.Response(text=body, status=status, content_type="application/json")
        if key is not None:
            account.answers[key] = asked, status, body
        return web.Response(text=body, status=status, content_type="application/json")

    def _expanded(self, account: Account, shown: dict[str, Any], paths: list[str]) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(json.dumps(shown))
        for path in paths:
            first, _, rest = path.partition(".")
            for one in answer["data"] if first == "data" else [answer]:
                name = rest if first == "data" else first
                if isinstance(one.get(name), str):
                    one[name] = account.objects[one[name]]
        return answer

    def _found(self, account: Account, id_: str, kind: str = "") -> dict[str, Any]:
        found: dict[str, Any] | None = account.objects.get(id_)
        if found is None or (kind and found["object"] != kind):
            name = kind or "object"
            raise invalid("resource_missing", f"No such {name}: '{id_}'", "id", 404)
        return found

    def _tell(self, account: Account, kind: str, subject: dict[str, Any]) -> None:
        body = json.dumps(objects.event(kind, subject, API_VERSION))
        secrets = account.webhooks.get("secrets", [])

        def headers() -> dict[str, str]:
            at = objects.now()
            signed = [WebhookSignature.generate_signature_header(body, one, at) for one in secrets]
            scheme = ",".join(one.partition(",")[2] for one in signed)
            return {"content-type": "application/json", "stripe-signature": f"t={at},{scheme}"}

        self.send_webhook(account, headers, body.encode())

    # PaymentIntents

    async def _create(self, account: Account, request: web.Request, params: Params) -> dict[str, Any]:
        amount, currency = _amount(params, "amount"), params.get("currency", "")
        if not re.fullmatch("[a-z]{3}", currency):
            raise invalid("parameter_invalid_string_empty", "Invalid currency", "currency")
        if len(params.get("metadata", {})) > 50:
            raise invalid("parameter_invalid", "too much metadata", "metadata")
        method, card = self._method(account, params)
        kinds = params.get("payment_method_types", ["card"])
        intent = objects.payment_intent(amount, currency, params.get("capture_method", "automatic"), kinds)
        intent["metadata"] = params.get("metadata", {})
        intent["customer"] = params.get("customer")
        intent["setup_future_usage"] = params.get("setup_future_usage")
        intent["payment_method"] = method["id"]
        account.objects[intent["id"]] = intent
        if params.get("confirm") == "true":
            self._confirm(account, intent, method, card, params.get("return_url"))
        return intent

    def _method(self, account: Account, params: Params) -> tuple[dict[str, Any], objects.TestCard]:
        data = params.get("payment_method_data", {})
        name = params.get("payment_method") or params.get("confirmation_token", "").replace("ctoken", "pm")
        name = name or objects.TOKENS.get(data.get("card", {}).get("token", ""), "")
        kind = data.get("type", "card")
        if kind not in ("card", *WALLETS):
            raise invalid(
                "parameter_unknown", f"Invalid payment_method_data[type]: {kind}", "payment_method_data"
            )
        if kind != "card":
            method = objects.payment_method(objects.CARDS["pm_card_visa"], kind)
            account.objects[method["id"]] = method
            return method, objects.TestCard("", "", challenged=True)
        if name in objects.CARDS:
            method = objects.payment_method(objects.CARDS[name])
            account.objects[method["id"]] = method
            account.cards[method["id"]] = name
            account.used.add(method["id"])
            return method, objects.CARDS[name]
        method = account.objects.get(name, {})
        if method.get("object") != "payment_method":
            raise invalid("resource_missing", f"No such PaymentMethod: '{name}'", "payment_method")
        fresh = name not in account.used
        account.used.add(name)
        if not fresh and (method["customer"] is None or method["customer"] != params.get("customer")):
            message = "The provided PaymentMethod was previously used without being attached to a Customer."
            raise invalid("payment_method_invalid_parameter", message, "payment_method")
        return method, objects.CARDS[account.cards[name]]

    def _confirm(
        self, account: Account, intent: Params, method: Params, card: objects.TestCard, return_url: str | None
    ) -> None:
        if card.code:
            said = {"advice_code": "try_again_later"} if card.code == "processing_error" else {}
            error = {
                "type": "card_error",
                "code": card.code,
                "decline_code": card.decline_code,
                "message": "Your card was declined.",
                "payment_method": method,
                **said,
            }
            intent.update(status="requires_payment_method", payment_method=None, last_payment_error=error)
            self._tell(account, "payment_intent.payment_failed", intent)
            shown = {name: value for name, value in error.items() if name not in ("type", "code", "message")}
            raise Refused(402, "card_error", card.code, error["message"], payment_intent=intent, **shown)
        if card.challenged:
            url = f"{self.url}/authenticate/{account.name}/{intent['id']}"
            if return_url is None:
                action: dict[str, Any] = {
                    "type": "use_stripe_sdk",
                    "use_stripe_sdk": {"type": "three_d_secure_redirect"},
                }
            else:
                redirect = {"return_url": return_url, "url": url}
                action = {"type": "redirect_to_url", "redirect_to_url": redirect}
            intent.update(status="requires_action", next_action=action)
            self._tell(account, "payment_intent.requires_action", intent)
            return
        self._hold(account, intent, method)

    def _hold(self, account: Account, intent: Params, method: Params) -> None:
        charge = objects.charge(intent, method, bool(account.options.get("multicapture")))
        account.objects[charge["id"]] = charge
        intent.update(status="requires_capture", amount_capturable=intent["amount"], next_action=None)
        intent["latest_charge"] = charge["id"]
        if intent["setup_future_usage"] and intent["customer"]:
            method["customer"] = intent["customer"]
        account.did("authorise", _reference(intent), str(intent["amount"]), intent["currency"])
        self._tell(account, "payment_intent.amount_capturable_updated", intent)

    async def _retrieve(self, account: Account, request: web.Request, params: Params) -> dict[str, Any]:
        return self._found(account, request.match_info["id"])

    async def _list_intents(self, account: Account, request: web.Request, params: Params) -> dict[str, Any]:
        since = int(params.get("created", {}).get("gte", 0))
        found = [one for one in _newest(account, "payment_intent") if one["created"] >= since]
        return _page(found, params, "/v1/payment_intents")

    async def _search(self, account: Account, request: web.Request, params: Params) -> dict[str, Any]:
        match = _SEARCHED.fullmatch(params.get("query", ""))
        if match is None:
            raise invalid("parameter_invalid", "We were unable to parse your search query.", "query")
        behind = objects.now() - int(account.options.get("search_lag_seconds", 60))
        found = [
            one
            for one in _newest(account, "payment_intent")
            if one["metadata"].get(match[1]) == match[2] and one["created"] <= behind
        ]
        data = found[: int(params.get("limit", 10))]
        url = "/v1/payment_intents/search"
        return {"object": "search_result", "data": data, "has_more": False, "next_page": None, "url": url}

    async def _capture(self, account: Account, request: web.Request, params: Params) -> dict[str, Any]:
        intent = self._found(account, request.match_info["id"], "payment_intent")
        if intent["status"] != "requires_capture":
            raise _unexpected(intent, "captured")
        left = intent["amount_capturable"]
        amount = _amount(params, "amount_to_capture") if "amount_to_capture" in params else left
        if amount > left:
            raise invalid("amount_too_large", f"The amount to capture is more than {left}.")
        charge = account.objects[intent["latest_charge"]]
        final = params.get("final_capture", "true") == "true"
        if not final and not account.options.get("multicapture"):
            message = "final_capture can only be set where multicapture is available."
            raise invalid("payment_intent_invalid_parameter", message)
        intent["metadata"].update(params.get("metadata", {}))
        intent["amount_received"] += amount
        intent["amount_capturable"] = 0 if final else left - amount
        intent["status"] = "succeeded" if not intent["amount_capturable"] else "requires_capture"
        charge["amount_captured"] += amount
        charge["captured"] = True
        paid = objects.balance_transaction(
            "charge", amount, intent["currency"], charge["id"], fee=amount // 50 + 25
        )
        account.objects[paid["id"]] = paid
        charge["balance_transaction"] = paid["id"]
        said = next((one for one in params.get("metadata", {}).values()), _reference(intent))
        account.did("capture", said.partition(" ")[0], str(amount), intent["currency"])
        self._tell(account, "payment_intent.succeeded", intent)
        if account.cards.get(charge["payment_method"]) == "pm_card_createDispute":
            self._open_dispute(account, charge)
        return intent

    async def _cancel(self, account: Account, request: web.Request, params: Params) -> dict[str, Any]:
        intent = self._found(account, request.match_info["id"], "payment_intent")
        if intent["status"] in ("succeeded", "canceled"):
            raise _unexpected(intent, "canceled")
        left, held = intent["amount_capturable"], intent["status"] == "requires_capture"
        intent.update(amount_capturable=0, next_action=None)
        intent["status"] = "succeeded" if intent["amount_received"] else "canceled"
        intent["canceled_at"] = objects.now() if intent["status"] == "canceled" else None
        if held:
            account.did("void", _reference(intent), str(left), intent["currency"])
        self._tell(account, "payment_intent.canceled", intent)
        return intent

    # Refunds, customers, methods

    async def _refund(self, account: Account, request: web.Request, params: Params) -> dict[str, Any]:
        intent = self._found(account, params.get("payment_intent", ""), "payment_intent")
        charge = account.objects.get(intent["latest_charge"] or "")
        if charge is None or not charge["captured"]:
            message = f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
            raise invalid("charge_not_refundable", message)
        left = charge["amount_captured"] - charge["amount_refunded"]
        amount = _amount(params, "amount") if "amount" in params else left
        if not left:
            raise invalid("charge_already_refunded", f"Charge {charge['id']} has already been refunded.")
        if amount > left:
            message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
            raise invalid("amount_too_large", message)
        refund = objects.refund(charge, amount, params.get("metadata", {}))
        account.objects[refund["id"]] = refund
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
        given = objects.balance_transaction("refund", -amount, charge["currency"], refund["id"], fee=0)
        account.objects[given["id"]] = given
        refund["balance_transaction"] = given["id"]
        account.did("refund", refund["metadata"].get("reference", ""), str(amount), charge["currency"])
        self._tell(account, "refund.created", refund)
        return refund

    async def _list_refunds(self, account: Account, request: web.Request, params: Params) -> dict[str, Any]:
        wanted = params.get("payment_intent")
        found = [one for one in _newest(account, "refund") if wanted in (None, one["payment_intent"])]
        return _page(found, params, "/v1/refunds")

    async def _customer(self, account: Account, request: web.Request, params: Params) -> dict[str, Any]:
        made = objects.customer(params.get("metadata", {}))
        account.objects[made["id"]] = made
        return made

    async def _detach(self, account: Account, request: web.Request, params: Params) -> dict[str, Any]:
        method = self._found(account, request.match_info["id"], "payment_method")
        if method["customer"] is None:
            message = (
                "The payment method you provided is not attached to a customer so detachment is impossible."
            )
            raise invalid("payment_method_not_attached", message)
        method["customer"] = None
        return method

    async def _show_script(self, request: web.Request) -> web.Response:
        """In the place of Stripe.js: a field of its own, from which a payment method is made."""
        return web.Response(text=objects.SCRIPT.replace("PEER", self.url), content_type="text/javascript")

    async def _make_method(self, request: web.Request) -> web.Response:
        """What a browser may ask for, with the publishable key."""
        form = await request.post()
        key, number = str(form.get("key", "")), str(form.get("card[number]", ""))
        name = objects.NUMBERS.get(number.replace(" ", ""))
        headers = {"access-control-allow-origin": "*"}
        if not key.startswith("pk_test_") or name is None:
            refused = invalid("incorrect_number", "Your card number is incorrect.", "number")
            return web.json_response(refused.body, status=402, headers=headers)
        account = self.account(key.removeprefix("pk_test_"))
        made = objects.payment_method(objects.CARDS[name])
        account.objects[made["id"]], account.cards[made["id"]] = made, name
        return web.json_response(made, headers=headers)

    # Disputes and balance

    async def _order_dispute(self, request: web.Request) -> web.Response:
        """By the `reference` of what is disputed: what a cardholder would do at the bank."""
        account, wanted = self.account(request.match_info["account"]), (await request.json())["reference"]
        charges = _newest(account, "charge")
        charge = next(one for one in charges if one["metadata"].get("reference") == wanted)
        return web.json_response(self._open_dispute(account, charge))

    def _open_dispute(self, account: Account, charge: dict[str, Any]) -> dict[str, Any]:
        dispute = objects.dispute(charge)
        account.objects[dispute["id"]] = dispute
        charge["disputed"] = True
        self._tell(account, "charge.dispute.created", dispute)
        return dispute

    async def _list_disputes(self, account: Account, request: web.Request, params: Params) -> dict[str, Any]:
        return _page(_newest(account, "dispute"), params, "/v1/disputes")

    async def _answer_dispute(self, account: Account, request: web.Request, params: Params) -> dict[str, Any]:
        """As with Stripe's test texts, `winning_evidence` and `losing_evidence` decide it at once."""
        dispute = self._found(account, request.match_info["id"], "dispute")
        if dispute["status"] != "needs_response":
            raise invalid("dispute_closed", "This dispute is already closed.")
        dispute["evidence"].update(params.get("evidence", {}))
        dispute["evidence_details"]["has_evidence"] = True
        if params.get("submit", "true") == "true":
            text = dispute["evidence"]["uncategorized_text"]
            decided = {"winning_evidence": "won", "losing_evidence": "lost"}.get(text, "under_review")
            dispute["evidence_details"]["submission_count"] += 1
            dispute["status"] = decided
            self._tell(account, "charge.dispute.updated", dispute)
        return dispute

    async def _close_dispute(self, account: Account, request: web.Request, params: Params) -> dict[str, Any]:
        dispute = self._found(account, request.match_info["id"], "dispute")
        if dispute["status"] not in ("needs_response", "under_review"):
            raise invalid("dispute_closed", "This dispute is already closed.")
        dispute["status"] = "lost"
        self._tell(account, "charge.dispute.closed", dispute)
        return dispute

    async def _list_balance(self, account: Account, request: web.Request, params: Params) -> dict[str, Any]:
        return _page(_newest(account, "balance_transaction"), params, "/v1/balance_transactions")

    # 3-D Secure

    async def _show_challenge(self, request: web.Request) -> web.Response:
        intent = self.account(request.match_info["account"]).objects[request.match_info["id"]]
        shown = html.escape(f"{intent['amount']} {intent['currency']}")
        page = (
            f"<!doctype html><title>3D Secure 2 Test Page</title><p>{shown}</p><form method=post>"
            "<button name=outcome value=complete>Complete</button>"
            "<button name=outcome value=fail>Fail</button></form>"
        )
        return web.Response(text=page, content_type="text/html")

    async def _answer_challenge(self, request: web.Request) -> web.Response:
        account, form = self.account(request.match_info["account"]), await request.post()
        intent = account.objects[request.match_info["id"]]
        redirect = (intent["next_action"] or {}).get("redirect_to_url")
        if intent["status"] != "requires_action" or redirect is None:
            return web.Response(status=409, text="This payment is not waiting for you.")
        passed = form.get("outcome") == "complete"
        method = account.objects[intent["payment_method"]]
        if passed:
            self._hold(account, intent, method)
        else:
            error = {
                "type": "invalid_request_error",
                "code": "payment_intent_authentication_failure",
                "message": "The provided PaymentMethod has failed authentication.",
                "payment_method": method,
            }
            intent.update(status="requires_payment_method", payment_method=None, next_action=None)
            intent["last_payment_error"] = error
            self._tell(account, "payment_intent.payment_failed", intent)
        status = "succeeded" if passed else "failed"
        query = f"payment_intent={intent['id']}&redirect_status={status}"
        joined = "&" if "?" in redirect["return_url"] else "?"
        raise web.HTTPSeeOther(f"{redirect['return_url']}{joined}{query}")


def _reference(intent: dict[str, Any]) -> str:
    return str(intent["metadata"].get("reference", ""))


def _amount(params: Params, name: str) -> int:
    text = params.get(name, "")
    if not re.fullmatch("[1-9][0-9]{0,11}", text):
        raise invalid("parameter_invalid_integer", f"Invalid integer: {text}", name)
    return int(text)


def _unexpected(intent: dict[str, Any], done: str) -> Refused:
    message = f"This PaymentIntent could not be {done} because it has a status of {intent['status']}."
    return invalid("payment_intent_unexpected_state", message, payment_intent=intent)


def _newest(account: Account, kind: str) -> list[dict[str, Any]]:
    return [one for one in reversed(account.objects.values()) if one["object"] == kind]


def _page(found: list[dict[str, Any]], params: Params, url: str) -> dict[str, Any]:
    after = params.get("starting_after")
    if after is not None:
        found = found[[one["id"] for one in found].index(after) + 1 :]
    limit = int(params.get("limit", 10))
    return {"object": "list", "data": found[:limit], "has_more": len(found) > limit, "url": url}
