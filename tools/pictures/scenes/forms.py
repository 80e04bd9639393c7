"""Shapes that several products share."""

import numpy as np

from tools.pictures.materials import Material, wood
from tools.pictures.profiles import curve
from tools.pictures.scene import Part
from tools.pictures.shapes import Cylinder, Extrusion, Rod, Shape, Torus, Tube, Vector

QUARTER = np.pi / 2


def ear(x: float, y: float, radius: float, thickness: float, narrow: float = 0.85) -> Shape:
    """The handle of a cup that stands at the origin, its wall at about `x`, to the right."""
    return Torus(radius, thickness, opening=2.7).turned(roll=-QUARTER).stretched(narrow, 1, 1).moved(x, y)


def leaf(base: Vector, long: float, wide: float, yaw: float, lean: float, droop: float = 0.5) -> Shape:
    """A leaf that rises from `base`, leaning outwards in the direction `yaw`, both in radians."""
    half = curve([(0, 0), (wide * 0.42, long * 0.28), (wide * 0.46, long * 0.6), (0, long)], 6)
    outline = np.vstack([half, half[::-1] * [-1, 1]])
    blade = Extrusion(outline, 0.02, 0.008).bent(droop, along=1)
    return blade.turned(pitch=lean).turned(yaw=yaw).moved(*base)


def foliage(base: Vector, count: int, long: float, wide: float, shades: tuple[str, ...]) -> list[Part]:
    """Leaves about a point, the outer ones lower and leaning further; their colours take turns."""
    parts = []
    for number in range(count):
        share = number / count
        shape = leaf(
            base,
            long * (1 - 0.3 * share + 0.1 * np.sin(number * 2.3)),
            wide * (0.9 + 0.15 * np.cos(number * 1.7)),
            number * 2.399,
            0.12 + 0.95 * share,
            0.35 + 0.5 * share,
        )
        parts.append(Part(shape, Material(shades[number % len(shades)], 0.28)))
    return parts


def legs(
    top: float, foot: float, height: float, thick: float, corners: int = 4, start: float = 0.5
) -> list[Shape]:
    """Splayed round legs from a circle of radius `top` down to one of radius `foot`."""
    angles = [start + 2 * np.pi * n / corners for n in range(corners)]
    return [
        Rod(
            (top * np.cos(a), height, top * np.sin(a)),
            (foot * np.cos(a), thick * 0.5, foot * np.sin(a)),
            thick,
            thick * 0.72,
        )
        for a in angles
    ]


def square_legs(width: float, depth: float, height: float, thick: float, splay: float = 0.06) -> list[Shape]:
    """Four tapered legs at the corners of a top of the given size."""
    return [
        Rod(
            (sx * (width / 2), height, sz * (depth / 2)),
            (sx * (width / 2 + splay), thick * 0.5, sz * (depth / 2 + splay)),
            thick,
            thick * 0.7,
        )
        for sx in (-1, 1)
        for sz in (-1, 1)
    ]


def knob(radius: float, colour: str = "#b98b54") -> Part:
    """A round wooden knob that stands on y = 0."""
    return Part(Cylinder(radius, radius * 1.5, radius * 0.6), wood(colour, "y"))


def flame_wick(x: float, y: float, z: float, high: float = 0.09) -> Part:
    return Part(Rod((x, y, z), (x + 0.008, y + high, z), 0.011), Material("#3a332d", 0))


def hoop(points: list[Vector], thickness: float) -> Shape:
    """A bail handle or bow: a smooth tube through the points."""
    return Tube(points, thickness, steps=8)


def turn_all(parts: list[Part], yaw: float) -> list[Part]:
    """The same parts seen from the side: turned together about the upright axis."""
    return [Part(part.shape.turned(yaw=yaw), part.material) for part in parts]
