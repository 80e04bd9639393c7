"""Another system's orders: nothing dropped in silence, nothing counted twice, exact to the last digit."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.analytics.desk import Desk
from tradewind.kernel.errors import Conflict, Invalid
from tradewind.kernel.idempotency import Once
from tradewind.services.analytics.importing import source as reading
from tradewind.services.analytics.importing.columns import read_map
from tradewind.services.analytics.importing.source import HistoryOptions, HistorySource
from tradewind.services.analytics.loading import compare
from tradewind.services.analytics.shapes import HistoryResult
from tradewind.services.analytics.store.history import HistoryProblem
from tradewind.services.analytics.use_cases import import_orders as importing
from tradewind.services.analytics.use_cases.import_orders import import_orders

pytestmark = pytest.mark.asyncio(loop_scope="module")
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
ROWS = [
    "536365,85123A,WHITE HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom",
    "536365,71053,LANTERN,6,2010-12-01 08:26:00,3.39,17850.0,United Kingdom",
    "536365,71053,LANTERN,6,2010-12-01 08:26:00,3.39,17850.0,United Kingdom",
    "536366,22086,CHAIN,80,2010-12-01 09:00:00,0.193,12583.0,France",
    '536367,22087,"A, ""quoted"" name",3,2010-12-01 09:30:00,1.001,,EIRE',
    "536367,D,Discount,-1,2010-12-01 09:31:00,0.50,,EIRE",
    "C536379,85123A,WHITE HEART,-2,2010-12-02 10:00:00,2.55,17850.0,United Kingdom",
    "536380,SAMPLE,,0,2010-12-02 11:00:00,0.0,,Unspecified",
    "536381,BANK,Adjust bad debt,1,2010-12-02 12:00:00,-11.062,,Channel Islands",
]


@pytest_asyncio.fixture(loop_scope="module")
async def desk(shared_desk: Desk) -> Desk:
    """The module's, with nothing sold."""
    await shared_desk.deps.db.execute("TRUNCATE history_imports, business_events CASCADE")
    await compare(shared_desk.deps, mend=True)
    return shared_desk


async def take(
    desk: Desk, content: str | bytes, options: HistoryOptions | None = None, name: str = "orders.csv"
) -> tuple[HistoryResult, list[HistoryProblem]]:
    found: list[HistoryProblem] = []

    def note(_: int, problems: list[HistoryProblem]) -> None:
        found.extend(problems)

    source = HistorySource.of_bytes(name, content.encode() if isinstance(content, str) else content)
    chosen = options or HistoryOptions(currency="GBP")
    return await import_orders(desk.deps, source, chosen, note, Once.unkeyed()), found


async def sales(desk: Desk, **query: Any) -> Any:
    return (await desk.get("sales", from_="2010-12-01", to="2010-12-03", currency="GBP", **query))["totals"]


async def test_every_row_is_counted_for_what_it_is(desk: Desk) -> None:
    result, problems = await take(desk, HEADER + "\n".join(ROWS) + "\n")
    lines = [row.rsplit(",", 5)[1:4:2] for row in ROWS]
    exact = sum((int(quantity) * Decimal(price) for quantity, price in lines), Decimal())
    assert problems == []
    assert (result.rows, result.lines, result.rejected, result.orders) == (9, 9, 0, 3)
    assert Decimal(result.net) == exact
    totals = await sales(desk)
    assert Decimal(totals["net"]) == exact
    assert Decimal(totals["refunds"]) == Decimal("0.50") + Decimal("5.10") + Decimal("11.062")
    assert (totals["units"], totals["returned_units"]) == (6 + 6 + 6 + 80 + 3, 1 + 2 - 1)
    countries = await desk.get("countries", from_="2010-12-01", to="2010-12-03")
    assert {(i["key"], i["label"], i["net"]) for i in countries["items"]} == {
        ("GB", "United Kingdom", "50.88"),
        ("FR", "France", "15.44"),
        ("IE", "Ireland", "2.503"),
        ("Unspecified", "Unspecified", "0.00"),
        ("Channel Islands", "Channel Islands", "-11.062"),
    }
    customers = await desk.get("customers", from_="2010-12-01", to="2010-12-03")
    assert [i["key"] for i in customers["items"]] == ["17850", "12583", ""]
    assert await compare(desk.deps, mend=False) == []


