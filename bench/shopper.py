"""A purchase as a browser makes it: a cart, a second line, the address, a card's token, the order."""

from __future__ import annotations

import random
import time
from array import array
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from bench.connection import Connection
from bench.load import BadAnswer, Journey, Taken
from bench.traffic import CARD, CHANGE, line_body, line_path, send

PROCESSOR_KEYS = "authorization: Bearer pk_sandbox_{merchant}\r\n"
Send = Callable[[str, bytes, int], Awaitable[bytes]]


class _CartAnswer(msgspec.Struct):
    cart_id: str


class _OrderAnswer(msgspec.Struct):
    state: str


class _TokenAnswer(msgspec.Struct):
    token: str


_cart = msgspec.json.Decoder(_CartAnswer).decode
_order = msgspec.json.Decoder(_OrderAnswer).decode
_token = msgspec.json.Decoder(_TokenAnswer).decode


def token_request(merchant: str) -> bytes:
    body = msgspec.json.encode(CARD)
    return send("POST", "/v1/tokens", body, PROCESSOR_KEYS.format(merchant=merchant))


def token_in(body: bytes) -> str:
    return _token(body).token


async def buy(shop: Send, vault: Send, merchant: str, skus: tuple[str, str]) -> None:
    """`shop` and `vault` send a step's request, expect a status, and answer the body. Raises BadAnswer."""
    first = msgspec.json.encode({"currency": "EUR", "lines": [{"sku": skus[0], "quantity": 1}]})
    cart_id = _cart(await shop("cart", send("POST", "/v1/carts", first), 201)).cart_id
    await shop("second line", send("POST", line_path(cart_id), line_body(skus[1])), 200)
    await shop("address", send("PATCH", f"/v1/carts/{cart_id}", msgspec.json.encode(CHANGE)), 200)
    token = token_in(await vault("token", token_request(merchant), 201))
    body = msgspec.json.encode({"cart_id": cart_id, "card_token": token})
    answer = await shop("order", send("POST", "/v1/orders", body), 201)
    if _order(answer).state != "placed":
        raise BadAnswer(f"the order is {answer[:300].decode()}")


def timed(connection: Connection, steps: dict[str, array[float]]) -> Send:
    """Sends over `connection` and writes down how long each step took."""

    async def ask(step: str, request: bytes, expected: int) -> bytes:
        began = time.perf_counter()
        status, body = await connection.exchange(request)
        if status != expected:
            raise BadAnswer(f"{step}: {status} {body[:300].decode(errors='replace')}")
        steps.setdefault(step, array("d")).append(time.perf_counter() - began)
        return body

    return ask


async def shopper(port: int, processor_port: int, merchant: str, skus: Sequence[str], seed: int) -> Journey:
    """One who buys two different things, again and again, over connections of their own."""
    connection, vault = await Connection.open(port), await Connection.open(processor_port)
    chance = random.Random(seed)

    async def purchase(taken: Taken) -> None:
        first, second = chance.sample(skus, 2)
        steps = taken.steps_seconds
        await buy(timed(connection, steps), timed(vault, steps), merchant, (first, second))

    return purchase


async def floor_shopper(
    port: int, processor_port: int, merchant: str, skus: Sequence[str], seed: int
) -> Journey:
    """The same purchase of the floor: a card's token, and one request for all the rest."""
    connection, vault = await Connection.open(port), await Connection.open(processor_port)
    chance = random.Random(seed)

    async def purchase(taken: Taken) -> None:
        steps = taken.steps_seconds
        token = token_in(await timed(vault, steps)("token", token_request(merchant), 201))
        body = msgspec.json.encode({"card_token": token, "skus": chance.sample(skus, 2)})
        await timed(connection, steps)("order", send("POST", "/purchase", body), 201)

    return purchase
