"""Vases."""

from tools.pictures.materials import Material, bisque, dipped, glass, glaze, speckle, wood
from tools.pictures.profiles import flutes, solid, vessel
from tools.pictures.scene import Build, Part, Scene, in_colours
from tools.pictures.shapes import Lathe, Shape, Sphere, Torus, Tube


def aldea_vase(clay: str, paper: str) -> Scene:
    outline = vessel(
        [(0.28, 0), (0.46, 0.12), (0.66, 0.55), (0.60, 0.95), (0.30, 1.28), (0.20, 1.5), (0.27, 1.68)]
    )
    return Scene(paper, [Part(Lathe(outline), bisque(clay, 0.3))])


def fluted_vase(colour: str, paper: str) -> Scene:
    outline = vessel([(0.34, 0), (0.44, 0.1), (0.50, 0.6), (0.47, 1.1), (0.38, 1.42), (0.42, 1.62)])
    return Scene(paper, [Part(Lathe(outline, shift=flutes(26, 0.013)), glaze(colour, gloss=0.35))])


def twist_vase(colour: str, paper: str) -> Scene:
    outline = vessel([(0.30, 0), (0.44, 0.14), (0.56, 0.62), (0.46, 1.10), (0.27, 1.40), (0.30, 1.56)])
    shape = Lathe(outline, shift=flutes(9, 0.035, twist=0.10))
    return Scene(paper, [Part(shape, glaze(colour, gloss=0.5))])


def moon_jar(colour: str, paper: str) -> Scene:
    outline = vessel(
        [
            (0.34, 0),
            (0.40, 0.06),
            (0.72, 0.40),
            (0.80, 0.78),
            (0.68, 1.18),
            (0.40, 1.40),
            (0.36, 1.46),
            (0.38, 1.52),
        ]
    )
    return Scene(paper, [Part(Lathe(outline), glaze(colour, 0.10, gloss=0.5))], aim=0.72)


def gourd_vase(colour: str, paper: str) -> Scene:
    outline = vessel(
        [
            (0.32, 0), (0.50, 0.12), (0.60, 0.42), (0.46, 0.76), (0.26, 0.92),
            (0.32, 1.08), (0.38, 1.26), (0.28, 1.46), (0.15, 1.58), (0.18, 1.72),
        ]
    )  # fmt: skip
    return Scene(paper, [Part(Lathe(outline), glaze(colour, 0.2, gloss=0.7))])


def strata_vase(layers: tuple[str, str, str], paper: str) -> Scene:
    low, middle, high = layers
    outline = vessel([(0.40, 0), (0.43, 0.06), (0.43, 1.36), (0.41, 1.44)], smooth=False)
    clay = Material(low, 0.1, patterns=(dipped(0.52, middle), dipped(0.98, high), speckle(0.22)))
    return Scene(paper, [Part(Lathe(outline, rounding=0.02), clay)], aim=0.72)


def ring_vase(colour: str, paper: str) -> Scene:
    ring: Shape = Torus(0.50, 0.17).moved(y=0.72)
    neck = Lathe(vessel([(0.15, 1.2), (0.11, 1.42), (0.10, 1.56), (0.15, 1.7)], wall=0.03, base=0.3))
    foot = Lathe(solid([(0.24, 0), (0.24, 0.04), (0.16, 0.12)]))
    return Scene(paper, [Part(ring.plus(neck, foot, blend=0.08), bisque(colour, 0.25))], aim=0.82)


