"""Solids as signed distances: negative inside, positive outside, zero on the surface.

A shape may answer less than the true distance, never more: rays step by what it answers.
"""

from collections.abc import Sequence

import numpy as np

from tools.pictures.profiles import Array, Outline, Shift, curve, distance_table

Vector = tuple[float, float, float]


def vector(values: Sequence[float]) -> Array:
    return np.array(values, np.float32)


def length(v: Array) -> Array:
    return np.sqrt(np.einsum("ij,ij->i", v, v))


class Shape:
    """A solid, and the ways to place and combine solids."""

    def distance(self, p: Array) -> Array:
        raise AssertionError("a shape says how far it is")

    def bounds(self) -> tuple[Array, Array]:
        """The lowest and the highest corner of a box that holds the shape."""
        raise AssertionError("a shape says how far it is")

    def local(self, p: Array) -> Array:
        """The points as the shape knew them before it was placed: patterns stick to the object."""
        return p

    def moved(self, x: float = 0, y: float = 0, z: float = 0) -> "Shape":
        return Moved(self, (x, y, z))

    def turned(self, yaw: float = 0, pitch: float = 0, roll: float = 0) -> "Shape":
        """Turned about the upright axis, then tipped towards the viewer, then leant to the left; radians."""
        return Turned(self, yaw, pitch, roll)

    def stretched(self, x: float = 1, y: float = 1, z: float = 1) -> "Shape":
        return Stretched(self, (x, y, z))

    def bent(self, curvature: float, along: int = 1) -> "Shape":
        """Bent towards the viewer by `curvature` times the square of the distance along x (0) or y (1)."""
        return Bent(self, curvature, along)

    def minus(self, other: "Shape", blend: float = 0) -> "Shape":
        return Difference(self, other, blend)

    def within(self, other: "Shape") -> "Shape":
        return Intersection(self, other)

    def plus(self, *others: "Shape", blend: float = 0) -> "Shape":
        return Union([self, *others], blend)


class Lathe(Shape):
    """A body of revolution about the upright axis."""

    def __init__(self, outline: Outline, rounding: float = 0.012, shift: Shift | None = None) -> None:
        self.table = distance_table(outline, revolved=True)
        self.rounding, self.shift = rounding, shift

    def distance(self, p: Array) -> Array:
        radius = np.hypot(p[:, 0], p[:, 2])
        if self.shift is None:
            return self.table(radius, p[:, 1]) - self.rounding
        out = self.shift.amount(np.arctan2(p[:, 2], p[:, 0]), p[:, 1]) * np.minimum(radius * 4, 1)
        slowed = np.float32(1 / np.hypot(1, self.shift.slope))
        shifted = np.maximum(radius - out, 0).astype(np.float32)
        return (self.table(shifted, p[:, 1]) - self.rounding) * slowed

    def bounds(self) -> tuple[Array, Array]:
        rounding, most = self.rounding, self.shift.most if self.shift else 0
        radius, low, high = self.table.high[0] + rounding + most, self.table.low[1], self.table.high[1]
        return vector((-radius, low - rounding, -radius)), vector((radius, high + rounding, radius))


class Extrusion(Shape):
    """An outline in x and y, as thick as `depth` along z, with rounded edges."""

    def __init__(self, outline: Outline, depth: float, rounding: float = 0.015) -> None:
        self.table = distance_table(outline, revolved=False)
        self.half, self.rounding = depth / 2, rounding

    def distance(self, p: Array) -> Array:
        flat = self.table(p[:, 0], p[:, 1]) + self.rounding
        thick = np.abs(p[:, 2]) - self.half + self.rounding
        outside = np.hypot(np.maximum(flat, 0), np.maximum(thick, 0))
        return outside + np.minimum(np.maximum(flat, thick), 0) - self.rounding

    def bounds(self) -> tuple[Array, Array]:
        (x0, y0), (x1, y1) = self.table.low, self.table.high
        return vector((x0, y0, -self.half)), vector((x1, y1, self.half))


class Box(Shape):
    """A box of the given width, height and depth about the origin."""

    def __init__(self, width: float, height: float, depth: float, rounding: float = 0.03) -> None:
        self.half, self.rounding = vector((width / 2, height / 2, depth / 2)), rounding

    def distance(self, p: Array) -> Array:
        q = np.abs(p) - (self.half - self.rounding)
        return length(np.maximum(q, 0)) + np.minimum(q.max(1), 0) - self.rounding

    def bounds(self) -> tuple[Array, Array]:
        return -self.half, self.half


class Cylinder(Shape):
    """An upright cylinder whose foot stands at y = 0."""

    def __init__(self, radius: float, height: float, rounding: float = 0.015) -> None:
        self.radius, self.height, self.rounding = radius, height, rounding

    def distance(self, p: Array) -> Array:
        side = np.hypot(p[:, 0], p[:, 2]) - self.radius + self.rounding
        ends = np.abs(p[:, 1] - self.height / 2) - self.height / 2 + self.rounding
        outside = np.hypot(np.maximum(side, 0), np.maximum(ends, 0))
        return outside + np.minimum(np.maximum(side, ends), 0) - self.rounding

    def bounds(self) -> tuple[Array, Array]:
        return vector((-self.radius, 0, -self.radius)), vector((self.radius, self.height, self.radius))


