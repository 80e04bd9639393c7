"""Lists of products: one statement here, one in the inventory, a page of cards as JSON.

The public's lists are read off a shelf (migrations/0001) in the order of one of its indexes. Staff's lists,
which show drafts and archived products too, are read from the products.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tradewind.contracts.currencies import is_currency
from tradewind.kernel.errors import Invalid
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.services.product.deps import Deps
from tradewind.services.product.queries import availability
from tradewind.services.product.shapes import ListQuery, Sort

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EVERYTHING = UUID(int=0)  # the shelf of all active products
CHUNK_PRODUCTS, MOST_CHUNKS = 200, 10  # looked through for those in stock, at once and in all
MOST_WORDS = 8
_Position = tuple[Any, UUID]  # a sort's key, and the product


# What cursors hold: as bounded as the columns, for a client may make one up.
_Microseconds = Annotated[int, Meta(ge=0, le=250_000_000_000_000_000)]
_Amount = Annotated[int, Meta(ge=-1, le=2**63 - 1)]
_Rank = Annotated[int, Meta(ge=0, le=5000)]
_Text = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00]*$(?!\n)")]


class _Order(msgspec.Struct, frozen=True):
    """A sort: its key on a shelf and among all products, which way it runs, and the shape of its cursors."""

    on_shelf: str
    in_back_room: str
    direction: Literal["ASC", "DESC"]
    position: Any


_ORDERS: dict[Sort, _Order] = {
    "newest": _Order("s.published_at", "p.created_at", "DESC", tuple[Literal["newest"], _Microseconds, UUID]),
    "price": _Order(
        "s.price_minor", "coalesce(s.price_minor, -1)", "ASC", tuple[Literal["price"], _Amount, UUID]
    ),
    "-price": _Order(
        "s.price_minor", "coalesce(s.price_minor, -1)", "DESC", tuple[Literal["-price"], _Amount, UUID]
    ),
    "rating": _Order(
        "s.rating_rank",
        "rating_rank(p.rating_sum, p.rating_count)",
        "DESC",
        tuple[Literal["rating"], _Rank, UUID],
    ),
    "title": _Order("s.title_key", "left(lower(p.title), 100)", "ASC", tuple[Literal["title"], _Text, UUID]),
}


class Cut(msgspec.Struct, frozen=True):
    """Which part of a list: so many after a position, and whether each one's position is wanted, or the last's."""

    position: _Position | None
    limit: int
    every_position: bool = False


class _Statement:
    """SQL with its values: every value becomes a parameter."""

    def __init__(self) -> None:
        self.values: list[object] = []
        self.conditions: list[str] = []

    def parameter(self, value: object) -> str:
        self.values.append(value)
        return f"${len(self.values)}"

    def where(self, condition: str) -> None:
        self.conditions.append(condition)


async def list_products(deps: Deps, query: ListQuery) -> msgspec.Raw:
    """A Page of ProductCard as JSON. Raises Invalid. With a status, what staff see; without, what the public sees."""
    currency = currency_of(deps, query.currency)
    position = None if query.cursor is None else _position(query.sort, query.cursor)
    if query.in_stock is not None and not query.product_id:
        return await _list_by_stock(deps, query, currency, position)
    limit = len(query.product_id) or query.limit
    sql, values = _statement(query, currency, position, limit)
    row = await deps.db.row(sql, *values)
    assert row is not None, "an aggregate has one row"
    cards, joined, key, last_id = row
    items = await with_availability(deps, () if cards is None else cards[:limit], joined or ())
    following = None if last_id is None or query.product_id else _cursor(query.sort, key, last_id)
    return page_of(items, following)


def currency_of(deps: Deps, asked: str | None) -> str:
    """Raises Invalid."""
    currency = asked or deps.settings.default_currency
    if not is_currency(currency):
        raise Invalid("currency_unknown", f"{currency!r} is no ISO 4217 currency", field="currency")
    return currency


async def with_availability(deps: Deps, cards: Sequence[str], joined: Sequence[str]) -> list[str]:
    """The cards closed with their products' availability; `joined` holds each product's SKUs."""
    return [
        f"{card}{pieces}}}" for card, pieces in zip(cards, await _pieces(deps, cards, joined), strict=True)
    ]


def page_of(items: Sequence[str], following: str | None) -> msgspec.Raw:
    shown = "null" if following is None else f'"{following}"'
    return msgspec.Raw(f'{{"items":[{",".join(items)}],"next":{shown}}}'.encode())


async def _pieces(deps: Deps, cards: Sequence[str], joined: Sequence[str]) -> list[int]:
    skus = [text.split("\n") if text else [] for text in joined[: len(cards)]]
    available = await availability(deps, [sku for of_product in skus for sku in of_product])
    return [sum(map(available.__getitem__, of_product)) for of_product in skus]


async def _list_by_stock(
    deps: Deps, query: ListQuery, currency: str, position: _Position | None
) -> msgspec.Raw:
    """What the inventory has, or has not, is asked of it while the list is walked through, so that it is exact.
    Where few are found, the page ends after MOST_CHUNKS, with the cursor to go on from there."""
    found: list[str] = []
    for _ in range(MOST_CHUNKS):
        sql, values = _statement(query, currency, position, CHUNK_PRODUCTS, every_position=True)
        row = await deps.db.row(sql, *values)
        assert row is not None, "an aggregate has one row"
        cards, joined, keys, ids = (column or () for column in row)
        shown = cards[:CHUNK_PRODUCTS]
        for index, pieces in enumerate(await _pieces(deps, shown, joined)):
            if (pieces > 0) == query.in_stock:
                if len(found) == query.limit:
                    assert position is not None, "that of the last one found, or later"
                    return page_of(found, _cursor(query.sort, *position))
                found.append(f"{shown[index]}{pieces}}}")
            position = (keys[index], ids[index])
        if len(cards) <= CHUNK_PRODUCTS:
            return page_of(found, None)
    assert position is not None, "a chunk was walked through"
    return page_of(found, _cursor(query.sort, *position))


def _statement(
    query: ListQuery, currency: str, position: _Position | None, limit: int, *, every_position: bool = False
) -> tuple[str, Sequence[object]]:
    public = query.status is None and query.q is None
    return (shelf_statement if public else back_room_statement)(
        query, currency, Cut(position, limit, every_position)
    )


def _position(sort: Sort, cursor: str) -> _Position:
    """Raises Invalid."""
    _, at, last_id = decode_cursor(cursor, _ORDERS[sort].position)
    return (_EPOCH + timedelta(microseconds=at) if sort == "newest" else at), last_id


def _cursor(sort: Sort, key: Any, last_id: UUID) -> str:
    if isinstance(key, datetime):
        key = (key - _EPOCH) // timedelta(microseconds=1)
    return encode_cursor(sort, key, last_id)


def card_sql(page: str, price: str, currency: str) -> str:
    """SQL of the stored card with its price, up to the number that is available."""
    return f"""
        concat(left({page}.card, -1), ',"currency":"', {currency}, '","price_minor":',
            coalesce({price}.price_minor::text, 'null'), ',"compare_at_minor":',
            coalesce({price}.compare_at_minor::text, 'null'), ',"available":')"""


def shelf_statement(query: ListQuery, currency: str, cut: Cut) -> tuple[str, Sequence[object]]:
    statement = _Statement()
    arg, where = statement.parameter, statement.where
    brand = None if query.brand is None else _brand(arg(query.brand))
    category = None if query.category is None else _category(arg(query.category))
    where(f"s.shelf_id = {category or brand or arg(EVERYTHING)}")
    where(f"s.currency = {arg(currency)}")
    if category is not None and brand is not None:
        where(
            f"EXISTS (SELECT FROM shelf_items b WHERE b.product_id = s.product_id"
            f" AND b.shelf_id = {brand} AND b.currency = s.currency)"
        )
    if query.rating_min is not None:
        where(f"s.rating_hundredths >= {arg(_hundredths(query.rating_min))}::int")
    _filter(statement, query, "s.product_id")
    key = _ORDERS[query.sort].on_shelf
    return _ordered(
        statement,
        query,
        cut,
        f"SELECT {card_sql('p', 's', 's.currency')} AS card, p.skus, {key} AS key, s.product_id"
        " FROM shelf_items s JOIN pages p USING (product_id)",
        key,
        "s.product_id",
    )


def back_room_statement(query: ListQuery, currency: str, cut: Cut) -> tuple[str, Sequence[object]]:
    statement = _Statement()
    arg, where = statement.parameter, statement.where
    wanted = arg(currency)
    price = (
        "SELECT pr.amount_minor AS price_minor, pr.compare_at_minor FROM variants v JOIN prices pr USING (sku)"
        f" WHERE v.product_id = p.product_id AND pr.currency = {wanted}"
        " ORDER BY pr.amount_minor, v.position LIMIT 1"
    )
    if query.status not in (None, "any"):
        where(f"p.status = {arg(query.status)}")
    if query.brand is not None:
        where(f"p.brand_id = {_brand(arg(query.brand))}")
    if query.category is not None:
        where(
            "EXISTS (SELECT FROM product_categories pc JOIN categories c USING (category_id)"
            f" WHERE pc.product_id = p.product_id AND {_category(arg(query.category))} = ANY (c.lineage))"
        )
    if query.rating_min is not None:
        average = "coalesce(rating_average(p.rating_sum, p.rating_count) * 100, 0)"
        where(f"{average} >= {arg(_hundredths(query.rating_min))}::int")
    for word in () if query.q is None else query.q.split()[:MOST_WORDS]:
        inside, beginning = arg(f"%{_literally(word)}%"), arg(f"{_literally(word)}%")
        where(
            f"(p.title ILIKE {inside} OR p.external_id ILIKE {beginning} OR p.product_id IN ("
            f"SELECT w.product_id FROM variants w WHERE w.sku ILIKE {beginning} OR w.gtin LIKE {beginning}))"
        )
    _filter(statement, query, "p.product_id")
    key = _ORDERS[query.sort].in_back_room
    return _ordered(
        statement,
        query,
        cut,
        f"SELECT {card_sql('g', 's', f'{wanted}::text')} AS card, g.skus, {key} AS key, p.product_id"
        f" FROM products p JOIN pages g USING (product_id) LEFT JOIN LATERAL ({price}) s ON true",
        key,
        "p.product_id",
    )


def _brand(named: str) -> str:
    return f"(SELECT brand_id FROM brands WHERE slug = {named} OR name = {named} LIMIT 1)"


def _category(named: str) -> str:
    return f"(SELECT category_id FROM categories WHERE slug = {named} OR path = {named} LIMIT 1)"


def _hundredths(stars: float) -> int:
    return ceil(stars * 100 - 1e-9)


def _literally(word: str) -> str:
    """For a LIKE pattern."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _filter(statement: _Statement, query: ListQuery, product_id: str) -> None:
    arg, where = statement.parameter, statement.where
    if query.price_min is not None:
        where(f"s.price_minor >= {arg(query.price_min)}")
    if query.price_max is not None:
        where(f"s.price_minor <= {arg(query.price_max)}")
    if query.sku is not None:
        where(f"{product_id} = (SELECT v.product_id FROM variants v WHERE v.sku = {arg(query.sku)})")
    if query.external_id is not None:
        found = f"SELECT e.product_id FROM products e WHERE e.external_id = {arg(query.external_id)}"
        where(f"{product_id} = ({found})")


