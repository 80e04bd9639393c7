"""Do the peers answer as the providers say that they do? Every operation is driven, and every answer validated
against the published OpenAPI: `python -m tests.peers.validate --stripe spec3.json.gz --paypal DIRECTORY`.

The descriptions are the providers' own (https://github.com/stripe/openapi,
https://github.com/paypal/paypal-rest-api-specifications); they are not part of this repository.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import jsonschema

from tests.peers.paypal_peer import PayPalPeer
from tests.peers.serving import serving
from tests.peers.stripe_peer import StripePeer

PAYPAL_DOCUMENTS = (
    "checkout_orders_v2",
    "payments_payment_v2",
    "vault_payment_tokens_v3",
    "customer_disputes_v1",
)


@dataclass
class Description:
    """One OpenAPI document: which schema an answer must fit."""

    document: dict[str, Any]
    _patterns: list[tuple[re.Pattern[str], str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for path in sorted(self.document["paths"], key=lambda one: one.count("{")):
            self._patterns.append((re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), path))
        self.document = _as_json_schema(self.document)

    def schema(self, method: str, path: str, status: int) -> dict[str, Any] | None:
        """None where the document says nothing of such an answer; empty where it has no body."""
        known = next((name for pattern, name in self._patterns if pattern.fullmatch(path)), None)
        operation = self.document["paths"].get(known, {}).get(method.lower()) if known else None
        if operation is None:
            return None
        response = operation["responses"].get(str(status)) or operation["responses"].get("default")
        if response is None:
            return None
        if "$ref" in response:
            response = self.document["components"]["responses"][response["$ref"].rpartition("/")[2]]
        content = response.get("content", {}).get("application/json")
        return {} if content is None else content["schema"]

    def problems(self, schema: dict[str, Any], answer: Any) -> Iterator[str]:
        whole = {**schema, "components": self.document["components"]}
        for error in jsonschema.Draft7Validator(whole).iter_errors(answer):
            deepest = _deepest(error)
            place = "/".join(str(part) for part in deepest.absolute_path)
            yield f"{place or '(all)'}: {deepest.message[:200]}"


def _deepest(error: jsonschema.ValidationError) -> jsonschema.ValidationError:
    return jsonschema.exceptions.best_match([error]) or error


def _as_json_schema(value: Any) -> Any:
    """OpenAPI 3.0 in JSON Schema's words: `nullable`, and discriminators, whose choice anyOf makes as well."""
    if isinstance(value, list):
        return [_as_json_schema(one) for one in value]
    if not isinstance(value, dict):
        return value
    made = {
        name: _as_json_schema(one) for name, one in value.items() if name not in ("discriminator", "nullable")
    }
    if value.get("nullable") is True:
        return {"anyOf": [{"type": "null"}, made]}
    return made


@dataclass
class Validation:
    description: list[Description]
    operations: set[str] = field(default_factory=set)
    answers: int = 0
    wrong: list[str] = field(default_factory=list)

    def look(self, answer: httpx.Response) -> None:
        method, path = answer.request.method, answer.request.url.path
        found = (one.schema(method, path, answer.status_code) for one in self.description)
        document = next(
            (one for one in self.description if one.schema(method, path, answer.status_code) is not None),
            None,
        )
        schema = next((one for one in found if one is not None), None)
        if document is None or schema is None:
            if path.startswith(("/v1/", "/v2/", "/v3/")):
                self.wrong.append(f"{method} {path} {answer.status_code}: not described")
            return
        self.answers += 1
        self.operations.add(
            f"{method} {re.sub(r'/(pi|re|cus|pm|ch|dp)_[0-9a-z]+|/[0-9A-Z-]{10,}', '/ID', path)}"
        )
        if not schema:
            if answer.content:
                self.wrong.append(f"{method} {path} {answer.status_code}: has a body")
            return
        self.wrong += [
            f"{method} {path} {answer.status_code}: {said}"
            for said in document.problems(schema, answer.json())
        ]


