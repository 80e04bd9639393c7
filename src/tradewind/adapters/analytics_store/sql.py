"""What is kept in DuckDB, and what is asked of it. Values are parameters; names come from the closed sets here."""

from __future__ import annotations

import json

from tradewind.ports.analytics_store import Dimension, Filter

VERSION = 2

_EVENT_COLUMNS = {
    "message_id": "UUID",
    "received_us": "BIGINT",
    "at_us": "BIGINT",
    "kind": "VARCHAR",
    "name": "VARCHAR",
    "source": "VARCHAR",
    "anonymous_id": "VARCHAR",
    "user_id": "VARCHAR",
    "previous_id": "VARCHAR",
    "product_id": "VARCHAR",
    "sku": "VARCHAR",
    "title": "VARCHAR",
    "category": "VARCHAR",
    "cart_id": "VARCHAR",
    "order_id": "VARCHAR",
    "properties": "VARCHAR",
}
_LINE_COLUMNS = {
    "order_id": "UUID",
    "at_us": "BIGINT",
    "currency": "VARCHAR",
    "kind": "VARCHAR",
    "orders": "INTEGER",
    "units": "BIGINT",
    "returned_units": "BIGINT",
    "gross_parts": "BIGINT",
    "refund_parts": "BIGINT",
    "country": "VARCHAR",
    "customer": "VARCHAR",
    "customer_label": "VARCHAR",
    "sku": "VARCHAR",
    "product_id": "UUID",
    "title": "VARCHAR",
    "category": "VARCHAR",
    "demo": "BOOLEAN",
    "charged_back_parts": "BIGINT",
}
_COLUMNS = {
    "orders": {
        "order_id": "UUID",
        "at_us": "BIGINT",
        "cart_id": "UUID",
        "person": "VARCHAR",
        "demo": "BOOLEAN",
    },
    "carts": {
        "cart_id": "UUID",
        "at_us": "BIGINT",
        "person": "VARCHAR",
        "email": "VARCHAR",
        "currency": "VARCHAR",
        "value_minor": "BIGINT",
        "lines": "INTEGER",
        "demo": "BOOLEAN",
    },
}


def _table(name: str, columns: dict[str, str]) -> str:
    listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    return f"CREATE TABLE IF NOT EXISTS {name} ({listed})"


TABLES = (
    "CREATE TABLE IF NOT EXISTS about (store_id UUID, version INTEGER)",
    _table("events", _EVENT_COLUMNS),
    _table("people", {"known_as": "VARCHAR", "user_id": "VARCHAR", "at_us": "BIGINT"}),
)


def tables_of(schema: str) -> list[str]:
    """Those that can be made anew. `source` is the order, or the chunk of a history, that a line came with."""
    return [
        _table(f"{schema}.sale_lines", {"source": "UUID", **_LINE_COLUMNS}),
        *(_table(f"{schema}.{name}", columns) for name, columns in _COLUMNS.items()),
    ]


def _facts(columns: dict[str, str], parameter: str) -> str:
    """One row a fact out of JSON text: the struct `fact`."""
    return f"SELECT unnest(from_json_strict({parameter}, '{json.dumps([columns])}')) AS fact"


def _fields(columns: dict[str, str]) -> str:
    return ", ".join(f"fact.{column}" for column in columns)


def insert(schema: str, table: str) -> str:
    columns = _COLUMNS[table]
    return f"INSERT INTO {schema}.{table} SELECT {_fields(columns)} FROM ({_facts(columns, '$1::JSON')})"


def insert_lines(schema: str, source: str) -> str:
    return (
        f"INSERT INTO {schema}.sale_lines SELECT {source}, {_fields(_LINE_COLUMNS)} "
        f"FROM ({_facts(_LINE_COLUMNS, '$1::JSON')})"
    )


UPGRADES = {  # by the version that a file has: to the next one
    1: (
        "ALTER TABLE sale_lines ADD COLUMN charged_back_parts BIGINT DEFAULT 0",
        "DROP SCHEMA IF EXISTS rebuilt CASCADE",
    ),
}


