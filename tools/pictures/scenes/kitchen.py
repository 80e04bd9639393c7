"""What one cooks, brews, cuts and keeps with."""

import numpy as np

from tools.pictures.materials import Material, brass, enamel, glass, glaze, metal, steel, striped, wood
from tools.pictures.profiles import curve, lip, solid, vessel
from tools.pictures.scene import Build, Part, Scene, in_colours
from tools.pictures.scenes.forms import QUARTER, ear, hoop, turn_all
from tools.pictures.shapes import Box, Cylinder, Extrusion, Lathe, Rod, Shape, Sphere, Torus, Tube, Union

BEECH = "#cfa671"


def teapot(colour: str, paper: str) -> Scene:
    body = Lathe(solid([(0.40, 0), (0.60, 0.14), (0.68, 0.46), (0.54, 0.80), (0.30, 0.92)]))
    lid = solid([(0.30, 0.92), (0.24, 0.99), (0.07, 1.04), (0.10, 1.12), (0.06, 1.19), (0, 1.20)])
    spout = Tube([(0.52, 0.34, 0), (0.78, 0.46, 0), (0.90, 0.70, 0), (1.06, 0.84, 0)], 0.13, 0.062)
    bow = hoop([(-0.42, 0.84, 0), (-0.46, 1.16, 0), (0, 1.46, 0), (0.46, 1.16, 0), (0.42, 0.84, 0)], 0.038)
    clay = glaze(colour, 0.2, 0.5)
    parts = [
        Part(body.plus(spout, blend=0.10), clay),
        Part(Lathe(lid), clay),
        Part(bow, Material("#b98b54", 0.2)),
    ]
    placed = [Part(part.shape.moved(x=-0.16), part.material) for part in turn_all(parts, 0.25)]
    return Scene(paper, placed, aim=0.68, span=0.98)


def casserole(colour: str, paper: str) -> Scene:
    pot = solid([(0.62, 0), (0.72, 0.06), (0.76, 0.30), (0.76, 0.56)])
    lid = solid([(0.80, 0.57), (0.80, 0.62), (0.62, 0.70), (0.30, 0.76), (0.10, 0.78)], smooth=False)
    coat = enamel(colour)
    parts = [
        Part(Lathe(pot), coat),
        Part(Lathe(lid, rounding=0.022), coat),
        Part(Cylinder(0.05, 0.08).moved(y=0.78), brass()),
        Part(Cylinder(0.13, 0.06, 0.028).moved(y=0.85), brass()),
    ]
    for side in (-1, 1):
        grip = Torus(0.17, 0.045, opening=2.2).turned(roll=-side * QUARTER).turned(pitch=-QUARTER)
        parts.append(Part(grip.moved(side * 0.80, 0.48, 0), coat))
    return Scene(paper, turn_all(parts, 0.35), aim=0.46, span=0.96, elevation=18)


def chopping_board(colour: str, paper: str) -> Scene:
    side = curve(
        [
            (0.09, 1.74),
            (0.12, 1.58),
            (0.14, 1.44),
            (0.44, 1.32),
            (0.50, 1.16),
            (0.50, 0.3),
            (0.47, 0.02),
            (0.38, 0),
        ],
        6,
    )
    outline = np.vstack([side, side[::-1] * [-1, 1]])
    hole = Cylinder(0.045, 1).turned(pitch=QUARTER).moved(0, 1.62, -0.5)
    board = Extrusion(outline, 0.08, 0.02).minus(hole)
    small = Box(0.72, 0.50, 0.07, 0.03).turned(pitch=-0.16).turned(yaw=-0.1).moved(0.42, 0.26, 0.34)
    return Scene(
        paper,
        [
            Part(board.turned(pitch=-0.10).turned(yaw=0.25).moved(-0.14, 0.02, 0), wood(colour, "y")),
            Part(small, wood("#8a5f3e")),
        ],
        aim=0.8,
    )


def mortar(colour: str, paper: str) -> Scene:
    bowl = vessel([(0.36, 0), (0.40, 0.05), (0.34, 0.14), (0.52, 0.34), (0.60, 0.72)], 0.09, 0.24)
    pestle = Rod((0.10, 0.42, 0.05), (0.62, 1.18, -0.05), 0.11, 0.055)
    return Scene(
        paper,
        [Part(Lathe(bowl), glaze(colour, 0.45, 0.25)), Part(pestle, wood(BEECH, "y"))],
        aim=0.52,
        span=0.84,
        elevation=20,
    )


