"""Pots, tools and shelters for a garden or a balcony."""

import numpy as np

from tools.pictures.materials import (
    Material,
    bisque,
    brass,
    clouds,
    enamel,
    glass,
    lacquer,
    ribbed,
    steel,
    striped,
    wax,
    wood,
)
from tools.pictures.profiles import curve, solid, vessel
from tools.pictures.scene import Build, Lamp, Part, Scene, in_colours
from tools.pictures.scenes.forms import flame_wick, foliage, hoop, turn_all
from tools.pictures.shapes import Box, Cylinder, Extrusion, Lathe, Rod, Shape, Sphere, Torus, Tube, Union

SOIL = Material("#43332a", 0.02, patterns=(clouds(0.5, 40),))
LEAVES = ("#456b4a", "#5c8257", "#3b5f47", "#6f935f")
HERBS = ("#7d9a63", "#5f8551", "#93aa72")


def soil(radius: float, height: float) -> Part:
    mound = solid([(radius, height - 0.03), (radius * 0.7, height), (radius * 0.3, height + 0.015)])
    return Part(Lathe(mound), SOIL)


def planter(colour: str, paper: str) -> Scene:
    pot = vessel([(0.40, 0.09), (0.52, 0.12), (0.58, 0.46), (0.61, 0.78)], 0.05)
    saucer = vessel([(0.50, 0), (0.56, 0.02), (0.60, 0.09)], 0.04, 0.03)
    clay = bisque(colour, 0.3)
    return Scene(
        paper,
        [
            Part(Lathe(pot), clay),
            Part(Lathe(saucer), clay),
            soil(0.54, 0.72),
            *foliage((0, 0.68, 0), 15, 0.98, 0.30, LEAVES),
        ],
        aim=0.82,
        span=1.04,
    )


def nested_pots(colours: tuple[str, str, str], paper: str) -> Scene:
    def pot(radius: float, height: float) -> Lathe:
        band = height * 0.74
        outline = [
            (radius * 0.66, 0), (radius * 0.90, band), (radius, band + 0.01), (radius * 1.04, height),
        ]  # fmt: skip
        return Lathe(vessel(outline, 0.05, smooth=False), rounding=0.014)

    places = [(0.46, 0.86, -0.34, -0.18), (0.33, 0.62, 0.48, -0.10), (0.25, 0.44, 0.16, 0.55)]
    parts = []
    for (radius, height, x, z), colour in zip(places, colours, strict=True):
        parts.append(Part(pot(radius, height).moved(x, 0, z), bisque(colour, 0.12)))
        parts.append(Part(soil(radius * 0.9, height - 0.06).shape.moved(x, 0, z), SOIL))
    parts += foliage((0.48, 0.54, -0.10), 9, 0.52, 0.15, HERBS)
    return Scene(paper, parts, aim=0.46, span=0.9)


def watering_can(colour: str, paper: str) -> Scene:
    body = vessel([(0.46, 0), (0.48, 0.03), (0.48, 0.62), (0.42, 0.74), (0.28, 0.80)], 0.03, smooth=False)
    spout = Rod((0.36, 0.20, 0), (1.06, 0.98, 0), 0.075, 0.045)
    rose = Lathe(vessel([(0.045, 0), (0.06, 0.02), (0.15, 0.16)], 0.02, 0.14, smooth=False))
    coat = enamel(colour)
    back = hoop(
        [
            (0.02, 0.80, 0),
            (-0.10, 1.10, 0),
            (-0.42, 1.14, 0),
            (-0.64, 0.84, 0),
            (-0.60, 0.44, 0),
            (-0.46, 0.24, 0),
        ],
        0.032,
    )
    parts = [
        Part(Lathe(body, rounding=0.02).plus(spout, blend=0.06), coat),
        Part(rose.turned(roll=-0.72).moved(1.03, 0.95, 0), brass()),
        Part(back, coat),
        Part(Torus(0.475, 0.018).turned(pitch=np.pi / 2).moved(y=0.64), coat),
    ]
    placed = [Part(part.shape.moved(x=-0.22), part.material) for part in turn_all(parts, 0.30)]
    return Scene(paper, placed, aim=0.58, span=1.0)


