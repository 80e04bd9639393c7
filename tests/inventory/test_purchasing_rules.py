"""Prices, packs and costs by property; the graphs of the documents are what the code moves by."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.services.inventory.domain.documents import DOCUMENTS, Document
from tradewind.services.inventory.domain.purchasing import (
    Came,
    Ordered,
    goods_value,
    landed,
    moving_average,
    pack_price,
    whole_packs,
)
from tradewind.services.inventory.shapes.suppliers import PriceBreak

DOCS = Path(__file__).parents[2] / "docs"


@given(st.integers(1, 50), st.integers(0, 10**6), st.lists(st.integers(0, 40), min_size=1, max_size=8))
def test_the_values_of_deliveries_sum_to_that_of_their_pieces(
    pack_size: int, price: int, deliveries: list[int]
) -> None:
    taken, total = 0, 0
    for pieces in deliveries:
        total += goods_value(Ordered("X", 10, 500, taken, pack_size, price, None), pieces)
        taken += pieces
    assert total == taken * price // pack_size


@given(
    st.integers(0, 10**6),
    st.sampled_from(["value", "quantity", "weight"]),
    st.lists(
        st.tuples(st.integers(1, 100), st.integers(0, 10**4), st.integers(0, 5000)), min_size=1, max_size=9
    ),
)
def test_costs_are_shared_out_whole(costs: int, share_by: str, lines: list[tuple[int, int, int]]) -> None:
    pairs = [
        (Ordered(f"S{i}", pieces, pieces, 0, 1, price, weight), Came(f"S{i}", pieces, 0, 0))
        for i, (pieces, price, weight) in enumerate(lines)
    ]
    goods = [goods_value(ordered, came.taken) for ordered, came in pairs]
    shares = landed(costs, share_by, pairs, goods)  # type: ignore[arg-type]
    assert sum(shares) == costs
    assert all(share >= 0 for share in shares)


@given(st.integers(1, 10**6), st.integers(1, 1000))
def test_packs_hold_the_pieces_and_no_pack_is_spare(pieces: int, pack_size: int) -> None:
    packs = whole_packs(pieces, pack_size)
    assert packs * pack_size >= pieces > (packs - 1) * pack_size


def test_a_price_counts_from_its_number_of_packs_on() -> None:
    prices = [PriceBreak(3, 900), PriceBreak(10, 800)]
    assert [pack_price(prices, packs) for packs in (1, 3, 9, 10, 99)] == [900, 900, 900, 800, 800]


def test_pieces_without_a_cost_weigh_nothing_until_a_first_cost_is_known() -> None:
    first = moving_average(None, 40, 1000, 10)
    assert first == 100, "not 1000 / 50"
    assert moving_average(first, 50, 1600, 10) == 110, "from then on all that is on hand is at the average"
    assert moving_average(first, 0, 1600, 10) == 160, "of pieces that are gone nothing is left to weigh"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.prefix)
def test_the_graph_in_the_documents_is_the_table(document: Document) -> None:
    moves = {(was, to) for was, more in document.transitions.items() for to in more}
    graphs = [
        set(re.findall(r"^ +(\w+) --> (\w+)$", block, re.MULTILINE))
        for name in ("warehouse.md", "purchasing.md")
        for block in re.findall(r"```mermaid\n(.*?)```", (DOCS / name).read_text(encoding="utf-8"), re.DOTALL)
    ]
    assert moves in graphs
