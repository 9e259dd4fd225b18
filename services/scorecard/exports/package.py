"""The description of a round's open data: a Frictionless Data Package, every field in Khmer and English.

It is valid under both versions of the standard: `profile` is what readers of the first look for, `$schema` and `type`
what those of the second do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from services.scorecard.rounds.models import Round
from shared.digits import khmer_digits

NATION = "KH"
"""The nation's code here, as a key may not be empty."""
SCHEMA = "https://datapackage.org/profiles/2.0/datapackage.json"
KNOWN_LICENCES = {
    "CC-BY-4.0": {
        "path": "https://creativecommons.org/licenses/by/4.0/",
        "title": "Creative Commons Attribution 4.0 International",
    },
    "CC0-1.0": {"path": "https://creativecommons.org/publicdomain/zero/1.0/", "title": "CC0 1.0 Universal"},
}
RULE_EN = (
    "Only published results. A number about fewer than {threshold} people is left empty, and as many more as are needed"
    " so that none can be worked out from the others; units that may not be shown by themselves are in the sums of"
    " areas, pooled, where enough of them come together."
)
RULE_KM = (
    "មានតែលទ្ធផលដែលបានផ្សព្វផ្សាយប៉ុណ្ណោះ។ លេខដែលពាក់ព័ន្ធនឹងមនុស្សតិចជាង {threshold} នាក់ ត្រូវបានទុកទទេ"
    " រួមទាំងលេខផ្សេងទៀតតាមការចាំបាច់ ដើម្បីកុំឱ្យអាចគណនារកលេខដែលលាក់បាន។"
)


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a resource."""

    name: str
    type: Literal["string", "integer", "number", "boolean", "datetime"]
    en: str
    km: str
    required: bool = False

    def described(self) -> dict[str, Any]:
        """As Table Schema says it."""
        field: dict[str, Any] = {"name": self.name, "type": self.type, "description": f"{self.km} / {self.en}"}
        return field | {"constraints": {"required": True}} if self.required else field


@dataclass(frozen=True, slots=True)
class Resource:
    """One table of the package."""

    name: str
    en: str
    km: str
    fields: Sequence[Field]
    key: Sequence[str]
    references: Mapping[str, tuple[Sequence[str], Sequence[str]]]
    """By another resource's name, our fields and its fields."""

    @property
    def path(self) -> str:
        """Where it is in the package."""
        return f"data/{self.name.replace('-', '_')}.csv"

    @property
    def header(self) -> list[str]:
        """The names of the fields."""
        return [field.name for field in self.fields]

    def described(self, written: "Written") -> dict[str, Any]:
        """As the package says it."""
        return {
            "name": self.name,
            "type": "table",
            "profile": "tabular-data-resource",
            "path": self.path,
            "title": f"{self.km} / {self.en}",
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "bytes": written.bytes,
            "hash": f"sha256:{written.sha256}",
            "schema": {
                "fields": [field.described() for field in self.fields],
                "missingValues": [""],
                "primaryKey": list(self.key),
                "foreignKeys": [
                    {"fields": list(ours), "reference": {"resource": other, "fields": list(theirs)}}
                    for other, (ours, theirs) in self.references.items()
                ],
            },
        }


@dataclass(frozen=True, slots=True)
class Written:
    """How a resource came out."""

    bytes: int
    sha256: str


CODE_OF_UNIT = Field("unit_code", "string", "Code of the service unit", "លេខកូដអង្គភាពផ្តល់សេវា", required=True)
CODE_OF_AREA = Field(
    "area_code", "string", "Code of the area; KH for the nation", "លេខកូដតំបន់; KH សម្រាប់ថ្នាក់ជាតិ", required=True
)
KIND = Field("unit_kind", "string", "Kind of service unit", "ប្រភេទអង្គភាពផ្តល់សេវា", required=True)
NAMES = (
    Field("name_km", "string", "Name in Khmer", "ឈ្មោះជាភាសាខ្មែរ"),
    Field("name_en", "string", "Name in English", "ឈ្មោះជាភាសាអង់គ្លេស"),
)
LABELS = (
    Field("label_km", "string", "The question in Khmer", "សំណួរជាភាសាខ្មែរ"),
    Field("label_en", "string", "The question in English", "សំណួរជាភាសាអង់គ្លេស"),
)
INDICATOR = Field("indicator", "string", "Code of the indicator", "លេខកូដលក្ខណៈវិនិច្ឆ័យ", required=True)
PARTICIPANTS = Field("participants", "integer", "How many took part", "ចំនួនអ្នកចូលរួម")
STATISTICS = (
    Field("n", "integer", "How many answered", "ចំនួនអ្នកឆ្លើយ"),
    Field("median", "number", "Median, by the round's rule for villages", "មេដ្យាន តាមវិធានភូមិនៃជុំវាយតម្លៃ"),
    Field("mean", "number", "Mean, to two decimals", "មធ្យមភាគ (ខ្ទង់ទសភាគពីរ)"),
    Field("satisfied", "number", "Share of satisfied answers, 0 to 1", "សមាមាត្រចម្លើយពេញចិត្ត ពី ០ ដល់ ១"),
    Field("satisfied_low", "number", "Lower end of its 95 % interval", "ដែនក្រោមនៃចន្លោះទុកចិត្ត ៩៥%"),
    Field("satisfied_high", "number", "Upper end of its 95 % interval", "ដែនលើនៃចន្លោះទុកចិត្ត ៩៥%"),
)
NUMBERS = (PARTICIPANTS, *STATISTICS)
OWN_SCORES = (
    Field(
        "self_score",
        "number",
        "What staff gave themselves; of an area the mean",
        "ពិន្ទុដែលបុគ្គលិកឱ្យខ្លួនឯង; សម្រាប់តំបន់ គឺមធ្យមភាគ",
    ),
    Field("gap", "number", "Median of citizens minus self_score", "មេដ្យានរបស់ប្រជាពលរដ្ឋ ដក ពិន្ទុវាយតម្លៃខ្លួនឯង"),
)
GROUP = (
    Field("dimension", "string", "What the groups differ in", "លក្ខណៈដែលបែងចែកក្រុម", required=True),
    Field("category", "string", "The group", "ក្រុម", required=True),
)