def pepper_mill(colours: tuple[str, str], paper: str) -> Scene:
    def body(tall: float) -> Lathe:
        sides = [(0.25, 0), (0.25, 0.03), (0.17, 0.46 * tall), (0.20, 0.76 * tall)]
        return Lathe(solid(sides, smooth=False), rounding=0.02)

    def head(tall: float) -> Lathe:
        sides = [(0.20, 0.82 * tall), (0.23, 1.02 * tall), (0.20, 1.05 * tall), (0.05, 1.06 * tall)]
        return Lathe(solid(sides, smooth=False), rounding=0.02)

    parts = []
    for x, z, tall, colour in ((-0.30, -0.1, 1.30, colours[0]), (0.34, 0.2, 0.90, colours[1])):
        parts += [
            Part(body(tall).moved(x, 0, z), wood(colour, "y")),
            Part(head(tall).moved(x, 0, z), wood(colour, "y")),
            Part(Cylinder(0.185, 0.10 * tall).moved(x, 0.74 * tall, z), brass()),
            Part(Cylinder(0.05, 0.06, 0.02).moved(x, 1.07 * tall, z), brass()),
        ]
    return Scene(paper, parts, aim=0.68, span=0.90)


def storage_jars(colour: str, paper: str) -> Scene:
    places = [(0.40, 1.02, -0.42, -0.20), (0.34, 0.70, 0.40, -0.22), (0.28, 0.44, 0.16, 0.46)]
    parts = []
    for radius, height, x, z in places:
        jar = solid([(radius * 0.94, 0), (radius, 0.04), (radius, height)], smooth=False)
        parts += [
            Part(Lathe(jar, rounding=0.02).moved(x, 0, z), glaze(colour, 0.3, 0.4)),
            Part(Cylinder(radius * 0.97, 0.09, 0.02).moved(x, height + 0.025, z), wood(BEECH)),
            Part(Cylinder(0.06, 0.08, 0.03).moved(x, height + 0.11, z), wood(BEECH)),
        ]
    return Scene(paper, parts, aim=0.5, span=0.88)


def pour_over(colour: str, paper: str) -> Scene:
    server = vessel([(0.44, 0), (0.50, 0.05), (0.48, 0.36), (0.26, 0.62), (0.22, 0.74), (0.26, 0.80)], 0.025)
    coffee = solid([(0.44, 0.04), (0.46, 0.10), (0.455, 0.30), (0.44, 0.32)])
    cone = vessel([(0.15, 0.88), (0.22, 0.96), (0.46, 1.36), (0.48, 1.42)], 0.04, -1)
    plate = Cylinder(0.36, 0.05, 0.02).moved(y=0.83)
    return Scene(
        paper,
        [
            Part(Lathe(coffee), Material("#3a231a", 0.6)),
            Part(Lathe(cone), glaze(colour, 0.2, 0.55)),
            Part(plate, glaze(colour, 0.2, 0.55)),
            Part(ear(0.40, 1.14, 0.15, 0.035), glaze(colour, 0.2, 0.55)),
            Part(Cylinder(0.255, 0.10, 0.02).moved(y=0.66).minus(Cylinder(0.19, 1)), wood("#a8764a")),
            Part(Lathe(server), glass("#e0eae5", 4)),
        ],
        aim=0.68,
        span=0.9,
    )


def moka_pot(colour: str, grip: str, paper: str) -> Scene:
    def facets(low: float, high: float, bottom: float, top: float) -> Shape:
        """An eight-sided cup that widens from one radius to another between two heights."""
        side = Extrusion(np.array([(-bottom, low), (bottom, low), (top, high), (-top, high)]), 3, 0.012)
        shape: Shape = side
        for n in range(1, 4):
            shape = shape.within(side.turned(yaw=n * np.pi / 4))
        return shape

    cast = metal(colour, 0.6)
    parts = [
        Part(facets(0.0, 0.56, 0.46, 0.36), cast),
        Part(Cylinder(0.385, 0.07, 0.02).moved(y=0.55), steel()),
        Part(facets(0.60, 1.22, 0.34, 0.46), cast),
        Part(facets(1.20, 1.36, 0.45, 0.14), cast),
        Part(Sphere(0.075).moved(y=1.42), Material(grip, 0.35)),
        Part(Rod((-0.36, 1.06, 0), (-0.56, 1.24, 0), 0.07, 0.03), cast),
        Part(
            Tube([(0.40, 1.12, 0), (0.74, 1.14, 0), (0.80, 0.98, 0), (0.76, 0.56, 0)], 0.055, 0.045),
            Material(grip, 0.35),
        ),
    ]
    return Scene(paper, turn_all(parts, 0.38), aim=0.7, span=0.92)


