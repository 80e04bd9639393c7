"""Identifiers: UUIDv7, in the order of their making, and not to be guessed."""

from __future__ import annotations

import time
from datetime import UTC, timedelta
from uuid import RFC_4122

from tradewind.kernel.clock import SystemClock


def test_ids_sort_in_the_order_of_their_making_and_none_comes_twice() -> None:
    clock = SystemClock()
    ids = [clock.new_id() for _ in range(20_000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)
    assert [str(one) for one in ids] == sorted(str(one) for one in ids)


def test_an_id_is_a_uuid_of_version_7_and_tells_its_millisecond() -> None:
    before = time.time_ns() // 1_000_000
    made = SystemClock().new_id()
    assert (made.version, made.variant) == (7, RFC_4122)
    assert before <= made.int >> 80 <= before + 1000


def test_ids_of_two_clocks_differ_even_when_made_at_once() -> None:
    one, other = SystemClock(), SystemClock()
    made = [clock.new_id() for _ in range(5_000) for clock in (one, other)]
    assert len({one.int & ((1 << 62) - 1) for one in made}) == len(made)


def test_the_time_is_utc_and_says_so() -> None:
    assert SystemClock().now().utcoffset() == timedelta()
    assert SystemClock().now().tzinfo is UTC
