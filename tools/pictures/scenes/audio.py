"""Things that play, and what they stand on."""

import numpy as np

from tools.pictures.materials import (
    Material,
    brass,
    cloth,
    lacquer,
    perforated,
    ringed,
    steel,
    wood,
)
from tools.pictures.profiles import solid, vessel
from tools.pictures.scene import Build, Part, Scene, in_colours
from tools.pictures.scenes.forms import turn_all
from tools.pictures.shapes import Box, Cylinder, Extrusion, Lathe, Rod, Shape, Sphere, Torus, Tube, Union

FACING = np.pi / 2
RUBBER = Material("#2b2a2a", 0.12)


def facing_disc(radius: float, depth: float, rounding: float = 0.015) -> Shape:
    """A disc whose face looks at the viewer; its back lies on z = 0."""
    return Cylinder(radius, depth, rounding).turned(pitch=FACING)


def radio(body: str, grille: str, paper: str) -> Scene:
    case = Box(1.72, 1.0, 0.56, 0.11).moved(y=0.60)
    recess = Box(0.92, 0.72, 0.12, 0.05).moved(-0.30, 0.60, 0.28)
    mesh = Material(grille, 0.1, patterns=(perforated("#2c2825", 0.052, 0.0165),))
    dial = facing_disc(0.20, 0.03).moved(0.50, 0.76, 0.27)
    ticks = [
        Rod((0.15 * np.cos(a), 0.15 * np.sin(a), 0), (0.175 * np.cos(a), 0.175 * np.sin(a), 0), 0.006)
        for a in np.linspace(-0.6, np.pi + 0.6, 13)
    ]
    parts = [
        Part(case.minus(recess), lacquer(body)),
        Part(Box(0.90, 0.70, 0.04, 0.01).moved(-0.30, 0.60, 0.225), mesh),
        Part(dial, Material("#f3ead8", 0.4)),
        Part(Union(ticks).moved(0.50, 0.76, 0.305), Material("#3a3632", 0.1)),
        Part(Rod((0.50, 0.76, 0.31), (0.56, 0.87, 0.31), 0.010), Material("#b9472f", 0.3)),
        Part(facing_disc(0.035, 0.04).moved(0.50, 0.76, 0.29), brass()),
        Part(facing_disc(0.10, 0.08, 0.02).moved(0.38, 0.38, 0.27), brass()),
        Part(facing_disc(0.065, 0.07, 0.02).moved(0.64, 0.38, 0.27), brass()),
        Part(
            Tube([(-0.62, 1.06, 0), (-0.56, 1.24, 0), (0, 1.28, 0), (0.56, 1.24, 0), (0.62, 1.06, 0)], 0.034),
            Material("#7a5236", 0.2),
        ),
    ]
    parts += [
        Part(Cylinder(0.06, 0.12).moved(x, 0, z), wood("#7a5236", "y"))
        for x in (-0.6, 0.6)
        for z in (-0.15, 0.15)
    ]
    return Scene(paper, turn_all(parts, -0.32), aim=0.64)


def driver(radius: float, x: float, y: float, z: float) -> list[Part]:
    """A loudspeaker's cone with its surround and dust cap."""
    return [
        Part(Torus(radius, radius * 0.11).moved(x, y, z), RUBBER),
        Part(facing_disc(radius * 0.95, 0.012, 0.004).moved(x, y, z - 0.01), Material("#4a4643", 0.15)),
        Part(Sphere(radius * 0.36).stretched(1, 1, 0.5).moved(x, y, z), Material("#35322f", 0.45)),
    ]


def speakers(colour: str, face: str, paper: str) -> Scene:
    parts = []
    for x, z, yaw in ((-0.48, 0.1, 0.30), (0.50, -0.25, 0.30)):
        pair = [
            Part(Box(0.70, 1.22, 0.60, 0.03).moved(y=0.63), wood(colour, "y")),
            Part(Box(0.64, 1.16, 0.03, 0.01).moved(0, 0.63, 0.30), Material(face, 0.2)),
            *driver(0.23, 0, 0.44, 0.325),
            *driver(0.11, 0, 0.94, 0.32),
        ]
        parts += [Part(part.shape.turned(yaw=-yaw).moved(x, 0, z), part.material) for part in pair]
    return Scene(paper, parts, aim=0.62)


