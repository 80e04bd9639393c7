"""Tableware: plates, bowls, cups, glasses and what is served from."""

from tools.pictures.materials import Material, bisque, dipped, glass, glaze, speckle, striped, wood
from tools.pictures.profiles import flutes, lip, solid, vessel
from tools.pictures.scene import Build, Part, Scene, in_colours
from tools.pictures.scenes.forms import ear
from tools.pictures.shapes import Cylinder, Lathe, Sphere

MUG = vessel([(0.30, 0), (0.36, 0.05), (0.37, 0.3), (0.37, 0.72)], 0.04)
PLATE = vessel([(0.46, 0), (0.66, 0.02), (0.88, 0.06), (0.99, 0.13)], 0.05, 0.05)
SIDE_PLATE = vessel([(0.34, 0), (0.48, 0.02), (0.62, 0.05), (0.70, 0.11)], 0.05, 0.05)
TUMBLER = vessel([(0.22, 0), (0.25, 0.03), (0.27, 0.3), (0.29, 0.6)], 0.028, 0.09)


def dipped_mugs(left: str, right: str, paper: str) -> Scene:
    parts = []
    for x, z, colour in ((-0.44, 0.2, left), (0.42, -0.35, right)):
        body = Material("#f1ece2", 0.5, patterns=(dipped(0.40, colour), speckle(0.35)))
        parts.append(Part(Lathe(MUG).moved(x, 0, z), body))
        parts.append(Part(ear(0.40, 0.38, 0.19, 0.045).moved(x, 0, z), glaze(colour, 0.3)))
    return Scene(paper, parts, aim=0.42, span=0.92)


def pebble_plates(large: str, small: str, paper: str) -> Scene:
    parts = [Part(Lathe(PLATE).moved(y=0.085 * n), glaze(large, 0.4, 0.4)) for n in range(4)]
    parts += [Part(Lathe(SIDE_PLATE).moved(y=0.35 + 0.075 * n), glaze(small, 0.4, 0.4)) for n in range(4)]
    return Scene(paper, parts, aim=0.32, elevation=25)


def nesting_bowls(outer: str, middle: str, inner: str, paper: str) -> Scene:
    shapes = [
        vessel([(0.30, 0), (0.52, 0.08), (0.86, 0.34), (0.98, 0.52)], 0.05),
        vessel([(0.26, 0.22), (0.46, 0.30), (0.74, 0.52), (0.84, 0.68)], 0.05),
        vessel([(0.22, 0.44), (0.38, 0.50), (0.60, 0.68), (0.68, 0.82)], 0.05),
    ]
    parts = [Part(Lathe(s), glaze(c, 0.25, 0.5)) for s, c in zip(shapes, (outer, middle, inner), strict=True)]
    return Scene(paper, parts, aim=0.42, elevation=21)


def porridge_bowl(colour: str, paper: str) -> Scene:
    outline = vessel([(0.26, 0), (0.30, 0.07), (0.56, 0.18), (0.72, 0.42), (0.75, 0.60)], 0.05, 0.14)
    clay = Material("#b98e6c", 0.35, patterns=(dipped(0.085, colour), speckle(0.25)))
    return Scene(paper, [Part(Lathe(outline), clay)], aim=0.34, elevation=22, span=0.84)


def espresso_cups(colours: tuple[str, str, str, str], paper: str) -> Scene:
    outline = vessel([(0.16, 0), (0.24, 0.06), (0.27, 0.25), (0.26, 0.44)], 0.035)
    places = [(-0.34, -0.34), (0.32, -0.30), (-0.30, 0.34), (0.36, 0.38)]
    parts = []
    for (x, z), colour in zip(places, colours, strict=True):
        parts.append(Part(Lathe(outline).moved(x, 0, z), glaze(colour, 0.3, 0.55)))
        parts.append(Part(Cylinder(0.215, 0.33).moved(x, 0, z), Material("#33211a", 0.7)))
    return Scene(paper, parts, aim=0.22, elevation=26, span=0.8)


def oval_platter(colour: str, rim: str, paper: str) -> Scene:
    outline = vessel([(0.62, 0), (0.78, 0.03), (0.90, 0.12), (0.96, 0.20)], 0.05, 0.05)
    clay = Material(colour, 0.5, patterns=(dipped(0.17, rim), speckle(0.3)))
    return Scene(paper, [Part(Lathe(outline).stretched(1.08, 1, 0.74), clay)], aim=0.12, elevation=34)


def tumblers(tint: str, paper: str) -> Scene:
    places = [(-0.48, 0.12), (0.06, -0.42), (0.50, 0.28)]
    parts = [Part(Lathe(TUMBLER, shift=flutes(22, 0.006)).moved(x, 0, z), glass(tint, 9)) for x, z in places]
    return Scene(paper, parts, aim=0.3, elevation=21, span=0.78)


def carafe(tint: str, paper: str) -> Scene:
    body = vessel(
        [(0.40, 0), (0.50, 0.06), (0.53, 0.4), (0.44, 0.82), (0.20, 1.12), (0.16, 1.32), (0.22, 1.5)], 0.03
    )
    stopper = solid([(0, 1.36), (0.13, 1.38), (0.15, 1.52), (0.17, 1.60), (0.12, 1.70), (0, 1.71)])
    return Scene(
        paper,
        [
            Part(Lathe(stopper).moved(-0.2), wood("#c79a63", "y")),
            Part(Lathe(body).moved(-0.2), glass(tint, 7)),
            Part(Lathe(TUMBLER).moved(0.62, 0, 0.3), glass(tint, 9)),
        ],
    )


