"""One generator for all procedural shapes: it puts together the parts of a class's table.

`classes.yaml` holds the tables and says how they are read. Every number is drawn from one
generator, so a shape follows from its seed alone. Up is +z, the front of a thing looks to -y.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

import numpy as np

from lcpc.config.yaml_text import parse_yaml
from lcpc.data.meshes import Mesh
from lcpc.data.shapes.primitives import KINDS, Cuboid, join, mirrored, turned

Item: TypeAlias = dict[str, Any]
Scope: TypeAlias = dict[str, float]

# Standard deviations of the pose, and the share of things that look to a side or to the back.
# They set how hard the data set is.
STRETCH = 0.13
YAW_DEGREES = 20.0
TILT_DEGREES = 5.0
QUARTER_TURN = 0.22


@cache
def tables() -> Mapping[str, Any]:
    """The content of `classes.yaml`: `shared` groups and the `classes`."""
    text = files(__package__).joinpath("classes.yaml").read_text(encoding="utf-8")
    loaded: Mapping[str, Any] = parse_yaml(text)
    return loaded


def classes() -> tuple[str, ...]:
    """Names of all classes, sorted."""
    return tuple(sorted(tables()["classes"]))


def shape(name: str, seed: int) -> Mesh:
    """The shape of class `name` that follows from `seed`, in a random pose."""
    rng = np.random.default_rng(seed)
    head, *parts = tables()["classes"][name]
    drawing = PartSampler(rng, Cuboid(np.zeros(3), np.ones(3)), {})
    drawing.define(head.get("let", {}))
    size = np.array(drawing.numbers(head["size"]))
    # The frame's feet are at z = 0, centred in x and y.
    low = size * (-0.5, -0.5, 0)
    whole = replace(drawing, frame=Cuboid(low, low + size))
    return posed(join(*whole.group(parts)), rng)


def posed(mesh: Mesh, rng: np.random.Generator) -> Mesh:
    """The mesh stretched a little, turned about the upright axis and tilted."""
    vertices = mesh.vertices * (1 + rng.normal(0, STRETCH, 3))
    yaw = rng.normal(0, YAW_DEGREES)
    if rng.random() < QUARTER_TURN:
        yaw += 90 * rng.integers(1, 4)
    mesh = Mesh(vertices, mesh.triangles)
    for axis, degrees in zip("zxy", (yaw, *rng.normal(0, TILT_DEGREES, 2)), strict=True):
        mesh = turned(mesh, axis, degrees)
    return mesh


@dataclass(frozen=True)
class PartSampler:
    """A group of parts that is being drawn: the box that it fills, and the numbers with a name."""

    rng: np.random.Generator
    frame: Cuboid
    scope: Scope

    def define(self, names: Mapping[str, str]) -> None:
        """Draw numbers that parts refer to by name."""
        for name, text in names.items():
            self.scope[name] = self.number(text)

    def number(self, text: str | float) -> float:
        """A drawn number: a product of numbers, ranges `a~b`, choices `a|b|c` and names."""
        value = 1.0
        for factor in str(text).split("*"):
            value *= self._factor(factor)
        return value

    def _factor(self, text: str) -> float:
        choices = text.split("|")
        chosen = choices[self.rng.integers(len(choices))] if len(choices) > 1 else text
        ends = [self._plain(end) for end in chosen.split("~")]
        return float(self.rng.uniform(ends[0], ends[1])) if len(ends) == 2 else ends[0]

    def _plain(self, text: str) -> float:
        name = text.lstrip("-")
        if name in self.scope:
            return -self.scope[name] if text.startswith("-") else self.scope[name]
        return float(text)

    def numbers(self, text: str | float) -> list[float]:
        """Several drawn numbers, separated by spaces."""
        return [self.number(word) for word in str(text).split()]

    def group(self, items: list[Item]) -> Iterator[Mesh]:
        """The meshes of all parts of a group."""
        for item in items:
            if self.rng.random() < self.number(item.get("chance", 1)):
                yield from self._item(item)

    def _item(self, item: Item) -> Iterator[Mesh]:
        if "let" in item:
            self.define(item["let"])
        elif "one of" in item:
            alternative = item["one of"][self.rng.integers(len(item["one of"]))]
            yield from self.group(alternative if isinstance(alternative, list) else [alternative])
        elif "parts" in item:
            yield from self.group(item["parts"])
        else:
            yield from self._copies(item)

    def _copies(self, item: Item) -> Iterator[Mesh]:
        """A part, repeated, spun about the upright axis and mirrored as its table says."""
        count = round(self.number(item.get("repeat", 1)))
        spin = self.number(item.get("spin", 0))
        for index in range(count):
            start, end = index / count, (index + 1) / count
            names = {"t0": start, "t1": end, "u0": 2 * start - 1, "u1": 2 * end - 1}
            copy = replace(self, scope=self.scope | names)
            mesh = turned(copy.placed(item), "z", index * spin, self.frame.middle)
            yield mesh
            yield from mirrored(mesh, item.get("mirror", ""), self.frame.middle)

    def placed(self, item: Item) -> Mesh:
        """One copy of a part in its place, turned about the middle of its bottom."""
        box = self._box(item)
        if "use" in item:
            inner = PartSampler(self.rng, box, dict(self.scope))
            mesh = join(*inner.group(tables()["shared"][item["use"]]))
        else:
            options = {key: self._option(key, item[key]) for key in item if key in OPTIONS}
            build = KINDS[item["part"]]
            mesh = join(*(build(cell, **options) for cell in self._cells(box, item)))
        foot = box.middle * (1, 1, 0) + box.low * (0, 0, 1)
        for turn in item.get("turn", "").split(","):
            if turn:
                axis, degrees = turn.split()
                mesh = turned(mesh, axis, self.number(degrees), foot)
        return mesh

    def _box(self, item: Item) -> Cuboid:
        """The box of a part; x and y count from -1 to 1 across the frame, z from 0 to 1."""
        defaults = {"x": "-1 1", "y": "-1 1", "z": "0 1"}
        spans = np.array([self.numbers(item.get(axis, defaults[axis])) for axis in "xyz"])
        return self.frame.part(spans[:, 0], spans[:, -1])

    def _cells(self, box: Cuboid, item: Item) -> Iterator[Cuboid]:
        """The cells of a `grid` of columns, layers and rows in a box, or the box itself."""
        grid = np.array(self.numbers(item.get("grid", "0 0 0"))).round().astype(int)
        counts = np.maximum(grid, 1)
        step = (box.high - box.low) / counts
        margin = step * self.number(item.get("gap", 0)) / 2 * (grid > 0)
        for index in np.ndindex(*counts):
            low = box.low + step * index
            yield Cuboid(low + margin, low + step - margin)

    def _option(self, key: str, text: Any) -> Any:
        if key in ("axis", "ends"):
            return text
        if key in ("profile", "outline"):
            return np.array([self.numbers(point) for point in text.split(",")])
        return round(self.number(text)) if key == "sides" else self.number(text)


OPTIONS = frozenset({"axis", "ends", "profile", "outline", "power", "wall", "thick", "even",
                     "from_degrees", "to_degrees", "waves", "gather", "droop", "sides"})