async def test_the_same_file_again_changes_nothing_however_it_is_packed(desk: Desk) -> None:
    content = (HEADER + "\n".join(ROWS)).encode()
    first, _ = await take(desk, content)
    before = await sales(desk)
    for again in (content, gzip.compress(content)):
        result, _ = await take(desk, again, name="other name.csv")
        assert (result.import_id, result.lines, result.repeated) == (first.import_id, 9, True)
    with pytest.raises(Conflict) as refused:
        await take(desk, content, HistoryOptions(currency="EUR"))
    assert refused.value.code == "history_imported_otherwise"
    assert await sales(desk) == before


async def test_broken_off_anywhere_it_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "ROWS_AT_ONCE", 2)
    rows = [*ROWS, "536382,BAD,x,one,2010-12-02 13:00:00,1,,France"]
    content = HEADER + "\n".join(rows)

    class Broken(Exception):
        pass

    for stop in (2, 4, 6):

        def fail(rows_read: int, _: list[HistoryProblem], stop: int = stop) -> None:
            if rows_read == stop:
                raise Broken

        with pytest.raises(Broken):
            source = HistorySource.of_bytes("orders.csv", content.encode())
            await import_orders(desk.deps, source, HistoryOptions(currency="GBP"), fail, Once.unkeyed())
        await sales(desk)  # what came so far is loaded
    result, _ = await take(desk, content)
    assert (result.state, result.rows, result.lines, result.rejected, result.orders) == (
        "finished",
        10,
        9,
        1,
        3,
    )
    whole = await sales(desk)
    assert (Decimal(whole["net"]), whole["orders"]) == (Decimal(result.net), 3)
    problems = await desk.admin.get(f"/v1/order-history/{result.import_id}/problems")
    assert [(p["line"], p["field"]) for p in problems.json()["items"]] == [(11, "quantity")]


async def test_what_cannot_be_taken_is_named_with_its_line(desk: Desk) -> None:
    bad = {
        "quantity": "1,A,x,1.5,2010-12-01 08:00:00,1,,",
        "unit_price": "1,A,x,1,2010-12-01 08:00:00,1.2345678,,",
        "time": "1,A,x,1,12/1/2010 8:26,1,,",
        "sku": "1,,x,1,2010-12-01 08:00:00,1,,",
        "invoice": ",A,x,1,2010-12-01 08:00:00,1,,",
        "row": "1,A,x,1,2010-12-01 08:00:00",
        "text": f"1,A,{'x' * 1001},1,2010-12-01 08:00:00,1,,",
    }
    more = ["1,A,x,NaN,2010-12-01 08:00:00,1,,", "1,A,x,1,2010-12-01 08:00:00,1e400,,"]
    content = HEADER + "\n".join([ROWS[0], "", *bad.values(), *more, ROWS[1]])
    result, problems = await take(desk, content)
    assert (result.rows, result.lines, result.rejected) == (11, 2, 9)
    assert [(p.line, p.field) for p in problems] == [
        *((number, field) for number, field in enumerate(bad, 4)),
        (11, "quantity"),
        (12, "unit_price"),
    ]


async def test_an_order_that_came_with_another_file_is_not_counted_again(desk: Desk) -> None:
    await take(desk, HEADER + "\n".join(ROWS[:4]), name="december.csv")
    before = await sales(desk)
    later = "536400,NEW,x,1,2010-12-02 13:00:00,1.00,,France"
    result, problems = await take(desk, HEADER + "\n".join([*ROWS[:4], later]), name="all.csv")
    assert (result.lines, result.rejected) == (1, 4)
    assert {p.reason for p in problems} == {"536365 came with december.csv", "536366 came with december.csv"}
    assert Decimal((await sales(desk))["net"]) == Decimal(before["net"]) + 1
    other = HistoryOptions(currency="GBP", source="the other shop")
    result, _ = await take(desk, HEADER + "\n".join([*ROWS[:4], later, later]), other)
    assert (result.lines, result.rejected) == (6, 0)


