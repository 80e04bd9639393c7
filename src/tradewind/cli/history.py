"""Orders from before: `tradewind import orders`, and the demo shop's made-up three months."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from tradewind.contracts.product import Product, ProductDocument
from tradewind.demo.history import HEADER, Article, LeftCart, Visit, demo_history
from tradewind.kernel.compose import Runtime
from tradewind.kernel.idempotency import Once
from tradewind.ports.analytics_store import EventFact
from tradewind.services.analytics.domain import LeftBehind, Record, microseconds
from tradewind.services.analytics.importing.source import HistoryOptions, HistorySource
from tradewind.services.analytics.store import history, staging
from tradewind.services.analytics.store.history import HistoryProblem
from tradewind.services.analytics.use_cases.import_orders import import_orders

PROBLEMS_SHOWN: Final = 50
VISITS_AT_ONCE: Final = 2_000
LOADED_SECONDS: Final = 60.0
DEMO: Final = sha256(b"the demo shop's history").digest()


async def import_history(
    runtime: Runtime, file: Path, options: HistoryOptions, encoding: str, console: Console
) -> None:
    """Print each problem with its line, the counts and the exact total at the end."""
    deps = runtime.running["analytics"].deps
    source = await asyncio.to_thread(HistorySource.of_file, file, encoding)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    shown = 0
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(file.name, total=None)

        def report(rows: int, problems: list[HistoryProblem]) -> None:
            nonlocal shown
            progress.update(task, completed=rows)
            for problem in problems:
                shown += 1
                if shown <= PROBLEMS_SHOWN:
                    console.print(f"line {problem.line}: {problem.field}: {problem.reason}")

        result = await import_orders(deps, source, options, report, Once.unkeyed())
    if shown > PROBLEMS_SHOWN:
        path = f"/v1/order-history/{result.import_id}/problems"
        console.print(f"... and {shown - PROBLEMS_SHOWN} more: GET {path}")
    done = "Imported before, and unchanged" if result.repeated else "Imported"
    console.print(
        f"{done}: {file.name}: {result.rows} rows, {result.lines} lines of {result.orders} orders, "
        f"{result.rejected} rejected; net {result.net} {result.currency}"
    )
    if not await _loaded(deps):
        console.print("Reports show it once the shop runs: another process has the analytics store.")


async def _loaded(deps: Any) -> bool:
    """Whether all of it is in reports, after as long as that may take whoever has the store."""
    ends = asyncio.get_running_loop().time() + LOADED_SECONDS
    while await staging.anything(deps.db):
        if asyncio.get_running_loop().time() > ends:
            return False
        await asyncio.sleep(0.2)
    return True


async def seed_demo_history(runtime: Runtime) -> None:
    """Once: what there is already is left as it is."""
    deps = runtime.running["analytics"].deps
    known = await history.of_content(deps.db, DEMO)
    if known is not None and known["state"] == "finished":
        return
    made = demo_history(await _articles(runtime), deps.clock.now().date())
    now = deps.clock.now()
    async with deps.db.begin() as tx:
        for start in range(0, len(made.visits), VISITS_AT_ONCE):
            visits = made.visits[start : start + VISITS_AT_ONCE]
            events = [_event(visit, microseconds(now)) for visit in visits]
            await staging.add_events(tx, deps.clock.new_id(), now, events)
        for cart in made.carts:
            record = Record(cart.at, _left(cart))
            await staging.add_told(
                tx, cart.cart_id, "order.cart_abandoned", "cart", cart.cart_id, record, None
            )
    records = enumerate([list(HEADER), *made.rows], 1)
    source = HistorySource("demo history", DEMO, records, demo=True)
    await import_orders(deps, source, HistoryOptions(source="demo"), _sound, Once.unkeyed())


def _sound(rows: int, problems: list[HistoryProblem]) -> None:
    assert not problems, f"the demo's history is sound: {problems}"


async def _articles(runtime: Runtime) -> list[Article]:
    """What is on sale for euros, by SKU: an order that stays."""
    product: Product = runtime.contract(Product)
    documents: list[ProductDocument] = []
    page = await product.documents_after(None, 100)
    documents += page.items
    while page.next is not None:
        page = await product.documents_after(page.next, 100)
        documents += page.items
    found = [
        Article(
            variant.sku,
            document.product_id,
            document.title,
            document.categories[0] if document.categories else "",
            variant.prices["EUR"],
        )
        for document in documents
        if document.status == "active"
        for variant in document.variants
        if "EUR" in variant.prices
    ]
    return sorted(found, key=lambda article: article.sku)


def _event(visit: Visit, received_us: int) -> EventFact:
    article = visit.article
    return EventFact(
        message_id=visit.message_id,
        received_us=received_us,
        at_us=microseconds(visit.at),
        kind="track",
        name=visit.name,
        source="demo",
        anonymous_id=visit.visitor,
        product_id=str(article.product_id),
        sku=article.sku,
        title=article.title,
        category=article.category,
        properties=msgspec.json.encode({"price": article.price_minor / 100, "currency": "EUR"}).decode(),
    )


def _left(cart: LeftCart) -> LeftBehind:
    value_minor = sum(article.price_minor for article in cart.articles)
    return LeftBehind("EUR", value_minor, len(cart.articles), cart.email, None, demo=True)
