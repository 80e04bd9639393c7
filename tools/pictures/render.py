"""Photographs a scene in a small studio: a big window to the left, a strip light to the right, paper behind.

Rays are stepped by signed distance. Everything is numpy on whole pictures; the same scene gives the same
picture each time.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from tools.pictures.materials import Material, linear
from tools.pictures.profiles import Array
from tools.pictures.scene import Lamp, Part, Scene
from tools.pictures.shapes import Crowd, box_distance, length, vector

Distance = Callable[[Array], Array]

FIELD_OF_VIEW_DEGREES = 26
FAR = 40.0
TOUCHING = 0.0012
WINDOW = vector((-0.52, 0.82, 0.62)) / np.float32(np.linalg.norm([-0.52, 0.82, 0.62]))
FILL = vector((0.86, 0.36, 0.36)) / np.float32(np.linalg.norm([0.86, 0.36, 0.36]))
WINDOW_COLOUR = vector((1.05, 1.0, 0.94))


@dataclass
class View:
    """The rays of a picture: one origin, a direction for each sample, row by row."""

    origin: Array
    directions: Array
    off_centre: Array


def photograph(scene: Scene, width: int = 480, height: int = 600, supersampling: int = 2) -> Image.Image:
    view = _view(scene, width * supersampling, height * supersampling)
    studio = Studio(scene)
    light = studio.look(view)
    light = light.reshape(height, supersampling, width, supersampling, 3).mean((1, 3))
    values = np.clip(_develop(light), 0, 1) ** (1 / 2.2)
    values += np.random.default_rng(1).normal(0, 0.003, values.shape)
    return Image.fromarray((np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8))


def _view(scene: Scene, width: int, height: int) -> View:
    origin, target = scene.camera()
    forward = target - origin
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0, 1, 0])
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    reach = np.tan(np.radians(FIELD_OF_VIEW_DEGREES / 2)) * scene.span
    x = ((columns + 0.5) / height * 2 - width / height).reshape(-1, 1)
    y = (1 - (rows + 0.5) / height * 2).reshape(-1, 1)
    directions = (forward + x * reach * right + y * reach * up).astype(np.float32)
    directions /= length(directions)[:, None]
    return View(origin, directions, np.hypot(x, y).ravel())


def _develop(light: Array) -> Array:
    """Rolls highlights off softly and leaves the middle tones as they are."""
    return light * (1 + light * 0.10) / (1 + light * 0.22) * 1.06


class Studio:
    """A scene with its light: answers how much light comes back along each ray of a view."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.opaque = [part for part in scene.parts if not part.material.tint]
        self.clear = [part for part in scene.parts if part.material.tint]
        self.crowd = Crowd([part.shape for part in self.opaque])
        self.low, self.high = scene.bounds()
        self.paper = linear(scene.paper)

    def look(self, view: View) -> Array:
        t, hit = self._march(view)
        down = view.directions[:, 1]
        to_floor = np.where(down < -1e-4, -view.origin[1] / np.minimum(down, -1e-4), FAR)
        floor = ~hit | (to_floor < t)
        t = np.where(floor, np.minimum(to_floor, FAR), t).astype(np.float32)
        points = view.origin + view.directions * t[:, None]
        light = self._backdrop(view, t, points, floor)
        thing = np.flatnonzero(~floor)
        if len(thing):
            light[thing] = self._shade(points[thing], view.directions[thing])
        return self._through_glass(view, t, light)

    def _march(self, view: View) -> tuple[Array, Array]:
        count = len(view.directions)
        enter, leave = _crossing(view, self.low - 0.02, self.high + 0.02)
        t, hit = enter.copy(), np.zeros(count, bool)
        if not self.opaque:
            return t, hit
        active = np.flatnonzero(enter < leave)
        for _ in range(140):
            d = self.crowd.distance(view.origin + view.directions[active] * t[active, None])
            t[active] += d * 0.9
            touched = d < TOUCHING
            hit[active[touched]] = True
            active = active[~touched & (t[active] < leave[active])]
            if not len(active):
                break
        return t, hit

    def _backdrop(self, view: View, t: Array, points: Array, floor: Array) -> Array:
        depth = np.clip((t - 6) / 22, 0, 1)
        vignette = 1 - 0.09 * np.clip(view.off_centre - 0.25, 0, 1) ** 1.4
        light = self.paper * ((0.95 + 0.09 * (1 - depth)) * vignette)[:, None]
        near = floor & (t < 16) & (np.hypot(points[:, 0], points[:, 2]) < 4.4)
        ground = np.flatnonzero(near)
        p = points[ground] + vector((0, 0.004, 0))
        up = np.broadcast_to(vector((0, 1, 0)), p.shape)
        lit = 0.58 + 0.42 * self._lit_from_window(p, 5.5)
        open_sky = 0.5 + 0.5 * self._openness(p, up, 0.26)
        light[ground] *= (lit * open_sky)[:, None] ** vector((0.92, 1, 1.05))
        light[ground] += self.paper * self._lamp_light(p, up) * 0.8
        light[ground] *= self._glass_shadow(p)
        return light

    def _shade(self, p: Array, directions: Array) -> Array:
        which = np.stack([part.shape.distance(p) for part in self.opaque]).argmin(0)
        normals = _normals(p, self.crowd.distance)
        colours = np.empty_like(p)
        gloss, glow, metal = (np.zeros(len(p), np.float32) for _ in range(3))
        for number, part in enumerate(self.opaque):
            own = np.flatnonzero(which == number)
            if len(own):
                colours[own], normals[own] = _surface(part, p[own], normals[own])
                material = part.material
                gloss[own], glow[own], metal[own] = material.gloss, material.glow, material.metal
        lit = self._lit_from_window(p + normals * 0.012, 8)
        openness = self._openness(p, normals)
        sky = 0.5 + 0.5 * normals[:, 1]
        bounce = self.paper / max(float(self.paper.max()), 0.2)
        ambient = 0.33 * sky[:, None] * vector((0.98, 1.0, 1.04)) + 0.25 * (1 - sky)[:, None] * bounce + 0.05
        ambient *= openness[:, None]
        window = (np.clip(normals @ WINDOW, 0, 1) * lit)[:, None] * WINDOW_COLOUR * 0.80
        fill = (np.clip(normals @ FILL, 0, 1) * openness * 0.16)[:, None]
        diffuse = colours * (ambient + window + fill + self._lamp_light(p, normals))
        facing = np.clip(-np.einsum("ij,ij->i", normals, directions), 0, 1)
        mirrored = directions + 2 * (facing[:, None] * normals)
        mirror = self._surroundings(mirrored, gloss) * (0.35 + 0.65 * openness * (0.5 + 0.5 * lit))[:, None]
        fresnel = (1 - facing) ** 5
        skin = (0.04 + 0.55 * gloss * fresnel)[:, None] * np.sqrt(gloss)[:, None]
        shiny = colours + (1 - colours) * fresnel[:, None]
        reflected = np.where(metal[:, None] > 0, shiny * 0.95, skin) * mirror
        diffuse *= np.where(metal[:, None] > 0, 0.18, 1 - skin)
        return diffuse + reflected + colours * (glow * (0.45 + 0.55 * facing))[:, None]

    def _lit_from_window(self, p: Array, sharpness: float) -> Array:
        direction = np.broadcast_to(WINDOW, p.shape)
        return self._soft_shadow(p, direction, np.full(len(p), 5.0, np.float32), sharpness)

    def _soft_shadow(self, p: Array, directions: Array, reach: Array, sharpness: float) -> Array:
        """From 0, hidden from the light, to 1. `sharpness` grows as the light gets smaller."""
        _, leave = _crossing(View(p, directions, p[:, 0]), self.low - 0.4, self.high + 0.4)
        reach = np.minimum(reach, leave)
        clear, s = np.ones(len(p), np.float32), np.full(len(p), 0.03, np.float32)
        active = np.flatnonzero(reach > s)
        for _ in range(44):
            if not len(active) or not self.opaque:
                break
            d = self.crowd.distance(p[active] + directions[active] * s[active, None])
            grazing = 0.5 + 0.5 * sharpness * d / s[active]
            clear[active] = np.minimum(clear[active], np.where(d < 0.3, grazing, 1))
            s[active] += np.clip(d, 0.02, 0.3)
            active = active[(clear[active] > 0) & (s[active] < reach[active])]
        clear = np.clip(clear, 0, 1)
        return clear * clear * (3 - 2 * clear)

    def _openness(self, p: Array, normals: Array, reach: float = 0.16) -> Array:
        """How little the surroundings crowd a point: ambient occlusion, 1 in the open."""
        near = np.flatnonzero(box_distance(p, self.low, self.high) < reach * 2.5)
        crowding = np.zeros(len(p), np.float32)
        if self.opaque:
            for i in range(1, 6):
                s = reach * i * 0.45
                over_floor = p[near, 1] + normals[near, 1] * s
                gap = np.minimum(self.crowd.distance(p[near] + normals[near] * s), over_floor)
                crowding[near] += np.clip(s - gap, 0, None) * 0.75**i / 0.9
        return np.clip(1 - 1.25 * crowding, 0, 1)

    def _lamp_light(self, p: Array, normals: Array) -> Array:
        total = np.zeros_like(p)
        for lamp in self.scene.lamps:
            total += self._one_lamp(lamp, p, normals)
        return total

    def _one_lamp(self, lamp: Lamp, p: Array, normals: Array) -> Array:
        towards = vector(lamp.position) - p
        away = length(towards)
        towards = towards / away[:, None]
        incidence = np.clip(np.einsum("ij,ij->i", normals, towards), 0, 1)
        shadow = self._soft_shadow(p + normals * 0.012, towards, away - lamp.radius, 6)
        strength = lamp.strength * incidence * shadow / (0.15 + away**2)
        return strength[:, None] * linear(lamp.colour)

    def _surroundings(self, directions: Array, gloss: Array) -> Array:
        """What a mirror would see: paper all round, a window, a strip of light."""
        blur = 0.04 + 0.55 * (1 - gloss)
        height = np.clip(directions[:, 1], -1, 1)
        paper = self.paper * (0.55 + 0.45 * _ramp(height, -0.35, 0.5))[:, None] + 0.10
        azimuth, elevation = np.arctan2(directions[:, 0], directions[:, 2]), np.arcsin(height)
        window = _pane(azimuth, -0.75, 0.42, blur) * _pane(elevation, 0.62, 0.46, blur)
        strip = _pane(azimuth, 1.12, 0.10, blur) * _pane(elevation, 0.45, 0.60, blur)
        return paper + (window * 5.2 * (0.35 + 0.65 * gloss) + strip * 2.2 * gloss)[:, None] * WINDOW_COLOUR

    def _through_glass(self, view: View, t: Array, light: Array) -> Array:
        for part in self.clear:
            self._one_glass(part, view, t, light)
        return light

    def _one_glass(self, part: Part, view: View, behind: Array, light: Array) -> None:
        low, high = part.shape.bounds()
        enter, leave = _crossing(view, low - 0.01, high + 0.01)
        leave = np.minimum(leave, behind)
        rays = np.flatnonzero(enter < leave)
        s, thickness = enter[rays].copy(), np.zeros(len(rays), np.float32)
        first = np.full(len(rays), -1, np.float32)
        active = np.arange(len(rays))
        while len(active):
            d = part.shape.distance(view.origin + view.directions[rays[active]] * s[active, None])
            step = np.maximum(np.abs(d) * 0.9, 0.006)
            inside = d < 0
            new = inside & (first[active] < 0)
            first[active[new]] = s[active[new]]
            thickness[active[inside]] += step[inside]
            s[active] += step
            active = active[s[active] < leave[rays[active]]]
        touched = np.flatnonzero(first > 0)
        rays, thickness, first = rays[touched], thickness[touched], first[touched]
        directions = view.directions[rays]
        normals = _normals(view.origin + directions * first[:, None], part.shape.distance, 0.004)
        facing = np.clip(-np.einsum("ij,ij->i", normals, directions), 0, 1)
        mirrored = directions + 2 * facing[:, None] * normals
        fresnel = 0.045 + 0.6 * (1 - facing) ** 5
        colour = linear(part.material.colour)
        passed = np.exp(-(1 - colour) * part.material.tint * thickness[:, None])
        rim = (1 - 0.30 * (1 - facing) ** 3)[:, None]
        shine = self._surroundings(mirrored, np.full(len(rays), 0.97, np.float32))
        light[rays] = light[rays] * passed * rim * (1 - fresnel)[:, None] + shine * fresnel[:, None]

    def _glass_shadow(self, p: Array) -> Array:
        """Glass dims the floor behind it a little, in its own colour."""
        shade = np.ones_like(p)
        if not self.clear:
            return shade
        studio = Studio(Scene(self.scene.paper, [Part(c.shape, Material("#ffffff")) for c in self.clear]))
        shadow = (1 - studio._lit_from_window(p, 5.5))[:, None]
        up = np.broadcast_to(vector((0, 1, 0)), p.shape)
        contact = (1 - studio._openness(p, up, 0.2))[:, None]
        colour = linear(self.clear[0].material.colour)
        return shade - shadow * (0.10 + 0.26 * (1 - colour)) - contact * (0.12 + 0.3 * (1 - colour))


