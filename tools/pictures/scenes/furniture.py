"""Furniture, seen a little from above."""

import numpy as np

from tools.pictures.materials import Material, brass, checked, cloth, lacquer, striped, wood, wool
from tools.pictures.profiles import curve, solid, vessel
from tools.pictures.scene import Build, Part, Scene, in_colours
from tools.pictures.scenes.forms import legs, square_legs, turn_all
from tools.pictures.shapes import Box, Cylinder, Extrusion, Lathe, Rod, Sphere, Torus, Union

OAK, WALNUT, EBONY, ASH = "#c49a63", "#76513a", "#34302d", "#d9bf96"


def stool(colour: str, paper: str) -> Scene:
    seat = solid([(0.62, 1.00), (0.70, 1.03), (0.70, 1.09), (0.64, 1.12), (0.2, 1.10)], smooth=False)
    rail = Torus(0.47, 0.028).turned(pitch=np.pi / 2).moved(y=0.42)
    return Scene(
        paper,
        [
            Part(Lathe(seat, rounding=0.02), wood(colour)),
            Part(Union(legs(0.36, 0.60, 1.02, 0.07)), wood(colour, "y")),
            Part(rail, wood(colour)),
        ],
        aim=0.6,
    )


def bench(colour: str, paper: str) -> Scene:
    parts = [Part(Box(2.3, 0.09, 0.52, 0.03).moved(y=0.80), wood(colour))]
    for side in (-1, 1):
        for front in (-1, 1):
            leg = Rod((side * 0.88, 0.78, front * 0.15), (side * 0.98, 0.05, front * 0.24), 0.06, 0.045)
            parts.append(Part(leg, wood(colour, "y")))
        parts.append(Part(Box(0.08, 0.09, 0.42, 0.02).moved(side * 0.9, 0.70, 0), wood(colour, "z")))
    parts.append(Part(Rod((-0.92, 0.42, 0), (0.92, 0.42, 0), 0.028), wood(colour)))
    for side in (-1, 1):
        parts.append(Part(Rod((side * 0.92, 0.42, -0.2), (side * 0.92, 0.42, 0.2), 0.03), wood(colour, "z")))
    return Scene(paper, turn_all(parts, 0.38), aim=0.44, span=1.14)


def tray_table(colour: str, paper: str) -> Scene:
    tray = vessel([(0.62, 0.98), (0.64, 1.00), (0.64, 1.08)], 0.03, 0.03, smooth=False)
    foot = solid([(0.46, 0), (0.46, 0.03), (0.42, 0.05)], smooth=False)
    coat = lacquer(colour)
    return Scene(
        paper,
        [
            Part(Lathe(tray), coat),
            Part(Lathe(foot), coat),
            Part(Rod((0, 0.03, 0), (0, 0.98, 0), 0.04), coat),
            Part(Torus(0.15, 0.022, opening=np.pi).moved(y=1.04), brass()),
        ],
        aim=0.56,
        span=0.92,
        elevation=18,
    )


def bookcase(colour: str, paper: str) -> Scene:
    board = wood(colour)
    parts = [Part(Box(1.06, 0.045, 0.40, 0.012).moved(y=y), board) for y in (0.12, 0.56, 1.0, 1.44, 1.86)]
    for side in (-1, 1):
        parts.append(Part(Box(0.045, 1.9, 0.40, 0.012).moved(side * 0.53, 0.95), wood(colour, "y")))
    parts.append(Part(Box(1.04, 1.78, 0.02, 0.005).moved(0, 0.98, -0.19), board))
    spines = ["#b4573f", "#e3d6bd", "#4c6a66", "#cfa24e", "#3a4956", "#c9b9a4"]
    x = -0.46
    for number in range(9):
        thick, tall = 0.05 + 0.015 * (number * 7 % 3), 0.28 + 0.03 * (number * 5 % 4)
        book = Box(thick, tall, 0.26, 0.008).moved(x, 1.023 + tall / 2, 0)
        parts.append(Part(book, Material(spines[number % len(spines)], 0.15)))
        x += thick + 0.02
    for number, wide in enumerate((0.42, 0.38, 0.34)):
        book = Box(wide, 0.05, 0.28, 0.008).moved(0.22, 0.61 + 0.054 * number, 0)
        parts.append(Part(book, Material(spines[(number * 2 + 1) % len(spines)], 0.15)))
    jar = vessel([(0.09, 1.465), (0.15, 1.53), (0.15, 1.63), (0.07, 1.73), (0.08, 1.77)], 0.02)
    parts.append(Part(Lathe(jar).moved(0.24), Material("#bf6a48", 0.1)))
    return Scene(paper, turn_all(parts, 0.48), aim=0.94, span=1.02, elevation=11)


