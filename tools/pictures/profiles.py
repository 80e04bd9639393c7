"""Outlines in the plane, how a turned one is drawn out, and tables of the distances to them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Outline = NDArray[Any]
Points2D = Sequence[tuple[float, float]]

CELL = 0.006


def curve(points: Points2D, steps: int = 16) -> Outline:
    """A Catmull-Rom curve through the points."""
    given = np.array(points, float)
    padded = np.vstack([2 * given[0] - given[1], given, 2 * given[-1] - given[-2]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        pieces.append(
            0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        )
    return np.vstack([*pieces, given[-1]])


def vessel(points: Points2D, wall: float = 0.045, base: float = 0.06, smooth: bool = True) -> Outline:
    """The section of an open vessel: the outside given from foot to rim as (radius, height).

    `base` is the thickness of its floor; a negative one leaves the vessel open below.
    """
    outer = curve(points) if smooth else np.array(points, float)
    outer[:, 0] = np.maximum(outer[:, 0], 0.002)
    foot = outer[:, 1].min()
    inner = outer.copy()
    inner[:, 0] = np.maximum(inner[:, 0] - wall, 0.001)
    inner = inner[inner[:, 1] > foot + base][::-1]
    if base < 0:
        return np.vstack([outer, inner])
    return np.vstack([[0, foot], outer, inner, [0, inner[-1, 1]]])


def solid(points: Points2D, smooth: bool = True) -> Outline:
    """The section of a full body of revolution."""
    outer = curve(points) if smooth else np.array(points, float)
    outer[:, 0] = np.maximum(outer[:, 0], 0)
    return np.vstack([[0, outer[0, 1]], outer, [0, outer[-1, 1]]])


@dataclass(frozen=True)
class Shift:
    """How far a turned surface is drawn outwards, by angle and height; `slope` is its steepest rise."""

    amount: Callable[[Array, Array], Array]
    most: float
    slope: float


def flutes(count: int, depth: float, twist: float = 0) -> Shift:
    """Upright ridges all round; `twist` is in turns of the whole over a unit of height."""

    def amount(angle: Array, height: Array) -> Array:
        return -depth * np.cos((angle + 2 * np.pi * twist * height) * count)

    return Shift(amount, depth, depth * count * 2)


def lip(angle: float, out: float, low: float, high: float, width: float = 0.38) -> Shift:
    """A spout pulled out of a rim between two heights, at an angle from +x towards +z."""

    def amount(angles: Array, height: Array) -> Array:
        off = (angles - angle + np.pi) % (2 * np.pi) - np.pi
        rise = np.clip((height - low) / (high - low), 0, 1.4)
        return out * np.exp(-((off / width) ** 2)) * rise * rise

    return Shift(amount, out * 2, 2.5 * out / (high - low))


class DistanceTable:
    """Signed distances to a closed outline on a grid, looked up bilinearly.

    `revolved` says that the edges on the axis x = 0 lie inside the body that the outline sweeps, so they
    are not a surface.
    """

    MARGIN = 0.65

    def __init__(self, outline: Outline, revolved: bool) -> None:
        self.low = outline.min(0)
        self.high = outline.max(0)
        start, end = self.low - self.MARGIN, self.high + self.MARGIN
        if revolved:
            start[0] = 0.0
        counts = np.ceil((end - start) / CELL).astype(int) + 1
        self.start = start
        self.columns, self.rows = (int(n) for n in counts)
        x = start[0] + CELL * np.arange(self.columns)
        y = start[1] + CELL * np.arange(self.rows)
        grid = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2).astype(np.float32)
        self.values = _signed_distance(grid, outline, revolved).reshape(self.rows, self.columns)

    def __call__(self, x: Array, y: Array) -> Array:
        """Exact inside the grid; beyond it the distance to the outline's box, which is never too far."""
        u = (x - self.start[0]) / CELL
        v = (y - self.start[1]) / CELL
        inside_u = np.clip(u, 0, self.columns - 1.001)
        inside_v = np.clip(v, 0, self.rows - 1.001)
        i, j = inside_u.astype(np.int32), inside_v.astype(np.int32)
        fu, fv = (inside_u - i).astype(np.float32), (inside_v - j).astype(np.float32)
        flat, at = self.values.ravel(), j * self.columns + i
        low = flat[at] * (1 - fu) + flat[at + 1] * fu
        at = at + self.columns
        found = low * (1 - fv) + (flat[at] * (1 - fu) + flat[at + 1] * fu) * fv
        outside = (u != inside_u) | (v != inside_v)
        if outside.any():
            dx = np.maximum(np.maximum(self.low[0] - x, x - self.high[0]), 0)
            dy = np.maximum(np.maximum(self.low[1] - y, y - self.high[1]), 0)
            found = np.where(outside, np.hypot(dx, dy), found)
        return found.astype(np.float32)


def distance_table(outline: Outline, revolved: bool) -> DistanceTable:
    """The table of an outline; equal outlines share one, since a set repeats its shapes."""
    return _cached_table(outline.tobytes(), revolved)


@lru_cache(maxsize=256)
def _cached_table(outline: bytes, revolved: bool) -> DistanceTable:
    return DistanceTable(np.frombuffer(outline).reshape(-1, 2), revolved)


def _signed_distance(points: Array, outline: Outline, revolved: bool) -> Array:
    """Negative inside, by the crossing rule; the nearest edge gives the size."""
    squared = np.full(len(points), 1e9, np.float32)
    inside = np.zeros(len(points), bool)
    for a, b in zip(outline, np.roll(outline, 1, axis=0), strict=True):
        edge, offset = (b - a).astype(np.float32), points - a.astype(np.float32)
        on_axis = revolved and a[0] < 1e-6 and b[0] < 1e-6
        if not on_axis:
            along = np.clip((offset @ edge) / max(float(edge @ edge), 1e-12), 0, 1)
            gap = offset - along[:, None] * edge
            squared = np.minimum(squared, gap[:, 0] ** 2 + gap[:, 1] ** 2)
        above, below = points[:, 1] >= a[1], points[:, 1] < b[1]
        left = edge[0] * offset[:, 1] > edge[1] * offset[:, 0]
        inside ^= (above & below & left) | (~above & ~below & ~left)
    return np.where(inside, -1, 1).astype(np.float32) * np.sqrt(squared)
