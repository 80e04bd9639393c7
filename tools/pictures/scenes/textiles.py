"""Cushions, throws, towels and rugs."""

import numpy as np

from tools.pictures.materials import (
    Material,
    Pattern,
    banded,
    checked,
    cloth,
    clouds,
    ribbed,
    ringed,
    striped,
    wood,
    wool,
)
from tools.pictures.profiles import solid, vessel
from tools.pictures.scene import Build, Part, Scene, in_colours
from tools.pictures.scenes.forms import QUARTER, turn_all
from tools.pictures.shapes import Box, Cylinder, Lathe, Pillow, Rod, Sphere, Torus, Union


def cushion(colour: str, stripe: str, paper: str) -> Scene:
    linen = cloth(colour, 44, 0.0016, banded((-0.52, -0.44, stripe), (-0.40, -0.38, stripe), axis=0))
    square = Pillow(1.42, 1.42, 0.52).turned(pitch=-0.22).turned(yaw=0.34).moved(0, 0.70, 0)
    return Scene(paper, [Part(square, linen)], aim=0.72, span=0.9)


def folded(
    layers: int, width: float, depth: float, thick: float, material: Material, height: float = 0
) -> list[Part]:
    """A folded cloth: layers with rolled edges, every second one tucked in."""
    parts = []
    for n in range(layers):
        tuck = 0.012 * (n % 2)
        layer = Box(width - tuck, thick, depth - tuck * 2, thick * 0.48)
        parts.append(Part(layer.moved(0, height + thick * (n + 0.5) * 0.97, 0), material))
    return parts


def throw(colour: str, stripes: Pattern, paper: str) -> Scene:
    yarn = wool(colour, stripes)
    parts = folded(4, 1.36, 0.94, 0.13, yarn)
    fringe = [
        Rod((x, 0.455, 0.46), (x + 0.01 * (-1) ** n, 0.25, 0.50 + 0.012 * (n % 3)), 0.015, 0.010)
        for n, x in enumerate(np.arange(-0.62, 0.64, 0.056))
    ]
    parts.append(Part(Union(fringe), Material(colour, 0)))
    return Scene(paper, turn_all(parts, 0.42), aim=0.22, elevation=24, span=0.86)


def towels(colours: tuple[str, str, str], paper: str) -> Scene:
    parts: list[Part] = []
    height = 0.0
    for width, depth, colour in zip((1.16, 1.12, 0.96), (0.80, 0.78, 0.66), colours, strict=True):
        pile = wool(colour, banded((0.30, 0.36, "#f2eadb"), axis=0))
        parts += folded(3, width, depth, 0.115, pile, height)
        height += 0.345
    return Scene(paper, turn_all(parts, 0.48), aim=0.46, elevation=17, span=0.9)


def tea_towels(colours: tuple[str, str], paper: str) -> Scene:
    checks = cloth("#efe7d8", 60, 0.0015, checked(colours[0], 0.11, 0.05, (0, 2)))
    stripe = cloth("#efe7d8", 60, 0.0015, striped(colours[1], 0.15, 0.03, axis=0))
    lower = folded(3, 1.16, 0.86, 0.05, checks)
    upper = [
        Part(part.shape.turned(yaw=0.12).moved(0.02, 0, 0.04), part.material)
        for part in folded(3, 0.84, 0.62, 0.05, stripe, 0.148)
    ]
    return Scene(paper, turn_all(lower + upper, 0.45), aim=0.12, elevation=34, span=0.8)


def rolled_rug(colour: str, stripe: str, paper: str) -> Scene:
    roll = Cylinder(0.36, 2.0, 0.03).moved(y=-1.0).turned(roll=QUARTER)
    pile = Material(
        colour,
        0,
        patterns=(clouds(0.12, 18), striped(stripe, 0.40, 0.10, axis=1)),
        relief=ribbed(0.05, 0.006),
    )
    ends = Material("#cdbfa8", 0, patterns=(ringed("#7d705f", 0.075, 0.016, axes=(0, 2)),))
    parts = [Part(roll.moved(y=0.36), pile)]
    for side in (-1, 1):
        disc = Cylinder(0.345, 0.02, 0.004).turned(roll=QUARTER).moved(side * 1.005 + 0.01, 0.36, 0)
        parts.append(Part(disc, ends))
    flap = Box(2.0, 0.035, 0.52, 0.015).moved(0, 0.02, 0.24)
    parts.append(Part(flap, Material(colour, 0, patterns=(striped(stripe, 0.40, 0.10, axis=0, offset=1.0),))))
    for x in np.arange(-0.96, 1.0, 0.08):
        tassel = Rod((float(x), 0.02, 0.49), (float(x) + 0.01, 0.014, 0.60), 0.014, 0.010)
        parts.append(Part(tassel, Material("#e6dcc8", 0)))
    for x in (-0.5, 0.5):
        tie = Torus(0.372, 0.018).turned(yaw=QUARTER).moved(x, 0.36, 0)
        parts.append(Part(tie, Material("#e9dfcc", 0)))
    return Scene(paper, turn_all(parts, 0.62), aim=0.28, elevation=22, span=1.14)