IDENTITY = """
    SELECT store_id, NOT EXISTS (SELECT 1 FROM sale_lines) AND NOT EXISTS (SELECT 1 FROM events) FROM about
"""
BEGIN_ARRIVED = "CREATE OR REPLACE TEMP TABLE arrived AS SELECT * FROM events LIMIT 0"
INSERT_ARRIVED = (
    f"INSERT INTO arrived SELECT {_fields(_EVENT_COLUMNS)} FROM ({_facts(_EVENT_COLUMNS, '$1::JSON')})"
)
INSERT_EVENTS = """
    INSERT INTO events
    SELECT * FROM arrived WHERE message_id NOT IN (
        SELECT message_id FROM events
        WHERE received_us >= $1 AND message_id IN (SELECT message_id FROM arrived))
    QUALIFY row_number() OVER (PARTITION BY message_id ORDER BY received_us, at_us) = 1
"""
# Who an anonymous visitor, or the user of an alias before, turned out to be: the last word counts.
_LINKS = """
    SELECT known_as, arg_max(user_id, at_us) AS user_id, max(at_us) AS at_us FROM (
        SELECT anonymous_id AS known_as, user_id, at_us FROM arrived WHERE anonymous_id <> '' AND user_id <> ''
        UNION ALL
        SELECT previous_id, user_id, at_us FROM arrived
        WHERE previous_id <> '' AND user_id <> '' AND previous_id <> user_id)
    GROUP BY known_as
"""
ANY_LINKS = """
    SELECT EXISTS (SELECT 1 FROM arrived WHERE user_id <> '' AND (anonymous_id <> '' OR previous_id <> ''))
"""
FORGET_LINKS = f"""
    DELETE FROM people USING ({_LINKS}) AS link
    WHERE people.known_as = link.known_as AND people.at_us <= link.at_us
"""
INSERT_LINKS = f"""
    INSERT INTO people SELECT link.* FROM ({_LINKS}) AS link
    WHERE NOT EXISTS (SELECT 1 FROM people WHERE people.known_as = link.known_as)
"""


def digest(schema: str, table: str) -> str:
    """Rows and a sum over all of them that no order of theirs changes."""
    return f"SELECT count(*), coalesce(sum(hash(kept)::HUGEINT), 0) FROM {schema}.{table} AS kept"


_SUMS = """coalesce(sum(gross_parts), 0), coalesce(sum(refund_parts), 0), {orders}, coalesce(sum(units), 0),
        coalesce(sum(returned_units), 0), coalesce(bool_or(demo), false), coalesce(sum(charged_back_parts), 0)"""
_ALL_ORDERS = "coalesce(sum(orders), 0)"
_ORDERS_WITH_IT = "count(DISTINCT order_id) FILTER (WHERE units > 0)"
_WHEN = "at_us >= $from_us AND at_us < $to_us"
_DIMENSIONS: dict[Dimension, tuple[str, str]] = {  # what is grouped by, and how it is named
    "product": ("coalesce(product_id::VARCHAR, sku)", "arg_max(title, at_us)"),
    "sku": ("sku", "arg_max(title, at_us)"),
    "category": ("category", "category"),
    "country": ("country", "country"),
    "customer": ("customer", "arg_max(customer_label, at_us)"),
}


def _filtered(filter: Filter) -> str:
    conditions = {
        "sku": filter.sku and "sku = $sku",
        "category": filter.category and "(category = $category OR starts_with(category, $category || ' > '))",
        "country": filter.country and "country = $country",
        "customer": filter.customer and "customer = $customer",
    }
    found = "".join(f" AND {condition}" for condition in conditions.values() if condition)
    return f"{found} AND kind = 'item'" if filter.of_lines else found


def sales(filter: Filter) -> str:
    orders = _ORDERS_WITH_IT if filter.of_lines else _ALL_ORDERS
    return f"""
    SELECT at_us // $bucket AS bucket, currency, {_SUMS.format(orders=orders)}
    FROM sale_lines WHERE {_WHEN}{_filtered(filter)} GROUP BY bucket, currency
    """


def sales_by(dimension: Dimension, filter: Filter) -> str:
    key, label = _DIMENSIONS[dimension]
    of_lines = filter.of_lines or dimension in ("product", "sku", "category")
    items = " AND kind = 'item'" if of_lines and not filter.of_lines else ""
    known = (
        "coalesce(arg_max(sku, at_us), ''), any_value(product_id)"
        if dimension in ("product", "sku")
        else "'', NULL"
    )
    orders = _ORDERS_WITH_IT if of_lines else _ALL_ORDERS
    return f"""
    SELECT {key} AS name, coalesce({label}, ''), {known}, {_SUMS.format(orders=orders)}
    FROM sale_lines WHERE {_WHEN} AND currency = $currency{items}{_filtered(filter)}
    GROUP BY name
    ORDER BY sum(gross_parts) - sum(refund_parts) - sum(charged_back_parts) DESC, name LIMIT $limit
    """


