"""Which route a request is for: a tree of path segments, so that a hundred routes cost what one does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from tradewind.kernel.errors import MethodNotAllowed, NotFound

T = TypeVar("T")


@dataclass(slots=True)
class _Node(Generic[T]):
    literal: dict[str, _Node[T]] = field(default_factory=dict)
    parameter: _Node[T] | None = None
    targets: dict[str, tuple[T, tuple[str, ...]]] = field(default_factory=dict)


class RouteTable(Generic[T]):
    """Maps method and path to a target. A literal segment wins over a parameter."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()

    def add(self, method: str, path: str, target: T) -> None:
        """Raises ValueError if this method and shape of path is taken."""
        node, names = self._root, []
        for segment in path.strip("/").split("/"):
            if segment.startswith("{"):
                names.append(segment.strip("{}"))
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literal.setdefault(segment, _Node())
        if method in node.targets:
            raise ValueError(f"{method} {path} is declared twice")
        node.targets[method] = (target, tuple(names))

    def match(self, method: str, path: str) -> tuple[T, dict[str, str]]:
        """Raises NotFound, or MethodNotAllowed with the methods that the path has.

        Every slash counts: a client that forgot the id in DELETE /v1/things/{thing_id} must not meet
        DELETE /v1/things.
        """
        values: list[str] = []
        node = self._walk(path[1:].split("/"), values)
        if node is None or "\0" in path:  # no text of ours holds a null character
            raise NotFound("route_not_found", f"there is nothing at {path}")
        found = node.targets.get(method) or (node.targets.get("GET") if method == "HEAD" else None)
        if found is None:
            allowed = sorted(node.targets)
            raise MethodNotAllowed(
                "method_not_allowed", f"{path} answers {', '.join(allowed)}", details={"allow": allowed}
            )
        target, names = found
        return target, dict(zip(names, values, strict=True)) if names else {}

    def _walk(self, segments: list[str], values: list[str]) -> _Node[T] | None:
        """Straight down while each segment leaves one way on; only where two do, by search."""
        node = self._root
        for segment in segments:
            way = node.literal.get(segment)
            if way is None:
                way = node.parameter
                if way is None or not segment:
                    return None
                values.append(segment)
            elif node.parameter is not None:
                values.clear()
                return self._find(self._root, segments, 0, values)
            node = way
        return node if node.targets else None

    def _find(self, node: _Node[T], segments: list[str], at: int, values: list[str]) -> _Node[T] | None:
        if at == len(segments):
            return node if node.targets else None
        literal = node.literal.get(segments[at])
        if literal is not None:
            found = self._find(literal, segments, at + 1, values)
            if found is not None:
                return found
        if node.parameter is not None and segments[at]:
            values.append(segments[at])
            found = self._find(node.parameter, segments, at + 1, values)
            if found is not None:
                return found
            values.pop()
        return None