def utensil_crock(colour: str, paper: str) -> Scene:
    crock = vessel([(0.42, 0), (0.46, 0.04), (0.46, 0.72)], 0.045)
    tools: list[tuple[tuple[float, float, float], tuple[float, float, float], str]] = [
        ((0.1, 0.1, 0.1), (-0.42, 1.44, 0.0), "spoon"),
        ((0, 0.1, 0), (-0.10, 1.62, -0.16), "spatula"),
        ((-0.1, 0.1, 0.1), (0.26, 1.54, -0.02), "spoon"),
        ((-0.15, 0.1, 0), (0.52, 1.30, 0.06), "pin"),
    ]
    parts = [Part(Lathe(crock), glaze(colour, 0.35, 0.4))]
    for number, (start, end, kind) in enumerate(tools):
        timber = wood(("#c79a63", "#8f6340", "#d9b785", "#a8764a")[number], "y")
        parts.append(Part(Rod(start, end, 0.035, 0.032), timber))
        lean = float(np.arctan2(start[0] - end[0], end[1] - start[1]))
        if kind == "spoon":
            bowl = (
                Sphere(0.15)
                .stretched(0.85, 1.25, 0.32)
                .turned(roll=lean)
                .moved(end[0], end[1] + 0.10, end[2])
            )
            parts.append(Part(bowl, timber))
        if kind == "spatula":
            blade = Box(0.22, 0.40, 0.04, 0.018).turned(roll=lean).moved(end[0], end[1] + 0.10, end[2])
            parts.append(Part(blade, timber))
    return Scene(paper, parts, aim=0.86, span=1.0)


def rolling_pin(colour: str, paper: str) -> Scene:
    barrel = Cylinder(0.17, 1.36, 0.04).moved(y=-0.68)
    grips = Union(
        [
            Lathe(solid([(0.05, 0.68), (0.05, 0.72), (0.085, 0.80), (0.08, 0.98), (0.04, 1.06)])).turned(
                roll=turn
            )
            for turn in (0, np.pi)
        ]
    )
    pieces = ((barrel, wood(colour, "y")), (grips, wood("#8a5f3e", "y")))
    parts = [
        Part(shape.turned(roll=QUARTER).turned(yaw=0.42).moved(0, 0.18, 0), stuff) for shape, stuff in pieces
    ]
    dough = solid([(0.60, 0), (0.64, 0.03), (0.58, 0.06), (0.2, 0.065)])
    parts.append(Part(Lathe(dough).stretched(1.1, 1, 0.9).moved(-0.06, 0, -0.46), Material("#ecdcbb", 0.05)))
    return Scene(paper, parts, aim=0.12, elevation=30, span=1.0)


def mixing_bowl(colour: str, rim: str, paper: str) -> Scene:
    body = vessel([(0.36, 0), (0.44, 0.04), (0.70, 0.30), (0.84, 0.66), (0.86, 0.72)], 0.03)
    coat = Material(colour, 0.7, patterns=(striped(rim, 9, 0.06, axis=1, offset=-0.68),))
    spout = Lathe(body, shift=lip(2.4, 0.10, 0.50, 0.72))
    return Scene(paper, [Part(spout, coat)], aim=0.42, span=0.94, elevation=22)


