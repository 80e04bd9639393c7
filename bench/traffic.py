"""The requests of each scenario, encoded once; shop and floor are sent the very same bytes."""

from __future__ import annotations

import itertools
import random
import uuid
from collections.abc import Iterator, Sequence

import msgspec

from bench.catalogue import CATEGORIES, cart_id_of, category_of, second_sku_of
from bench.plan import DETAIL, LINE, LIST

ADDRESS = {
    "name": "Ada Lovelace",
    "line1": "Karl-Liebknecht-Strasse 12",
    "postal_code": "04107",
    "city": "Leipzig",
    "country": "DE",
}
CHANGE = {"email": "ada@example.com", "shipping_address": ADDRESS, "shipping_method": "standard"}
CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
STATUS = {DETAIL: 200, LIST: 200, LINE: 200}


class Goods(msgspec.Struct, frozen=True):
    """What the client must know of the shop."""

    product_ids: list[str]
    products: int
    carts: int


def detail_path(product_id: str) -> str:
    return f"/v1/products/{product_id}"


def list_paths() -> list[str]:
    """A category's first page, of each category."""
    slugs = [category_of(number).lower().replace(" ", "-") for number in range(CATEGORIES)]
    return [f"/v1/products?category={slug}&limit=24" for slug in slugs]


def line_path(cart_id: str) -> str:
    return f"/v1/carts/{cart_id}/lines"


def line_body(sku: str) -> bytes:
    return msgspec.json.encode({"sku": sku, "quantity": 1})


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: application/json\r\n\r\n".encode()


def send(method: str, path: str, body: bytes, headers: str = "") -> bytes:
    """`headers` are whole lines. A mutation carries a new Idempotency-Key."""
    return (
        f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: application/json\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
        f"idempotency-key: {uuid.uuid4()}\r\n{headers}\r\n"
    ).encode() + body


def requests_of(scenario: str, goods: Goods, first_cart: int) -> Iterator[bytes]:
    """Reads go round for ever; each waiting cart, from `first_cart` on, is used once."""
    if scenario == DETAIL:
        return itertools.cycle(_shuffled([detail_path(i) for i in goods.product_ids]))
    if scenario == LIST:
        return itertools.cycle(_shuffled(list_paths()))
    assert scenario == LINE, scenario
    return (
        send("POST", line_path(str(cart_id_of(cart))), line_body(second_sku_of(cart, goods.products)))
        for cart in range(first_cart, goods.carts)
    )


def _shuffled(paths: Sequence[str]) -> list[bytes]:
    encoded = [get(path) for path in paths]
    random.Random(11).shuffle(encoded)
    return encoded