def resources_of(steps: int) -> list[Resource]:
    """The tables, with a column for each step of the scale."""
    counts = tuple(
        Field(f"n{step}", "integer", f"How many gave {step}", f"ចំនួនអ្នកដាក់ពិន្ទុ {khmer_digits(step)}")
        for step in range(1, steps + 1)
    )
    return [
        *SUBJECTS,
        Resource(
            "area-results",
            "Results of areas",
            "លទ្ធផលតាមតំបន់",
            (CODE_OF_AREA, KIND, INDICATOR, *NUMBERS, *OWN_SCORES, *counts),
            ("area_code", "unit_kind", "indicator"),
            TO_AREAS | TO_INDICATORS,
        ),
        Resource(
            "area-groups",
            "Results of areas by group",
            "លទ្ធផលតាមតំបន់ និងតាមក្រុម",
            (CODE_OF_AREA, KIND, INDICATOR, *GROUP, *NUMBERS, *counts),
            ("area_code", "unit_kind", "indicator", "dimension", "category"),
            TO_AREAS | TO_INDICATORS,
        ),
        Resource(
            "unit-results",
            "Results of service units",
            "លទ្ធផលតាមអង្គភាព",
            (CODE_OF_UNIT, KIND, INDICATOR, OWN, *LABELS, *NUMBERS, *OWN_SCORES, *counts),
            ("unit_code", "indicator"),
            TO_UNITS,
        ),
        Resource(
            "unit-groups",
            "Results of service units by group",
            "លទ្ធផលតាមអង្គភាព និងតាមក្រុម",
            (CODE_OF_UNIT, KIND, INDICATOR, *GROUP, *NUMBERS, *counts),
            ("unit_code", "indicator", "dimension", "category"),
            TO_UNITS,
        ),
    ]


OWN = Field("own", "boolean", "Asked by the unit's own citizens, beside the set", "បន្ថែមដោយប្រជាពលរដ្ឋនៃអង្គភាពនេះ")
INDICATOR_FIELDS = (
    KIND,
    INDICATOR,
    *LABELS,
    Field("position", "integer", "Place in the set, from 1", "លំដាប់ក្នុងសំណុំ ចាប់ពី ១"),
    Field("set_version", "integer", "Version of the set", "កំណែនៃសំណុំ"),
    Field("steps", "integer", "Steps of the scale", "ចំនួនកម្រិតនៃមាត្រដ្ឋាន"),
    Field("satisfied_from", "integer", "The step from which on an answer is satisfied", "កម្រិតដែលចាប់ផ្ដើមរាប់ថាពេញចិត្ត"),
)
AREA_FIELDS = (
    CODE_OF_AREA,
    Field("level", "string", "nation, province, district or commune", "ថ្នាក់៖ ជាតិ ខេត្ត ស្រុក ឬឃុំ", required=True),
    *NAMES,
)
UNIT_FIELDS = (
    CODE_OF_UNIT,
    KIND,
    *NAMES,
    CODE_OF_AREA,
    PARTICIPANTS,
    Field("suppressed", "boolean", "Too few took part: no number is shown", "អ្នកចូលរួមតិចពេក៖ មិនបង្ហាញលេខទេ"),
    Field("below_minimum", "boolean", "Fewer took part than the round asks for", "អ្នកចូលរួមតិចជាងចំនួនអប្បបរមា"),
    Field("version", "integer", "Version of the published result", "កំណែនៃលទ្ធផល"),
    Field("published_at", "datetime", "When it was published", "ពេលផ្សព្វផ្សាយ", required=True),
)


TO_UNITS = {"units": (["unit_code"], ["unit_code"])}
TO_AREAS = {"areas": (["area_code"], ["area_code"])}
TO_INDICATORS = {"indicators": (["unit_kind", "indicator"], ["unit_kind", "indicator"])}
SUBJECTS = (
    Resource("indicators", "Indicators", "លក្ខណៈវិនិច្ឆ័យ", INDICATOR_FIELDS, ("unit_kind", "indicator"), {}),
    Resource("areas", "Areas", "តំបន់", AREA_FIELDS, ("area_code",), {}),
    Resource("units", "Service units", "អង្គភាពផ្តល់សេវា", UNIT_FIELDS, ("unit_code",), TO_AREAS),
)
"""What results are about."""


def described(
    scored_round: Round, licence: str, created: datetime, tables: Sequence[tuple[Resource, Written]]
) -> dict[str, Any]:
    """The descriptor, `datapackage.json`."""
    rule = f"{RULE_KM} / {RULE_EN}".format(threshold=scored_round.suppression_threshold)
    return {
        "$schema": SCHEMA,
        "profile": "tabular-data-package",
        "name": f"isaf-scorecard-{scored_round.id}",
        "id": str(scored_round.id),
        "title": f"{scored_round.title_km} / {scored_round.title_en}",
        "description": rule,
        "version": created.strftime("%Y.%m.%d"),
        "created": created.isoformat(),
        "keywords": ["Cambodia", "social accountability", "scorecard", "គណនេយ្យភាពសង្គម", str(scored_round.year)],
        "licenses": [{"name": licence} | KNOWN_LICENCES.get(licence, {})],
        "resources": [resource.described(written) for resource, written in tables],
    }