def bud_vases(tints: tuple[str, str, str], paper: str) -> Scene:
    tall = vessel([(0.2, 0), (0.27, 0.06), (0.27, 0.3), (0.13, 0.6), (0.08, 0.95), (0.11, 1.2)], wall=0.03)
    round_ = vessel(
        [(0.18, 0), (0.30, 0.12), (0.30, 0.32), (0.12, 0.52), (0.09, 0.66), (0.12, 0.74)], wall=0.03
    )
    slim = vessel([(0.16, 0), (0.2, 0.05), (0.2, 0.52), (0.09, 0.70), (0.08, 0.84), (0.1, 0.92)], wall=0.03)
    places = [(tall, -0.12, -0.35), (round_, -0.52, 0.25), (slim, 0.44, 0.1)]
    parts = [
        Part(Lathe(outline).moved(x, 0, z), glass(tint, 9))
        for (outline, x, z), tint in zip(places, tints, strict=True)
    ]
    return Scene(paper, parts, span=0.82, aim=0.5)


def stem_vase(tint: str, paper: str) -> Scene:
    outline = vessel(
        [(0.30, 0), (0.36, 0.05), (0.38, 0.4), (0.24, 0.78), (0.13, 0.98), (0.17, 1.1)], wall=0.03
    )
    branch = Tube([(0.08, 0.1, 0), (0.0, 0.9, 0), (-0.06, 1.4, 0.02), (-0.22, 1.86, 0.05)], 0.018, 0.010)
    twig = Tube([(-0.02, 1.2, 0), (0.14, 1.5, 0.0), (0.30, 1.72, 0.05)], 0.013, 0.008)
    places = [
        (-0.14, 1.52, 0.05), (-0.03, 1.62, 0.06), (-0.26, 1.72, 0.05), (-0.14, 1.86, 0), (-0.28, 1.92, 0.06),
        (0.06, 1.5, 0.08), (0.19, 1.5, 0), (0.16, 1.68, 0.04), (0.31, 1.62, 0.08), (0.34, 1.8, 0.04),
    ]  # fmt: skip
    blossoms = [Sphere(0.062).stretched(1, 0.9, 1).moved(*place) for place in places]
    return Scene(
        paper,
        [
            Part(branch.plus(twig), wood("#6d5541", "y")),
            *(Part(blossom, Material("#e9c9bd", 0.05)) for blossom in blossoms),
            Part(Lathe(outline), glass(tint, 8)),
        ],
        aim=0.96,
        span=1.0,
    )


PICTURES: dict[str, Build] = {
    **in_colours(
        "aldea-vase",
        aldea_vase,
        clay=("#bf6a48", "#e6d8c9"),
        ink=("#3c4750", "#d6d2c8"),
        sage=("#a9b79c", "#e3dccd"),
    ),
    **in_colours("fluted-vase", fluted_vase, chalk=("#e9e4da", "#c3ccbd"), moss=("#6f7d57", "#e5dac6")),
    **in_colours("twist-vase", twist_vase, ochre=("#c9963f", "#d9d3cb"), plum=("#6b4152", "#e2d2cc")),
    **in_colours("moon-jar", moon_jar, chalk=("#ece8df", "#c9c2b6"), celadon=("#a9c0ae", "#e4ddd0")),
    **in_colours("gourd-vase", gourd_vase, ink=("#2f3d48", "#d9cfc2"), russet=("#a4563a", "#d3d9d2")),
    **in_colours(
        "strata-vase",
        strata_vase,
        dune=(("#8b6a52", "#cdb08c", "#ebe2d2"), "#d2d8d6"),
        shore=(("#3f5a66", "#9bb3b3", "#e8e3d6"), "#e6dccd"),
    ),
    **in_colours("ring-vase", ring_vase, sand=("#d8c3a3", "#c7cfc9"), brick=("#b0573d", "#e7d9ca")),
    **in_colours(
        "bud-vases",
        bud_vases,
        garden=(("#8fae8b", "#d9a7a0", "#c9a45c"), "#e8e1d5"),
        smoke=(("#8d8a86", "#6f7d85", "#a79b8b"), "#dfdcd4"),
    ),
    **in_colours("stem-vase", stem_vase, clear=("#dfe9e4", "#d5d9cf"), amber=("#c98f3f", "#e5dacb")),
}