def milk_jug(colour: str, paper: str) -> Scene:
    outline = vessel([(0.34, 0), (0.46, 0.08), (0.52, 0.36), (0.44, 0.74), (0.35, 0.98), (0.37, 1.16)], 0.045)
    body = Lathe(outline, shift=lip(3.0, 0.12, 0.86, 1.16))
    return Scene(
        paper,
        [
            Part(body, glaze(colour, 0.3, 0.6)),
            Part(ear(0.46, 0.66, 0.27, 0.05, 0.9), glaze(colour, 0.3, 0.6)),
        ],
        aim=0.56,
        span=0.9,
    )


def cake_stand(colour: str, paper: str) -> Scene:
    stand = solid(
        [
            (0.46, 0), (0.44, 0.03), (0.16, 0.10), (0.10, 0.22), (0.12, 0.36),
            (0.40, 0.42), (0.94, 0.44), (0.97, 0.50), (0.93, 0.51),
        ],
        smooth=False,
    )  # fmt: skip
    dome = vessel(
        [(0.80, 0.52), (0.80, 0.90), (0.72, 1.14), (0.50, 1.30), (0.20, 1.37), (0.01, 1.38)], 0.025, -1
    )
    layers = Material("#d9a765", 0.1, patterns=(striped("#f4ead9", 0.13, 0.03, axis=1),))
    icing = solid([(0.50, 0.80), (0.53, 0.84), (0.48, 0.90), (0.2, 0.92)])
    return Scene(
        paper,
        [
            Part(Lathe(stand, rounding=0.015), glaze(colour, 0.15, 0.6)),
            Part(Cylinder(0.49, 0.32, 0.03).moved(y=0.53), layers),
            Part(Lathe(icing), Material("#f6eee2", 0.35)),
            Part(Sphere(0.085).moved(y=1.47), wood("#b98b54", "y")),
            Part(Lathe(dome), glass("#e8f0ec", 4)),
        ],
        aim=0.72,
    )


def egg_cups(colours: tuple[str, str, str], paper: str) -> Scene:
    cup = vessel(
        [(0.20, 0), (0.18, 0.04), (0.09, 0.12), (0.10, 0.17), (0.23, 0.27), (0.25, 0.42)], 0.04, 0.22
    )
    parts = []
    for (x, z), colour in zip([(-0.5, 0.1), (0.04, -0.3), (0.5, 0.28)], colours, strict=True):
        parts.append(Part(Lathe(cup).moved(x, 0, z), glaze(colour, 0.3)))
        shell = bisque("#c99773" if x < 0.4 else "#e6d3bd")
        parts.append(Part(Sphere(0.2).stretched(1, 1.28, 1).moved(x, 0.50, z), shell))
    return Scene(paper, parts, aim=0.34, span=0.72)


PICTURES: dict[str, Build] = {
    **in_colours(
        "dipped-mugs",
        dipped_mugs,
        tide=("#4d6a73", "#b9803f", "#dcdfda"),
        orchard=("#71804f", "#b4654a", "#e6dccb"),
    ),
    **in_colours(
        "pebble-plates",
        pebble_plates,
        oat=("#dcd3c2", "#b7a48b", "#cdd5c8"),
        slate=("#56606a", "#8b959a", "#ddd3c6"),
    ),
    **in_colours(
        "nesting-bowls",
        nesting_bowls,
        moss=("#3f5a48", "#7d9a80", "#d3d8c4", "#e4dccd"),
        dune=("#8a5e45", "#c2956f", "#e6d6bf", "#cfd6d6"),
    ),
    **in_colours(
        "porridge-bowl",
        porridge_bowl,
        oat=("#e3d9c6", "#c8d0cc"),
        blush=("#d9a795", "#e2dcd0"),
        night=("#34465a", "#e3d5c3"),
    ),
    **in_colours(
        "espresso-cups",
        espresso_cups,
        chalk=(("#ece6da",) * 4, "#cbbfb0"),
        mixed=(("#c0694a", "#e6dcc8", "#5d7a70", "#d2a24f"), "#dad7d0"),
    ),
    **in_colours(
        "oval-platter",
        oval_platter,
        sand=("#dfcfb4", "#8a6a4e", "#cdd3d0"),
        lagoon=("#7fa3a3", "#335a63", "#e5dacb"),
    ),
    **in_colours(
        "ribbed-tumblers",
        tumblers,
        clear=("#e2ebe6", "#cfd2cb"),
        smoke=("#85827d", "#e0dacf"),
        rose=("#dba79c", "#e6ded4"),
    ),
    **in_colours(
        "ria-carafe",
        carafe,
        sea=("#6fa3ae", "#e4dbcf"),
        clear=("#e0ebe7", "#cdd2cb"),
        amber=("#c98b3c", "#ddd6cd"),
    ),
    **in_colours("milk-jug", milk_jug, chalk=("#ebe5d9", "#c9cfc6"), rust=("#a9563a", "#e5d8c8")),
    **in_colours("cake-stand", cake_stand, chalk=("#efe9de", "#d9c8c0"), sage=("#a6b59a", "#e6decf")),
    "egg-cups": lambda: egg_cups(("#8fa37e", "#e8dfc9", "#d9a84e"), "#d5dadb"),
}
