"""The demo's reviews are ones that customers could have sent, and always the same."""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import UTC, datetime, timedelta
from string import Formatter
from typing import Any

import msgspec

from tradewind.demo.reviews import OLDEST_DAYS, WORDS, demo_reviews
from tradewind.services.product.review_shapes import AnswerReview, WriteReview

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
REVIEWS = demo_reviews(NOW)


def test_they_are_always_the_same() -> None:
    assert demo_reviews(NOW) == REVIEWS
    later = demo_reviews(NOW + timedelta(days=9))
    assert [(r.text, r.rating, r.account_id) for r in later] == [
        (r.text, r.rating, r.account_id) for r in REVIEWS
    ]


def test_there_are_hundreds_in_two_languages_and_not_all_are_kind() -> None:
    assert 250 <= len(REVIEWS) <= 500
    stars, languages = Counter(r.rating for r in REVIEWS), Counter(r.language for r in REVIEWS)
    assert min(languages["en"], languages["de"]) > len(REVIEWS) // 3
    assert sum(stars.values()) == len(REVIEWS) and min(stars[n] for n in range(1, 6)) >= 10
    assert stars[5] > stars[3] > stars[1]
    assert len({r.external_id for r in REVIEWS}) < 80, "some products have none"
    assert {r.state for r in REVIEWS} == {"published", "pending", "refused"}
    assert all(r.order_id for r in REVIEWS if r.state != "published") is False
    assert len({(r.title, r.text) for r in REVIEWS}) > 0.85 * len(REVIEWS)


def test_customers_could_have_sent_them() -> None:
    for review in REVIEWS:
        sent = {"rating": review.rating, "title": review.title, "text": review.text}
        msgspec.convert(sent, WriteReview)
        msgspec.convert({"text": review.answer}, AnswerReview)
        assert review.title and review.author and "{" not in review.text
        assert NOW - timedelta(days=OLDEST_DAYS) <= review.written_at <= NOW
        assert abs(review.review_id.int >> 80) == int(review.written_at.timestamp() * 1000)
        assert (review.review_id.version, review.review_id.variant) == (7, "specified in RFC 4122")
    assert len({r.review_id for r in REVIEWS}) == len({r.account_id for r in REVIEWS}) == len(REVIEWS)
    of_product = Counter((r.external_id, r.author) for r in REVIEWS)
    assert max(of_product.values()) == 1, "nobody reviews a product twice"


def test_the_words_hold_nothing_that_is_not_filled_in() -> None:
    def texts(node: Any) -> list[str]:
        if isinstance(node, str):
            return [node]
        parts = node.values() if isinstance(node, dict) else node
        return [text for part in parts for text in texts(part)]

    words = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    assert words["en"]["kinds"].keys() == words["de"]["kinds"].keys()
    for text in texts(words):
        assert {name for _, name, _, _ in Formatter().parse(text) if name} <= {"number", "colour"}, text
        assert text == text.strip()