def drive_stripe(client: httpx.Client, url: str) -> None:
    def post(path: str, key: str | None = None, **form: Any) -> Any:
        headers = {"idempotency-key": key} if key else {}
        return client.post(
            path, data={name.replace("__", "["): value for name, value in form.items()}, headers=headers
        ).json()

    def paid(card: str = "pm_card_visa", **more: Any) -> Any:
        form = {
            "amount": "5000",
            "currency": "eur",
            "capture_method": "manual",
            "confirm": "true",
            "payment_method": card,
            "metadata[reference]": "authorise-1",
            "return_url": "https://shop.example/back",
            "expand[0]": "latest_charge",
            "expand[1]": "payment_method",
        }
        return client.post(
            "/v1/payment_intents", data={**form, **more}, headers={"idempotency-key": card}
        ).json()

    paid("pm_card_visa_chargeDeclined")
    paid("pm_card_nobody")
    challenged = paid("pm_card_threeDSecure2Required")
    client.get(challenged["next_action"]["redirect_to_url"]["url"])
    client.post(challenged["next_action"]["redirect_to_url"]["url"], data={"outcome": "fail"})
    client.get(f"/v1/payment_intents/{challenged['id']}")
    customer = post("/v1/customers", **{"metadata[reference]": "authorise-1"})
    client.get(f"/v1/customers/{customer['id']}")
    first = paid(customer=customer["id"], setup_future_usage="off_session")
    paid()
    paid(amount="1")
    client.get("/v1/payment_intents", params={"limit": 2})
    client.get("/v1/payment_intents/search", params={"query": "metadata['reference']:'authorise-1'"})
    client.get("/v1/payment_intents/pi_unknown")
    client.get(f"/v1/payment_methods/{first['payment_method']['id']}")
    post(f"/v1/payment_intents/{first['id']}/capture", amount_to_capture="5001")
    post(f"/v1/payment_intents/{first['id']}/capture", amount_to_capture="3000")
    post(f"/v1/payment_intents/{first['id']}/cancel")
    client.get(f"/v1/charges/{first['latest_charge']['id']}")
    post("/v1/refunds", payment_intent=first["id"], amount="3001")
    refund = post("/v1/refunds", payment_intent=first["id"], amount="1000")
    client.get(f"/v1/refunds/{refund['id']}")
    client.get("/v1/refunds", params={"payment_intent": first["id"]})
    post(f"/v1/payment_methods/{first['payment_method']['id']}/detach")
    post(f"/v1/payment_methods/{first['payment_method']['id']}/detach")
    voided = paid("pm_card_mastercard")
    post(f"/v1/payment_intents/{voided['id']}/cancel")
    disputed = paid("pm_card_createDispute")
    post(f"/v1/payment_intents/{disputed['id']}/capture")
    dispute = client.get("/v1/disputes").json()["data"][0]
    post(f"/v1/disputes/{dispute['id']}", **{"evidence[uncategorized_text]": "winning_evidence"})
    client.get(f"/v1/disputes/{dispute['id']}")
    other = paid("pm_card_createDispute", **{"metadata[reference]": "authorise-2"})
    del other
    post(f"/v1/disputes/{dispute['id']}/close")
    client.get("/v1/balance_transactions")
    client.get("/v1/customers/cus_unknown", headers={"authorization": "Bearer sk_test_"})