def chair(colour: str, seat: str, paper: str) -> Scene:
    timber = wood(colour, "y")
    parts = [
        Part(Box(0.86, 0.07, 0.80, 0.035).moved(y=0.80), Material(seat, 0.05, relief=cloth(seat).relief))
    ]
    for side in (-1, 1):
        parts.append(Part(Rod((side * 0.38, 0.78, 0.34), (side * 0.42, 0.05, 0.40), 0.05, 0.036), timber))
        parts.append(Part(Rod((side * 0.38, 0.80, -0.36), (side * 0.42, 0.05, -0.46), 0.05, 0.036), timber))
        parts.append(Part(Rod((side * 0.38, 0.80, -0.36), (side * 0.36, 1.56, -0.50), 0.046, 0.036), timber))
        rail = Rod((side * 0.40, 0.42, 0.36), (side * 0.40, 0.42, -0.40), 0.028)
        parts.append(Part(rail, wood(colour, "z")))
    for high, lean in ((1.46, -0.46), (1.22, -0.42)):
        slat = Box(0.78, 0.15, 0.05, 0.02).bent(0.30, along=0).moved(0, high, lean - 0.05)
        parts.append(Part(slat, wood(colour)))
    return Scene(paper, turn_all(parts, 0.55), aim=0.80)


def coffee_table(colour: str, paper: str) -> Scene:
    top = solid([(0.98, 0.60), (1.02, 0.63), (1.02, 0.68), (0.98, 0.70)], smooth=False)
    blade = curve([(0, 0), (0.52, 0), (0.60, 0.30), (0.78, 0.60), (0, 0.60)], 6)
    legs_ = [
        Part(Extrusion(blade, 0.09, 0.03).turned(yaw=0.5 + n * 2 * np.pi / 3), wood(colour, "y"))
        for n in range(3)
    ]
    return Scene(
        paper, [Part(Lathe(top, rounding=0.02), wood(colour)), *legs_], aim=0.36, elevation=12, span=1.05
    )


def coat_stand(colour: str, paper: str) -> Scene:
    parts = [Part(Rod((0, 0.2, 0), (0, 1.86, 0), 0.042), wood(colour, "y"))]
    for n in range(4):
        a = 0.5 + n * np.pi / 2
        foot = Rod((0, 0.30, 0), (0.46 * np.cos(a), 0.03, 0.46 * np.sin(a)), 0.034)
        high = 1.72 - 0.15 * (n % 2)
        tip = (0.27 * np.cos(a), high + 0.13, 0.27 * np.sin(a))
        parts.append(Part(foot, wood(colour, "y")))
        parts.append(Part(Rod((0, high, 0), tip, 0.026), wood(colour, "y")))
        parts.append(Part(Sphere(0.042).moved(*tip), brass()))
    return Scene(paper, parts, aim=0.94, span=0.98)


def writing_desk(colour: str, front: str, paper: str) -> Scene:
    timber = wood(colour)
    parts = [Part(Box(2.0, 0.06, 0.86, 0.02).moved(y=1.02), timber)]
    parts.append(Part(Box(1.78, 0.20, 0.74, 0.02).moved(y=0.90), timber))
    for side in (-1, 1):
        parts.append(
            Part(Box(0.80, 0.145, 0.03, 0.012).moved(side * 0.43, 0.895, 0.375), Material(front, 0.3))
        )
        parts.append(Part(Sphere(0.036).moved(side * 0.43, 0.895, 0.42), brass()))
    parts += [Part(leg, wood(colour, "y")) for leg in square_legs(1.72, 0.64, 0.86, 0.06)]
    return Scene(paper, turn_all(parts, 0.42), aim=0.54, span=1.1)


