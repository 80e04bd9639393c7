"""The renderer that makes the demo's pictures."""

from __future__ import annotations

import numpy as np
import pytest
from tools.pictures.materials import brass, glass, glaze
from tools.pictures.profiles import vessel
from tools.pictures.render import photograph
from tools.pictures.scene import Lamp, Part, Scene
from tools.pictures.scenes import PICTURES
from tools.pictures.shapes import Box, Cylinder, Lathe, Rod, Shape, Sphere, Torus

from tests.thoroughness import THOROUGH

CUP = vessel([(0.2, 0), (0.3, 0.1), (0.3, 0.5)])


def still_life() -> Scene:
    return Scene(
        "#d8d0c4",
        [
            Part(Lathe(CUP).moved(-0.4), glaze("#b5603f", speckled=0.3)),
            Part(Sphere(0.25).moved(0.4, 0.25), brass()),
            Part(Cylinder(0.2, 0.5).moved(0, 0, 0.4), glass("#9fc0b8")),
        ],
        lamps=[Lamp((0, 1, 0), 0.3)],
    )


def test_the_same_scene_gives_the_same_picture() -> None:
    first, second = (photograph(still_life(), 48, 60, supersampling=1) for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_a_picture_shows_its_things_before_its_paper() -> None:
    picture = np.asarray(photograph(still_life(), 48, 60, supersampling=1), float)
    paper = np.asarray(photograph(Scene("#d8d0c4", [Part(Sphere(0.01), brass())]), 48, 60, 1), float)
    changed = np.abs(picture - paper).max(2) > 12
    assert 0.05 < changed.mean() < 0.7
    assert not changed[:10].any()


@pytest.mark.parametrize(
    "shape",
    [
        Lathe(CUP),
        Box(1, 0.6, 0.4),
        Torus(0.5, 0.1),
        Torus(0.5, 0.1, opening=2.0),
        Rod((0, 0, 0), (0.4, 0.8, 0.2), 0.1, 0.05),
        Box(1, 0.6, 0.4).turned(yaw=0.4, pitch=0.2).moved(0.1, 0.2, 0.3),
        Sphere(0.4).stretched(1, 0.5, 1).minus(Cylinder(0.1, 1)),
    ],
    ids=lambda shape: type(shape).__name__,
)
def test_a_shape_never_answers_more_than_the_distance_to_itself(shape: Shape) -> None:
    """Two points differ in distance by no more than they are apart, or rays would step through walls."""
    random = np.random.default_rng(7)
    low, high = shape.bounds()
    a = random.uniform(low - 0.3, high + 0.3, (4000, 3)).astype(np.float32)
    b = a + random.normal(0, 0.03, a.shape).astype(np.float32)
    apart = np.linalg.norm(a - b, axis=1)
    inside = shape.distance(a) < 0
    assert inside.any()
    assert (np.abs(shape.distance(a) - shape.distance(b)) <= apart * 1.05 + 2e-3).all()
    assert ((a[inside] > low - 0.02) & (a[inside] < high + 0.02)).all()


def test_a_scene_can_be_built_and_stands_in_the_picture() -> None:
    """Each takes a tenth of a second: one in three."""
    for name, build in list(PICTURES.items())[:: 1 if THOROUGH else 3]:
        low, high = build().bounds()
        assert low[1] > -0.25, name
        assert high[1] > 0.1, name