def birdhouse(colour: str, roof: str, paper: str) -> Scene:
    front = np.array([(-0.42, 0), (0.42, 0), (0.42, 0.72), (0, 1.10), (-0.42, 0.72)])
    hole = Cylinder(0.13, 1).turned(pitch=np.pi / 2).moved(0, 0.62, 0)
    slope = np.arctan2(0.38, 0.42)
    parts = [
        Part(Extrusion(front, 0.72, 0.02).minus(hole).moved(y=0.42), wood(colour, "y")),
        Part(Cylinder(0.125, 0.02).turned(pitch=np.pi / 2).moved(0, 1.04, 0.02), Material("#1f1b18", 0)),
        Part(Rod((0, 0.80, 0.34), (0, 0.80, 0.54), 0.028), wood("#b98b54", "z")),
        Part(Cylinder(0.05, 0.46).moved(y=0), wood("#8c6744", "y")),
        Part(Cylinder(0.30, 0.05), wood("#8c6744")),
    ]
    for side in (-1, 1):
        plank = Box(0.72, 0.05, 0.90, 0.015).turned(roll=-side * slope).moved(side * 0.245, 1.37, 0)
        parts.append(Part(plank, Material(roof, 0.25, patterns=wood(roof).patterns)))
    return Scene(paper, turn_all(parts, -0.5), aim=0.80, span=0.94)


def lantern(colour: str, paper: str) -> Scene:
    coat = lacquer(colour)
    posts = Union([Rod((x, 0.1, z), (x, 1.0, z), 0.026) for x in (-0.33, 0.33) for z in (-0.33, 0.33)])
    roof = solid([(0.40, 1.04), (0.30, 1.14), (0.14, 1.20), (0.13, 1.30), (0.06, 1.34)], smooth=False)
    parts = [
        Part(Box(0.80, 0.10, 0.80, 0.025).moved(y=0.06), coat),
        Part(Box(0.80, 0.06, 0.80, 0.02).moved(y=1.01), coat),
        Part(posts, coat),
        Part(Lathe(roof, rounding=0.015), coat),
        Part(Torus(0.17, 0.022).moved(y=1.50), brass()),
        Part(Cylinder(0.17, 0.42, 0.03).moved(y=0.11), wax("#efe2c8")),
        flame_wick(0, 0.52, 0, 0.07),
        Part(Sphere(0.045).stretched(0.75, 1.9, 0.75).moved(0, 0.65, 0), Material("#ffe2a0", 0, glow=1.4)),
    ]
    panes: Shape = Box(0.66, 0.88, 0.66, 0.01).minus(Box(0.635, 0.9, 0.635, 0.01)).moved(y=0.55)
    return Scene(
        paper,
        [*turn_all(parts, 0.5), Part(panes.turned(yaw=0.5), glass("#e6eee9", 3))],
        aim=0.78,
        lamps=[Lamp((0, 0.68, 0), 0.22)],
    )


def window_box(colour: str, paper: str) -> Scene:
    trough = Box(1.84, 0.52, 0.54, 0.03).minus(Box(1.72, 0.5, 0.42, 0.02).moved(y=0.08)).moved(y=0.32)
    parts = [
        Part(trough, Material(colour, 0.35)),
        Part(Box(1.72, 0.05, 0.42, 0.01).moved(y=0.50), SOIL),
        Part(
            Box(1.90, 0.06, 0.60, 0.02).minus(Box(1.72, 0.1, 0.42, 0.02)).moved(y=0.57),
            Material(colour, 0.35),
        ),
    ]
    for number, x in enumerate((-0.62, -0.2, 0.22, 0.64)):
        shades = (HERBS, LEAVES)[number % 2]
        parts += foliage((x, 0.46, 0.02 * (-1) ** number), 8, 0.56 + 0.08 * (number % 2), 0.17, shades)
    parts += [Part(Box(0.10, 0.10, 0.44, 0.02).moved(x, 0.05), Material(colour, 0.35)) for x in (-0.7, 0.7)]
    return Scene(paper, turn_all(parts, 0.32), aim=0.5, span=0.96)


