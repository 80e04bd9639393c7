"""Candles and what holds them."""

import numpy as np

from tools.pictures.materials import Material, bisque, brass, glass, glaze, lacquer, wax, wood
from tools.pictures.profiles import flutes, solid, vessel
from tools.pictures.scene import Build, Lamp, Part, Scene, in_colours
from tools.pictures.scenes.forms import flame_wick
from tools.pictures.shapes import Box, Cylinder, Lathe, Rod, Sphere, Torus, Union

FLAME = Material("#ffdf9a", 0, glow=1.4)


def flame(x: float, y: float, z: float) -> Part:
    """A small flame above a wick whose candle ends at `y`."""
    return Part(Sphere(0.036).stretched(0.8, 2.1, 0.8).moved(x, y + 0.15, z), FLAME)


def pillar_candles(colours: tuple[str, str, str], paper: str) -> Scene:
    places = [(0.29, 0.66, -0.50, 0.05), (0.22, 1.06, 0.10, -0.36), (0.25, 0.38, 0.50, 0.30)]
    parts = []
    for (radius, height, x, z), colour in zip(places, colours, strict=True):
        body = solid(
            [(radius, 0), (radius, height), (radius * 0.88, height + 0.02), (radius * 0.6, height - 0.015)],
            smooth=False,
        )
        parts.append(Part(Lathe(body, rounding=0.014).moved(x, 0, z), wax(colour)))
        parts.append(flame_wick(x, height - 0.03, z, 0.12))
    return Scene(paper, parts, aim=0.5, span=0.86)


def taper_pair(colour: str, holder: str, paper: str) -> Scene:
    foot = vessel([(0.30, 0), (0.32, 0.02), (0.33, 0.06)], 0.03, 0.03, smooth=False)
    cup = solid([(0.10, 0.02), (0.06, 0.10), (0.09, 0.20), (0.09, 0.28)], smooth=False)
    parts = []
    for x, z, high in ((-0.34, 0.12, 1.46), (0.34, -0.18, 1.24)):
        parts += [
            Part(Lathe(foot).moved(x, 0, z), lacquer(holder)),
            Part(Lathe(cup).moved(x, 0, z), lacquer(holder)),
            Part(Rod((x, 0.24, z), (x, high, z), 0.062, 0.040), wax(colour)),
            flame_wick(x, high + 0.03, z, 0.09),
            flame(x, high, z),
        ]
    lamps = [Lamp((-0.34, 1.62, 0.12), 0.06), Lamp((0.34, 1.40, -0.18), 0.06)]
    return Scene(paper, parts, aim=0.76, span=0.96, lamps=lamps)


def scented_jar(colour: str, label: str, paper: str) -> Scene:
    jar = vessel([(0.40, 0), (0.46, 0.05), (0.47, 0.30), (0.47, 0.74)], 0.04)
    lid = Cylinder(0.47, 0.08, 0.03).turned(roll=1.92).moved(0.70, 0.45, 0.10)
    return Scene(
        paper,
        [
            Part(Lathe(jar), glaze(colour, 0.1, 0.3)),
            Part(Cylinder(0.435, 0.58).moved(y=0.04), wax("#f0e4cb")),
            flame_wick(0, 0.60, 0, 0.1),
            flame(0, 0.60, 0),
            Part(
                Box(0.40, 0.26, 0.02, 0.006).bent(-1.02, along=0).moved(-0.0, 0.38, 0.488),
                Material(label, 0.05),
            ),
            Part(lid, wood("#b98b54")),
        ],
        aim=0.42,
        span=0.86,
        elevation=19,
        lamps=[Lamp((0, 0.78, 0), 0.10)],
    )


def turned_candlestick(colour: str, candle: str, paper: str) -> Scene:
    stick = solid(
        [
            (0.34, 0), (0.33, 0.05), (0.14, 0.12), (0.10, 0.20), (0.17, 0.30), (0.10, 0.40),
            (0.08, 0.58), (0.15, 0.70), (0.08, 0.80), (0.17, 0.88), (0.18, 0.94),
        ]
    )  # fmt: skip
    return Scene(
        paper,
        [
            Part(Lathe(stick), wood(colour, "y")),
            Part(Rod((0, 0.9, 0), (0, 1.62, 0), 0.064, 0.046), wax(candle)),
            flame_wick(0, 1.65, 0, 0.09),
        ],
        aim=0.86,
        span=1.0,
    )


def tealights(tints: tuple[str, str, str], paper: str) -> Scene:
    cup = vessel([(0.22, 0), (0.28, 0.04), (0.30, 0.22), (0.26, 0.44)], 0.03, 0.07)
    parts, glasses, lamps = [], [], []
    for (x, z), tint in zip([(-0.46, 0.05), (0.10, -0.38), (0.46, 0.30)], tints, strict=True):
        parts += [
            Part(Cylinder(0.17, 0.12, 0.02).moved(x, 0.08, z), wax("#f3ead6")),
            flame_wick(x, 0.18, z, 0.06),
            Part(Sphere(0.034).stretched(0.8, 1.8, 0.8).moved(x, 0.29, z), FLAME),
        ]
        glasses.append(Part(Lathe(cup, shift=flutes(16, 0.008)).moved(x, 0, z), glass(tint, 8)))
        lamps.append(Lamp((x, 0.30, z), 0.05))
    return Scene(paper, [*parts, *glasses], aim=0.24, span=0.74, elevation=20, lamps=lamps)