def kettle(colour: str, paper: str) -> Scene:
    body = Lathe(solid([(0.66, 0), (0.70, 0.04), (0.66, 0.30), (0.46, 0.64), (0.28, 0.76)]))
    lid = solid([(0.28, 0.76), (0.24, 0.80), (0.05, 0.82), (0.05, 0.86)])
    spout = Tube([(0.56, 0.26, 0), (0.80, 0.40, 0), (0.84, 0.62, 0), (1.02, 0.80, 0)], 0.11, 0.045)
    bow = hoop(
        [
            (-0.40, 0.68, 0),
            (-0.50, 1.02, 0),
            (-0.2, 1.26, 0),
            (0.2, 1.26, 0),
            (0.50, 1.02, 0),
            (0.40, 0.68, 0),
        ],
        0.026,
    )
    coat = enamel(colour)
    parts = [
        Part(body.plus(spout, blend=0.06), coat),
        Part(Lathe(lid), coat),
        Part(Sphere(0.085).moved(y=0.93), wood("#8a5f3e", "y")),
        Part(bow, steel()),
        Part(Cylinder(0.055, 0.56).moved(y=-0.28).turned(roll=QUARTER).moved(y=1.27), wood("#8a5f3e", "y")),
    ]
    placed = [Part(part.shape.moved(x=-0.14), part.material) for part in turn_all(parts, 0.28)]
    return Scene(paper, placed, aim=0.62, span=0.98)


def skillet(handle: str, paper: str) -> Scene:
    iron = Material("#2e2d2d", 0.28)
    pan = Lathe(vessel([(0.60, 0), (0.66, 0.03), (0.70, 0.10), (0.78, 0.26)], 0.05, 0.05), rounding=0.02)
    helper = Torus(0.14, 0.035).turned(pitch=QUARTER).moved(-0.86, 0.19, 0)
    parts = [
        Part(pan.plus(helper, blend=0.03), iron),
        Part(Rod((0.74, 0.17, 0), (1.02, 0.22, 0), 0.05, 0.04), iron),
        Part(Rod((1.02, 0.22, 0), (1.62, 0.30, 0), 0.055, 0.07), wood(handle)),
        Part(Torus(0.05, 0.014).moved(1.72, 0.31, 0), steel()),
    ]
    placed = [Part(part.shape.moved(x=-0.22), part.material) for part in turn_all(parts, 0.75)]
    return Scene(paper, placed, aim=0.14, elevation=32, span=1.1)


PICTURES: dict[str, Build] = {
    **in_colours("bruma-teapot", teapot, ink=("#38474f", "#e4d6c3"), celadon=("#a3b9a6", "#dcd5c8")),
    **in_colours(
        "arrate-casserole",
        casserole,
        brick=("#a8452f", "#d6d5cb"),
        pine=("#2f5546", "#e0d5c7"),
        cream=("#e9dfc8", "#c2cac6"),
    ),
    "skov-boards": lambda: chopping_board("#c79a63", "#d3d6cf"),
    **in_colours("mortar", mortar, granite=("#8f8d88", "#ddd4c6"), chalk=("#e8e2d5", "#c6cdc6")),
    **in_colours(
        "pepper-mills",
        pepper_mill,
        oak=(("#c49a63", "#6d4a34"), "#cfd5d3"),
        painted=(("#3f5d50", "#b4573f"), "#e1d7c9"),
    ),
    **in_colours("larder-jars", storage_jars, chalk=("#e8e1d3", "#c7cdc3"), blue=("#6f8b99", "#e2d8ca")),
    **in_colours("pour-over", pour_over, white=("#ece7dc", "#cdc3b6"), night=("#34465a", "#d6d8d2")),
    **in_colours(
        "ottavia-moka",
        moka_pot,
        silver=("#c6c5c1", "#2c2a29", "#d9cfc3"),
        copper=("#c27c56", "#5a3a28", "#cfd4d0"),
    ),
    "utensil-crock": lambda: utensil_crock("#d9d0be", "#c9d0c9"),
    "rolling-pin": lambda: rolling_pin(BEECH, "#cfc9c0"),
    **in_colours(
        "nord-bowl",
        mixing_bowl,
        white=("#efebe1", "#34506a", "#d8cdbf"),
        mint=("#a9c3b1", "#2f5546", "#e4dacb"),
    ),
    **in_colours(
        "nord-kettle",
        kettle,
        red=("#ad4632", "#d9d4c9"),
        white=("#ece7db", "#bfc9c9"),
        night=("#2f4258", "#e2d6c6"),
    ),
    "arrate-skillet": lambda: skillet("#a8764a", "#d9d1c5"),
}
