"""What a picture shows: parts, the paper behind them, and where the camera stands."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from tools.pictures.materials import Material
from tools.pictures.profiles import Array
from tools.pictures.shapes import Shape, Vector, vector

CAMERA_AWAY = 6.35


@dataclass(frozen=True)
class Part:
    shape: Shape
    material: Material


@dataclass(frozen=True)
class Lamp:
    """A small lamp inside the scene: what burns in a shade or a candle.

    What stands within `radius` of it, its own bulb or globe, casts no shadow.
    """

    position: Vector
    strength: float
    colour: str = "#ffd9a0"
    radius: float = 0.22


@dataclass(frozen=True)
class Scene:
    """Things stand on y = 0 about the origin; a picture of `span` 1 shows about 2.3 by 2.8 units.

    `aim` is the height that is in the middle of the picture; `elevation` is how steeply the camera looks
    down on it, in degrees.
    """

    paper: str
    parts: list[Part]
    span: float = 1.0
    aim: float = 0.78
    elevation: float = 15
    lamps: list[Lamp] = field(default_factory=list)

    def bounds(self) -> tuple[Array, Array]:
        boxes = [part.shape.bounds() for part in self.parts]
        return np.min([b[0] for b in boxes], 0), np.max([b[1] for b in boxes], 0)

    def camera(self) -> tuple[Array, Array]:
        """Where the camera is and what it looks at."""
        up, back = np.sin(np.radians(self.elevation)), np.cos(np.radians(self.elevation))
        return vector((0, self.aim + CAMERA_AWAY * up, CAMERA_AWAY * back)), vector((0, self.aim, 0))


Build = Callable[[], Scene]


def in_colours(name: str, build: Callable[..., Scene], **choices: object) -> dict[str, Build]:
    """One picture for each colour of a product: `build` is called with what stands for that colour."""
    pictures: dict[str, Build] = {}
    for colour, chosen in choices.items():
        arguments = chosen if isinstance(chosen, tuple) else (chosen,)
        pictures[f"{name}-{colour.replace('_', '-')}"] = partial(build, *arguments)
    return pictures
