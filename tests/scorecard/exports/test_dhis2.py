"""Results as DHIS2 takes them."""

import json
from typing import Any

from services.scorecard.counting.groups import DIMENSIONS
from services.scorecard.exports.dhis2 import element_of
from tests.scorecard.conftest import CENTRE, Scorecard
from tests.scorecard.exports.conftest import download


async def values(scorecard: Scorecard, **params: Any) -> dict[tuple[str, str, str], str]:
    """The values by organisation unit, data element and category option combination."""
    document = json.loads(await download(scorecard, "/dhis2.json", **params))
    assert (document["dataSet"], document["period"], document["orgUnitIdScheme"]) == ("ISAF_SCORECARD", "2026", "CODE")
    assert {value["period"] for value in document["dataValues"]} <= {"2026"}
    found = {
        (value["orgUnit"], value["dataElement"], value.get("categoryOptionCombo", "")): value["value"]
        for value in document["dataValues"]
    }
    assert len(found) == len(document["dataValues"]), "DHIS2 would take the last of two"
    return found


async def test_a_value_for_each_measure(published: Scorecard) -> None:
    sets = (await published.get("/indicator-sets", unit_kind="health_centre")).json()["items"]
    code = sets[-1]["indicators"][0]["code"]
    districts = await values(published)
    assert districts["0203", "HC_participants", ""] == "19"
    assert districts["0203", f"HC_{code}_n", ""] == "19"
    assert districts["0203", f"HC_{code}_median", ""] == "2.0"
    assert districts["0203", f"HC_{code}_satisfied", ""] == "0.3158"
    assert not [key for key in districts if key[2]]
    units = await values(published, level="unit", groups=True)
    assert units[CENTRE, f"HC_{code}_gap", ""] == "-3.0"
    assert units[CENTRE, f"HC_{code}_mean_sex", "sex_female"] == "1.0"
    assert "CA-020301" not in {key[0] for key in units}, "nothing of it is shown"
    assert {key[0] for key in await values(published, level="nation", nation="KHM")} == {"KHM"}
    assert await values(published, area="12") == {}


async def test_the_shipped_sets_fit_into_the_codes_of_dhis2(published: Scorecard) -> None:
    sets = (await published.get("/indicator-sets")).json()["items"]
    codes = {indicator["code"] for one in sets for indicator in one["indicators"]}
    names = {
        element_of("HC", code, measure, dimension)
        for code in codes
        for measure in ("n", "median", "mean", "satisfied", "gap")
        for dimension in ("all", *DIMENSIONS)
    }
    assert len(names) == len(codes) * 5 * (1 + len(DIMENSIONS))
    assert max(map(len, names)) <= 50
