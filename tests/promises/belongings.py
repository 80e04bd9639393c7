"""What customers have, and whose each id in the API is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.promises.market import GUEST, PASSWORD, Market, Person
from tests.promises.operations import Operation, resolved
from tests.promises.payment_requests import saved_method_of
from tests.promises.ready import PICTURE


@dataclass(frozen=True)
class Belongings:
    """What a customer has, of every kind that a path, a query or a body may name."""

    ada: Person
    by_name: dict[str, str]

    def words(self) -> list[str]:
        """Those that nobody else's answer may hold."""
        assert self.ada.account_id is not None
        own = [value for name, value in self.by_name.items() if name not in NOT_PERSONAL]
        return [*own, self.ada.email, str(self.ada.account_id), "Countess of Lovelace"]


Provider = Callable[[Market, Person], Awaitable[str]]


async def cart_of(market: Market, who: Person) -> str:
    cart = await market.cart(who)
    return f"{cart['cart_id']} {cart['sku']}"


async def order_of(market: Market, who: Person) -> str:
    return str((await market.order(who))["order_id"])


async def payment_of(market: Market, who: Person) -> str:
    return await market.payment_id(await order_of(market, who))


async def address_of(market: Market, who: Person) -> str:
    body = {
        "address": {
            "name": "Countess of Lovelace",
            "line1": "Torstr. 1",
            "city": "Berlin",
            "country": "DE",
            "postal_code": "10119",
        }
    }
    return str((await market.send(who, "POST", "/v1/me/addresses", body))["address_id"])


async def api_key_of(market: Market, who: Person) -> str:
    made = await market.send(who, "POST", "/v1/me/api-keys", {"name": "robot"})
    return str(made["api_key"]["api_key_id"])


async def session_of(market: Market, who: Person) -> str:
    body = {"email": who.email, "password": PASSWORD}
    return str((await market.send(GUEST, "POST", "/v1/sessions", body))["session_id"])


async def review_of(market: Market, who: Person) -> str:
    """Not bought, so that it waits for staff: published ones are everybody's to read."""
    product_id = (await market.product(stock=0))["product_id"]
    words = {"rating": 3, "title": "As shown", "text": "The countess finds it adequate."}
    written = await market.send(who, "POST", f"/v1/products/{product_id}/reviews", words)
    return str(written["review_id"])


async def account_of(market: Market, who: Person) -> str:
    return str(who.account_id)


async def document_of(market: Market, who: Person) -> str:
    """An order's invoice, as PDF."""
    path = f"/v1/orders/{await order_of(market, who)}/invoices"
    return f"{(await market.send(market.admin, 'POST', path, {}))['number']}.pdf"


async def message_of(market: Market, who: Person) -> str:
    """The confirmation of an order."""
    order_id = await order_of(market, who)
    await market.shop.deliver_events()
    listed = await market.send(market.admin, "GET", "/v1/messages", params={"order_id": order_id})
    return str(listed["items"][0]["message_id"])


async def _sent_of(market: Market, who: Person) -> tuple[str, dict[str, Any]]:
    """The path of an order that was shipped, and a line of it."""
    order = await market.order(who, quantity=2)
    path = f"/v1/orders/{order['order_id']}"
    await market.send(market.admin, "POST", f"{path}/fulfilments", {})
    await market.shop.deliver_events()
    return path, {"sku": order["sku"], "quantity": 1}


async def return_of(market: Market, who: Person) -> str:
    """With its order's id behind it."""
    path, line = await _sent_of(market, who)
    made = await market.send(who, "POST", f"{path}/returns", {"lines": [line]})
    return f"{made['return_id']} {made['order_id']}"


async def claim_of(market: Market, who: Person) -> str:
    path, line = await _sent_of(market, who)
    made = await market.send(who, "POST", f"{path}/claims", {"kind": "missing", "lines": [line]})
    return f"{made['claim_id']} {made['order_id']}"


async def photo_of(market: Market, who: Person) -> str:
    """With its order's id and its claim's behind it."""
    claim_id, _, order_id = (await claim_of(market, who)).partition(" ")
    path = f"/v1/orders/{order_id}/claims/{claim_id}/photos"
    made = await market.edge.post(path, content=PICTURE, headers=who.headers)
    return f"{made.json()['photo_id']} {order_id} {claim_id}"