def headphones(colour: str, pad: str, paper: str) -> Scene:
    band = Torus(0.56, 0.05, opening=2.3).stretched(1, 1.08, 1).moved(y=0.92)
    cushion = Torus(0.53, 0.075, opening=4.6).stretched(1, 1.06, 1.25).moved(y=0.88)
    parts = [Part(band, lacquer(colour)), Part(cushion, Material(pad, 0.25))]
    for side in (-1, 1):
        tilt = side * 0.10
        cup = (
            Cylinder(0.30, 0.16, 0.05)
            .turned(roll=-side * FACING)
            .turned(roll=tilt)
            .moved(side * 0.49, 0.46, 0)
        )
        soft = Torus(0.19, 0.09).turned(yaw=FACING).turned(roll=tilt).moved(side * 0.45, 0.46, 0)
        cap = Cylinder(0.16, 0.02).turned(roll=-side * FACING).turned(roll=tilt).moved(side * 0.645, 0.47, 0)
        fork = Rod((side * 0.57, 0.92, 0), (side * 0.60, 0.60, 0), 0.024)
        parts += [Part(cup, lacquer(colour)), Part(soft, Material(pad, 0.25))]
        parts += [Part(cap, brass()), Part(fork, steel())]
    grounded = [Part(part.shape.moved(y=-0.15), part.material) for part in parts]
    return Scene(paper, turn_all(grounded, -0.62), aim=0.66, span=0.86)


def turntable(colour: str, label: str, paper: str) -> Scene:
    record = Material("#1f1d1e", 0.6, patterns=(ringed("#3a3738", 0.035, 0.008, axes=(0, 2)),))
    parts = [
        Part(Box(1.86, 0.22, 1.40, 0.03).moved(y=0.22), wood(colour)),
        Part(Cylinder(0.64, 0.05).moved(-0.22, 0.33, 0), Material("#8b8b8b", 0.6, metal=True)),
        Part(Cylinder(0.62, 0.025, 0.01).moved(-0.22, 0.38, 0), record),
        Part(Cylinder(0.20, 0.01, 0.004).moved(-0.22, 0.402, 0), Material(label, 0.2)),
        Part(Rod((-0.22, 0.40, 0), (-0.22, 0.46, 0), 0.016), steel()),
        Part(Cylinder(0.13, 0.07).moved(0.68, 0.33, -0.42), RUBBER),
        Part(Cylinder(0.05, 0.18).moved(0.68, 0.38, -0.42), steel()),
        Part(
            Tube([(0.72, 0.52, -0.60), (0.68, 0.52, -0.40), (0.62, 0.51, 0.10), (0.36, 0.47, 0.34)], 0.018),
            steel(),
        ),
        Part(Box(0.09, 0.035, 0.14, 0.01).turned(yaw=-0.75).moved(0.32, 0.44, 0.37), RUBBER),
        Part(Cylinder(0.06, 0.06).moved(0.74, 0.33, 0.52), brass()),
    ]
    parts += [Part(Cylinder(0.10, 0.12).moved(x, 0, z), RUBBER) for x in (-0.75, 0.75) for z in (-0.52, 0.52)]
    return Scene(paper, turn_all(parts, 0.28), aim=0.26, elevation=30, span=1.08)


def portable_speaker(fabric: str, trim: str, paper: str) -> Scene:
    woven = cloth(fabric, 52, 0.004)
    strap = Tube([(-0.40, 0.98, 0), (-0.38, 1.20, 0), (0, 1.34, 0), (0.38, 1.20, 0), (0.40, 0.98, 0)], 0.028)
    return Scene(
        paper,
        [
            Part(Cylinder(0.43, 0.16, 0.05), lacquer(trim)),
            Part(Cylinder(0.42, 0.92, 0.03).moved(y=0.10), woven),
            Part(Cylinder(0.43, 0.10, 0.04).moved(y=0.98), lacquer(trim)),
            Part(Cylinder(0.33, 0.02, 0.008).moved(y=1.075), RUBBER),
            Part(Rod((-0.07, 1.10, 0), (0.07, 1.10, 0), 0.012), brass()),
            Part(Rod((0, 1.10, -0.07), (0, 1.10, 0.07), 0.012), brass()),
            Part(strap, Material("#8a5d3c", 0.2)),
        ],
        aim=0.56,
        span=0.84,
        elevation=19,
    )


