"""Lamps for tables, ceilings and floors; all are shown lit."""

from tools.pictures.materials import (
    Material,
    brass,
    glaze,
    lacquer,
    ribbed,
    terrazzo,
    weave,
    wood,
)
from tools.pictures.profiles import flutes, solid, vessel
from tools.pictures.scene import Build, Lamp, Part, Scene, in_colours
from tools.pictures.scenes.forms import legs
from tools.pictures.shapes import Cylinder, Lathe, Rod, Sphere, Tube, Union

BULB = Material("#fff1d0", 0.1, glow=1.1)
OPAL = Material("#fbe9cd", 0.45, glow=0.36)
SHADE_WEAVE = weave(60, 0.0015)


def dome_lamp(colour: str, paper: str) -> Scene:
    shade = vessel([(0.74, 0.98), (0.70, 1.25), (0.48, 1.52), (0.16, 1.64), (0.03, 1.66)], 0.03, -1)
    foot = solid([(0.44, 0), (0.44, 0.05), (0.38, 0.08)], smooth=False)
    return Scene(
        paper,
        [
            Part(Lathe(foot, rounding=0.02), lacquer("#2f2f31")),
            Part(Rod((0, 0.08, 0), (0, 1.6, 0), 0.032), brass()),
            Part(Lathe(shade, rounding=0.014), lacquer(colour)),
            Part(Sphere(0.14).moved(y=1.16), BULB),
        ],
        aim=0.84,
        elevation=7,
        lamps=[Lamp((0, 1.1, 0), 0.5)],
    )


def globe_lamp(wood_colour: str, paper: str) -> Scene:
    base = solid([(0.40, 0), (0.40, 0.10), (0.34, 0.16), (0.20, 0.20), (0.17, 0.30)], smooth=False)
    return Scene(
        paper,
        [
            Part(Lathe(base, rounding=0.03), wood(wood_colour, "y")),
            Part(Cylinder(0.21, 0.06).moved(y=0.32), brass()),
            Part(Sphere(0.52).moved(y=0.86), OPAL),
        ],
        aim=0.7,
        lamps=[Lamp((0, 0.86, 0), 0.30, radius=0.62)],
    )


def pleated_lamp(body: str, shade: str, paper: str) -> Scene:
    foot = solid(
        [(0.26, 0), (0.34, 0.06), (0.42, 0.30), (0.34, 0.54), (0.14, 0.68), (0.10, 0.76), (0.11, 0.82)]
    )
    cone = vessel([(0.74, 0.84), (0.42, 1.52)], 0.03, -1, smooth=False)
    linen = Material(shade, 0.0, glow=0.30)
    return Scene(
        paper,
        [
            Part(Lathe(foot), glaze(body, 0.2, 0.6)),
            Part(Lathe(cone, rounding=0.006, shift=flutes(44, 0.014)), linen),
            Part(Rod((0, 0.8, 0), (0, 1.5, 0), 0.03), brass()),
        ],
        aim=0.78,
        elevation=10,
        lamps=[Lamp((0, 1.0, 0), 0.35)],
    )


def mushroom_lamp(colour: str, paper: str) -> Scene:
    stem = solid([(0.34, 0), (0.34, 0.04), (0.22, 0.16), (0.16, 0.45), (0.16, 0.8), (0.2, 0.9)])
    cap = vessel([(0.66, 0.80), (0.68, 0.92), (0.56, 1.14), (0.30, 1.28), (0.02, 1.32)], 0.035, -1)
    return Scene(
        paper,
        [
            Part(Lathe(stem), lacquer(colour)),
            Part(Lathe(cap, rounding=0.02), lacquer(colour)),
            Part(Lathe(solid([(0.22, 0.86), (0.26, 0.92), (0.2, 1.0)])), BULB),
        ],
        aim=0.66,
        elevation=7,
        lamps=[Lamp((0, 0.80, 0.0), 0.40)],
    )


def cone_pendant(colour: str, paper: str) -> Scene:
    shade = vessel([(0.80, 0.62), (0.66, 0.82), (0.26, 1.16), (0.12, 1.26), (0.10, 1.34)], 0.03, -1)
    return Scene(
        paper,
        [
            Part(Lathe(shade, rounding=0.014), lacquer(colour)),
            Part(Cylinder(0.11, 0.16).moved(y=1.34), brass()),
            Part(Rod((0, 1.45, 0), (0, 3.6, 0), 0.014), Material("#2f2d2b", 0.1)),
            Part(Sphere(0.15).moved(y=0.80), BULB),
        ],
        aim=1.0,
        elevation=1.5,
        lamps=[Lamp((0, 0.74, 0), 0.5)],
    )


def opal_pendant(paper: str) -> Scene:
    return Scene(
        paper,
        [
            Part(Sphere(0.58).moved(y=0.86), OPAL),
            Part(Cylinder(0.19, 0.12).moved(y=1.40), brass()),
            Part(Rod((0, 1.5, 0), (0, 3.6, 0), 0.026), brass()),
        ],
        aim=1.02,
        elevation=3,
        lamps=[Lamp((0, 0.86, 0), 0.36, radius=0.70)],
    )


