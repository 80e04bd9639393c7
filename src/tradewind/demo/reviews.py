"""A few hundred reviews of the demo's products: put together out of sentences of our own, always the same ones.

Most are content, as in most shops; some products are liked less, and every sixth product nobody has reviewed.
"""

from __future__ import annotations

import hashlib
import random
import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from tradewind.demo import PRODUCTS
from tradewind.services.product.review_rules import ReviewState
from tradewind.services.product.use_cases.take_over_reviews import PastReview

WORDS = Path(__file__).parent / "review_words.toml"
"""Their sentences, by language and kind of product."""

OLDEST_DAYS = 540
MOST_OF_A_PRODUCT = 14
_STATES: tuple[ReviewState, ...] = ("published", "pending", "refused")
# How a product is liked, and how many of each number of stars it then gets of a hundred.
_LIKED = {
    "loved": {5: 72, 4: 20, 3: 5, 2: 2, 1: 1},
    "liked": {5: 45, 4: 33, 3: 13, 2: 6, 1: 3},
    "disputed": {5: 20, 4: 22, 3: 25, 2: 18, 1: 15},
}


class _Product(msgspec.Struct):
    external_id: str
    status: str
    categories: list[str]
    variants: list[dict[str, Any]]


class _Tellings:
    """The sentences of one language that fit one product; none is told twice of it."""

    def __init__(self, words: Mapping[str, Any], product: _Product, dice: random.Random) -> None:
        primary = product.categories[0]
        kinds = [words["kinds"].get(kind, {}) for kind in (primary.partition(" > ")[0], primary)]
        colours = sorted({one["options"].get("Colour", "") for one in product.variants} - {""})
        self._colours = [colour.lower() for colour in colours]
        self._dice = dice
        self._left = {
            "good": words["good"] + [text for kind in kinds for text in kind.get("good", ())] * 2,
            "fair": list(words["fair"]),
            "bad": words["bad"] + [text for kind in kinds for text in kind.get("bad", ())] * 2,
            **{f"titles_{stars}": list(words[f"titles_{stars}"]) for stars in range(1, 6)},
        }

    def take(self, kind: str) -> str:
        """Empty once everything of this kind was told."""
        fitting = [text for text in self._left[kind] if self._colours or "{colour}" not in text]
        if not fitting:
            return ""
        text: str = self._dice.choice(fitting)
        self._left[kind] = [other for other in self._left[kind] if other != text]
        colour = self._dice.choice(self._colours) if self._colours else ""
        return text.format(number=self._dice.randint(3, 9), colour=colour)


def demo_reviews(now: datetime) -> list[PastReview]:
    """Written in the year and a half before `now`."""
    words = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    decode = msgspec.json.Decoder(_Product).decode
    products = [decode(line) for line in PRODUCTS.read_bytes().splitlines()]
    return [review for product in products for review in _of(product, words, now)]


def _of(product: _Product, words: Mapping[str, Any], now: datetime) -> Iterator[PastReview]:
    seed = hashlib.sha256(product.external_id.encode()).digest()
    dice = random.Random(seed)  # noqa: S311 - the same reviews every time
    if product.status != "active" or seed[0] % 6 == 0:
        return
    stars_of = _LIKED["loved" if seed[1] % 10 < 4 else "liked" if seed[1] % 10 < 8 else "disputed"]
    tellings = {language: _Tellings(words[language], product, dice) for language in ("en", "de")}
    authors = {language: dice.sample(words[language]["authors"], MOST_OF_A_PRODUCT) for language in tellings}
    for number in range(min(MOST_OF_A_PRODUCT, 1 + int(dice.expovariate(0.2)))):
        language = "en" if dice.random() < 0.55 else "de"
        stars = dice.choices(list(stars_of), list(stars_of.values()))[0]
        telling = tellings[language]
        title, text = telling.take(f"titles_{stars}"), _text(telling, stars, dice)
        written_at = now - timedelta(seconds=dice.randint(3600, OLDEST_DAYS * 86_400))
        bought = dice.random() < 0.8
        state = _state(dice, bought, title + text)
        account_id = uuid5(NAMESPACE_URL, f"{product.external_id} {number}")
        yield PastReview(
            external_id=product.external_id,
            account_id=account_id,
            rating=stars,
            title=title,
            text=text,
            author=authors[language][number],
            language=language,
            state=state,
            written_at=written_at,
            order_id=_order_of(account_id) if bought else None,
            answer=_answer(words[language], stars, dice) if state == "published" else None,
        )


def _text(telling: _Tellings, stars: int, dice: random.Random) -> str:
    kinds = {
        5: ["good"] * dice.randint(0, 3),
        4: ["good"] * dice.randint(1, 2) + ["fair"],
        3: ["good", dice.choice(["fair", "bad"])],
        2: ["bad", dice.choice(["fair", "bad"])],
        1: ["bad"] * dice.randint(1, 2),
    }
    return " ".join(filter(None, map(telling.take, kinds[stars])))


def _state(dice: random.Random, bought: bool, words: str) -> ReviewState:
    """What waits for staff, or was refused by them, is of people who did not buy it here."""
    if bought or not words:
        return "published"
    return dice.choices(_STATES, (80, 15, 5))[0]


def _order_of(account_id: UUID) -> UUID:
    return uuid5(account_id, "order")


def _answer(words: Mapping[str, Any], stars: int, dice: random.Random) -> str | None:
    """The shop answers most of its critics, and some of its friends."""
    if stars <= 2 and dice.random() < 0.7:
        return str(dice.choice(words["answers_bad"]))
    if stars >= 4 and dice.random() < 0.06:
        return str(dice.choice(words["answers_good"]))
    return None