async def edit_of(market: Market, who: Person) -> str:
    """One that the customer was asked about."""
    order = await market.order(who, quantity=2)
    path = f"/v1/orders/{order['order_id']}/edits"
    change = {"lines": [{"sku": order["sku"], "quantity": 1}]}
    made = await market.send(market.admin, "POST", path, change)
    await market.send(market.admin, "POST", f"{path}/{made['edit_id']}/request", {})
    return f"{made['edit_id']} {made['order_id']}"


async def exchange_of(market: Market, who: Person) -> str:
    path, line = await _sent_of(market, who)
    body = {"returns": [line], "lines": [line]}
    made = await market.send(market.admin, "POST", f"{path}/exchanges", body)
    await market.send(market.admin, "POST", f"{path}/exchanges/{made['edit_id']}/request", {})
    return f"{made['edit_id']} {made['order_id']}"


# Whose each id is: how to make one that belongs to a customer, or why it belongs to nobody.
PERSONAL: dict[str, Provider] = {
    "cart_id": cart_of,
    "order_id": order_of,
    "owner_id": order_of,  # what an order holds is reserved under its id
    "owner_ids": order_of,
    "payment_id": payment_of,
    "address_id": address_of,
    "api_key_id": api_key_of,
    "session_id": session_of,
    "account_id": account_of,
    "message_id": message_of,
    "file_name": document_of,
    "review_id": review_of,
    "return_id": return_of,
    "claim_id": claim_of,
    "photo_id": photo_of,
    "edit_id": edit_of,
    "exchange_id": exchange_of,
    "saved_method_id": saved_method_of,
    "method_id": saved_method_of,
    "customer_id": account_of,
}
NOT_PERSONAL: dict[str, str] = {
    "gift_card_id": "staff's: whoever holds a gift card knows its code alone",
    "rule_id": "staff's, and no customer's",
    "dispute_id": "staff's, and no customer's",
    "settlement_id": "staff's, and no customer's",
    "exception_id": "staff's, and no customer's",
    "received_webhook_id": "staff's, and no customer's",
    "zone": "of a warehouse",
    "bin": "of a warehouse",
    "purchase_order_id": "staff's, and no customer's",
    "transfer_id": "staff's, and no customer's",
    "count_id": "staff's, and no customer's",
    "task_id": "staff's, and no customer's",
    "pick_list_id": "staff's, and no customer's",
    "adjustment_id": "staff's, and no customer's",
    "product_id": "what is sold is public, and changed by staff",
    "category_id": "as products",
    "parent_id": "as products",
    "brand_id": "as products",
    "slug": "as products",
    "external_id": "as products",
    "name": "of a picture, which is public",
    "sku": "as products; the line of a cart is the cart's",
    "import_id": "staff's, and no customer's",
    "event_id": "the platform's own",
    "fulfilment_id": "its order's, which the path names before it",
    "code": "of a warehouse, a shipping method, a shipping zone",
    "promotion_id": "staff's, and no customer's",
    "product_ids": "as products: what a promotion is for",
    "category_ids": "as products",
    "get_product_ids": "as products",
    "currency": "of the shop's terms",
    "country": "of a tax rate",
    "tax_class": "of a tax rate",
    "processor": "the one that there is",
    "search_id": "says what was searched for, and by nobody's name",
    "synonym_id": "staff's, and no customer's",
    "kind": "of a mail, with made-up data",
}


def ids_in(operation: Operation) -> set[str]:
    """Every name in the path, and every id in the query and in the body, however deep."""
    found = set(operation.path_names)
    found |= {name for name, schema in operation.query_schemas.items() if _is_id(schema)}
    if operation.body_schema is not None:
        found |= _ids(operation.body_schema, "", 0)
    return found


def _is_id(schema: dict[str, Any]) -> bool:
    return schema.get("format") == "uuid" or any(_is_id(option) for option in schema.get("anyOf", ()))


def _ids(schema: dict[str, Any], name: str, depth: int) -> set[str]:
    if depth > 8:
        return set()
    schema = resolved(schema)
    if schema.get("format") == "uuid":
        return {name}
    found: set[str] = set()
    for option in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else [])):
        found |= _ids(option, name, depth + 1)
    for field, part in schema.get("properties", {}).items():
        found |= _ids(part, field, depth + 1)
    return found