def amplifier(front: str, timber: str, paper: str) -> Scene:
    parts = [
        Part(Box(1.96, 0.62, 0.96, 0.03).moved(y=0.42), wood(timber)),
        Part(Box(1.86, 0.52, 0.04, 0.012).moved(0, 0.42, 0.475), Material(front, 0.6, metal=True)),
        Part(facing_disc(0.17, 0.13, 0.025).moved(0.56, 0.42, 0.49), Material("#d8cdb8", 0.6, metal=True)),
        Part(Rod((0.56, 0.48, 0.625), (0.56, 0.55, 0.625), 0.012), RUBBER),
    ]
    for x in (-0.68, -0.36, -0.04):
        parts.append(
            Part(facing_disc(0.085, 0.10, 0.02).moved(x, 0.36, 0.49), Material("#d8cdb8", 0.6, metal=True))
        )
        parts.append(Part(Rod((x, 0.39, 0.595), (x, 0.425, 0.595), 0.008), RUBBER))
    parts.append(
        Part(Box(0.74, 0.10, 0.02, 0.008).moved(-0.36, 0.57, 0.495), Material("#f2d9a0", 0.2, glow=0.25))
    )
    parts += [
        Part(Rod((-0.66 + 0.1 * n, 0.55, 0.51), (-0.66 + 0.1 * n, 0.585, 0.51), 0.004), RUBBER)
        for n in range(7)
    ]
    parts += [Part(Cylinder(0.08, 0.12).moved(x, 0, z), RUBBER) for x in (-0.8, 0.8) for z in (-0.36, 0.36)]
    return Scene(paper, turn_all(parts, -0.30), aim=0.40, span=1.06)


def orb_speaker(colour: str, paper: str) -> Scene:
    ball = Sphere(0.62).minus(Cylinder(0.50, 1).turned(pitch=FACING).moved(z=0.40))
    parts = [
        Part(ball, lacquer(colour)),
        Part(Torus(0.475, 0.03).moved(z=0.41), brass()),
        *driver(0.40, 0, 0, 0.40),
    ]
    foot = solid([(0.36, 0), (0.36, 0.04), (0.20, 0.10), (0.16, 0.2)], smooth=False)
    placed = [Part(p.shape.turned(pitch=-0.22).turned(yaw=-0.42).moved(y=0.74), p.material) for p in parts]
    return Scene(paper, [*placed, Part(Lathe(foot), lacquer(colour))], aim=0.68, span=0.9, elevation=10)


def record_crate(colour: str, paper: str) -> Scene:
    sleeves = ["#b4573f", "#e6dac2", "#33454f", "#cfa24e", "#7d8f76", "#5b3a46", "#d9b8a4", "#2f2d2c"]
    timber = wood(colour)
    parts = [
        Part(Box(1.40, 0.05, 1.16, 0.015).moved(y=0.08), timber),
        Part(Box(1.40, 0.62, 0.05, 0.015).moved(0, 0.40, 0.56), timber),
        Part(Box(1.40, 0.86, 0.05, 0.015).moved(0, 0.52, -0.56), timber),
    ]
    for side in (-1, 1):
        grip = Rod((side * 0.7, 0.54, -0.14), (side * 0.7, 0.54, 0.14), 0.05)
        panel = Box(0.05, 0.72, 1.16, 0.015).moved(side * 0.69, 0.45)
        parts.append(Part(panel.minus(grip), wood(colour, "z")))
    for number in range(11):
        z = -0.46 + 0.072 * number
        sleeve = Box(1.22, 1.18, 0.022, 0.006).turned(pitch=-0.16 + 0.01 * (number % 3)).moved(0, 0.70, z)
        parts.append(Part(sleeve, Material(sleeves[number * 3 % len(sleeves)], 0.2)))
    return Scene(paper, turn_all(parts, 0.5), aim=0.6, span=0.98, elevation=20)


