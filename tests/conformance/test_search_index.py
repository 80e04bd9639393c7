"""What every search index promises (ports/search_index.py), run against each adapter that there is.

An adapter joins by a Bench: how to open a copy, and to open the same one again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tradewind.adapters.search_index.tantivy_index import TantivyIndex
from tradewind.ports.search_index import (
    LARGEST_NUMBER,
    Clause,
    Counts,
    Held,
    IndexDocument,
    Option,
    Range,
    SearchIndex,
    SearchIndexUnavailable,
    SearchPage,
    SearchRequest,
)

Open = Callable[[Path], SearchIndex]


def open_tantivy(folder: Path) -> SearchIndex:
    return TantivyIndex(folder, ("en", "de"), ("price", "age"))


@pytest.fixture(params=[pytest.param(open_tantivy, id="tantivy")])
def open_index(request: pytest.FixtureRequest) -> Open:
    opener: Open = request.param
    return opener


@pytest.fixture
async def index(open_index: Open, tmp_path: Path) -> AsyncIterator[SearchIndex]:
    """With SHELF in it."""
    opened = open_index(tmp_path)
    assert await opened.held() is None
    await opened.build(pages(SHELF), Held("shop", 10))
    yield opened
    await opened.close()


def book(name: str, title: str, **changes: Any) -> IndexDocument:
    """Every document has all numbers, as those that are sorted by them must."""
    numbers = {"price": changes.pop("price", 1000), "age": changes.pop("age", 1)}
    return IndexDocument(name, changes.pop("change", 1), title, numbers=numbers, **changes)


SHELF = [
    book(
        "a", "Sailing boats", codes=("sku1", "4006381333931"), kind="boats", brand="Nordwind", price=1500, age=3,
        keywords={"shape": ("round",), "topic.sea": ("wind", "water")}, countable=("topic.sea",), payload=b"{}",
    ),
    book(
        "b", "A boat trip", codes=("sku2",), body="Down the river, where the sailing is slow.", price=900, age=2,
        keywords={"shape": ("square",), "topic.sea": ("water",)}, countable=("topic.sea",),
    ),
    book("c", "Gardens", facts=("sailing",), price=2500, age=1, keywords={"shape": ("round", "flat")}),
    book("d", "Häuser am Meer", details=("mentions boats",), price=LARGEST_NUMBER, keywords={"shape": ("flat",)}),
]  # fmt: skip


async def pages(*shelves: Sequence[IndexDocument]) -> AsyncIterator[Sequence[IndexDocument]]:
    for shelf in shelves:
        yield shelf


def words(*said: str) -> tuple[Clause, ...]:
    return tuple(Clause((Option((word,)),)) for word in said)


def names(page: SearchPage) -> list[str]:
    return [hit.document_id for hit in page.hits]


async def find(index: SearchIndex, *said: str, **how: Any) -> list[str]:
    return names(await index.search(SearchRequest(clauses=words(*said), **how)))


async def test_words_are_found_in_any_of_their_forms(index: SearchIndex) -> None:
    assert set(await find(index, "boat")) == set(await find(index, "boats")) == {"a", "b"}
    assert await find(index, "haus") == await find(index, "hauser") == ["d"]


async def test_what_says_the_kind_comes_before_what_mentions_it(index: SearchIndex) -> None:
    found = await find(index, "sailing")
    assert (found[0], set(found)) == ("a", {"a", "b", "c"})


async def test_details_are_looked_at_where_little_else_is_found(index: SearchIndex) -> None:
    assert "d" not in await find(index, "boat", enough=2)
    assert set(await find(index, "boat", enough=3)) == {"a", "b", "d"}


async def test_all_words_then_most_of_them_then_the_last(index: SearchIndex) -> None:
    assert await find(index, "sailing", "river") == ["b"]
    assert (await find(index, "river", "sailing", enough=2))[0] == "b"
    assert set(await find(index, "river", "sailing", enough=2)) == {"a", "b", "c"}
    assert await find(index, "unicorn") == []
    assert await find(index, "gardens", "unicorn") == ["c"], "the last finds nothing, so that any will do"


async def test_alternatives_and_beginnings(index: SearchIndex) -> None:
    either = (Clause((Option(("unicorn",)), Option(("boat", "trip"), 0.9))),)
    assert names(await index.search(SearchRequest(clauses=either))) == ["b"]
    begun = (Clause((Option(("gard",), prefix=True),)),)
    assert names(await index.search(SearchRequest(clauses=begun))) == ["c"]


async def test_a_whole_code_comes_first(index: SearchIndex) -> None:
    assert names(await index.search(SearchRequest(code="sku2"))) == ["b"]
    assert names(await index.search(SearchRequest(clauses=words("sailing"), code="sku2")))[0] == "b"
    assert names(await index.search(SearchRequest(code="sku"))) == []


async def test_filters_are_alternatives_within_a_name_and_all_names_hold(index: SearchIndex) -> None:
    assert set(await find(index, any_of={"shape": ("round", "square")})) == {"a", "b", "c"}
    assert set(await find(index, any_of={"shape": ("round",), "topic.sea": ("wind", "sand")})) == {"a"}
    assert set(await find(index, must={"shape": ("flat",)})) == {"c", "d"}
    assert set(await find(index, ranges={"price": Range(900, 1500)})) == {"a", "b"}
    assert set(await find(index, ranges={"price": Range(1501, None)})) == {"c", "d"}
    assert set(await find(index, ranges={"price": Range(None, LARGEST_NUMBER - 1)})) == {"a", "b", "c"}


async def test_a_name_is_counted_as_if_it_were_not_filtered_by(index: SearchIndex) -> None:
    counts = Counts(keywords={"shape": 10}, steps={"price": (0, 1000, 2000)}, families={"topic.": (5, 10)})
    free = await index.search(SearchRequest(counts=counts))
    assert dict(free.keywords["shape"]) == {"round": 2, "flat": 2, "square": 1}
    assert dict(free.keywords["topic.sea"]) == {"water": 2, "wind": 1}
    assert free.steps["price"] == {0: 1, 1000: 1, 2000: 2}
    narrowed = await index.search(SearchRequest(any_of={"shape": ("round",)}, counts=counts))
    assert narrowed.total == 2
    assert narrowed.keywords["shape"] == free.keywords["shape"]
    assert dict(narrowed.keywords["topic.sea"]) == {"water": 1, "wind": 1}
    assert narrowed.steps["price"] == {0: 0, 1000: 1, 2000: 1}


async def test_numbers_sort_both_ways_and_pages_go_on_where_one_ended(index: SearchIndex) -> None:
    assert await find(index, order="price") == ["b", "a", "c", "d"]
    assert await find(index, order="-price") == ["d", "c", "a", "b"]
    for order in ("price", "-price", "age", ""):
        seen: list[str] = []
        page = await index.search(SearchRequest(order=order, limit=1))
        seen += names(page)
        while page.next is not None:
            page = await index.search(SearchRequest(order=order, limit=1, after=page.next))
            assert page.total == 4
            seen += names(page)
        assert seen == await find(index, order=order)


async def test_what_was_asked_for_is_marked(index: SearchIndex) -> None:
    (first, *_) = (await index.search(SearchRequest(clauses=words("boat")))).hits
    assert first.title == (("Sailing ", False), ("boats", True))
    assert first.payload == b"{}"
    page = await index.search(SearchRequest(clauses=words("river")))
    assert ("river", True) in page.hits[0].body


async def test_a_document_takes_the_place_of_its_earlier_one(index: SearchIndex) -> None:
    newer = replace(SHELF[1], title="A train ride", change=2)
    for _ in range(2):
        await index.apply([newer], ["c", "unknown"], Held("shop", 12))
        assert await find(index, "train") == ["b"]
        assert await find(index, "boat") == ["a"]
        assert await find(index, "gardens") == []
        assert await index.changes() == {"a": 1, "b": 2, "d": 1}
        assert await index.size() == 3
    assert await index.held() == Held("shop", 12)


async def test_the_old_answers_until_the_new_takes_its_place(index: SearchIndex) -> None:
    async def slowly() -> AsyncIterator[Sequence[IndexDocument]]:
        yield [book("x", "Boats anew")]
        assert set(await find(index, "boat")) == {"a", "b"}
        yield [book("y", "Boats again")]

    await index.build(slowly(), Held("shop", 20))
    assert set(await find(index, "boat")) == {"x", "y"}


async def test_a_build_that_fails_leaves_the_old(index: SearchIndex) -> None:
    async def broken() -> AsyncIterator[Sequence[IndexDocument]]:
        yield [book("x", "Boats anew")]
        raise LookupError("the source went away")

    with pytest.raises(LookupError):
        await index.build(broken(), Held("shop", 20))
    assert set(await find(index, "boat")) == {"a", "b"}
    await index.apply([], ["a"], Held("shop", 11))
    assert await find(index, "boat") == ["b"]


async def test_what_was_held_is_held_when_it_is_opened_again(
    index: SearchIndex, open_index: Open, tmp_path: Path
) -> None:
    await index.close()
    async with opened(open_index, tmp_path) as again:
        assert await again.held() == Held("shop", 10)
        assert await find(again, "gardens") == ["c"]


async def test_a_second_copy_leaves_the_first_alone(
    index: SearchIndex, open_index: Open, tmp_path: Path
) -> None:
    async with opened(open_index, tmp_path) as second:
        assert await second.held() is None
        await second.build(pages([book("z", "Boats elsewhere")]), Held("other", 1))
        assert await find(second, "boat") == ["z"]
    assert set(await find(index, "boat")) == {"a", "b"}


async def test_where_nothing_is_held_nothing_is_answered(open_index: Open, tmp_path: Path) -> None:
    async with opened(open_index, tmp_path) as empty:
        assert await empty.held() is None
        with pytest.raises(SearchIndexUnavailable):
            await find(empty, "boat")
        await empty.build(pages(), Held("shop", 0))
        counts = Counts(keywords={"shape": 3}, steps={"price": (0, 100)}, families={"topic.": (3, 3)})
        page = await empty.search(SearchRequest(clauses=words("boat"), counts=counts))
        assert (page.total, page.hits, page.next, page.steps["price"]) == (0, [], None, {0: 0, 100: 0})


async def test_slips_and_beginnings_of_words(index: SearchIndex) -> None:
    assert [(word, edits) for word, edits, _ in await index.spellings("bots", 3)] == [("boats", 1)]
    assert [(word, edits) for word, edits, _ in await index.spellings("gradens", 3)] == [("gardens", 1)]
    assert await index.spellings("4006381333932", 3) == []
    assert [word for word, _ in await index.completions("boa", 5)] == ["boat", "boats"]
    assert await index.frequencies(["boat", "gardens", "unicorn"]) == [2, 1, 0]


@asynccontextmanager
async def opened(open_index: Open, folder: Path) -> AsyncIterator[SearchIndex]:
    index = open_index(folder)
    try:
        yield index
    finally:
        await index.close()
