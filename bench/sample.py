"""One shop in this process, recorded: the floor's script, and how many statements and commits a purchase has."""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
import msgspec

from bench.catalogue import all_skus, cart_id_of, first_sku_of, second_sku_of
from bench.load import BadAnswer
from bench.percentiles import median
from bench.plan import Plan
from bench.recording import Authorise, RecordedClock, RecordedDatabase, RecordedGateway, Statement, Tape
from bench.replay import named
from bench.script import Read, Script, Written
from bench.shopper import buy
from bench.stage import SAMPLE, SECRET_KEY, Stage
from bench.traffic import Goods, detail_path, line_body, line_path, list_paths, send
from tradewind.adapters.database.postgres import PostgresDatabase
from tradewind.adapters.payment_gateway.choice import open_gateways
from tradewind.cli.engines import SandboxProcessor
from tradewind.cli.supervise import free_port
from tradewind.cli.world import PORTS
from tradewind.gateway.gateway import Gateway
from tradewind.gateway.settings import Settings as GatewaySettings
from tradewind.kernel import settings
from tradewind.kernel.compose import Runtime, World
from tradewind.kernel.graph import Graph
from tradewind.kernel.server import Server
from tradewind.ports.payment_gateway import Gateways
from tradewind.services import registry

MERCHANT = "benchsample"
LARGEST_PAGE = 100
_KEY = re.compile(rb"idempotency-key: (\S+)")


class Counted(msgspec.Struct, frozen=True):
    """A purchase by both counts: what the ports were asked for, and what PostgreSQL says it did."""

    purchases: int
    statements_recorded: float
    commits_recorded: float
    statements_of_postgres: float
    commits_of_postgres: float
    by_request: dict[str, list[int]]  # statements, commits


@dataclass(frozen=True)
class Sample:
    goods: Goods
    script: Script
    counted: Counted


class _Recorder:
    """Sends encoded requests to the shop in this process and to the card processor."""

    def __init__(self, shop: httpx.AsyncClient, processor: httpx.AsyncClient, tape: Tape) -> None:
        self._shop, self._processor, self.tape = shop, processor, tape
        self.keys: list[str] = []
        self.token = ""
        self.by_request: dict[str, list[int]] = {}

    async def get(self, path: str) -> Read:
        self.tape.clear()
        answer = await self._shop.get(path)
        if answer.status_code != 200:
            raise BadAnswer(f"{path}: {answer.status_code} {answer.text[:300]}")
        statements = [step for step in self.tape.steps if isinstance(step, Statement)]
        assert len(statements) == len(self.tape.steps), f"{path} reads without transactions"
        return Read(statements, answer.content)

    async def shop(self, step: str, request: bytes, expected: int) -> bytes:
        """The request's own key is kept, to be replaced in the replay."""
        before = self.tape.statements, self.tape.commits
        found = _KEY.search(request)
        assert found is not None, "a mutation has a key"
        self.keys.append(found[1].decode())
        body = await _sent(self._shop, step, request, expected)
        self.by_request[step] = [self.tape.statements - before[0], self.tape.commits - before[1]]
        return body

    async def vault(self, step: str, request: bytes, expected: int) -> bytes:
        body = await _sent(self._processor, step, request, expected)
        self.token = msgspec.json.decode(body)["token"]
        return body


async def _sent(client: httpx.AsyncClient, step: str, request: bytes, expected: int) -> bytes:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, path, _ = first.split(" ")
    pairs = (line.split(": ", 1) for line in lines)
    headers = [(name, value) for name, value in pairs if name not in ("host", "content-length")]
    answer = await client.request(method, path, content=body, headers=headers)
    if answer.status_code != expected:
        raise BadAnswer(f"{step}: {answer.status_code} {answer.text[:300]}")
    return answer.content


@asynccontextmanager
async def _recorded_shop(stage: Stage) -> AsyncIterator[_Recorder]:
    """Gateway and services as in `tradewind up`, on recorded ports; no relay and no job runs beside them."""
    tape = Tape()
    processor = SandboxProcessor(stage.folder / "sample-processor", free_port())
    environ = stage.merchant_environ(MERCHANT, SAMPLE, await processor.start())
    world = World(
        environ=environ,
        open_database=lambda name: RecordedDatabase(PostgresDatabase(stage.database_url(SAMPLE), name), tape),
        ports={
            **PORTS,
            Gateways: lambda chosen: open_gateways(chosen).around(lambda one: RecordedGateway(one, tape)),
        },
        secret_key=SECRET_KEY,
        clock=RecordedClock(tape),
    )
    runtime = Runtime(Graph.of(registry.load()), registry.NAMES, world)
    gateway = Gateway(runtime, settings.load(GatewaySettings, "gateway", environ))
    app: Any = Server(gateway.handle, None, access_log=False)
    try:
        async with (
            httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://shop") as shop,
            httpx.AsyncClient(base_url=environ["TRADEWIND_PAYMENT_PROCESSOR_URL"]) as vault,
        ):
            yield _Recorder(shop, vault, tape)
    finally:
        await runtime.stop()
        await processor.stop()


