"""Three months that the demo shop might have had: orders, returns, visits, carts left behind. All made up.

The same every time but for its dates, which end with yesterday.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from math import sin
from random import Random
from uuid import UUID

DAYS = 90
HEADER = (
    "invoice", "time", "customer", "customer_name", "country", "sku", "text", "quantity", "unit_price",
    "category", "product_id",
)  # fmt: skip
_PEOPLE = 420
_VISITS_A_DAY = 34
_LEFT_BEHIND_A_DAY = 1.4
_FIRST = (
    "Anna Ben Carla David Elif Felix Greta Hugo Ines Jonas Klara Leon Mira Noah Olga Paul Rosa Samir Tilda Uwe "
    "Vera Wim Yara Zoe Amelie Bruno Chiara Daan Emma Finn"
)
_LAST = (
    "Adler Berg Costa Dubois Egger Fischer Garcia Huber Ivanova Jansen Keller Lang Meyer Novak Olsen Peters "
    "Rossi Schmidt Torres Urban Vogel Weber Young Zimmer Andersson Bakker Conti Duarte Eriksen Fabre"
)
_COUNTRIES = {
    "DE": 44, "AT": 10, "NL": 9, "FR": 9, "ES": 7, "BE": 5, "IT": 5, "DK": 3, "SE": 3, "PL": 3, "IE": 2,
}  # fmt: skip
_WEEKDAYS = (1.08, 1.0, 0.96, 0.98, 0.92, 0.95, 1.22)  # Monday first
_HOURS = (1, 0, 0, 0, 0, 0, 1, 2, 4, 5, 6, 6, 7, 6, 5, 5, 5, 6, 8, 10, 11, 9, 6, 3)
_RETURNED = 0.06  # of the orders, a line of each
_ADDS, _CHECKS_OUT, _BUYS = 0.34, 0.55, 0.7  # of those who came to the step before


@dataclass(frozen=True, slots=True)
class Article:
    """A variant on sale, with its price in cents of a euro."""

    sku: str
    product_id: UUID
    title: str
    category: str
    price_minor: int


@dataclass(frozen=True, slots=True)
class Visit:
    """Something that a visitor did, in the words of Segment's spec."""

    message_id: UUID
    at: datetime
    visitor: str
    name: str
    article: Article


@dataclass(frozen=True, slots=True)
class LeftCart:
    cart_id: UUID
    at: datetime
    email: str
    articles: list[Article]


@dataclass
class DemoHistory:
    """`rows` are what `tradewind import orders` reads, without the header."""

    rows: list[list[str]] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    carts: list[LeftCart] = field(default_factory=list)


def demo_history(articles: Sequence[Article], today: date) -> DemoHistory:
    """`articles` in an order that stays: the dice fall the same."""
    dice = Random(41)  # noqa: S311 - a story, not a secret
    people = [_person(dice, number) for number in range(_PEOPLE)]
    liked = [1 / (1 + place) ** 0.7 for place in range(len(articles))]
    shuffled = list(articles)
    dice.shuffle(shuffled)
    found = DemoHistory()
    for number in range(DAYS):
        day = today - timedelta(days=DAYS - number)
        for _ in range(_orders_on(day, number, dice)):
            found.rows += _order(dice, day, today, len(found.rows), people, shuffled, liked)
        for _ in range(_VISITS_A_DAY):
            found.visits += _visit(dice, day, shuffled, liked)
        for _ in range(int(_LEFT_BEHIND_A_DAY + dice.random())):
            bought = dice.choices(shuffled, liked, k=dice.randint(1, 3))
            at = _moment(dice, day)
            found.carts.append(LeftCart(_id(dice), at, dice.choice(people)[0], bought))
    return found


def _orders_on(day: date, number: int, dice: Random) -> int:
    growing = 0.8 + 0.4 * number / DAYS
    wave = 1 + 0.12 * sin(number / 4.5)
    paid = 1.15 if day.day >= 26 or day.day <= 2 else 1.0
    return max(3, round(14 * _WEEKDAYS[day.weekday()] * growing * wave * paid * dice.uniform(0.85, 1.15)))


def _person(dice: Random, number: int) -> tuple[str, str, str]:
    first, last = dice.choice(_FIRST.split()), dice.choice(_LAST.split())
    country = dice.choices(list(_COUNTRIES), list(_COUNTRIES.values()))[0]
    return f"{first}.{last}{number}@example.com".lower(), f"{first} {last}", country


def _order(
    dice: Random,
    day: date,
    today: date,
    number: int,
    people: Sequence[tuple[str, str, str]],
    articles: Sequence[Article],
    liked: Sequence[float],
) -> Iterator[list[str]]:
    """Its lines, and for some a line that came back within a fortnight."""
    invoice, at = f"DEMO-{10_000 + number}", _moment(dice, day)
    email, name, country = people[int(dice.betavariate(1, 2.2) * len(people))]

    def row(of: str, when: datetime, article: Article, quantity: int) -> list[str]:
        price = f"{article.price_minor // 100}.{article.price_minor % 100:02}"
        return [
            of, when.isoformat(), email, name, country, article.sku, article.title, str(quantity), price,
            article.category, str(article.product_id),
        ]  # fmt: skip

    bought = [
        (article, dice.choices((1, 2, 3), (80, 15, 5))[0])
        for article in {
            a.sku: a for a in dice.choices(articles, liked, k=dice.choice((1, 1, 2, 2, 3, 4)))
        }.values()
    ]
    for article, quantity in bought:
        yield row(invoice, at, article, quantity)
    returned_at = at + timedelta(days=dice.uniform(2, 14))
    if dice.random() < _RETURNED and returned_at.date() < today:
        article, quantity = dice.choice(bought)
        yield row(f"C{invoice}", returned_at, article, -quantity)


def _visit(dice: Random, day: date, articles: Sequence[Article], liked: Sequence[float]) -> Iterator[Visit]:
    """One visitor's way: articles looked at, and for some one of them all the way to the till."""
    at, visitor = _moment(dice, day), f"demo-{dice.getrandbits(48):012x}"
    seen = dice.choices(articles, liked, k=dice.randint(1, 4))
    way = [("Product Viewed", article) for article in seen]
    for step, chance in (
        ("Product Added", _ADDS),
        ("Checkout Started", _CHECKS_OUT),
        ("Order Completed", _BUYS),
    ):
        if dice.random() > chance:
            break
        way.append((step, seen[-1]))
    for name, article in way:
        yield Visit(_id(dice), at, visitor, name, article)
        at += timedelta(seconds=dice.randint(8, 240))


def _moment(dice: Random, day: date) -> datetime:
    hour = dice.choices(range(24), _HOURS)[0]
    return datetime.combine(day, time(hour, dice.randrange(60), dice.randrange(60)), UTC)


def _id(dice: Random) -> UUID:
    return UUID(int=dice.getrandbits(128), version=4)
