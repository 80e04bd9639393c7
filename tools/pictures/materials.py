"""What things are made of: colour, gloss, and patterns that are painted or pressed into the surface."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from tools.pictures.profiles import Array

Pattern = Callable[[Array, Array], Array]
"""(points as the shape knows them, their colours so far) -> their colours."""

Relief = Callable[[Array], Array]
"""Points -> height of the surface's fine structure, in scene units."""


@dataclass(frozen=True)
class Material:
    """`colour` is sRGB as #rrggbb.

    `gloss` runs from 0, chalk, to 1, polished. `glow` is light of its own. `tint` above zero makes it clear
    glass whose colour deepens with `tint`.
    """

    colour: str
    gloss: float = 0.3
    metal: bool = False
    glow: float = 0.0
    tint: float = 0.0
    patterns: tuple[Pattern, ...] = ()
    relief: Relief | None = None

    def painted(self, *patterns: Pattern) -> "Material":
        return replace(self, patterns=self.patterns + patterns)


def linear(colour: str) -> Array:
    """#rrggbb as linear light."""
    digits = colour.lstrip("#")
    values = np.array([int(digits[i : i + 2], 16) for i in (0, 2, 4)]) / 255
    return (values**2.2).astype(np.float32)


def glaze(colour: str, speckled: float = 0.0, gloss: float = 0.55) -> Material:
    """Glazed stoneware."""
    return Material(colour, gloss, patterns=(speckle(speckled),) if speckled else ())


def bisque(colour: str, speckled: float = 0.0) -> Material:
    """Unglazed clay."""
    return Material(colour, 0.08, patterns=(clouds(0.10, 3), *((speckle(speckled),) if speckled else ())))


def wood(colour: str, along: str = "x", gloss: float = 0.22) -> Material:
    """Oiled wood, its grain along an axis."""
    return Material(colour, gloss, patterns=(grain("xyz".index(along)),))


def metal(colour: str, gloss: float = 0.75) -> Material:
    return Material(colour, gloss, metal=True)


def brass() -> Material:
    return metal("#c9a063", 0.72)


def steel() -> Material:
    return metal("#b9bcbd", 0.7)


def enamel(colour: str) -> Material:
    return Material(colour, 0.75)


def lacquer(colour: str) -> Material:
    """Powder-coated or painted metal."""
    return Material(colour, 0.38)


def glass(colour: str, tint: float = 6.0) -> Material:
    return Material(colour, 1.0, tint=tint)


def cloth(colour: str, threads: float = 46.0, relief: float = 0.006, *patterns: Pattern) -> Material:
    """Woven cloth, `threads` to a unit of length."""
    return Material(colour, 0.02, patterns=(clouds(0.05, 9), *patterns), relief=weave(threads, relief))


def wool(colour: str, *patterns: Pattern) -> Material:
    """Thick yarn: softer and rougher than cloth."""
    return Material(colour, 0.0, patterns=(clouds(0.12, 22), *patterns), relief=fuzz(44.0, 0.009))


def wax(colour: str) -> Material:
    return Material(colour, 0.16, glow=0.06, patterns=(clouds(0.04, 4),))


def speckle(strength: float, size: float = 1.0) -> Pattern:
    """Iron spots in the clay: fine ones and a few larger ones."""

    def paint(p: Array, colours: Array) -> Array:
        spots = (scatter(p * (62 / size)) > 0.955) | (scatter(p * (34 / size) + 7) > 0.985)
        colours[spots] *= 1 - strength
        return colours

    return paint


def clouds(strength: float, scale: float) -> Pattern:
    """Slow unevenness, as in fired clay or a dyed cloth."""

    def paint(p: Array, colours: Array) -> Array:
        return colours * (1 + strength * (noise(p * scale) - 0.5) * 2)[:, None]

    return paint


def dipped(level: float, colour: str, above: bool = True) -> Pattern:
    """A second glaze above (or below) a wavering line at a height."""
    paint_colour = linear(colour)

    def paint(p: Array, colours: Array) -> Array:
        angle = np.arctan2(p[:, 2], p[:, 0])
        line = level + 0.025 * np.sin(angle * 3) + 0.014 * np.sin(angle * 7 + 1)
        colours[(p[:, 1] > line) == above] = paint_colour
        return colours

    return paint


def banded(*bands: tuple[float, float, str], axis: int = 1) -> Pattern:
    """Bands of colour between two positions on an axis, given as (from, to, colour)."""
    painted = [(low, high, linear(colour)) for low, high, colour in bands]

    def paint(p: Array, colours: Array) -> Array:
        for low, high, colour in painted:
            colours[(p[:, axis] > low) & (p[:, axis] < high)] = colour
        return colours

    return paint


