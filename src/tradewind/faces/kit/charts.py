"""Charts as numbers: what a template draws as SVG and HTML (kit/charts.html), and a script lets one walk through.

A chart is whole without a script: it says what it shows in a sentence, and has all its figures in a table.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

WIDTH, HEIGHT = 600, 200  # of an area chart's drawing; it is stretched to its place
SPARK_WIDTH, SPARK_HEIGHT = 100, 28
MOST_LABELS = 7
Show = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across the chart: its text, and how high it stands in percent."""

    text: str
    percent: float


@dataclass(frozen=True, slots=True)
class AreaChart:
    """`walk` is what the script shows at each step; `rows` are the table: label, value, value before."""

    title: str
    summary: str
    names: tuple[str, str]
    line: str
    area: str
    before: str
    ticks: list[Tick]
    labels: list[Tick]
    rows: list[tuple[str, str, str]]
    walk: str


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    text: str
    percent: float
    url: str = ""
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Slice:
    """`length` and `offset` are hundredths of the ring."""

    label: str
    text: str
    share: float
    length: float
    offset: float


def nice_ticks(largest: float, most: int = 5) -> list[int]:
    """From 0 to at least `largest`, in steps of 1, 2, 2.5 or 5 times a power of ten, whole numbers all: 3,800 has
    0, 1,000, 2,000, 3,000, 4,000. What has no height yet has a scale of one."""
    largest = max(largest, 1)
    rough = largest / (most - 1)
    power = 10 ** math.floor(math.log10(rough))
    steps = (factor * power for factor in (1, 2, 2.5, 5, 10, 20))
    step = next(step for step in steps if step * (most - 1) >= largest and step == int(step))
    count = math.ceil(largest / step)
    return [int(step * number) for number in range(count + 1)]


def smooth_path(values: Sequence[float], width: float, height: float, top: float) -> str:
    """A curve through all values that never swings beyond them (monotone cubic, Fritsch and Carlson).

    `top` is the value at the upper edge. One value is a level line, none is no path.
    """
    if not values:
        return ""
    if len(values) == 1:
        values = [values[0], values[0]]
    gap = width / (len(values) - 1)
    heights = [height - value / (top or 1) * height for value in values]
    slopes = [(after - before) / gap for before, after in itertools.pairwise(heights)]
    inner = [
        0.0 if before * after <= 0 else 2 * before * after / (before + after)
        for before, after in itertools.pairwise(slopes)
    ]
    tangents = [slopes[0], *inner, slopes[-1]]
    path, third = f"M0 {heights[0]:.1f}", gap / 3
    for index in range(len(slopes)):
        x, start, end = index * gap, heights[index], heights[index + 1]
        path += (
            f"C{x + third:.1f} {start + tangents[index] * third:.1f}"
            f" {x + 2 * third:.1f} {end - tangents[index + 1] * third:.1f} {x + gap:.1f} {end:.1f}"
        )
    return path


def area_chart(
    title: str,
    labels: Sequence[str],
    values: Sequence[int],
    before: Sequence[int] | None,
    *,
    show: Show,
    show_tick: Show,
    names: tuple[str, str],
    summary: str,
    least: int = 4,
) -> AreaChart:
    """`before` is the period before, as many values; `show` writes one out, `show_tick` in short. The scale reaches
    to `least` at least: a shop that has sold nothing has one too.

    Negative values (more given back than sold) are drawn at the bottom; the table and the walk say them.
    """
    shown = list(values)
    earlier = list(before or [])[: len(shown)]
    ticks = nice_ticks(max([*shown, *earlier, least]))
    top = ticks[-1]
    line = smooth_path([max(value, 0) for value in shown], WIDTH, HEIGHT, top)
    every = max(1, math.ceil(len(labels) / MOST_LABELS))
    steps = max(1, len(labels) - 1)
    texts = [show(value) for value in shown]
    earlier_texts = [show(value) for value in earlier]
    walk = {
        "labels": list(labels),
        "names": list(names),
        "values": texts,
        "before": earlier_texts,
        "heights": [round(max(value, 0) / top * 100, 2) for value in shown],
    }
    return AreaChart(
        title,
        summary,
        names,
        line,
        f"{line}V{HEIGHT}H0Z" if line else "",
        smooth_path([max(value, 0) for value in earlier], WIDTH, HEIGHT, top),
        [Tick(show_tick(tick), tick / top * 100) for tick in ticks],
        [
            Tick(label, index / steps * 100)
            for index, label in enumerate(labels)
            if index % every == 0 and (index == 0 or len(labels) - 1 - index >= every / 2 or every == 1)
        ],
        [
            (label, texts[index], earlier_texts[index] if index < len(earlier_texts) else "")
            for index, label in enumerate(labels)
        ],
        msgspec.json.encode(walk).decode(),
    )


def spark_path(values: Sequence[float]) -> str:
    """The course of a figure, without a scale: it fills its place from the lowest to the highest value."""
    if not values:
        return ""
    low, high = min(values), max(values)
    span = (high - low) or 1
    level = [(value - low) / span * 0.86 + 0.07 for value in values]
    return smooth_path(level, SPARK_WIDTH, SPARK_HEIGHT, 1)


def bars(rows: Sequence[tuple[str, int]], show: Show, urls: Sequence[str] = ()) -> list[Bar]:
    """Each as long as its share of the largest."""
    largest = max([value for _, value in rows], default=0) or 1
    return [
        Bar(
            label,
            show(value),
            round(max(value, 0) / largest * 100, 1),
            urls[index] if index < len(urls) else "",
        )
        for index, (label, value) in enumerate(rows)
    ]


def donut(rows: Sequence[tuple[str, int]], show: Show) -> list[Slice]:
    """Shares of a whole, clockwise from the top; a thin gap parts them."""
    whole = sum(value for _, value in rows) or 1
    slices, offset, gap = [], 25.0, 0.9 if len(rows) > 1 else 0.0
    for label, value in rows:
        length = value / whole * 100
        slices.append(
            Slice(label, show(value), value / whole, round(max(length - gap, 0.1), 2), round(offset, 2))
        )
        offset -= length
    return slices