CURRENCIES = f"""
    SELECT currency, sum(orders) AS orders FROM sale_lines WHERE {_WHEN}
    GROUP BY currency ORDER BY orders DESC, currency
"""
PURCHASED = f"""
    SELECT coalesce(any_value(product_id)::VARCHAR, ''), coalesce(arg_max(sku, at_us), ''),
        coalesce(arg_max(title, at_us), ''), sum(units)::BIGINT AS sold,
        count(DISTINCT customer) FILTER (WHERE customer <> '')
    FROM sale_lines WHERE {_WHEN} AND kind = 'item' AND units > 0
    GROUP BY coalesce(product_id::VARCHAR, sku) ORDER BY sold DESC, 2 LIMIT $limit
"""
_PEOPLE = "events LEFT JOIN people ON people.known_as = coalesce(nullif(events.user_id, ''), anonymous_id)"
_PERSON = "coalesce(people.user_id, nullif(events.user_id, ''), anonymous_id)"
SEEN = f"""
    SELECT coalesce(arg_max(product_id, events.at_us), ''), coalesce(arg_max(sku, events.at_us), ''),
        coalesce(arg_max(title, events.at_us), ''), count(*) AS times, count(DISTINCT {_PERSON})
    FROM {_PEOPLE}
    WHERE events.at_us >= $from_us AND events.at_us < $to_us AND name = $name AND kind = 'track'
        AND (product_id <> '' OR sku <> '')
    GROUP BY coalesce(nullif(product_id, ''), sku) ORDER BY times DESC, 2 LIMIT $limit
"""
_LEFT_BEHIND = f"""
    SELECT carts.*, EXISTS (
        SELECT 1 FROM orders WHERE orders.cart_id = carts.cart_id AND orders.at_us >= carts.at_us) AS ordered
    FROM carts WHERE {_WHEN} AND currency = $currency
"""
ABANDONED = f"""
    SELECT count(*) FILTER (WHERE NOT ordered), coalesce(sum(value_minor) FILTER (WHERE NOT ordered), 0),
        count(*) FILTER (WHERE ordered), coalesce(sum(value_minor) FILTER (WHERE ordered), 0)
    FROM ({_LEFT_BEHIND})
"""
ABANDONED_CARTS = f"""
    SELECT cart_id, at_us, email, value_minor, lines FROM ({_LEFT_BEHIND}) WHERE NOT ordered
    ORDER BY value_minor DESC, cart_id LIMIT $limit
"""
CART_CURRENCIES = f"""
    SELECT currency, count(*) AS carts FROM carts WHERE {_WHEN} GROUP BY currency ORDER BY carts DESC, currency
"""
EVENT_COUNTS = f"""
    SELECT source, kind, name, count(*) AS times, count(DISTINCT {_PERSON}), max(events.at_us)
    FROM {_PEOPLE} WHERE events.at_us >= $from_us AND events.at_us < $to_us
    GROUP BY source, kind, name ORDER BY times DESC, source, kind, name LIMIT $limit
"""


def funnel(steps: int) -> str:
    """For each event of a step, the latest beginning of a way that led to it. Later is better: what is within the
    window of an earlier beginning is within that of a later one, so nobody who went the whole way is missed."""
    ways = "way1 AS (SELECT person, at_us, at_us AS began_us FROM acted WHERE step = 1)"
    for number in range(2, steps + 1):
        ways += f""",
    way{number} AS (
        SELECT here.person, here.at_us, before.began_us FROM acted AS here
        ASOF JOIN way{number - 1} AS before ON here.person = before.person AND here.at_us >= before.at_us
        WHERE here.step = {number} AND here.at_us - before.began_us <= $window)"""
    by_step = " ".join(f"WHEN name = $step{number} THEN {number}" for number in range(1, steps + 1))
    names = ", ".join(f"$step{number}" for number in range(1, steps + 1))
    reached = ", ".join(f"(SELECT count(DISTINCT person) FROM way{number})" for number in range(1, steps + 1))
    return f"""
    WITH acted AS MATERIALIZED (
        SELECT {_PERSON} AS person, CASE {by_step} END AS step, events.at_us FROM {_PEOPLE}
        WHERE events.at_us >= $from_us AND events.at_us < $to_us AND kind = 'track' AND name IN ({names})
        UNION ALL
        SELECT coalesce(nullif(person, ''), shopper), {steps}, at_us
        FROM orders LEFT JOIN (
            SELECT cart_id AS shopped, max({_PERSON}) AS shopper FROM {_PEOPLE} WHERE cart_id <> '' GROUP BY cart_id
        ) ON shopped = orders.cart_id::VARCHAR
        WHERE {_WHEN} AND coalesce(nullif(person, ''), shopper) IS NOT NULL),
    {ways}
    SELECT {reached}
    """
