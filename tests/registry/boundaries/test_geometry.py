"""Geometries: what is refused, what is repaired, and neighbours that stay neighbours."""

import json
from typing import Any

import pytest
import shapely

from services.registry.boundaries.geometry import Unusable, point_inside, read_geometry, simplify_together
from tests.registry.boundaries.coverage import grid, polygon, square

FLAWED: list[tuple[Any, str]] = [
    (None, "geometry_missing"),
    ({"type": "Polygon", "coordinates": []}, "geometry_missing"),
    ({"type": "Polygon", "coordinates": [[]]}, "geometry_missing"),
    ({"type": "LineString", "coordinates": [[104, 11], [105, 12]]}, "geometry_type"),
    ({"type": "GeometryCollection", "geometries": []}, "geometry_type"),
    ({}, "geometry_type"),
    ("POINT(104 11)", "geometry_type"),
    ({"type": "Polygon"}, "geometry_unreadable"),
    ({"type": "Polygon", "coordinates": "x"}, "geometry_unreadable"),
    ({"type": "Polygon", "coordinates": [[[104, 11], [105, 11]]]}, "geometry_unreadable"),
    ({"type": "Polygon", "coordinates": [[[104], [105], [104], [104]]]}, "geometry_unreadable"),
    ({"type": "Polygon", "coordinates": [[["104", "11"]] * 4]}, "geometry_unreadable"),
    ({"type": "Polygon", "coordinates": [[[True, 11]] * 4]}, "geometry_unreadable"),
    ({"type": "Point", "coordinates": [104, float("inf")]}, "geometry_unreadable"),
    ({"type": "Point", "coordinates": [10**400, 11]}, "geometry_unreadable"),
    ({"type": "Point", "coordinates": {"x": 104, "y": 11}}, "geometry_unreadable"),
    ({"type": "MultiPolygon", "coordinates": [[1, 2]]}, "geometry_unreadable"),
    (polygon((104, 11), (105, 11), (104, 11), (104, 11)), "geometry_unreadable"),
    (polygon((11, 104), (12, 104), (12, 105), (11, 104)), "axes_swapped"),
    (polygon((300000, 1200000), (310000, 1200000), (310000, 1210000), (300000, 1200000)), "coordinates_projected"),
    ({"type": "Point", "coordinates": [2.35, 48.85]}, "outside_cambodia"),
]


@pytest.mark.parametrize(("given", "flaw"), FLAWED)
def test_what_cannot_be_used(given: Any, flaw: str) -> None:
    with pytest.raises(Unusable) as raised:
        read_geometry(given)
    assert raised.value.flaw == flaw


def test_a_bow_tie_is_repaired() -> None:
    read = read_geometry(polygon((104, 11), (105, 12), (105, 11), (104, 12), (104, 11)))
    assert read.repaired is not None
    assert "Self-intersection" in read.repaired
    assert read.geometry.is_valid
    assert read.geometry.area == pytest.approx(0.5)


def test_heights_are_left_out_and_rings_closed() -> None:
    read = read_geometry(polygon((104, 11, 7), (105, 11, 7), (105, 12, 7), (104, 12, 7)))
    assert read.repaired is None
    assert read.geometry.area == pytest.approx(1)
    assert not read.geometry.has_z


def test_neighbours_stay_neighbours() -> None:
    """No gap, no overlap: the parts together are as large as their union, and no two share a surface."""
    given = [read_geometry(one).geometry for one in grid(9, 7, corners=200)]
    web, apart = simplify_together(given, "district")
    assert apart == 0
    assert shapely.get_num_coordinates(web).sum() < 0.5 * shapely.get_num_coordinates(given).sum()
    assert shapely.is_valid(web).all()
    union = shapely.union_all(web)
    assert union.geom_type == "Polygon"
    assert shapely.get_num_interior_rings(union) == 0
    assert union.area == pytest.approx(shapely.area(web).sum(), rel=1e-12)
    tree = shapely.STRtree(web)
    first, second = tree.query(web, predicate="intersects")
    beside = first < second
    assert beside.sum() >= 9 * 6 + 8 * 7
    shared = shapely.intersection([web[i] for i in first[beside]], [web[i] for i in second[beside]])
    assert shapely.area(shared).max() == 0
    assert shapely.coverage_is_valid(web)


def test_simplifying_is_to_the_metre_and_always_the_same() -> None:
    given = [read_geometry(one).geometry for one in grid(4, 3)]
    web = [shapely.to_geojson(one) for one in simplify_together(given, "commune")[0]]
    assert web == [shapely.to_geojson(one) for one in simplify_together(given, "commune")[0]]
    numbers = [number for one in web for position in json.loads(one)["coordinates"][0] for number in position]
    assert all(round(number, 5) == number for number in numbers)


def test_borders_that_do_not_meet_are_counted() -> None:
    given = [read_geometry(square(104, 11)).geometry, read_geometry(square(104.4, 11)).geometry]
    web, apart = simplify_together(given, "commune")
    assert apart == 2
    assert shapely.is_valid(web).all()


def test_a_point_lies_inside() -> None:
    horseshoe = read_geometry(
        polygon((104, 11), (105, 11), (105, 12), (104.9, 12), (104.9, 11.1), (104.1, 11.1), (104.1, 12), (104, 12))
    ).geometry
    assert horseshoe.contains(point_inside(horseshoe))
    assert not horseshoe.contains(horseshoe.centroid)
