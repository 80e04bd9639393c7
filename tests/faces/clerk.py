"""What staff do in the back office, and what they find there, for the tests and the pictures of `make shots`."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import asyncpg
from playwright.sync_api import Page

from tests.stage import Stage
from tradewind.cli.seed import DEMO_PASSWORD

T = TypeVar("T")
PAGES = (
    "/admin",
    "/admin/orders?sort=oldest",
    "/admin/orders/export",
    "/admin/products?q=vase",
    "/admin/categories",
    "/admin/stock?q=bird",
    "/admin/stock/item?sku=BIRD-BATH-STONE",
    "/admin/stock/receive",
    "/admin/stock/holds",
    "/admin/payments",
    "/admin/payments?view=gift_cards",
    "/admin/payments?view=disputes",
    "/admin/payments?view=rules",
    "/admin/payments?view=ledger",
    "/admin/settlements",
    "/admin/settlements?view=exceptions",
    "/admin/settlements?view=payouts",
    "/admin/settlements?view=webhooks",
    "/admin/orders?tab=held",
    "/admin/order-imports",
    "/admin/drafts/new",
    "/admin/returns",
    "/admin/payments?view=awaited",
    "/admin/low-stock",
    "/admin/counts",
    "/admin/stock/file",
    "/admin/pick-lists",
    "/admin/receiving",
    "/admin/transfers",
    "/admin/bins",
    "/admin/purchase-orders",
    "/admin/purchase-orders/new",
    "/admin/suppliers",
    "/admin/promotions",
    "/admin/promotions/new",
    "/admin/settings?method=standard&rate=DE/standard&warehouse=LEJ",
    "/admin/reviews?state=refused",
    "/admin/customers?role=support",
    "/admin/mail?state=failed",
    "/admin/mail/templates",
    "/admin/mail/templates/welcome",
    "/admin/reports?span=7",
    "/admin/reports/countries?span=7",
    "/admin/reports/abandoned-carts?span=7",
    "/admin/reports/funnel?span=7",
    "/admin/search",
    "/admin/events",
    "/admin/health",
    "/admin/find?q=bird",
)
GIVE_UP = """
    UPDATE inventory.inbox AS i
    SET state = 'parked', tries = 8, reason = 'TimeoutError: the other side did not answer',
        envelope = jsonb_build_object('id', o.id, 'type', o.type, 'source', 'order', 'key', o.key,
            'occurred_at', to_char(o.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            'trace', o.trace, 'data', o.payload)
    FROM "order".outbox AS o
    WHERE o.id = i.event_id AND i.type = 'order.cancelled' AND o.key = $1
    RETURNING i.event_id
"""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Playwright keeps this thread's event loop: the stage's own calls run in another."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def sign_in(page: Page, role: str = "admin") -> None:
    page.goto("/admin/sign-in")
    page.get_by_label("E-mail").fill(f"{role}@tradewind.example")
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/admin**")


def order(shop: Stage, quantity: int = 2, buyer: str = "", **changes: Any) -> dict[str, Any]:
    """An order that is paid for, of one new article: a guest's, or of one of the demo's accounts."""

    async def place() -> dict[str, Any]:
        sku = await shop.article()
        async with await shop.staff(buyer) if buyer else shop.client() as client:
            answer = await shop.order(client, [(sku, quantity)], **changes)
            placed: dict[str, Any] = await shop.wait_for_state(client, answer.json(), "placed")
            return placed

    return run(place())


def collected_order(shop: Stage, place: str) -> dict[str, Any]:
    """A paid order of two new articles, which Ada collects at this place."""

    async def placed() -> dict[str, Any]:
        sku = await shop.article(**{place: 5})
        async with shop.client() as client:
            cart = await shop.cart(client, [(sku, 2)])
            change = {"pickup": {"code": place, "name": "Ada Lovelace"}}
            changed = await client.patch(f"/v1/carts/{cart['cart_id']}", json=change)
            assert changed.is_success, changed.text
            body = {"cart_id": cart["cart_id"], "card_token": await shop.card_token("good")}
            answer = await client.post(
                "/v1/orders", json=body, headers={"idempotency-key": str(uuid.uuid4())}
            )
            found: dict[str, Any] = await shop.wait_for_state(client, answer.json(), "placed")
            return found

    return run(placed())


def asked(shop: Stage, method: str, path: str, body: Any = None, **params: Any) -> Any:
    """The REST, as an administrator."""

    async def ask() -> Any:
        async with await shop.staff() as client:
            headers = {"idempotency-key": str(uuid.uuid4())}
            answer = await client.request(method, path, json=body, params=params, headers=headers)
            assert answer.status_code < 300, answer.text
            return answer.json() if answer.content else None

    return run(ask())


def park(shop: Stage) -> str:
    """Have inventory look as if it had given up on the news that an order was cancelled. Answers the event's id."""
    placed = order(shop)
    asked(shop, "POST", f"/v1/orders/{placed['order_id']}/cancel", {"reason": "by a test"})

    async def give_up() -> str:
        connection = await asyncpg.connect(shop.database_url)
        try:
            for _ in range(100):
                event_id = await connection.fetchval(GIVE_UP, placed["order_id"])
                if event_id is not None:
                    return str(event_id)
                await asyncio.sleep(0.1)
        finally:
            await connection.close()
        raise AssertionError("inventory was not told that the order is cancelled")

    return run(give_up())