def tripod_lamp(wood_colour: str, shade: str, paper: str) -> Scene:
    drum = vessel([(0.44, 1.22), (0.38, 1.72)], 0.02, -1, smooth=False)
    tripod = [Part(leg, wood(wood_colour, "y")) for leg in legs(0.06, 0.50, 1.26, 0.034, 3, 0.5)]
    return Scene(
        paper,
        [
            *tripod,
            Part(Cylinder(0.09, 0.08).moved(y=1.2), brass()),
            Part(Lathe(drum, rounding=0.008), Material(shade, 0, glow=0.34)),
        ],
        aim=0.86,
        elevation=10,
        lamps=[Lamp((0, 1.42, 0), 0.55)],
    )


def paper_lantern(paper: str) -> Scene:
    outline = vessel(
        [(0.16, 0.26), (0.46, 0.36), (0.74, 0.66), (0.80, 0.92), (0.72, 1.18), (0.44, 1.44), (0.16, 1.52)],
        0.02,
        -1,
    )
    rice = Material("#f7eedb", 0, glow=0.34, relief=ribbed(0.085, 0.006))
    return Scene(
        paper,
        [
            Part(Lathe(outline), rice),
            Part(Rod((0, 1.40, 0), (0, 3.6, 0), 0.013), Material("#2f2d2b", 0.1)),
        ],
        aim=0.98,
        elevation=6,
        lamps=[Lamp((0, 0.9, 0), 0.36, radius=0.95)],
    )


def desk_lamp(colour: str, paper: str) -> Scene:
    head = vessel([(0.30, -0.20), (0.28, -0.08), (0.14, 0.14), (0.09, 0.24), (0.09, 0.34)], 0.025, -1)
    coat = lacquer(colour)
    arms = Union(
        [Rod((-0.34, 0.1, 0), (-0.56, 0.86, 0), 0.026), Rod((-0.56, 0.86, 0), (0.26, 1.42, 0), 0.026)]
    )
    joints = Union([Sphere(0.055).moved(*at) for at in ((-0.34, 0.1, 0), (-0.56, 0.86, 0), (0.26, 1.42, 0))])
    return Scene(
        paper,
        [
            Part(Cylinder(0.34, 0.07, 0.025).moved(-0.34), coat),
            Part(arms, coat),
            Part(joints, brass()),
            Part(Lathe(head).turned(roll=0.5).moved(0.40, 1.22, 0), coat),
            Part(Sphere(0.10).moved(0.47, 1.10, 0), BULB),
            Part(
                Tube([(-0.66, 0.03, -0.05), (-0.86, 0.02, -0.2), (-1.4, 0.02, -0.3)], 0.014),
                Material("#3a3835"),
            ),
        ],
        aim=0.74,
        lamps=[Lamp((0.50, 1.02, 0), 0.40)],
    )


def terrazzo_lamp(paper: str) -> Scene:
    stone = Material("#e6dfd3", 0.4, patterns=(terrazzo("#b5674c", "#5f7468", "#3d3f42", "#d2a75a"),))
    shade = vessel([(0.56, 0.72), (0.56, 1.40)], 0.02, -1, smooth=False)
    return Scene(
        paper,
        [
            Part(Cylinder(0.30, 0.56, 0.03), stone),
            Part(Rod((0, 0.5, 0), (0, 1.3, 0), 0.03), brass()),
            Part(Lathe(shade, rounding=0.008), Material("#efe2cb", 0, glow=0.30, relief=SHADE_WEAVE)),
        ],
        aim=0.72,
        elevation=10,
        lamps=[Lamp((0, 0.95, 0), 0.45)],
    )


PICTURES: dict[str, Build] = {
    **in_colours(
        "dome-lamp",
        dome_lamp,
        marigold=("#dba53c", "#d3cabf"),
        soot=("#33343a", "#dcd6cb"),
        bone=("#e7dfcf", "#c3cbc4"),
    ),
    **in_colours("globe-lamp", globe_lamp, oak=("#c59a63", "#c4bdb4"), walnut=("#6f4b34", "#cdd2ce")),
    **in_colours(
        "pleated-lamp",
        pleated_lamp,
        clay=("#b0603f", "#f1e3c8", "#c8cdc6"),
        ink=("#2f4250", "#f1e3c8", "#d8ccbf"),
    ),
    **in_colours(
        "mushroom-lamp",
        mushroom_lamp,
        terracotta=("#bb6547", "#e0d3c6"),
        sage=("#95a488", "#ddd6c8"),
        cream=("#eadfc8", "#bfc7c6"),
    ),
    **in_colours("cone-pendant", cone_pendant, pine=("#2f5a48", "#d9d0c3"), rust=("#b2583a", "#cfd3cd")),
    "opal-pendant": lambda: opal_pendant("#bfc3bf"),
    **in_colours(
        "tripod-lamp",
        tripod_lamp,
        oak=("#c59a63", "#f1e4cc", "#cbd0cf"),
        black=("#2d2a28", "#efe6d6", "#d9cdbf"),
    ),
    "paper-lantern": lambda: paper_lantern("#c9bfb4"),
    **in_colours("desk-lamp", desk_lamp, brick=("#b4573f", "#d3d5cd"), slate=("#4a5a66", "#e2d8ca")),
    "terrazzo-lamp": lambda: terrazzo_lamp("#d0c7bb"),
}
