"""Days, weeks and months as the clock on the wall has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from tradewind.kernel.errors import Invalid
from tradewind.services.analytics.periods import asked_range, bucket_seconds, pieces, previous

NOW = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)


def hours(start: str, end: str, zone: str) -> list[float]:
    found = pieces(asked_range(start, end, zone, NOW), "day")
    return [(piece.end.timestamp() - piece.start.timestamp()) / 3600 for piece in found]


def test_a_day_of_a_changed_clock_has_23_or_25_hours() -> None:
    assert hours("2026-03-28", "2026-03-31", "Europe/Berlin") == [24, 23, 24]
    assert hours("2026-10-24", "2026-10-27", "Europe/Berlin") == [24, 25, 24]


def test_a_day_without_a_midnight_begins_when_the_clock_goes_on() -> None:
    assert hours("2018-11-03", "2018-11-06", "America/Sao_Paulo") == [24, 23, 24]


@pytest.mark.parametrize("interval", ["day", "week", "month"])
@pytest.mark.parametrize(
    "zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"]
)
def test_pieces_cover_the_range_without_gap_and_overlap(interval: str, zone: str) -> None:
    asked = asked_range("2011-11-17", "2012-04-03T11:22", zone, NOW)
    found = pieces(asked, interval)
    assert (found[0].start, found[-1].end) == (asked.start, asked.end)
    for before, after in pairwise(found):
        assert before.end == after.start
        assert before.start.timestamp() < before.end.timestamp()
        assert int(after.start.timestamp()) % bucket_seconds(found) == 0


def test_weeks_are_those_of_iso() -> None:
    found = pieces(asked_range("2020-12-28", "2021-01-18", "UTC", NOW), "week")
    assert [piece.label for piece in found] == ["2020-W53", "2021-W01", "2021-W02"]


def test_buckets_are_as_large_as_the_zone_allows() -> None:
    def bucket(zone: str) -> int:
        return bucket_seconds(pieces(asked_range("2026-01-01", "2026-03-01", zone, NOW), "day"))

    assert [bucket(zone) for zone in ("UTC", "Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu")] == [
        86_400,
        3_600,
        1_800,
        900,
    ]


def test_without_bounds_it_is_thirty_days_and_today_is_among_them() -> None:
    asked = asked_range(None, None, "Europe/Berlin", NOW)
    assert asked.end.isoformat() == "2026-03-12T00:00:00+01:00"  # it is the 11th already there
    assert (asked.end.date() - asked.start.date()).days == 30


def test_the_period_before_is_as_long_on_the_walls_clock() -> None:
    berlin = asked_range("2026-03-28", "2026-03-31", "Europe/Berlin", NOW)
    before = previous(berlin, "day", "previous")
    assert before is not None
    assert (before.start.isoformat(), before.end) == ("2026-03-25T00:00:00+01:00", berlin.start)
    months = previous(asked_range("2026-03-01", "2026-05-01", "UTC", NOW), "month", "true")
    assert months is not None
    assert (months.start.isoformat()[:10], months.end.isoformat()[:10]) == ("2026-01-01", "2026-03-01")
    year = previous(asked_range("2024-02-29", "2024-03-02", "UTC", NOW), "day", "year")
    assert year is not None
    assert year.start.isoformat()[:10] == "2023-02-28"
    hour = previous(asked_range("2026-03-01T10:00", "2026-03-01T11:30", "UTC", NOW), "day", "previous")
    assert hour is not None
    assert hour.end - hour.start == timedelta(minutes=90)
    assert previous(berlin, "day", "none") is None


@pytest.mark.parametrize(
    ("start", "end", "zone", "field"),
    [
        ("2026-02-30", None, "UTC", "from"),
        (None, "1969-01-01", "UTC", "to"),
        ("2026-01-02", "2026-01-02", "UTC", "to"),
        (None, None, "Europe/Atlantis", "timezone"),
        (None, None, "../../etc/passwd", "timezone"),
    ],
)
def test_what_is_no_range_is_refused_by_its_field(
    start: str | None, end: str | None, zone: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        asked_range(start, end, zone, NOW)
    assert refused.value.field == field


def test_more_pieces_than_anybody_looks_at_are_refused() -> None:
    with pytest.raises(Invalid) as refused:
        pieces(asked_range("1990-01-01", "2020-01-01", "UTC", NOW), "day")
    assert refused.value.field == "interval"