class Sphere(Shape):
    def __init__(self, radius: float) -> None:
        self.radius = radius

    def distance(self, p: Array) -> Array:
        return length(p) - self.radius

    def bounds(self) -> tuple[Array, Array]:
        return vector([-self.radius] * 3), vector([self.radius] * 3)


class Torus(Shape):
    """A ring in the plane of x and y; `opening` radians are left out at the bottom, as in a handle."""

    def __init__(self, radius: float, thickness: float, opening: float = 0) -> None:
        self.radius, self.thickness = radius, thickness
        self.sin, self.cos = np.sin(np.pi - opening / 2), np.cos(np.pi - opening / 2)
        self.closed = opening == 0

    def distance(self, p: Array) -> Array:
        x, y = np.abs(p[:, 0]), p[:, 1]
        if self.closed:
            return np.hypot(np.hypot(x, y) - self.radius, p[:, 2]) - self.thickness
        along = np.where(self.cos * x > self.sin * y, x * self.sin + y * self.cos, np.hypot(x, y))
        squared = np.einsum("ij,ij->i", p, p) + self.radius**2 - 2 * self.radius * along
        return np.sqrt(np.maximum(squared, 0)) - self.thickness

    def bounds(self) -> tuple[Array, Array]:
        reach = self.radius + self.thickness
        return vector((-reach, -reach, -self.thickness)), vector((reach, reach, self.thickness))


class Rod(Shape):
    """A straight rod with round ends; it may taper from `radius` to `end_radius`."""

    def __init__(self, start: Vector, end: Vector, radius: float, end_radius: float | None = None) -> None:
        self.start, self.along = vector(start), vector(end) - vector(start)
        self.radius, self.end_radius = radius, radius if end_radius is None else end_radius

    def distance(self, p: Array) -> Array:
        offset = p - self.start
        h = np.clip((offset @ self.along) / (self.along @ self.along), 0, 1)
        return length(offset - h[:, None] * self.along) - (self.radius + (self.end_radius - self.radius) * h)

    def bounds(self) -> tuple[Array, Array]:
        ends, widest = np.stack([self.start, self.start + self.along]), max(self.radius, self.end_radius)
        return ends.min(0) - widest, ends.max(0) + widest


class Tube(Shape):
    """A bent rod along a smooth curve through the points."""

    def __init__(
        self, points: Sequence[Vector], radius: float, end_radius: float | None = None, steps: int = 6
    ) -> None:
        through = np.hstack([curve([(x, y) for x, y, _ in points], steps), _heights(points, steps)])
        last = radius if end_radius is None else end_radius
        radii = np.linspace(radius, last, len(through))
        rods = [
            Rod(tuple(a), tuple(b), float(ra), float(rb))
            for a, b, ra, rb in zip(through, through[1:], radii, radii[1:], strict=False)
        ]
        self.inner = Union(rods)

    def distance(self, p: Array) -> Array:
        return self.inner.distance(p)

    def bounds(self) -> tuple[Array, Array]:
        return self.inner.bounds()


def _heights(points: Sequence[Vector], steps: int) -> Outline:
    return curve([(z, 0.0) for _, _, z in points], steps)[:, :1]


class Pillow(Shape):
    """A stuffed square in x and y: thick in the middle, thin at the seams, the corners drawn out."""

    def __init__(self, width: float, height: float, thickness: float) -> None:
        self.half, self.thickness = vector((width / 2, height / 2)), thickness

    def distance(self, p: Array) -> Array:
        u, v = np.abs(p[:, 0]) / self.half[0], np.abs(p[:, 1]) / self.half[1]
        drawn_in = 0.055 * (1 - np.minimum(u, v) ** 2)
        u, v = u + drawn_in, v + drawn_in
        puff = np.maximum(1 - u**2, 0) ** 0.42 * np.maximum(1 - v**2, 0) ** 0.42
        across = np.abs(p[:, 2]) - 0.02 - self.thickness / 2 * puff
        side = (np.maximum(u, v) - 1) * self.half.min()
        outside = np.hypot(np.maximum(across, 0), np.maximum(side, 0))
        return 0.5 * (outside + np.minimum(np.maximum(across, side), 0) - 0.012)

    def bounds(self) -> tuple[Array, Array]:
        corner = vector((self.half[0] + 0.02, self.half[1] + 0.02, self.thickness / 2 + 0.05))
        return -corner, corner


class Moved(Shape):
    def __init__(self, inner: Shape, by: Vector) -> None:
        self.inner, self.by = inner, vector(by)

    def distance(self, p: Array) -> Array:
        return self.inner.distance(p - self.by)

    def local(self, p: Array) -> Array:
        return self.inner.local(p - self.by)

    def bounds(self) -> tuple[Array, Array]:
        low, high = self.inner.bounds()
        return low + self.by, high + self.by