def hand_tools(handle: str, paper: str) -> Scene:
    blade = np.vstack([curve([(0.09, 0.0), (0.17, 0.14), (0.17, 0.42), (0, 0.70)], 8)])
    outline = np.vstack([blade, blade[::-1] * [-1, 1]])
    trowel: Shape = Extrusion(outline, 0.03, 0.01).turned(pitch=-np.pi / 2).bent(0, along=0)
    grip = solid([(0.05, 0), (0.075, 0.08), (0.055, 0.32), (0.08, 0.56), (0.03, 0.64)])

    def lying(shape: Shape, yaw: float, x: float) -> Shape:
        return shape.turned(yaw=yaw).moved(x, 0.09, 0.05)

    flat = Lathe(grip).turned(pitch=np.pi / 2)
    shaft = Rod((0, 0, -0.16), (0, 0, 0.10), 0.032)
    tines = Union(
        [
            Tube([(0, 0, -0.16), (x, 0, -0.28), (x, 0.0, -0.46), (x, -0.03, -0.78)], 0.024, 0.014)
            for x in (-0.14, 0, 0.14)
        ]
    )
    parts = []
    for yaw, x, head in ((0.32, -0.36, trowel.moved(z=-0.12)), (-0.22, 0.40, tines)):
        parts.append(Part(lying(flat.moved(z=0.06), yaw, x), wood(handle, "y")))
        parts.append(Part(lying(head, yaw, x), steel()))
        parts.append(Part(lying(shaft, yaw, x), brass()))
    return Scene(paper, parts, aim=0.02, elevation=52, span=0.78)


def bird_bath(colour: str, paper: str) -> Scene:
    pillar = solid([(0.40, 0), (0.38, 0.06), (0.20, 0.14), (0.14, 0.5), (0.18, 0.84), (0.30, 0.92)])
    bowl = vessel([(0.20, 0.90), (0.52, 0.95), (0.78, 1.06), (0.84, 1.16)], 0.06, 0.05)
    return Scene(
        paper,
        [
            Part(Lathe(pillar), bisque(colour, 0.35)),
            Part(Lathe(bowl), bisque(colour, 0.35)),
            Part(Cylinder(0.715, 0.01, 0.004).moved(y=1.10), Material("#6f9199", 0.95)),
        ],
        aim=0.66,
        elevation=20,
    )


def twine(colour: str, paper: str) -> Scene:
    tin = vessel([(0.40, 0), (0.42, 0.03), (0.42, 0.52)], 0.03, 0.04, smooth=False)
    ball = Material(colour, 0.0, patterns=(clouds(0.2, 30),), relief=ribbed(0.062, 0.008))
    loose = Tube(
        [(0.1, 0.90, 0.2), (0.40, 0.72, 0.32), (0.62, 0.25, 0.42), (0.66, 0.03, 0.5), (0.80, 0.02, 0.46)],
        0.02,
    )
    band = Material("#e9e0cd", 0.6, patterns=(striped("#38584b", 0.6, 0.16, axis=1, offset=-0.15),))
    return Scene(
        paper,
        [
            Part(Lathe(tin), band),
            Part(Sphere(0.37).turned(roll=0.5, pitch=0.4).moved(y=0.56), ball),
            Part(loose, Material(colour, 0)),
        ],
        aim=0.42,
        span=0.78,
    )


PICTURES: dict[str, Build] = {
    **in_colours("lomba-planter", planter, stone=("#b3aba0", "#e3d6c8"), terracotta=("#b8694a", "#cfd5cd")),
    "almendra-pots": lambda: nested_pots(("#b9694a", "#c78a66", "#a4573c"), "#d7d2c5"),
    **in_colours(
        "rondel-can",
        watering_can,
        pine=("#34594a", "#ddd3c5"),
        cream=("#e9dfc8", "#bdc8c2"),
        brick=("#b2573c", "#d6d8d0"),
    ),
    **in_colours(
        "birdhouse", birdhouse, larch=("#cda36d", "#6d4a33", "#c6d0ce"), sky=("#8fa9b0", "#5b5a57", "#e4d9cb")
    ),
    **in_colours("lantern", lantern, black=("#34332f", "#cfc6bb"), sage=("#8f9f88", "#e0d7ca")),
    **in_colours("window-box", window_box, zinc=("#8b9496", "#e0d5c8"), bottle=("#2f5142", "#d4d0c6")),
    "hand-tools": lambda: hand_tools("#c08f58", "#cdd1c6"),
    **in_colours("bird-bath", bird_bath, stone=("#b8b0a4", "#cbd3d0"), ochre=("#c79a5c", "#ddd4c8")),
    **in_colours("twine", twine, jute=("#c9a468", "#d3d4c8"), green=("#5d7b55", "#e2d8c8")),
}
