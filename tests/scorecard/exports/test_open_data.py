"""The open data package of a round: complete, described, suppressed, and the same as long as nothing is published."""

import asyncio
import csv
import hashlib
import io
import json
import re
import zipfile
from datetime import datetime
from typing import Any

from tests.scorecard.conftest import CENTRE, NCDDS, Scorecard
from tests.scorecard.exports.conftest import SMALL, download

NAME = re.compile(r"^([-a-z0-9._/])+$")
Package = dict[str, list[dict[str, str]]]


def parses(value: str, kind: str) -> bool:
    """Whether a cell is of a type of Table Schema, or missing."""
    if value == "":
        return True
    if kind == "boolean":
        return value in ("true", "false")
    if kind == "datetime":
        return datetime.fromisoformat(value).tzinfo is not None
    if kind == "integer":
        return re.fullmatch(r"-?[0-9]+", value) is not None
    return kind == "string" or float(value) == float(value)


def opened(content: bytes) -> tuple[dict[str, Any], Package]:
    """The descriptor and the rows of each resource, everything about them being as the standard asks."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert parts.testzip() is None
        document = json.loads(parts.read("datapackage.json"))
        files = {name: parts.read(name) for name in parts.namelist() if name != "datapackage.json"}
    assert document["profile"] == "tabular-data-package"
    assert NAME.match(document["name"])
    assert document["licenses"][0]["name"] == "CC-BY-4.0"
    assert datetime.fromisoformat(document["created"]).tzinfo
    assert {resource["path"] for resource in document["resources"]} == set(files)
    return document, {
        resource["name"]: checked(resource, files[resource["path"]]) for resource in document["resources"]
    }


def checked(resource: dict[str, Any], content: bytes) -> list[dict[str, str]]:
    """The rows of a resource, which fit its schema."""
    assert NAME.match(resource["name"])
    assert (resource["profile"], resource["encoding"]) == ("tabular-data-resource", "utf-8")
    assert (resource["bytes"], resource["hash"]) == (len(content), f"sha256:{hashlib.sha256(content).hexdigest()}")
    fields = {field["name"]: field for field in resource["schema"]["fields"]}
    reader = csv.DictReader(io.StringIO(content.decode()))
    assert reader.fieldnames == list(fields), "no mark at the beginning, and each column described"
    rows = list(reader)
    for row in rows:
        for name, value in row.items():
            assert parses(value, fields[name]["type"]), (resource["name"], name, value)
            assert value or not fields[name].get("constraints", {}).get("required"), (resource["name"], name)
    keys = [tuple(row[name] for name in resource["schema"]["primaryKey"]) for row in rows]
    assert len(set(keys)) == len(keys)
    assert all(" / " in field["description"] for field in fields.values()), "in both languages"
    return rows


async def test_the_package_is_as_the_standard_asks(published: Scorecard) -> None:
    document, tables = opened(await download(published, "/open-data.zip"))
    for resource in document["resources"]:
        for key in resource["schema"]["foreignKeys"]:
            there = {
                tuple(row[name] for name in key["reference"]["fields"]) for row in tables[key["reference"]["resource"]]
            }
            assert {tuple(row[name] for name in key["fields"]) for row in tables[resource["name"]]} <= there
    assert {row["area_code"]: row["level"] for row in tables["areas"]} == {
        "KH": "nation",
        "02": "province",
        "0203": "district",
        "020301": "commune",
        "020302": "commune",
    }
    small = next(row for row in tables["units"] if row["unit_code"] == SMALL)
    assert (small["suppressed"], small["participants"]) == ("true", "")
    assert {row["n"] for row in tables["unit-results"] if row["unit_code"] == SMALL} == {""}
    assert not [row for row in tables["unit-groups"] if row["unit_code"] == SMALL]
    women = [row for row in tables["unit-groups"] if (row["unit_code"], row["category"]) == (CENTRE, "female")]
    assert (women[0]["dimension"], women[0]["n"], women[0]["n1"]) == ("sex", "6", "6")
    nation = [row for row in tables["area-results"] if (row["area_code"], row["unit_kind"]) == ("KH", "health_centre")]
    assert (nation[0]["n"], nation[0]["n4"], len(nation)) == ("19", "6", 10)
    assert "5" in document["description"]


async def test_the_same_edition_is_not_sent_again(published: Scorecard) -> None:
    path = f"/rounds/{published.round_id}/open-data.zip"
    one, two = await asyncio.gather(published.get(path), published.get(path))
    assert one.content == two.content
    etag = one.headers["etag"]
    http, url = published.client.http, f"/api/scorecard/v1{path}"
    for known in (etag, f"W/{etag}", f'"other", {etag}'):
        answer = await http.get(url, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
    assert (await http.get(url, headers={"If-None-Match": '"other"'})).status_code == 200
    withdraw = f"/rounds/{published.round_id}/units/{CENTRE}:withdraw"
    assert (await published.post(withdraw, {"reason": "Wrong unit."}, NCDDS)).status_code == 200
    after = await http.get(url, headers={"If-None-Match": etag})
    assert after.status_code == 200
    assert CENTRE not in {row["unit_code"] for row in opened(after.content)[1]["units"]}


async def test_nothing_published_is_no_package(scorecard: Scorecard) -> None:
    await scorecard.open()
    await scorecard.cast(9)
    answer = await scorecard.get(f"/rounds/{scorecard.round_id}/open-data.zip")
    assert (answer.status_code, answer.json()["code"]) == (404, "nothing_published")