class Turned(Shape):
    def __init__(self, inner: Shape, yaw: float, pitch: float, roll: float) -> None:
        self.inner = inner
        (cy, sy), (cp, sp), (cr, sr) = ((np.cos(a), np.sin(a)) for a in (yaw, pitch, roll))
        about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
        about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
        about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
        self.matrix = (about_z @ about_x @ about_y).astype(np.float32)

    def distance(self, p: Array) -> Array:
        return self.inner.distance(p @ self.matrix)

    def local(self, p: Array) -> Array:
        return self.inner.local(p @ self.matrix)

    def bounds(self) -> tuple[Array, Array]:
        low, high = self.inner.bounds()
        choices = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], bool)
        corners = np.where(choices, high, low) @ self.matrix.T
        return corners.min(0).astype(np.float32), corners.max(0).astype(np.float32)


class Stretched(Shape):
    def __init__(self, inner: Shape, by: Vector) -> None:
        self.inner, self.by = inner, vector(by)

    def distance(self, p: Array) -> Array:
        return self.inner.distance(p / self.by) * self.by.min()

    def local(self, p: Array) -> Array:
        return self.inner.local(p / self.by)

    def bounds(self) -> tuple[Array, Array]:
        low, high = self.inner.bounds()
        return low * self.by, high * self.by


class Bent(Shape):
    def __init__(self, inner: Shape, curvature: float, along: int) -> None:
        self.inner, self.curvature, self.along = inner, curvature, along
        low, high = inner.bounds()
        self.reach = float(max(abs(low[along]), abs(high[along])))

    def local(self, p: Array) -> Array:
        q = p.copy()
        q[:, 2] -= self.curvature * np.minimum(np.abs(p[:, self.along]), self.reach) ** 2
        return self.inner.local(q)

    def distance(self, p: Array) -> Array:
        q = p.copy()
        q[:, 2] -= self.curvature * np.minimum(np.abs(p[:, self.along]), self.reach) ** 2
        return self.inner.distance(q) * np.float32(1 / np.hypot(1, 2 * self.curvature * self.reach))

    def bounds(self) -> tuple[Array, Array]:
        low, high = self.inner.bounds()
        end = self.curvature * self.reach**2
        shift = vector((0, 0, min(end, 0))), vector((0, 0, max(end, 0)))
        return low + shift[0], high + shift[1]


class Difference(Shape):
    def __init__(self, inner: Shape, cut: Shape, blend: float) -> None:
        self.inner, self.cut, self.blend = inner, cut, blend

    def distance(self, p: Array) -> Array:
        return -smooth_minimum(-self.inner.distance(p), self.cut.distance(p), self.blend)

    def local(self, p: Array) -> Array:
        return self.inner.local(p)

    def bounds(self) -> tuple[Array, Array]:
        return self.inner.bounds()


class Intersection(Shape):
    def __init__(self, inner: Shape, other: Shape) -> None:
        self.inner, self.other = inner, other

    def distance(self, p: Array) -> Array:
        return np.maximum(self.inner.distance(p), self.other.distance(p))

    def local(self, p: Array) -> Array:
        return self.inner.local(p)

    def bounds(self) -> tuple[Array, Array]:
        (low, high), (other_low, other_high) = self.inner.bounds(), self.other.bounds()
        return np.maximum(low, other_low), np.minimum(high, other_high)


class Union(Shape):
    def __init__(self, shapes: Sequence[Shape], blend: float = 0) -> None:
        self.shapes, self.blend = shapes, blend
        self.crowd = Crowd(shapes)

    def distance(self, p: Array) -> Array:
        if not self.blend:
            return self.crowd.distance(p)
        nearest = self.shapes[0].distance(p)
        for shape in self.shapes[1:]:
            nearest = smooth_minimum(nearest, shape.distance(p), self.blend)
        return nearest

    def local(self, p: Array) -> Array:
        return self.shapes[0].local(p)

    def bounds(self) -> tuple[Array, Array]:
        low, high = self.crowd.bounds()
        return low - self.blend / 4, high + self.blend / 4


class Crowd:
    """The nearest of many shapes. A shape is asked only about points to which its box is the nearest yet."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self.members = [(shape, *shape.bounds()) for shape in shapes]

    def bounds(self) -> tuple[Array, Array]:
        return np.min([low for _, low, _ in self.members], 0), np.max(
            [high for _, _, high in self.members], 0
        )

    def distance(self, p: Array) -> Array:
        first, *others = self.members
        nearest = first[0].distance(p).astype(np.float32)
        for shape, low, high in others:
            worth = np.flatnonzero(box_distance(p, low, high) < nearest)
            if len(worth):
                nearest[worth] = np.minimum(nearest[worth], shape.distance(p[worth]))
        return nearest


def box_distance(p: Array, low: Array, high: Array) -> Array:
    """How far points are from a box; zero inside."""
    return length(np.maximum(np.maximum(low - p, p - high), 0))


def smooth_minimum(a: Array, b: Array, blend: float) -> Array:
    """The smaller of both; within `blend` of one another they flow together."""
    if not blend:
        return np.minimum(a, b)
    h = np.maximum(blend - np.abs(a - b), 0) / blend
    return np.minimum(a, b) - h * h * (blend / 4)
