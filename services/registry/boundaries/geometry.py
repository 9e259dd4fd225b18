"""Geometries of a GeoJSON file: checked, repaired, and made small for the web without tearing neighbours apart.

Imports shapely, and is therefore imported by the process that prepares a file only, never by the service.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry as Geometry

if TYPE_CHECKING:
    from shared.areas import Level

DECIMALS = 5
"""Of a degree: about one metre."""
TOLERANCES: "dict[Level, float]" = {"province": 0.005, "district": 0.003, "commune": 0.002, "village": 0.0005}
"""Degrees: corners that span a smaller triangle than this squared are left out, some 220 m for communes."""
WEST, SOUTH, EAST, NORTH = 102.0, 9.5, 108.0, 15.0
"""Cambodia with its islands, and some room."""

Flaw = Literal[
    "geometry_missing", "geometry_type", "geometry_unreadable", "coordinates_projected", "axes_swapped",
    "outside_cambodia",
]  # fmt: skip


class Unusable(Exception):
    """A geometry that cannot be used, and why."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw)
        self.flaw = flaw


@dataclass(frozen=True, slots=True)
class Read:
    """A geometry that can be used; `repaired` says what was wrong with it."""

    geometry: Geometry
    repaired: str | None = None


def read_geometry(given: Any) -> Read:
    """A point, polygon or multipolygon of GeoJSON, within Cambodia. Raises Unusable."""
    if given is None:
        raise Unusable("geometry_missing")
    if not isinstance(given, dict) or given.get("type") not in ("Point", "Polygon", "MultiPolygon"):
        raise Unusable("geometry_type")
    try:
        geometry = _build(given["type"], given.get("coordinates"))
    except (ValueError, TypeError, OverflowError, shapely.errors.ShapelyError) as error:
        raise Unusable("geometry_unreadable") from error
    if geometry.is_empty:
        raise Unusable("geometry_missing")
    _must_lie_in_cambodia(geometry)
    if geometry.is_valid:
        return Read(geometry)
    reason = str(shapely.is_valid_reason(geometry))
    mended = polygons_of(shapely.make_valid(geometry))
    if mended.is_empty:
        raise Unusable("geometry_unreadable")
    return Read(mended, reason)


def simplify_together(geometries: Sequence[Geometry], level: "Level") -> tuple[list[Geometry], int]:
    """Boundaries for the web, and how many have a border that does not meet the neighbour's.

    Coordinates are rounded first and corners are only left out after, so a border that two areas share stays one line.
    """
    rounded = np.array([_rounded(geometry) for geometry in geometries], dtype=object)
    apart = int(np.count_nonzero(~shapely.is_empty(shapely.coverage_invalid_edges(rounded))))
    simple = shapely.coverage_simplify(rounded, TOLERANCES[level])
    usable = shapely.is_valid(simple) & ~shapely.is_empty(simple)
    chosen = shapely.orient_polygons(np.where(usable, simple, rounded), exterior_cw=False)
    return list(chosen), apart


def round_point(point: Geometry) -> Geometry:
    """A point to the metre."""
    rounded: Geometry = shapely.transform(point, lambda coordinates: np.round(coordinates, DECIMALS))
    return rounded


def point_inside(area: Geometry) -> Geometry:
    """A point on an area's surface, where a label or a marker can stand."""
    return round_point(shapely.point_on_surface(area))


def polygons_of(geometry: Geometry) -> Geometry:
    """What of a geometry has a surface: repairing may leave lines and points beside it."""
    parts = [part for part in shapely.get_parts(shapely.get_parts(geometry)) if part.geom_type == "Polygon"]
    merged: Geometry = parts[0] if len(parts) == 1 else shapely.union_all(parts)
    return merged


def _rounded(geometry: Geometry) -> Geometry:
    """The same with coordinates to the metre; as it was where that leaves nothing of it."""
    rounded: Geometry = round_point(geometry)
    if not rounded.is_valid:
        rounded = polygons_of(shapely.make_valid(rounded))
    return geometry if rounded.is_empty else rounded


def _build(kind: str, coordinates: Any) -> Geometry:
    if kind == "Point":
        return shapely.Point(_position(coordinates))
    polygons = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(polygons, list):
        raise TypeError("no list of polygons")
    built = [_polygon(rings) for rings in polygons]
    return built[0] if kind == "Polygon" else shapely.MultiPolygon(built)


def _polygon(rings: Any) -> shapely.Polygon:
    if not isinstance(rings, list):
        raise TypeError("no list of rings")
    lines = [np.array(list(_positions(ring)), dtype=float) for ring in rings]
    return shapely.Polygon(lines[0], lines[1:]) if lines else shapely.Polygon()


def _positions(ring: Any) -> Iterator[tuple[float, float]]:
    if not isinstance(ring, list):
        raise TypeError("no list of positions")
    return (_position(position) for position in ring)


def _position(given: Any) -> tuple[float, float]:
    """Longitude and latitude; a height is left out. Raises ValueError, TypeError or OverflowError."""
    if not isinstance(given, list) or len(given) < 2:
        raise TypeError("no position")
    x, y = given[0], given[1]
    if isinstance(x, bool) or isinstance(y, bool) or not isinstance(x, int | float) or not isinstance(y, int | float):
        raise TypeError("no numbers")
    longitude, latitude = float(x), float(y)
    if not math.isfinite(longitude) or not math.isfinite(latitude):
        raise ValueError("not finite")
    return longitude, latitude


def _must_lie_in_cambodia(geometry: Geometry) -> None:
    left, bottom, right, top = geometry.bounds
    if _in_cambodia(left, bottom) and _in_cambodia(right, top):
        return
    if _in_cambodia(bottom, left) and _in_cambodia(top, right):
        raise Unusable("axes_swapped")
    if max(abs(left), abs(right)) > 180 or max(abs(bottom), abs(top)) > 90:
        raise Unusable("coordinates_projected")
    raise Unusable("outside_cambodia")


def _in_cambodia(longitude: float, latitude: float) -> bool:
    return WEST <= longitude <= EAST and SOUTH <= latitude <= NORTH
