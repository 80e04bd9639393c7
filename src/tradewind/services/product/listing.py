"""Lists of products: one statement here, one in the inventory, a page of cards as JSON.

The public's lists are read off a shelf (migrations/0001) in the order of one of its indexes. Staff's lists,
which show drafts and archived products too, are read from the products.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
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


# What cursors hold: as bounded as the columns, for a client may make one up.
_Microseconds = Annotated[int, Meta(ge=0, le=250_000_000_000_000_000)]
_Amount = Annotated[int, Meta(ge=-1, le=2**63 - 1)]
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
    "title": _Order("s.title_key", "left(lower(p.title), 100)", "ASC", tuple[Literal["title"], _Text, UUID]),
}


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
    currency = query.currency or deps.settings.default_currency
    if not is_currency(currency):
        raise Invalid("currency_unknown", f"{currency!r} is no ISO 4217 currency", field="currency")
    sql, values = (shelf_statement if query.status is None else back_room_statement)(query, currency)
    row = await deps.db.row(sql, *values)
    assert row is not None, "an aggregate has one row"
    cards, joined, key, last_id = row
    cards = [] if cards is None else cards[: query.limit]
    skus = [text.split("\n") if text else [] for text in (joined or ())[: len(cards)]]
    available = await availability(deps, [sku for of_product in skus for sku in of_product])
    pieces = available.__getitem__
    items = ",".join(
        [f"{card}{sum(map(pieces, of_product))}}}" for card, of_product in zip(cards, skus, strict=True)]
    )
    following = "null" if last_id is None else f'"{_cursor(query.sort, key, last_id)}"'
    return msgspec.Raw(f'{{"items":[{items}],"next":{following}}}'.encode())


def _cursor(sort: Sort, key: Any, last_id: UUID) -> str:
    if isinstance(key, datetime):
        key = (key - _EPOCH) // timedelta(microseconds=1)
    return encode_cursor(sort, key, last_id)


def _card(page: str, price: str, currency: str) -> str:
    """SQL of the stored card with its price, up to the number that is available."""
    return f"""
        concat(left({page}.card, -1), ',"currency":"', {currency}, '","price_minor":',
            coalesce({price}.price_minor::text, 'null'), ',"compare_at_minor":',
            coalesce({price}.compare_at_minor::text, 'null'), ',"available":')"""


def shelf_statement(query: ListQuery, currency: str) -> tuple[str, Sequence[object]]:
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
    _filter(statement, query, "s.product_id")
    key = _ORDERS[query.sort].on_shelf
    return _ordered(
        statement,
        query,
        f"SELECT {_card('p', 's', 's.currency')} AS card, p.skus, {key} AS key, s.product_id"
        " FROM shelf_items s JOIN pages p USING (product_id)",
        key,
        "s.product_id",
    )


def back_room_statement(query: ListQuery, currency: str) -> tuple[str, Sequence[object]]:
    statement = _Statement()
    arg, where = statement.parameter, statement.where
    wanted = arg(currency)
    price = (
        "SELECT pr.amount_minor AS price_minor, pr.compare_at_minor FROM variants v JOIN prices pr USING (sku)"
        f" WHERE v.product_id = p.product_id AND pr.currency = {wanted}"
        " ORDER BY pr.amount_minor, v.position LIMIT 1"
    )
    where(f"p.status = {arg(query.status)}")
    if query.brand is not None:
        where(f"p.brand_id = {_brand(arg(query.brand))}")
    if query.category is not None:
        where(
            "EXISTS (SELECT FROM product_categories pc JOIN categories c USING (category_id)"
            f" WHERE pc.product_id = p.product_id AND {_category(arg(query.category))} = ANY (c.lineage))"
        )
    _filter(statement, query, "p.product_id")
    key = _ORDERS[query.sort].in_back_room
    return _ordered(
        statement,
        query,
        f"SELECT {_card('g', 's', f'{wanted}::text')} AS card, g.skus, {key} AS key, p.product_id"
        f" FROM products p JOIN pages g USING (product_id) LEFT JOIN LATERAL ({price}) s ON true",
        key,
        "p.product_id",
    )


def _brand(named: str) -> str:
    return f"(SELECT brand_id FROM brands WHERE slug = {named} OR name = {named} LIMIT 1)"


def _category(named: str) -> str:
    return f"(SELECT category_id FROM categories WHERE slug = {named} OR path = {named} LIMIT 1)"


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
    statement: _Statement, query: ListQuery, select: str, key: str, product_id: str
) -> tuple[str, Sequence[object]]:
    """The page as one row, which costs a third less to fetch than its rows: the cards; their products' SKUs,
    each product's joined by line breaks; and, where there is another page, the position of the last card."""
    order = _ORDERS[query.sort]
    if query.cursor is not None:
        _, at, last_id = decode_cursor(query.cursor, order.position)
        if query.sort == "newest":
            at = _EPOCH + timedelta(microseconds=at)
        after = f"{statement.parameter(at)}, {statement.parameter(last_id)}"
        statement.where(f"({key}, {product_id}) {'>' if order.direction == 'ASC' else '<'} ({after})")
    limit = f"{statement.parameter(query.limit)}::int"
    return (
        f"""
        SELECT array_agg(card), array_agg(array_to_string(skus, E'\\n')),
            CASE WHEN count(*) > {limit} THEN (array_agg(key))[{limit}] END,
            CASE WHEN count(*) > {limit} THEN (array_agg(product_id))[{limit}] END
        FROM (
            {select}
            WHERE {" AND ".join(statement.conditions)}
            ORDER BY {key} {order.direction}, {product_id} {order.direction}
            LIMIT {limit} + 1
        ) page
        """,
        statement.values,
    )