def bolster(colour: str, piping: str, paper: str) -> Scene:
    stuffed = solid(
        [(0.20, -0.80), (0.29, -0.78), (0.325, -0.55), (0.34, 0), (0.325, 0.55), (0.29, 0.78), (0.20, 0.80)]
    )
    roll = Lathe(stuffed).turned(roll=QUARTER).moved(y=0.35)
    parts = [Part(roll, cloth(colour, 46, 0.0018))]
    for side in (-1, 1):
        seam = Torus(0.288, 0.020).turned(yaw=QUARTER).moved(side * 0.765, 0.35)
        button = Sphere(0.055).stretched(0.5, 1, 1).moved(side * 0.825, 0.35)
        parts += [Part(seam, Material(piping, 0.05)), Part(button, Material(piping, 0.1))]
    return Scene(paper, turn_all(parts, 0.55), aim=0.34, span=0.86, elevation=18)


def knitted_pouf(colour: str, paper: str) -> Scene:
    rows = []
    for n in range(8):
        angle = -1.15 + 2.3 * n / 7
        radius, height = 0.50 + 0.24 * np.cos(angle), 0.40 + 0.36 * np.sin(angle)
        rows.append(Torus(float(radius), 0.082).turned(pitch=QUARTER).moved(y=float(height)))
    core = Lathe(solid([(0.50, 0.04), (0.70, 0.40), (0.50, 0.76), (0.2, 0.80)]))
    for radius, height in ((0.44, 0.765), (0.28, 0.785), (0.11, 0.80)):
        rows.append(Torus(radius, 0.082).turned(pitch=QUARTER).moved(y=height))
    knit = Material(colour, 0, patterns=(clouds(0.10, 14),), relief=ribbed(0.075, 0.007, axis=0))
    return Scene(paper, [Part(core.plus(*rows, blend=0.03), knit)], aim=0.38, span=0.88, elevation=20)


def napkins(colour: str, ring: str, paper: str) -> Scene:
    linen = cloth(colour, 60, 0.002)
    roll = Rod((-0.46, 0.15, 0), (0.46, 0.15, 0), 0.10, 0.16)
    parts = [
        *folded(4, 1.14, 1.04, 0.045, linen),
        Part(roll.turned(yaw=-0.5).moved(0.06, 0.17, 0.02), cloth(colour, 60, 0.002)),
        Part(Torus(0.15, 0.032).turned(yaw=QUARTER - 0.5).moved(0.02, 0.325, 0.04), wood(ring)),
    ]
    return Scene(paper, turn_all(parts, 0.35), aim=0.12, elevation=36, span=0.8)


def basket(colour: str, band: str, paper: str) -> Scene:
    body = vessel([(0.54, 0), (0.64, 0.08), (0.70, 0.40), (0.64, 0.84)], 0.06)
    woven = Material(
        colour, 0.04, patterns=(clouds(0.14, 16), banded((0.56, 1.0, band))), relief=ribbed(0.062, 0.008)
    )
    parts = [Part(Lathe(body, rounding=0.02), woven)]
    for side in (-1, 1):
        ear = Torus(0.15, 0.028, opening=2.4).turned(yaw=QUARTER).moved(side * 0.63, 0.86, 0)
        parts.append(Part(ear, Material("#7d5738", 0.15)))
    return Scene(paper, turn_all(parts, 0.5), aim=0.44, span=0.92, elevation=18)


PICTURES: dict[str, Build] = {
    **in_colours(
        "linen-cushion",
        cushion,
        flax=("#d9c8a9", "#8a6a4e", "#c8d0cc"),
        rust=("#b05e3e", "#ecdcc3", "#dcd6ca"),
        forest=("#4d6650", "#d9c8a4", "#e3d8c9"),
    ),
    **in_colours(
        "sierra-throw",
        throw,
        heather=("#a58b93", banded((-0.46, -0.34, "#efe6d8"), (-0.28, -0.24, "#efe6d8"), axis=0), "#dfd8cc"),
        oat=("#e2d6be", banded((-0.46, -0.34, "#b4633f"), (-0.28, -0.24, "#b4633f"), axis=0), "#c6cfcb"),
        loden=("#5e6f54", banded((-0.46, -0.34, "#d9b66c"), (-0.28, -0.24, "#d9b66c"), axis=0), "#ddd2c4"),
    ),
    **in_colours(
        "terry-towels",
        towels,
        shore=(("#7fa0a6", "#e7ddc9", "#c98d6c"), "#dad8d0"),
        sand=(("#d8c4a2", "#efe6d6", "#b99b7a"), "#c5cecc"),
        meadow=(("#71865f", "#dfd9bf", "#a7b58d"), "#e3d8ca"),
    ),
    "tea-towels": lambda: tea_towels(("#b5563e", "#4d6a73"), "#cfd4cc"),
    **in_colours(
        "kelim-rug",
        rolled_rug,
        madder=("#a9503a", "#e6d6b8", "#d5d3ca"),
        indigo=("#3c5368", "#d7c7a6", "#e1d6c8"),
    ),
    **in_colours(
        "bolster", bolster, ochre=("#c8963f", "#6b4a34", "#d0d3cb"), sage=("#97a687", "#ede3d0", "#e0d5c7")
    ),
    **in_colours("knitted-pouf", knitted_pouf, cream=("#e8ddc8", "#c4c8c0"), plum=("#77505f", "#dfd5ca")),
    **in_colours(
        "linen-napkins",
        napkins,
        chalk=("#eae2d3", "#a8764a", "#cbbdb0"),
        olive=("#7f8660", "#c79a63", "#e0d8ca"),
    ),
    **in_colours(
        "rush-basket",
        basket,
        natural=("#cfae78", "#cfae78", "#d3d6cf"),
        dipped=("#cfae78", "#ece4d4", "#d9cabd"),
    ),
}