def pouf(colour: str, paper: str) -> Scene:
    body = solid([(0.56, 0.02), (0.72, 0.10), (0.78, 0.36), (0.72, 0.62), (0.52, 0.72), (0.2, 0.74)])
    return Scene(paper, [Part(Lathe(body), wool(colour))], aim=0.36, span=0.86, elevation=18)


def armchair(cover: str, timber: str, paper: str) -> Scene:
    fabric = cloth(cover, 60, 0.0015, checked("#f0e6d4", 0.05, 0.004, (0, 1)))
    parts = [
        Part(Box(0.92, 0.24, 0.86, 0.10).moved(y=0.56, z=0.04), fabric),
        Part(Box(0.94, 0.72, 0.24, 0.11).turned(pitch=-0.26).moved(0, 0.96, -0.42), fabric),
    ]
    for side in (-1, 1):
        x = side * 0.56
        rods = [
            Rod((x, 0.04, 0.46), (x, 0.86, 0.40), 0.040),
            Rod((x, 0.04, -0.56), (x, 0.86, -0.44), 0.040),
            Rod((x, 0.42, 0.43), (x, 0.42, -0.5), 0.034),
        ]
        parts += [Part(rod, wood(timber, "y")) for rod in rods]
        parts.append(Part(Box(0.13, 0.05, 1.06, 0.024).moved(x, 0.88, -0.03), wood(timber, "z")))
    parts.append(Part(Rod((-0.56, 0.42, 0.43), (0.56, 0.42, 0.43), 0.034), wood(timber)))
    return Scene(paper, turn_all(parts, 0.52), aim=0.64, span=0.96)


def blanket_box(colour: str, lid: str, paper: str) -> Scene:
    staves = Material(colour, 0.2, patterns=(*wood(colour).patterns, striped("#5a4330", 0.20, 0.012, axis=1)))
    parts = [
        Part(Box(1.7, 0.62, 0.74, 0.02).moved(y=0.40), staves),
        Part(Box(1.76, 0.08, 0.80, 0.025).moved(y=0.75), wood(lid)),
        Part(Cylinder(0.045, 0.04).turned(pitch=np.pi / 2).moved(0, 0.60, 0.37), brass()),
    ]
    for side in (-1, 1):
        parts.append(Part(Box(0.10, 0.12, 0.70, 0.02).moved(side * 0.72, 0.06), wood(lid, "z")))
    return Scene(paper, turn_all(parts, 0.45), aim=0.38, span=0.94, elevation=17)


PICTURES: dict[str, Build] = {
    **in_colours("halden-stool", stool, oak=(OAK, "#ced6d8"), ebony=(EBONY, "#dcd2c4")),
    **in_colours("halden-bench", bench, oak=(OAK, "#dccfc2"), walnut=(WALNUT, "#cbd2ca")),
    **in_colours(
        "tray-table",
        tray_table,
        clay=("#b35f44", "#e2d7c9"),
        pine=("#36594a", "#d5cbbd"),
        bone=("#e8e0d0", "#bfc8c8"),
    ),
    **in_colours("nordre-bookcase", bookcase, oak=(OAK, "#d3d5cd"), walnut=(WALNUT, "#e1d6c8")),
    **in_colours("ribe-chair", chair, oak=(OAK, "#6b7a6a", "#ddd2c5"), ebony=(EBONY, "#b0684c", "#d0d5d2")),
    **in_colours("trefoil-table", coffee_table, oak=(OAK, "#c9d1d0"), walnut=(WALNUT, "#e0d5c6")),
    "coat-stand": lambda: coat_stand(ASH, "#c6ccc7"),
    **in_colours(
        "writing-desk", writing_desk, oak=(OAK, "#e6dcc8", "#cfd4d4"), walnut=(WALNUT, "#5b6b62", "#e2d8c9")
    ),
    **in_colours(
        "boucle-pouf",
        pouf,
        oat=("#e2d7c3", "#c9c3b8"),
        rust=("#b0603f", "#e0d8cc"),
        moss=("#727d58", "#ddd4c4"),
    ),
    **in_colours(
        "lysne-armchair", armchair, sage=("#8d9c80", OAK, "#e1d7c9"), ink=("#3b4c5c", ASH, "#d9d2c7")
    ),
    "blanket-box": lambda: blanket_box(ASH, OAK, "#d8cdc3"),
}
