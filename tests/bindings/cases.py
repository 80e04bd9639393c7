"""A scenario for every method of every contract: what it answers, and what it leaves in its service's tables.

Each runs once a way of binding, so that what it makes, it makes for itself. Where every call is sent twice,
the tables must show one effect all the same.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.promises.market import Market
from tradewind.contracts.common import Money
from tradewind.contracts.inventory import (
    Allocation,
    Amended,
    Available,
    Counted,
    CountRefused,
    Inventory,
    NoPickupPlace,
    NotReserved,
    NotShipped,
    OutOfStock,
    PickupPlace,
    PickupStock,
    ReservationClosed,
    Reserved,
    ReturnedPiece,
    Shipped,
    StockCount,
    StockLine,
    TakenBack,
)
from tradewind.contracts.order import Orders, PiecesToShip, ToShip
from tradewind.contracts.payment import (
    ActionRequired,
    Authorised,
    Captured,
    CardToken,
    CashOnDelivery,
    Declined,
    GiftCard,
    NoPayment,
    Payment,
    PaymentSummary,
    Refunded,
    Refused,
)
from tradewind.contracts.product import Product, VariantDocument
from tradewind.contracts.user import Account, Authenticated, NotAuthenticated, UnknownAccount, User
from tradewind.kernel.errors import Conflict, Invalid

Case = Callable[[Any, Market], Awaitable[None]]
CASES: dict[str, Case] = {}


def case(method: Callable[..., Any]) -> Callable[[Case], Case]:
    """The scenario of one contract method."""

    def keep(scenario: Case) -> Case:
        CASES[method.__qualname__] = scenario
        return scenario

    return keep


async def rows(market: Market, service: str, sql: str, *args: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await market.shop.database(service).fetch(sql, *args)]


async def levels(market: Market, sku: str) -> list[tuple[Any, ...]]:
    """On hand and reserved."""
    return await rows(market, "inventory", "SELECT on_hand, reserved FROM stock WHERE sku = $1", sku)


async def moved(market: Market, sku: str) -> list[tuple[Any, ...]]:
    """The ledger of a SKU since its delivery."""
    sql = """
        SELECT kind, on_hand_delta, reserved_delta FROM stock_movements
        WHERE sku = $1 AND kind <> 'receive' ORDER BY id
    """
    return await rows(market, "inventory", sql, sku)


@case(Inventory.reserve)
async def reserve(inventory: Inventory, market: Market) -> None:
    sku, owner = await market.article(stock=5), uuid.uuid4()
    lines = [StockLine(sku, 1), StockLine(sku, 2)]
    assert await inventory.reserve(owner, lines, None) == Reserved([Allocation(sku, "LEJ", 3)])
    assert await inventory.reserve(uuid.uuid4(), [StockLine(sku, 3)], 60) == OutOfStock([StockLine(sku, 2)])
    await inventory.reserve(uuid.uuid4(), [StockLine(sku, 2)], expires_in_seconds=60)
    assert await levels(market, sku) == [(5, 5)]
    assert await moved(market, sku) == [("reserve", 0, 3), ("reserve", 0, 2)]
    for wrong, field in (([], "lines"), ([StockLine(sku, 1), StockLine(sku, 0)], "lines[1].quantity")):
        with pytest.raises(Invalid) as refused:
            await inventory.reserve(uuid.uuid4(), wrong, None)
        assert refused.value.field == field


@case(Inventory.release)
async def release(inventory: Inventory, market: Market) -> None:
    sku, owner = await market.article(stock=5), uuid.uuid4()
    await inventory.reserve(owner, [StockLine(sku, 4)], None)
    await inventory.release(owner)
    assert await inventory.reserve(owner, [StockLine(sku, 4)], None) == ReservationClosed()
    assert await levels(market, sku) == [(5, 0)]
    assert await moved(market, sku) == [("reserve", 0, 4), ("release", 0, -4)]
    never = uuid.uuid4()
    await inventory.release(never)
    assert await inventory.reserve(never, [StockLine(sku, 1)], None) == ReservationClosed()
    told = "SELECT count(*) FROM outbox WHERE type = 'inventory.reservation_released' AND key = $1"
    assert await rows(market, "inventory", told, str(owner)) == [(1,)]


@case(Inventory.ship)
async def ship(inventory: Inventory, market: Market) -> None:
    sku, owner, shipment = await market.article(stock=5), uuid.uuid4(), uuid.uuid4()
    await inventory.reserve(owner, [StockLine(sku, 3)], None)
    assert await inventory.ship(owner, shipment, [StockLine(sku, 2)]) == Shipped([Allocation(sku, "LEJ", 2)])
    too_many = await inventory.ship(owner, uuid.uuid4(), [StockLine(sku, 2)])
    assert too_many == NotReserved([StockLine(sku, 1)])
    assert await levels(market, sku) == [(3, 1)]
    assert await moved(market, sku) == [("reserve", 0, 3), ("ship", -2, -2)]
    with pytest.raises(Conflict, match="shipment_of_another") as refused:
        await inventory.ship(uuid.uuid4(), shipment, [StockLine(sku, 2)])
    assert refused.value.field == "shipment_id"


@case(Inventory.would_ship)
async def would_ship(inventory: Inventory, market: Market) -> None:
    owner, shipment, sku = uuid.uuid4(), uuid.uuid4(), await market.article(stock=5)
    await inventory.reserve(owner, [StockLine(sku, 3)], None)
    told = Shipped([Allocation(sku, "LEJ", 2)])
    assert await inventory.would_ship(owner, shipment, [StockLine(sku, 2)]) == told
    too_many = await inventory.would_ship(owner, shipment, [StockLine(sku, 4)])
    assert too_many == NotReserved([StockLine(sku, 3)])
    assert await levels(market, sku) == [(5, 3)], "nothing left"


@case(Inventory.amend)
async def amend(inventory: Inventory, market: Market) -> None:
    sku, more, owner = await market.article(stock=5), await market.article(stock=2), uuid.uuid4()
    await inventory.reserve(owner, [StockLine(sku, 4)], None)
    changed = await inventory.amend(owner, uuid.uuid4(), [StockLine(more, 2)], [StockLine(sku, 3)])
    assert changed == Amended(sorted([Allocation(sku, "LEJ", 1), Allocation(more, "LEJ", 2)], key=str))
    assert await inventory.amend(owner, uuid.uuid4(), [StockLine(more, 1)], []) == OutOfStock(
        [StockLine(more, 0)]
    )
    too_many = await inventory.amend(owner, uuid.uuid4(), [], [StockLine(sku, 2)])
    assert too_many == NotReserved([StockLine(sku, 1)])
    assert await levels(market, sku) == [(5, 1)]
    assert await moved(market, sku) == [("reserve", 0, 4), ("release", 0, -3)]


@case(Inventory.take_back)
async def take_back(inventory: Inventory, market: Market) -> None:
    sku, owner = await market.article(stock=5), uuid.uuid4()
    await inventory.reserve(owner, [StockLine(sku, 3)], None)
    await inventory.ship(owner, uuid.uuid4(), [StockLine(sku, 2)])
    back = [ReturnedPiece(sku, 1, "LEJ", "restock")]
    assert await inventory.take_back(owner, uuid.uuid4(), back) == TakenBack(back)
    two = [ReturnedPiece(sku, 2, "LEJ", "damaged")]
    assert await inventory.take_back(owner, uuid.uuid4(), two) == NotShipped([StockLine(sku, 1)])
    assert await levels(market, sku) == [(4, 1)]
    assert await moved(market, sku) == [("reserve", 0, 3), ("ship", -2, -2), ("return", 1, 0)]


@case(Inventory.availability)
async def availability(inventory: Inventory, market: Market) -> None:
    sku = await market.article(stock=5)
    await inventory.reserve(uuid.uuid4(), [StockLine(sku, 2)], None)
    asked = await inventory.availability(["unknown", sku, sku])
    assert asked == [Available("unknown", 0), Available(sku, 3)]
    assert await inventory.availability([]) == []


@case(Inventory.pickup_place)
async def pickup_place(inventory: Inventory, market: Market) -> None:
    assert await inventory.pickup_place("NONE") == NoPickupPlace()
    assert await inventory.pickup_place("LEJ") == NoPickupPlace()  # a warehouse, where nobody collects


@case(Inventory.pickup_stock)
async def pickup_stock(inventory: Inventory, market: Market) -> None:
    sku, code = await market.article(stock=5), f"P{uuid.uuid4().hex[:8].upper()}"
    assert await inventory.pickup_stock("LEJ", [sku]) == NoPickupPlace()
    place = {"code": code, "name": "Shop", "country": "DE", "pickup": True}
    await market.send(market.admin, "POST", "/v1/warehouses", place)
    line = {"sku": sku, "warehouse": code, "quantity": 2}
    await market.send(market.admin, "POST", "/v1/stock/receipts", {"reference": code, "lines": [line]})
    there = PickupStock(PickupPlace(code, "Shop", "DE"), [Available(sku, 2), Available("unknown", 0)])
    assert await inventory.pickup_stock(code, [sku, "unknown", sku]) == there


@case(Inventory.count)
async def count(inventory: Inventory, market: Market) -> None:
    sku, reference = await market.article(stock=5), f"stock take {uuid.uuid4()}"
    assert await inventory.count(reference, [StockCount(sku, "LEJ", 7)]) == Counted(1)
    await inventory.reserve(uuid.uuid4(), [StockLine(sku, 6)], None)
    assert await inventory.count(reference, [StockCount(sku, "LEJ", 7)]) == Counted(1)  # as it was answered
    below = StockCount(sku, "LEJ", 5)
    assert await inventory.count(reference, [below]) == CountRefused([], [below])
    nowhere = await inventory.count(reference, [StockCount(sku, "ZZZ", 5)])
    assert nowhere == CountRefused(["ZZZ"], [])
    assert await levels(market, sku) == [(7, 6)]
    assert await moved(market, sku) == [("count", 2, 0), ("reserve", 0, 6)]


def euros(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


async def payment_row(market: Market, order_id: uuid.UUID) -> tuple[Any, ...]:
    sql = "SELECT authorised_minor, captured_minor, refunded_minor FROM payments WHERE order_id = $1"
    (row,) = await rows(market, "payment", sql, order_id)
    return row


async def ledger(market: Market, order_id: uuid.UUID) -> list[tuple[Any, ...]]:
    sql = "SELECT account, amount_minor FROM ledger_entries WHERE order_id = $1 ORDER BY id"
    return sorted(await rows(market, "payment", sql, order_id))


async def at_processor(market: Market, order_id: uuid.UUID) -> list[str]:
    """What the processor itself did for this order."""
    chosen = market.shop.runtime.running["payment"].settings
    headers = {"authorization": f"Bearer {chosen.processor_secret_key}"}
    async with httpx.AsyncClient() as client:
        log = (await client.get(f"{chosen.processor_url}/v1/log", headers=headers)).json()
    return [entry["kind"] for entry in log if str(order_id) in entry["reference"]]


async def authorised(payment: Payment, market: Market) -> uuid.UUID:
    order_id = uuid.uuid4()
    answer = await payment.authorise(order_id, 1, euros(5000), CardToken(await market.card_token()), None)
    assert isinstance(answer, Authorised), answer
    return order_id


@case(Payment.authorise)
async def authorise(payment: Payment, market: Market) -> None:
    order_id, token = uuid.uuid4(), await market.card_token()
    first = await payment.authorise(order_id, 1, euros(5000), CardToken(token), None)
    assert isinstance(first, Authorised)
    assert (first.network, first.last4) == ("visa", "4242")
    reused = await payment.authorise(order_id, 1, euros(6000), CardToken(token), None)
    assert isinstance(reused, Refused) and reused.code == "attempt_reused"
    again = await payment.authorise(order_id, 2, euros(5000), CardToken(token), None)
    assert isinstance(again, Refused) and again.code == "already_authorised"
    assert await payment_row(market, order_id) == (5000, 0, 0)
    assert (await at_processor(market, order_id)).count("authorise") == 1
    declined = await payment.authorise(
        uuid.uuid4(), 1, euros(5000), CardToken(await market.card_token("declined")), None
    )
    assert isinstance(declined, Declined) and declined.code
    confirm = await payment.authorise(
        uuid.uuid4(), 1, euros(5000), CardToken(await market.card_token("3ds")), "http://127.0.0.1:8000/back"
    )
    assert isinstance(confirm, ActionRequired) and confirm.url.startswith("http")
    unknown = await payment.authorise(uuid.uuid4(), 1, Money(100, "XXX"), CardToken(token), None)
    assert isinstance(unknown, Refused) and unknown.code == "currency_unknown"


@case(Payment.capture)
async def capture(payment: Payment, market: Market) -> None:
    order_id, capture_id = await authorised(payment, market), uuid.uuid4()
    assert await payment.capture(order_id, capture_id, euros(2000)) == Captured(euros(2000))
    reused = await payment.capture(order_id, capture_id, euros(1000))
    assert isinstance(reused, Refused) and reused.code == "capture_id_reused"
    above = await payment.capture(order_id, uuid.uuid4(), euros(3001))
    assert isinstance(above, Refused) and above.code == "amount_too_large"
    nobody = await payment.capture(uuid.uuid4(), uuid.uuid4(), euros(1))
    assert isinstance(nobody, Refused) and nobody.code == "payment_not_found"
    assert await payment_row(market, order_id) == (5000, 2000, 0)
    assert await ledger(market, order_id) == [("cash_at_processor", 2000), ("customer_receivable", -2000)]
    assert (await at_processor(market, order_id)).count("authorise") == 1


@case(Payment.refund)
async def refund(payment: Payment, market: Market) -> None:
    order_id, refund_id = await authorised(payment, market), uuid.uuid4()
    early = await payment.refund(order_id, uuid.uuid4(), euros(1), "too early")
    assert isinstance(early, Refused) and early.code == "amount_too_large"
    await payment.capture(order_id, uuid.uuid4(), euros(5000))
    assert await payment.refund(order_id, refund_id, euros(1500), "scratched") == Refunded(euros(1500))
    above = await payment.refund(order_id, uuid.uuid4(), euros(3501), "all of it")
    assert isinstance(above, Refused) and above.code == "amount_too_large"
    assert await payment_row(market, order_id) == (5000, 5000, 1500)
    assert sum(amount for _, amount in await ledger(market, order_id)) == 0
    assert len(await ledger(market, order_id)) == 4


@case(Payment.payment_of)
async def payment_of(payment: Payment, market: Market) -> None:
    order_id = await authorised(payment, market)
    await payment.capture(order_id, uuid.uuid4(), euros(1200))
    summary = await payment.payment_of(order_id)
    assert isinstance(summary, PaymentSummary)
    assert (summary.order_id, summary.status, summary.action_url) == (order_id, "partially_captured", None)
    assert (summary.authorised, summary.captured, summary.refunded) == (euros(5000), euros(1200), euros(0))
    assert await payment.payment_of(uuid.uuid4()) == NoPayment()


@case(Payment.payments_of)
async def payments_of(payment: Payment, market: Market) -> None:
    order_id = await authorised(payment, market)
    second = await payment.authorise(order_id, 1, euros(700), CashOnDelivery(), None, 2)
    assert isinstance(second, Authorised) and second.amount == euros(700)
    unknown = await payment.authorise(order_id, 1, euros(700), GiftCard("NOSUCHCARD"), None, 3)
    assert unknown == Declined("gift_card_unknown")
    assert await payment.capture(order_id, uuid.uuid4(), euros(5600)) == Captured(euros(5600))
    first, second_, third = await payment.payments_of(order_id)
    assert [it.number for it in (first, second_, third)] == [1, 2, 3]
    assert (first.method, first.captured, first.open) == ("card", euros(5000), euros(0))
    assert (second_.method, second_.captured, second_.open) == ("cash_on_delivery", euros(600), euros(100))
    assert third.status == "declined"
    assert await payment.payments_of(uuid.uuid4()) == []


@case(Product.offers)
async def offers(product: Product, market: Market) -> None:
    made = await market.product(stock=0, price_minor=1900)
    (offer,) = await product.offers(["unknown", made["sku"]], "EUR")
    assert (offer.sku, offer.price_minor, offer.currency) == (made["sku"], 1900, "EUR")
    assert (str(offer.product_id), offer.external_id) == (made["product_id"], made["external_id"])
    assert (offer.tax_class, offer.options, offer.compare_at_minor) == ("standard", {}, None)
    assert await product.offers([made["sku"]], "USD") == []
    assert await product.offers([], "EUR") == []
    await market.send(market.admin, "POST", f"/v1/products/{made['product_id']}/archive")
    assert await product.offers([made["sku"]], "EUR") == []


@case(Product.documents)
async def documents(product: Product, market: Market) -> None:
    made = await market.product(stock=0, price_minor=1900)
    product_id = uuid.UUID(made["product_id"])
    (first,) = await product.documents([uuid.uuid4(), product_id])
    assert (first.product_id, first.external_id, first.slug) == (
        product_id,
        made["external_id"],
        made["slug"],
    )
    assert (first.status, first.version, first.brand, first.categories) == ("active", 1, None, [])
    assert first.variants == [VariantDocument(made["sku"], None, {}, {"EUR": 1900}, {})]
    assert (first.rating_average, first.rating_count) == (None, 0)
    change = {"attributes": {"height": 24, "tags": ["red", "clay"], "safe": True}}
    await market.send(market.admin, "PATCH", f"/v1/products/{product_id}", change)
    await market.send(market.admin, "POST", f"/v1/products/{product_id}/archive")
    (later,) = await product.documents([product_id])
    assert (later.status, later.version, later.attributes) == ("archived", 3, change["attributes"])
    assert await product.documents([]) == []
    with pytest.raises(Invalid, match="too_many_products"):
        await product.documents([product_id] * 1001)


@case(Product.documents_after)
async def documents_after(product: Product, market: Market) -> None:
    made = {uuid.UUID((await market.product(stock=0))["product_id"]) for _ in range(3)}
    after, found = None, list[uuid.UUID]()
    while True:
        page = await product.documents_after(after, 2)
        found += [one.product_id for one in page.items]
        if page.next is None:
            break
        assert page.next == found[-1]
        after = page.next
    assert found == sorted(set(found)) and made <= set(found)
    with pytest.raises(Invalid, match="limit_invalid"):
        await product.documents_after(None, 0)


@case(User.authenticate)
async def authenticate(user: User, market: Market) -> None:
    person = await market.person("support")
    assert person.account_id is not None and person.token is not None
    permissions = sorted(person.principal.permissions)
    assert await user.authenticate(person.token) == Authenticated("account", person.account_id, permissions)
    robot = await market.api_key(person, ["orders:read"])
    assert robot.token is not None
    known = await user.authenticate(robot.token)
    assert known == Authenticated("api_key", person.account_id, ["orders:read"])
    for credential in ("", "tws_unknown", person.token + "x", "x" * 10_000, "tws_\x00"):
        assert await user.authenticate(credential) == NotAuthenticated()


@case(User.account)
async def account(user: User, market: Market) -> None:
    person = await market.person("support")
    assert person.account_id is not None
    known = await user.account(person.account_id)
    assert known == Account(person.account_id, person.email, "Ada Lovelace", ["support"])
    assert await user.account(uuid.uuid4()) == UnknownAccount()
    await market.send(person, "DELETE", "/v1/me")
    assert await user.account(person.account_id) == UnknownAccount()


@case(Orders.to_ship)
async def to_ship(orders: Orders, market: Market) -> None:
    placed = await market.order(market.admin, quantity=3)
    failed = await market.order(market.admin, card="declined")
    ids = [uuid.UUID(order["order_id"]) for order in (placed, failed)]
    told = {one.order_id: one for one in await orders.to_ship([*ids, uuid.uuid4()])}
    assert told == {
        ids[0]: ToShip(ids[0], None, [PiecesToShip(placed["sku"], 3, 0)]),
        ids[1]: ToShip(ids[1], "unpaid", [PiecesToShip(failed["sku"], 0, 0)]),
    }
    await market.send(market.admin, "POST", f"/v1/orders/{ids[0]}/hold", {"reason": "the address"})
    assert [one.stopped for one in await orders.to_ship(ids[:1])] == ["held"]