def chamberstick(colour: str, candle: str, paper: str) -> Scene:
    dish = vessel([(0.40, 0), (0.50, 0.02), (0.58, 0.10), (0.62, 0.13)], 0.03, 0.04)
    cup = vessel([(0.13, 0.03), (0.11, 0.14), (0.13, 0.26)], 0.03, smooth=False)
    return Scene(
        paper,
        [
            Part(Lathe(dish), glaze(colour, 0.2, 0.6)),
            Part(Lathe(cup), glaze(colour, 0.2, 0.6)),
            Part(Torus(0.15, 0.035).moved(0.72, 0.20, 0.05), glaze(colour, 0.2, 0.6)),
            Part(Rod((0, 0.2, 0), (0, 0.98, 0), 0.078, 0.066), wax(candle)),
            flame_wick(0, 1.02, 0, 0.09),
            flame(0, 1.01, 0),
        ],
        aim=0.5,
        span=0.86,
        lamps=[Lamp((0, 1.18, 0), 0.06)],
    )


def bubble_candle(colour: str, paper: str) -> Scene:
    step = 0.31
    spheres = [
        Sphere(0.19).moved(x * step, 0.19 + y * step, z * step)
        for x in (-1, 0, 1) for y in (0, 1, 2) for z in (-1, 0, 1)
        if (x, y, z) != (0, 1, 0)
    ]  # fmt: skip
    cube = Union([Box(0.62, 0.74, 0.62, 0.1).moved(y=0.5), *spheres])
    return Scene(
        paper,
        [Part(cube.turned(yaw=0.55), wax(colour)), flame_wick(0, 1.0, 0, 0.12)],
        aim=0.5,
        span=0.84,
        elevation=20,
    )


def match_cloche(colour: str, paper: str) -> Scene:
    base = vessel([(0.34, 0), (0.36, 0.02), (0.36, 0.10)], 0.06, 0.05, smooth=False)
    dome = vessel([(0.28, 0.10), (0.28, 0.72), (0.24, 0.86), (0.10, 0.96), (0.01, 0.97)], 0.022, -1)
    matches = []
    for n in range(15):
        a, r = n * 2.399, 0.04 + 0.010 * n
        x, z = r * np.cos(a), r * np.sin(a)
        top = (x * 1.22, 0.62 + 0.02 * (n % 3), z * 1.22)
        matches.append(Part(Rod((x, 0.08, z), top, 0.016), Material("#e3c99a", 0.05)))
        matches.append(Part(Sphere(0.026).stretched(1, 1.4, 1).moved(*top), Material("#a8412f", 0.1)))
    return Scene(
        paper,
        [
            Part(Lathe(base), bisque(colour, 0.2)),
            *matches,
            Part(Sphere(0.075).moved(y=1.05), brass()),
            Part(Lathe(dome), glass("#e6eeea", 5)),
        ],
        aim=0.52,
        span=0.78,
    )


PICTURES: dict[str, Build] = {
    **in_colours(
        "pillar-candles",
        pillar_candles,
        warm=(("#ecdfc6", "#b25c48", "#d59a78"), "#d5d0d6"),
        cool=(("#e8e4da", "#7d95a0", "#a9b6a4"), "#ded3c7"),
    ),
    **in_colours(
        "taper-pair",
        taper_pair,
        ivory=("#efe6d2", "#b5573d", "#c3bdb5"),
        forest=("#56705a", "#33363a", "#d9cfc2"),
    ),
    **in_colours(
        "scented-jar",
        scented_jar,
        fig=("#6c7a5c", "#efe7d6", "#d8d0c4"),
        cedar=("#a8694a", "#efe4d2", "#cdd2cc"),
        linen=("#e4dccb", "#fffaf0", "#c6bdb6"),
    ),
    **in_colours(
        "candlestick",
        turned_candlestick,
        oak=("#c59a63", "#b25c48", "#cbd1cd"),
        walnut=("#6d4a34", "#e9dfca", "#dfd4c6"),
    ),
    **in_colours(
        "tealights",
        tealights,
        dusk=(("#c98b5a", "#c9807a", "#a58fa0"), "#d6cec8"),
        sea=(("#7fb0a8", "#7da3b5", "#b5c9a8"), "#e0dacd"),
    ),
    **in_colours(
        "chamberstick",
        chamberstick,
        mustard=("#cf9a3c", "#efe6d2", "#cfcfc8"),
        ink=("#36475a", "#efe6d2", "#ddd0c2"),
    ),
    **in_colours("bubble-candle", bubble_candle, blush=("#e2b3a2", "#d9d5cd"), sage=("#b3bfa0", "#e2d7cb")),
    "match-cloche": lambda: match_cloche("#c08a62", "#cdd2cb"),
}