def _ordered(
    statement: _Statement, query: ListQuery, cut: Cut, select: str, key: str, product_id: str
) -> tuple[str, Sequence[object]]:
    """The page as one row, which costs a third less to fetch than its rows: the cards; their products' SKUs,
    each product's joined by line breaks; and, where there is another page, the position of the last card."""
    direction = _ORDERS[query.sort].direction
    order = f"{key} {direction}, {product_id} {direction}"
    if query.product_id:
        asked = f"{statement.parameter(query.product_id)}::uuid[]"
        statement.where(f"{product_id} = ANY ({asked})")
        order = f"array_position({asked}, {product_id})"
    elif cut.position is not None:
        after = ", ".join(map(statement.parameter, cut.position))
        statement.where(f"({key}, {product_id}) {'>' if direction == 'ASC' else '<'} ({after})")
    limit = f"{statement.parameter(cut.limit)}::int"
    positions = f"""
            CASE WHEN count(*) > {limit} THEN (array_agg(key))[{limit}] END,
            CASE WHEN count(*) > {limit} THEN (array_agg(product_id))[{limit}] END
    """
    return (
        f"""
        SELECT array_agg(card), array_agg(array_to_string(skus, E'\\n')),
            {"array_agg(key), array_agg(product_id)" if cut.every_position else positions}
        FROM (
            {select}
            {"WHERE" if statement.conditions else ""} {" AND ".join(statement.conditions)}
            ORDER BY {order}
            LIMIT {limit} + 1
        ) page
        """,
        statement.values,
    )