async def test_columns_times_and_encodings_are_as_one_is_told(desk: Desk) -> None:
    content = (
        b"Bill;\n"
        + "Bill No,Billed,Article,Pcs,Each,Land\nB1,31.12.2010 23:30,Käse,2,4.95,Österreich\n".encode(
            "cp1252"
        )
    )
    told = HistoryOptions(
        "EUR",
        "Europe/Vienna",
        "%d.%m.%Y %H:%M",
        read_map("invoice=Bill No,time=Billed,sku=Article,quantity=Pcs,unit_price=Each,country=Land"),
    )
    with pytest.raises(Invalid) as refused:
        await take(desk, content, told)
    assert (refused.value.code, refused.value.field) == ("column_missing", "map")
    result, problems = await take(desk, content.partition(b"\n")[2], told)
    assert (result.lines, problems) == (1, [])
    products = await desk.get("products", from_="2010-12-31T22:30Z", to="2010-12-31T22:31Z")
    assert [(i["key"], i["net"]) for i in products["items"]] == [("Käse", "9.90")]
    assert (await desk.get("countries", from_="2010-12-31", to="2011-01-01"))["items"][0]["key"] == "AT"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "file_empty"),
        ("a,b,c\n1,2,3\n", "column_missing"),
        (HEADER + ROWS[0].replace("2010-12-01", "1.12.2010"), "history_unreadable"),
    ],
)
async def test_a_file_that_makes_no_sense_is_refused_as_a_whole(desk: Desk, content: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        await take(desk, content)
    assert refused.value.code == code
    assert await desk.deps.db.value("SELECT count(*) FROM history_imports") == 0


async def test_over_http_it_is_the_same(desk: Desk) -> None:
    content = (HEADER + "\n".join(ROWS)).encode()
    query = {"currency": "GBP", "file_name": "orders.csv", "timezone": "Europe/London"}
    answers = [
        await desk.admin.post("/v1/order-history", params=query, content=body)
        for body in (content, gzip.compress(content))
    ]
    assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
    assert [answer.json()["repeated"] for answer in answers] == [False, True]
    wrong = await desk.admin.post("/v1/order-history", params={**query, "currency": "XXX"}, content=content)
    assert (wrong.status_code, wrong.json()["field"]) == (422, "currency")
    bad = await desk.admin.post("/v1/order-history", params={**query, "map": "a=b"}, content=content)
    assert (bad.status_code, bad.json()["field"]) == (422, "map")
    torn = await desk.admin.post("/v1/order-history", params=query, content=gzip.compress(content)[:-9])
    assert (torn.status_code, torn.json()["code"]) == (400, "malformed_gzip")


async def test_what_cannot_be_read_at_all_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    content = (HEADER + "\n".join(ROWS)).encode()
    spoilt = bytearray(gzip.compress(content))
    spoilt[20:40] = b"\xff" * 20
    query = {"currency": "GBP", "file_name": "orders.csv"}
    answer = await desk.admin.post("/v1/order-history", params=query, content=bytes(spoilt))
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_gzip")
    for encoding in ("zlib", "hex", "undefined", "idna", "utf-16", "no such"):
        query["encoding"] = encoding
        answer = await desk.admin.post("/v1/order-history", params=query, content=content)
        assert (answer.status_code, answer.json()["code"]) == (422, "encoding_unknown"), encoding
    monkeypatch.setattr(reading, "MOST_SENT_BYTES", 1_000_000)
    bomb = gzip.compress(bytes(1_000_001))
    answer = await desk.admin.post("/v1/order-history", params={"file_name": "x"}, content=bomb)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def many_rows(count: int) -> Iterator[str]:
    """Prices in thousandths, cancellations, equal lines: what exports are like."""
    for number in range(count):
        returned = number % 37 == 0
        invoice = f"{'C' if returned else ''}{number // 7}"
        quantity = -(number % 5 + 1) if returned else number % 11 + 1
        day = f"2010-12-{1 + number * 2 // count:02}"
        price = f"{number % 1000}.{number % 1000:03}"
        yield f"{invoice},S{number % 97},x,{quantity},{day} 10:00:00,{price},{number % 50},FR"


async def test_a_large_file_comes_to_what_decimal_says(desk: Desk, tmp_path: Path) -> None:
    rows = list(many_rows(9_000))
    file = tmp_path / "large.csv.gz"
    file.write_bytes(gzip.compress((HEADER + "\n".join(rows)).encode()))
    source = HistorySource.of_file(file)
    told = HistoryOptions(currency="GBP")
    result = await import_orders(desk.deps, source, told, lambda *_: None, Once.unkeyed())
    cells = [row.split(",") for row in rows]
    exact = sum((int(c[3]) * Decimal(c[5]) for c in cells), Decimal())
    assert (result.lines, Decimal(result.net)) == (9_000, exact)
    assert Decimal((await sales(desk))["net"]) == exact
    per_sku = {f"S{n}": Decimal() for n in range(97)}
    for c in cells:
        per_sku[c[1]] += int(c[3]) * Decimal(c[5])
    products = await desk.get("products", from_="2010-12-01", to="2010-12-03", by="sku", limit=1000)
    assert {i["sku"]: Decimal(i["net"]) for i in products["items"]} == per_sku
