"""The floor: a bare ASGI function that does a request's SQL, and nothing else that a shop does.

`python -m bench.floor SCRIPT POOL` on the server and driver of the shop, its connections lent by the `driver`'s own
pool, or by the `shop`'s. It fetches the same rows by the same
statements and then answers the shop's own bytes out of memory: it puts no answer together, checks nothing,
authorises nobody, counts and logs nothing. A purchase is one request, with the same transactions and the
same call of the card processor. See README.md for what that means.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import uvicorn
import uvloop

from bench.catalogue import first_sku_of, number_of_cart
from bench.replay import DRIVER_METHODS, Replay
from bench.script import Read, Script
from tradewind.adapters.database.pool import ConnectionPool
from tradewind.adapters.database.postgres import connection_options
from tradewind.adapters.payment_gateway.sandbox import open_gateway
from tradewind.cli.options import Options
from tradewind.cli.serve import collect_less_garbage, listen, server_config
from tradewind.kernel import settings
from tradewind.kernel.clock import SystemClock
from tradewind.services import registry
from tradewind.services.payment.settings import Settings as PaymentSettings

Run = Callable[[], Awaitable[None]]


class _Line(msgspec.Struct):
    sku: str


class _Purchase(msgspec.Struct):
    card_token: str
    skus: tuple[str, str]


_line = msgspec.json.Decoder(_Line).decode
_purchase = msgspec.json.Decoder(_Purchase).decode


class Floor:
    """The ASGI application."""

    def __init__(self, script: Script, pools: dict[str, Any], authorise: Callable[..., Any]) -> None:
        self._reads = {path: _reading(read, pools) for path, read in script.reads.items()}
        new_id = SystemClock().new_id
        self._line = Replay(script.line.tape, script.line.names, pools, authorise, new_id)
        self._purchase = Replay(script.purchase.tape, script.purchase.names, pools, authorise, new_id)
        self._script = script

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        path, status = scope["path"], 200
        if scope["method"] == "GET":
            if path == "/empty":
                body = b""
            else:
                query = scope["query_string"]
                run, body = self._reads[f"{path}?{query.decode()}" if query else path]
                await run()
        elif path == "/purchase":
            status, body = 201, await self._buy(await receive())
        else:
            body = await self._add_line(path.split("/")[3], await receive(), scope["headers"])
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _add_line(self, cart_id: str, message: Any, headers: list[tuple[bytes, bytes]]) -> bytes:
        values = {
            "cart_id": cart_id,
            "first_sku": first_sku_of(number_of_cart(uuid.UUID(cart_id)), self._script.products),
            "second_sku": _line(message["body"]).sku,
            "key": next(value for name, value in headers if name == b"idempotency-key").decode(),
        }
        await self._line.run(values)
        return self._script.line.body

    async def _buy(self, message: Any) -> bytes:
        wanted = _purchase(message["body"])
        values = {"card_token": wanted.card_token, "first_sku": wanted.skus[0], "second_sku": wanted.skus[1]}
        for name in ("key0", "key1", "key2", "key3"):
            values[name] = str(uuid.uuid4())
        await self._purchase.run(values)
        return self._script.purchase.body


def _reading(read: Read, pools: dict[str, Any]) -> tuple[Run, bytes]:
    prepared = [
        (
            getattr(pools[statement.service], DRIVER_METHODS[statement.method]),
            statement.sql,
            statement.arguments,
        )
        for statement in read.statements
    ]

    async def run() -> None:
        for method, sql, arguments in prepared:
            await method(sql, *arguments)

    return run, read.body


class _Connection(asyncpg.Connection):
    """Given back to its pool without a round trip that resets it, as in the shop."""

    __slots__ = ()

    def get_reset_query(self) -> str:
        return ""


async def _drivers_pool(url: str, service: str, most: int) -> Any:
    """With connections opened as the shop's are, and as many of them."""
    options = connection_options(service)
    return await asyncpg.create_pool(url, min_size=0, max_size=most, connection_class=_Connection, **options)


class _ShopsPool:
    """The shop's pool, with the methods of the driver's."""

    def __init__(self, url: str, service: str, most: int) -> None:
        options = connection_options(service)
        self._pool = ConnectionPool(lambda: asyncpg.connect(url, **options), most)
        for name in DRIVER_METHODS.values():
            setattr(self, name, self._lending(name))

    def _lending(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def run(sql: str, *arguments: Any) -> Any:
            connection = await self._pool.take()
            answer = await getattr(connection, name)(sql, *arguments)
            self._pool.give_back(connection, sound=True)
            return answer

        return run

    async def acquire(self) -> Any:
        return await self._pool.take()

    async def release(self, connection: Any) -> None:
        self._pool.give_back(connection, sound=True)


async def serve(script: Script, pool: str) -> None:
    """Until standard input ends, which is when who started it has ended."""
    url, most = os.environ["TRADEWIND_DATABASE_URL"], Options().database_connections
    pools: dict[str, Any] = {
        name: _ShopsPool(url, name, most) if pool == "shop" else await _drivers_pool(url, name, most)
        for name in registry.NAMES
    }
    gateway = open_gateway(settings.load(PaymentSettings, "payment", os.environ))
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(server_config(Floor(script, pools, gateway.authorise)))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    collect_less_garbage()
    print(listener.getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.buffer.read)
    server.should_exit = True
    await serving
    await gateway.close()


if __name__ == "__main__":
    uvloop.run(serve(pickle.loads(Path(sys.argv[1]).read_bytes()), sys.argv[2]))