def metronome(colour: str, paper: str) -> Scene:
    side = Extrusion(np.array([(-0.50, 0.14), (0.50, 0.14), (0.19, 1.5), (-0.19, 1.5)]), 1.2, 0.01)
    pyramid = side.within(side.turned(yaw=FACING))
    scale = Material("#efe3c9", 0.3)
    parts = [
        Part(Box(1.08, 0.12, 1.08, 0.03).moved(y=0.11), wood(colour)),
        Part(pyramid, wood(colour, "y")),
        Part(Box(0.22, 1.0, 0.02, 0.008).turned(pitch=-0.224).moved(0, 0.80, 0.36), scale),
        Part(Rod((0, 0.26, 0.52), (0.28, 1.36, 0.28), 0.014), steel()),
        Part(Box(0.15, 0.10, 0.05, 0.012).turned(roll=-0.27).moved(0.215, 1.12, 0.34), brass()),
    ]
    parts += [Part(Sphere(0.06).moved(x, 0.04, z), brass()) for x in (-0.44, 0.44) for z in (-0.44, 0.44)]
    return Scene(paper, turn_all(parts, -0.35), aim=0.72, span=0.95)


def gramophone_horn(colour: str, paper: str) -> Scene:
    horn = vessel([(0.07, 0), (0.10, 0.30), (0.20, 0.60), (0.46, 0.86), (0.62, 0.92)], 0.025, -1)
    return Scene(
        paper,
        [
            Part(Box(0.80, 0.20, 0.66, 0.04).turned(yaw=0.4).moved(0.08, 0.12), wood("#a87a4a")),
            Part(Box(0.30, 0.02, 0.22, 0.01).turned(yaw=0.4).moved(0.08, 0.23), RUBBER),
            Part(Lathe(horn).turned(pitch=0.75).turned(yaw=-0.5).moved(0.10, 0.30, -0.05), lacquer(colour)),
        ],
        aim=0.52,
        span=0.88,
    )


PICTURES: dict[str, Build] = {
    **in_colours(
        "kanal-radio",
        radio,
        bone=("#e6dfcf", "#8d8478", "#bfcccb"),
        rust=("#b4583d", "#d8c9b2", "#e1d6c7"),
        pine=("#37584a", "#c9bda6", "#d6cdbf"),
    ),
    **in_colours(
        "quay-speakers",
        speakers,
        walnut=("#7a553c", "#2d2b2a", "#d9d0c4"),
        oak=("#c49a63", "#e4dccb", "#c7cfcd"),
    ),
    **in_colours(
        "harbour-headphones",
        headphones,
        sand=("#d5c3a5", "#8a5d3c", "#c9cfca"),
        ink=("#34434f", "#2b2a2a", "#ddd4c8"),
    ),
    **in_colours(
        "slipway-turntable",
        turntable,
        walnut=("#77523a", "#cf9a4a", "#d5cfc4"),
        ash=("#d9c09a", "#b4573f", "#c5cdcc"),
    ),
    **in_colours(
        "drum-speaker",
        portable_speaker,
        clay=("#b5694c", "#e7ddcc", "#d0d3cc"),
        slate=("#66727a", "#35393c", "#dfd6ca"),
        moss=("#74805b", "#e2d9c5", "#d8cfc2"),
    ),
    **in_colours(
        "kanal-amplifier",
        amplifier,
        silver=("#c9c7c2", "#77523a", "#d8cec1"),
        black=("#3b3a3a", "#c49a63", "#cfd3cf"),
    ),
    **in_colours("orb-speaker", orb_speaker, bone=("#e5ddcc", "#bcc6c3"), brick=("#ae563c", "#e0d6c9")),
    "record-crate": lambda: record_crate("#c8a06a", "#d2d4cc"),
    "largo-metronome": lambda: metronome("#8a5a3a", "#d6ccbf"),
    **in_colours(
        "fluister-horn", gramophone_horn, marigold=("#d8a03c", "#d3cbc1"), teal=("#34646a", "#e0d6c8")
    ),
}
