"""`python -m services.registry.boundaries.prepare ORDER`: read a GeoJSON file in a process of its own.

Parsing a file of 64 MiB and simplifying it takes memory and seconds that the service does not have; they end with this
process. ORDER is JSON (see preparing.Order). It writes `report.json` and, line by line, `shapes.tsv`: row, geometry as
given, geometry for the web, point inside.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import shapely

from services.registry.boundaries import features as reading
from services.registry.boundaries import geometry as geo
from services.registry.boundaries.features import FileProblem
from services.registry.processes import allow_seconds, confine

MEMORY_BYTES = 1_200 * 2**20
CPU_SECONDS = 120


def main() -> int:
    """Prepare one file; what is wrong with it stands in the report."""
    confine(memory_bytes=MEMORY_BYTES, nice=10)
    allow_seconds(CPU_SECONDS)
    order: dict[str, Any] = json.loads(sys.argv[1])
    directory = Path(order["directory"])
    try:
        report = prepare_file(order, directory)
    except FileProblem as problem:
        report = {"problem": problem.code, "detail": problem.detail, "pointer": problem.pointer}
    except (MemoryError, shapely.errors.GEOSException):
        report = {"problem": "import_too_heavy", "detail": "", "pointer": ""}
    (directory / "report.json").write_text(json.dumps(report))
    return 0


def prepare_file(order: dict[str, Any], directory: Path) -> dict[str, Any]:
    """Read `given` in the directory and write its shapes; the report tells the rest. Raises FileProblem."""
    level = order["level"]
    features = reading.read_features((directory / "given").read_bytes())
    wanted = reading.Wanted(order["match"], order["code_property"], order["name_property"], order["parent_property"])
    chosen = reading.choose_properties(features, level, wanted)
    described = [
        {
            "row": row,
            "code": reading.value_of(feature, chosen.code),
            "names": [name for one in chosen.names if (name := reading.value_of(feature, one))],
            "parent": reading.value_of(feature, chosen.parent),
        }
        for row, feature in enumerate(features, start=1)
    ]
    shape, apart = _write_shapes(features, described, order, directory)
    return {
        "shape": shape,
        "properties": {"code": chosen.code, "names": chosen.names, "parent": chosen.parent},
        "features": described,
        "borders_apart": apart,
    }


def _write_shapes(
    features: list[dict[str, Any]], described: Sequence[dict[str, Any]], order: dict[str, Any], directory: Path
) -> tuple[str, int]:
    """Check and simplify all geometries; note each flaw and repair with its feature."""
    rows, geometries, originals = [], [], []
    for feature, about in zip(features, described, strict=True):
        given = feature.pop("geometry", None)
        try:
            read = geo.read_geometry(given)
        except geo.Unusable as unusable:
            about["flaw"] = unusable.flaw
            continue
        about["repaired"] = read.repaired
        rows.append(about["row"])
        geometries.append(read.geometry)
        originals.append(json.dumps(given, separators=(",", ":")))
    points = sum(geometry.geom_type == "Point" for geometry in geometries)
    if 0 < points < len(geometries):
        raise FileProblem("mixed_shapes")
    if points:
        web, apart, inside = [geo.round_point(point) for point in geometries], 0, []
    else:
        web, apart = geo.simplify_together(geometries, order["level"]) if geometries else ([], 0)
        inside = [geo.point_inside(area) for area in web]
    with (directory / "shapes.tsv").open("w") as out:
        out.writelines(_lines(rows, originals, _geojson(web), _geojson(inside) if inside else [""] * len(rows)))
    return ("point" if points else "boundary"), apart


def _geojson(geometries: Sequence[Any]) -> list[str]:
    return [str(text) for text in shapely.to_geojson(geometries)]


def _lines(rows: Sequence[int], *columns: Sequence[str]) -> Iterator[str]:
    for row, *texts in zip(rows, *columns, strict=True):
        yield "\t".join([str(row), *texts]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
