"""Reading files of unknown origin: garbage is told as such, by rules that need no process of their own."""

import json
from pathlib import Path

import pytest

from services.registry.boundaries.features import FileProblem, Wanted, choose_properties, read_features, value_of
from services.registry.boundaries.prepare import prepare_file
from tests.registry.boundaries.coverage import collection, feature, square

ORDER = {"level": "district", "match": "code", "code_property": None, "name_property": None, "parent_property": None}
GARBAGE: list[tuple[bytes, str]] = [
    (b"", "not_json"),
    (b"\xff\xfe\x00", "not_json"),
    (b"PK\x03\x04 a shapefile", "not_json"),
    (b"null", "not_a_feature_collection"),
    (b"[]", "not_a_feature_collection"),
    (b'{"type": "Feature", "geometry": null}', "not_a_feature_collection"),
    (b'{"type": "FeatureCollection"}', "not_a_feature_collection"),
    (b'{"type": "FeatureCollection", "features": {}}', "not_a_feature_collection"),
    (b'{"type": "FeatureCollection", "features": [1]}', "not_a_feature_collection"),
    (b'{"type": "FeatureCollection", "features": []}', "no_features"),
    (b"[" * 1_000_000, "not_json"),
    (b'{"a":' * 1_000_000, "not_json"),
    (b'{"type": "FeatureCollection", "features": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not_json"),
    (b'{"type": "FeatureCollection", "features": [NaN]}', "not_json"),
    (b'{"type": "FeatureCollection", "features": [-Infinity]}', "not_json"),
    (b'{"type": "FeatureCollection", "features": [' + b"9" * 10_000 + b"]}", "not_json"),
    (b'{"type": "FeatureCollection", "features": [' + b"{}," * 50_000 + b"{}]}", "too_many_features"),
]


@pytest.mark.parametrize(("raw", "code"), GARBAGE)
def test_garbage(raw: bytes, code: str) -> None:
    with pytest.raises(FileProblem) as raised:
        read_features(raw)
    assert raised.value.code == code


@pytest.mark.parametrize("properties", [None, [], "x", 1, {}, {"other": 1}])
def test_features_that_tell_nothing(properties: object) -> None:
    features = [{"type": "Feature", "properties": properties}]
    with pytest.raises(FileProblem) as raised:
        choose_properties(features, "district", Wanted("code"))
    assert raised.value.code == "property_unknown"


@pytest.mark.parametrize(
    ("value", "told"),
    [("0202", "0202"), (202, "202"), (202.0, "202"), (" x ", "x"), ("", None), (None, None), (True, None),
     (2.5, None), ([1], None), (float("inf"), None), ("a" * 999, "a" * 200), ("a\0b", "a b")],
)  # fmt: skip
def test_values(value: object, told: str | None) -> None:
    assert value_of(feature(None, code=value), "code") == told


def test_a_file_holds_points_or_boundaries(tmp_path: Path) -> None:
    point = {"type": "Point", "coordinates": [104, 11]}
    (tmp_path / "given").write_bytes(collection(feature(square(), code="0202"), feature(point, code="0203")))
    with pytest.raises(FileProblem) as raised:
        prepare_file(ORDER, tmp_path)
    assert raised.value.code == "mixed_shapes"


def test_what_is_prepared(tmp_path: Path) -> None:
    (tmp_path / "given").write_bytes(collection(feature(square(), code="0202"), feature(None, code="0203")))
    report = prepare_file(ORDER, tmp_path)
    assert (report["shape"], report["properties"]["code"]) == ("boundary", "code")
    assert [(one["row"], one["code"], one.get("flaw")) for one in report["features"]] == [
        (1, "0202", None),
        (2, "0203", "geometry_missing"),
    ]
    ((row, original, web, inside),) = [line.split("\t") for line in (tmp_path / "shapes.tsv").read_text().splitlines()]
    assert (row, json.loads(original)) == ("1", square())
    assert json.loads(web)["type"] == "Polygon"
    assert json.loads(inside) == {"type": "Point", "coordinates": [104.25, 11.25]}