def _normals(p: Array, distance: Distance, step: float = 0.0025) -> Array:
    corners = np.array([[1, -1, -1], [-1, -1, 1], [-1, 1, -1], [1, 1, 1]], np.float32)
    total = np.zeros_like(p)
    for corner in corners:
        total += corner * distance(p + corner * step)[:, None]
    return total / (length(total)[:, None] + 1e-9)


def _surface(part: Part, p: Array, normals: Array) -> tuple[Array, Array]:
    """The colour at points of a part, and their normals with its fine relief pressed in."""
    material = part.material
    local = part.shape.local(p)
    colours = np.broadcast_to(linear(material.colour), p.shape).copy()
    for pattern in material.patterns:
        colours = pattern(local, colours)
    if material.relief is None:
        return colours, normals
    step = 0.004
    here = material.relief(local)
    steps = step * np.eye(3, dtype=np.float32)
    slope = np.stack([material.relief(part.shape.local(p + e)) - here for e in steps], 1) / step
    slope -= np.einsum("ij,ij->i", slope, normals)[:, None] * normals
    bent = normals - slope.astype(np.float32)
    return colours, bent / length(bent)[:, None]


def _crossing(view: View, low: Array, high: Array) -> tuple[Array, Array]:
    """Where rays enter and leave a box; they miss it where they enter after they leave."""
    safe = np.where(np.abs(view.directions) < 1e-6, 1e-6, view.directions)
    a, b = (low - view.origin) / safe, (high - view.origin) / safe
    enter, leave = np.minimum(a, b).max(1), np.maximum(a, b).min(1)
    return np.maximum(enter, 0).astype(np.float32), leave.astype(np.float32)


def _ramp(x: Array, start: float, end: float) -> Array:
    t = np.clip((x - start) / (end - start), 0, 1)
    return t * t * (3 - 2 * t)


def _pane(angle: Array, middle: float, half: float, blur: Array) -> Array:
    """1 within an opening of a given half width in radians, fading over `blur`."""
    t = np.clip((half + blur / 2 - np.abs(angle - middle)) / blur, 0, 1)
    return t * t * (3 - 2 * t)