def striped(colour: str, period: float, width: float, axis: int = 0, offset: float = 0) -> Pattern:
    """Stripes of `width` every `period` along an axis."""
    stripe = linear(colour)

    def paint(p: Array, colours: Array) -> Array:
        colours[(p[:, axis] + offset) % period < width] = stripe
        return colours

    return paint


def checked(colour: str, period: float, width: float, axes: tuple[int, int]) -> Pattern:
    """Threads of a second colour in warp and weft; where they cross they are solid."""
    thread = linear(colour)

    def paint(p: Array, colours: Array) -> Array:
        warp, weft = (p[:, axis] % period < width for axis in axes)
        share = (0.5 * warp + 0.5 * weft)[:, None]
        return colours * (1 - share) + thread * share

    return paint


def perforated(hole: str, pitch: float, radius: float, axes: tuple[int, int] = (0, 1)) -> Pattern:
    """A staggered grid of dark round holes, as in a loudspeaker's grille."""
    dark = linear(hole)

    def paint(p: Array, colours: Array) -> Array:
        row = np.floor(p[:, axes[1]] / pitch)
        u = (p[:, axes[0]] / pitch + 0.5 * (row % 2)) % 1 - 0.5
        v = p[:, axes[1]] / pitch - row - 0.5
        colours[np.hypot(u, v) * pitch < radius] = dark
        return colours

    return paint


def ringed(colour: str, period: float, width: float, axes: tuple[int, int] = (0, 1)) -> Pattern:
    """Rings about the third axis: grooves of a record, layers of a roll."""
    ring = linear(colour)

    def paint(p: Array, colours: Array) -> Array:
        colours[np.hypot(p[:, axes[0]], p[:, axes[1]]) % period < width] = ring
        return colours

    return paint


def terrazzo(*chips: str) -> Pattern:
    """Chips of stone: the cells of a jittered grid, some coloured."""
    colours_of_chips = [linear(chip) for chip in chips]

    def paint(p: Array, colours: Array) -> Array:
        cells = p * 13 + 0.9 * np.stack([noise(p * 14 + shift) for shift in (0, 31, 67)], 1)
        chosen = scatter(cells)
        for number, colour in enumerate(colours_of_chips):
            low = 0.5 + 0.5 * number / len(colours_of_chips)
            colours[(chosen > low) & (chosen < low + 0.36 / len(colours_of_chips))] = colour
        return colours

    return paint


def grain(axis: int) -> Pattern:
    """Annual rings cut along an axis, with fine dark pores."""

    def paint(p: Array, colours: Array) -> Array:
        long, across = p[:, axis], np.delete(p, axis, axis=1)
        stretched = np.stack([across[:, 0] * 3, across[:, 1] * 3, long * 0.55], 1)
        rings = 0.5 + 0.5 * np.sin(2 * np.pi * (across[:, 0] * 4 + across[:, 1] * 3 + 2.6 * noise(stretched)))
        pores = noise(np.stack([across[:, 0] * 70, across[:, 1] * 70, long * 4], 1))
        shade = 1 - 0.13 * rings - 0.12 * np.clip(pores - 0.55, 0, 1) / 0.45
        return colours * shade[:, None] ** np.array([0.8, 1.0, 1.25], np.float32)

    return paint


def weave(threads: float, height: float) -> Relief:
    """Over and under, in all three planes so that it needs no seam."""

    def rise(p: Array) -> Array:
        waves = np.sin(2 * np.pi * threads * p)
        return (
            height * (waves[:, 0] * waves[:, 1] + waves[:, 1] * waves[:, 2] + waves[:, 0] * waves[:, 2]) / 2
        )

    return rise


def fuzz(scale: float, height: float) -> Relief:
    return lambda p: height * noise(p * scale)


def hammered(scale: float = 9.0, height: float = 0.02) -> Relief:
    """Marks of a hammer: shallow dents of a like size."""
    return lambda p: height * np.abs(noise(p * scale) - 0.5)


def ribbed(period: float, height: float, axis: int = 1) -> Relief:
    """Parallel ribs across an axis."""
    return lambda p: height * np.cos(2 * np.pi * p[:, axis] / period)


def scatter(p: Array) -> Array:
    """A number from 0 to 1 for each unit cell, the same on every run."""
    k = np.floor(p).astype(np.int64)
    h = (k[:, 0] * 73856093) ^ (k[:, 1] * 19349663) ^ (k[:, 2] * 83492791)
    h = (h ^ (h >> 13)) * 1274126177
    return (((h ^ (h >> 16)) & 0xFFFF) / 65535).astype(np.float32)


def noise(p: Array) -> Array:
    """Smooth noise from 0 to 1, one swing to a unit."""
    cell = np.floor(p)
    f = (p - cell).astype(np.float32)
    f = f * f * (3 - 2 * f)
    total = np.zeros(len(p), np.float32)
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod([f[:, i] if corner[i] else 1 - f[:, i] for i in range(3)], axis=0)
        total += weight * scatter(cell + np.array(corner))
    return total
