"""Made-up maps: a grid whose borders are jagged, each shared by the two areas beside it."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.registry.boundaries.geometry import EAST, NORTH, SOUTH, WEST

Line = NDArray[np.float64]
MARGIN = 0.3


def feature(geometry: dict[str, Any] | None, **properties: Any) -> dict[str, Any]:
    """A GeoJSON feature."""
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features: dict[str, Any]) -> bytes:
    """A GeoJSON file."""
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def polygon(*ring: Sequence[float]) -> dict[str, Any]:
    """A polygon without holes."""
    return {"type": "Polygon", "coordinates": [[list(position) for position in ring]]}


def square(west: float = 104.0, south: float = 11.0, size: float = 0.5) -> dict[str, Any]:
    """A square within Cambodia."""
    east, north = west + size, south + size
    return polygon((west, south), (east, south), (east, north), (west, north), (west, south))


def grid(columns: int, rows: int, *, corners: int = 40, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Polygons that fill a part of Cambodia without gaps, each border of `corners` corners."""
    random = np.random.default_rng(seed)
    across = np.linspace(WEST + MARGIN, EAST - MARGIN, columns + 1)
    up = np.linspace(SOUTH + MARGIN, NORTH - MARGIN, rows + 1)
    jag = 0.4 * min(across[1] - across[0], up[1] - up[0]) / corners**0.5
    flat = {
        (i, j): _border((across[i], up[j]), (across[i + 1], up[j]), corners, jag, random)
        for i in range(columns)
        for j in range(rows + 1)
    }
    steep = {
        (i, j): _border((across[i], up[j]), (across[i], up[j + 1]), corners, jag, random)
        for i in range(columns + 1)
        for j in range(rows)
    }
    for i in range(columns):
        for j in range(rows):
            around = (flat[i, j][:-1], steep[i + 1, j][:-1], flat[i, j + 1][:0:-1], steep[i, j][::-1])
            yield {"type": "Polygon", "coordinates": [np.vstack(around).tolist()]}


def _border(
    start: Sequence[float], end: Sequence[float], corners: int, jag: float, random: np.random.Generator
) -> Line:
    """A line from start to end that wanders to both sides, less so near its ends."""
    begin, finish = np.array(start), np.array(end)
    along = np.linspace(0, 1, corners + 1)[:, None]
    aside = np.array([-(finish - begin)[1], (finish - begin)[0]]) / np.hypot(*(finish - begin))
    wander = np.cumsum(random.uniform(-1, 1, (corners + 1, 1)), axis=0) * jag / 4
    wander = np.clip(wander - wander[0] - (wander[-1] - wander[0]) * along, -jag * 2, jag * 2)
    line: Line = begin + along * (finish - begin) + wander * np.sin(np.pi * along) * aside
    return line