def drive_paypal(client: httpx.Client, url: str) -> None:
    def order(reference: str, payer: str = "good", **wallet: Any) -> Any:
        unit = {
            "amount": {"currency_code": "EUR", "value": "50.00"},
            "custom_id": reference,
            "invoice_id": reference,
        }
        body = {"intent": "AUTHORIZE", "purchase_units": [unit], "payment_source": {"paypal": wallet}}
        made = client.post("/v2/checkout/orders", json=body, headers={"paypal-request-id": reference}).json()
        approval = next(one["href"] for one in made["links"] if one["rel"] == "payer-action")
        client.get(approval)
        if payer:
            client.post(approval, data={"payer": payer})
        return made

    def held(made: Any) -> Any:
        path = f"/v2/checkout/orders/{made['id']}/authorize"
        shown = client.post(path, json={}, headers={"paypal-request-id": made["id"]}).json()
        units = shown.get("purchase_units")
        return units[0]["payments"]["authorizations"][0] if units else None

    def money(value: str) -> dict[str, Any]:
        return {
            "amount": {"currency_code": "EUR", "value": value},
            "invoice_id": f"capture-{value.replace('.', '-')}",
        }

    client.post("/v2/checkout/orders", json={}, headers={"paypal-request-id": "0"})
    client.get("/v2/checkout/orders/UNKNOWN0000000000")
    waiting = order("authorise-0", payer="")
    held(waiting)
    change = {"op": "replace", "path": "/purchase_units/@reference_id=='default'/custom_id", "value": "void"}
    client.patch(f"/v2/checkout/orders/{waiting['id']}", json=[change])
    client.patch(f"/v2/checkout/orders/{waiting['id']}", json=[{**change, "path": "/intent"}])
    held(order("authorise-1", "declined"))
    vault = {"store_in_vault": "ON_SUCCESS", "usage_type": "MERCHANT"}
    first = order("authorise-2", attributes={"vault": vault})
    authorization = held(first)
    client.get(f"/v2/checkout/orders/{first['id']}")
    path = f"/v2/payments/authorizations/{authorization['id']}"
    client.get(path)
    client.post(f"{path}/reauthorize", json=money("50.00"))
    client.post(f"{path}/capture", json=money("99.00"))
    taken = client.post(f"{path}/capture", json=money("30.00")).json()
    client.get(f"/v2/payments/captures/{taken['id']}")
    client.post(f"/v2/payments/captures/{taken['id']}/refund", json=money("30.01"))
    refund = client.post(f"/v2/payments/captures/{taken['id']}/refund", json=money("10.00")).json()
    client.get(f"/v2/payments/refunds/{refund['id']}")
    whole = client.get(f"/v2/checkout/orders/{first['id']}").json()
    token = whole["payment_source"]["paypal"]["attributes"]["vault"]["id"]
    client.get(f"/v3/vault/payment-tokens/{token}")
    client.delete(f"/v3/vault/payment-tokens/{token}")
    client.get(f"/v3/vault/payment-tokens/{token}")
    client.post(f"{path}/void", json={}, headers={"prefer": "return=representation"})
    client.post(f"{path}/void", json={})
    client.post(f"{path}/capture", json=money("1.00"))
    renewed = held(order("authorise-3"))
    client.put("/_peer/validate", json={"options": {"days": 5}})
    client.post(f"/v2/payments/authorizations/{renewed['id']}/reauthorize", json=money("50.00"))
    client.post(f"/v2/payments/authorizations/{renewed['id']}/void", json={})
    for evidence in (True, False):
        dispute = client.post("/_peer/validate/disputes", json={"reference": taken["custom_id"]}).json()
        about = f"/v1/customer/disputes/{dispute['dispute_id']}"
        client.get(about)
        if evidence:
            given = json.dumps({"evidences": [{"evidence_type": "OTHER", "notes": "sent"}]})
            client.post(f"{about}/provide-evidence", files={"input": (None, given, "application/json")})
        else:
            client.post(f"{about}/accept-claim", json={"note": "yours"})
        client.get(about)


def validated(
    peer: Any, descriptions: list[Description], headers: Callable[[str], dict[str, str]], drive: Any
) -> Validation:
    validation = Validation(descriptions)
    with serving(peer) as running:
        hooks = {"response": [lambda answer: (answer.read(), validation.look(answer))]}
        with httpx.Client(
            base_url=running.url, headers=headers(running.url), event_hooks=hooks, timeout=10
        ) as client:
            drive(client, running.url)
    return validation


def _paypal_headers(url: str) -> dict[str, str]:
    auth = httpx.BasicAuth("client-validate", "secret-validate")
    given = httpx.post(f"{url}/v1/oauth2/token", auth=auth, data={"grant_type": "client_credentials"}).json()
    return {"authorization": f"Bearer {given['access_token']}", "prefer": "return=representation"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stripe", type=Path, help="Stripe's spec3.json, or .json.gz")
    parser.add_argument("--paypal", type=Path, help="the directory of PayPal's documents")
    chosen, wrong = parser.parse_args(), 0
    runs = []
    if chosen.stripe:
        raw = chosen.stripe.read_bytes()
        document = json.loads(gzip.decompress(raw) if chosen.stripe.suffix == ".gz" else raw)
        key = {"authorization": "Bearer sk_test_validate"}
        runs.append(("Stripe", validated(StripePeer(), [Description(document)], lambda _: key, drive_stripe)))
    if chosen.paypal:
        documents = [json.loads((chosen.paypal / f"{name}.json").read_bytes()) for name in PAYPAL_DOCUMENTS]
        described = [Description(one) for one in documents]
        runs.append(("PayPal", validated(PayPalPeer(), described, _paypal_headers, drive_paypal)))
    for name, validation in runs:
        print(
            f"{name}: {validation.answers} answers of {len(validation.operations)} operations, "
            f"{len(validation.wrong)} wrong"
        )
        for said in dict.fromkeys(validation.wrong):
            print(f"  {said}")
        wrong += len(validation.wrong)
    return 1 if wrong or not runs else 0


if __name__ == "__main__":
    sys.exit(main())