async def take_sample(stage: Stage, plan: Plan) -> Sample:
    """Nothing else may run on the server meanwhile: see _count."""
    async with _recorded_shop(stage) as recorder:
        goods = Goods(await _product_ids(recorder, plan), plan.products, plan.carts)
        paths = [*map(detail_path, goods.product_ids), *list_paths()]
        reads = {path: await recorder.get(path) for path in paths}
        line = await _recorded_line(recorder, plan)
        purchase = await _recorded_purchase(recorder, plan)
        counted = await _count(recorder, stage, plan)
    return Sample(goods, Script(reads, line, purchase, plan.products), counted)


async def _product_ids(recorder: _Recorder, plan: Plan) -> list[str]:
    ids: list[str] = []
    cursor = ""
    while len(ids) < plan.products:
        page = msgspec.json.decode((await recorder.get(f"/v1/products?limit={LARGEST_PAGE}{cursor}")).body)
        ids += [item["product_id"] for item in page["items"]]
        cursor = f"&cursor={page['next']}"
    return ids


async def _recorded_line(recorder: _Recorder, plan: Plan) -> Written:
    number = plan.carts - 1
    cart_id, sku = str(cart_id_of(number)), second_sku_of(number, plan.products)
    body = await _recorded(
        recorder, lambda: recorder.shop("line", send("POST", line_path(cart_id), line_body(sku)), 200)
    )
    texts = [("cart_id", cart_id), ("second_sku", sku), ("first_sku", first_sku_of(number, plan.products))]
    return _written(recorder, [*texts, ("key", recorder.keys[-1])], body)


async def _recorded_purchase(recorder: _Recorder, plan: Plan) -> Written:
    skus = all_skus(plan.products)
    wanted = (skus[0], skus[-1])
    body = await _recorded(recorder, lambda: _bought(recorder, wanted))
    texts = [("first_sku", wanted[0]), ("second_sku", wanted[1]), ("card_token", recorder.token)]
    texts += [(f"key{index}", key) for index, key in enumerate(recorder.keys[-4:])]
    assert sum(isinstance(step, Authorise) for step in recorder.tape.steps) == 1, "one charge a purchase"
    return _written(recorder, texts, body)


async def _recorded(recorder: _Recorder, work: Callable[[], Awaitable[bytes]]) -> bytes:
    recorder.tape.clear()
    return await work()


def _written(recorder: _Recorder, texts: list[tuple[str, str]], body: bytes) -> Written:
    tape = recorder.tape
    kept = Tape(list(tape.steps), list(tape.ids), tape.started_at)
    return Written(kept, named(texts), body)


async def _bought(recorder: _Recorder, skus: tuple[str, str]) -> bytes:
    """Answers the order."""
    answers: list[bytes] = []

    async def shop(step: str, request: bytes, expected: int) -> bytes:
        answers.append(await recorder.shop(step, request, expected))
        return answers[-1]

    await buy(shop, recorder.vault, MERCHANT, skus)
    return answers[-1]


async def _count(recorder: _Recorder, stage: Stage, plan: Plan) -> Counted:
    """Nothing else runs on the server meanwhile, so PostgreSQL's own counts are those of the purchases.

    Each transaction that writes takes one id: how far the ids went is how many were committed. The median
    of several, for autovacuum may take one as well.
    """
    skus = all_skus(plan.products)
    recorder.tape.clear()
    async with _looking(stage) as connection:
        ids = [await _next_transaction_id(connection)]
        await connection.execute("SELECT pg_stat_statements_reset()")
        for number in range(plan.counted_purchases):
            await _bought(recorder, (skus[number], skus[-1 - number]))
            ids.append(await _next_transaction_id(connection))
        calls = await statement_calls(connection, SAMPLE)
    purchases = plan.counted_purchases
    return Counted(
        purchases,
        recorder.tape.statements / purchases,
        recorder.tape.commits / purchases,
        calls / purchases,
        median([after - before for before, after in itertools.pairwise(ids)]),
        dict(recorder.by_request),
    )


async def _next_transaction_id(connection: Any) -> int:
    text: str = await connection.fetchval("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
    return int(text)


@asynccontextmanager
async def _looking(stage: Stage) -> AsyncIterator[Any]:
    """A connection to another database: what it asks is not counted."""
    connection = await asyncpg.connect(stage.database_url("postgres"))
    try:
        yield connection
    finally:
        await connection.close()


async def statement_calls(connection: Any, database: str) -> int:
    """Statements executed on `database` since the counts were reset, but for what only begins and ends
    transactions, and the driver's looks into the catalogue."""
    calls: int = await connection.fetchval(
        """
        SELECT coalesce(sum(s.calls), 0)::bigint
        FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
        WHERE d.datname = $1 AND s.query !~* '^\\s*(BEGIN|COMMIT|ROLLBACK|SET|SHOW|RESET)\\M'
            AND s.query !~ 'pg_catalog|pg_type|pg_advisory|pg_listening'
        """,
        database,
    )
    return calls
