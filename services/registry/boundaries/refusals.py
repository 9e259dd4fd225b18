"""What can be wrong with a file of boundaries, in the words of both languages."""

from typing import NamedTuple

from shared.errors import BadRequest, Conflict, FieldError, Invalid, NotFound, Problem


class Words(NamedTuple):
    """A sentence in both languages; {} is where a detail goes."""

    en: str
    km: str


OF_FILE: dict[str, Words] = {
    "not_json": Words(
        "The body is not valid JSON{}. Numbers must be finite, and lists not nested without end.",
        "តួសំណើមិនមែនជា JSON ត្រឹមត្រូវទេ{}។ លេខត្រូវតែមានកំណត់។",
    ),
    "not_a_feature_collection": Words(
        "The body must be a GeoJSON FeatureCollection whose features are objects.",
        "តួសំណើត្រូវតែជា GeoJSON ប្រភេទ FeatureCollection។",
    ),
    "no_features": Words("The file holds no feature.", "ឯកសារមិនមានធាតុ (feature) ណាមួយទេ។"),
    "too_many_features": Words(
        "The file holds more than {} features; a level has far fewer areas.",
        "ឯកសារមានធាតុលើសពី {} ខណៈដែលថ្នាក់មួយមានតំបន់តិចជាងនេះឆ្ងាយ។",
    ),
    "property_unknown": Words(
        "The features have no such property. They have: {}.", "ធាតុក្នុងឯកសារមិនមានលក្ខណៈ (property) នេះទេ។ មាន៖ {}។"
    ),
    "mixed_shapes": Words(
        "The file holds points and boundaries; send each in a file of its own.",
        "ឯកសារមានទាំងចំណុច និងព្រំប្រទល់។ សូមផ្ញើជាឯកសារដាច់ដោយឡែក។",
    ),
    "import_too_heavy": Words(
        "Reading this file takes more memory or time than is given. Simplify it, then send it again.",
        "ការអានឯកសារនេះត្រូវការអង្គចងចាំ ឬពេលវេលាច្រើនពេក។ សូមបន្ថយចំនួនចំណុចព្រំ រួចផ្ញើម្ដងទៀត។",
    ),
}
OF_FEATURE: dict[str, Words] = {
    "geometry_missing": Words("The feature has no geometry.", "ធាតុនេះមិនមានទម្រង់ភូមិសាស្ត្រទេ។"),
    "geometry_type": Words(
        "The geometry must be a Point, Polygon or MultiPolygon.", "ទម្រង់ត្រូវតែជា Point, Polygon ឬ MultiPolygon។"
    ),
    "geometry_unreadable": Words(
        "The coordinates do not make a shape: each ring has at least four positions of two numbers.",
        "កូអរដោនេមិនបង្កើតជាទម្រង់បានទេ៖ រង្វង់នីមួយៗត្រូវមានយ៉ាងតិចបួនចំណុច ហើយចំណុចនីមួយៗមានលេខពីរ។",
    ),
    "axes_swapped": Words(
        "Latitude and longitude seem to be swapped: GeoJSON has the longitude (102 to 108) first.",
        "រយៈទទឹង និងរយៈបណ្ដោយហាក់ដូចជាត្រឡប់គ្នា៖ GeoJSON សរសេររយៈបណ្ដោយ (១០២ ដល់ ១០៨) មុន។",
    ),
    "coordinates_projected": Words(
        "These are no degrees but metres of a projection, UTM 48N perhaps: convert the file to WGS 84 (EPSG:4326).",
        "លេខទាំងនេះជាម៉ែត្រ មិនមែនដឺក្រេទេ (ប្រហែលជា UTM 48N)៖ សូមបម្លែងឯកសារទៅ WGS 84 (EPSG:4326)។",
    ),
    "outside_cambodia": Words("The coordinates lie outside Cambodia.", "កូអរដោនេស្ថិតនៅក្រៅប្រទេសកម្ពុជា។"),
    "area_repeated": Words(
        "The area {} has more than one feature; join them into one (a MultiPolygon).",
        "តំបន់ {} មានធាតុលើសពីមួយ។ សូមបញ្ចូលគ្នាជា MultiPolygon តែមួយ។",
    ),
    "no_area_matches": Words(
        "None of the features matches an area of this level. Check level, match and the properties.",
        "គ្មានធាតុណាមួយត្រូវនឹងតំបន់នៃថ្នាក់នេះទេ។ សូមពិនិត្យ level, match និងឈ្មោះលក្ខណៈ (property)។",
    ),
}
NAMED_AT_MOST = 100


def file_problem(code: str, detail: str = "", pointer: str = "") -> Problem:
    """The refusal of a whole file."""
    en, km = (words.format(detail) for words in OF_FILE[code])
    if code == "not_json":
        return BadRequest("invalid_json", en=en, km=km, errors=[FieldError("", "json_invalid", en, km)])
    return Invalid.field(pointer, code, en=en, km=km)


def feature_words(code: str, detail: str = "") -> Words:
    """What is wrong with one feature."""
    words = OF_FEATURE[code]
    return Words(words.en.format(detail), words.km.format(detail))


def import_refused(errors: list[FieldError]) -> Problem:
    """The refusal to apply a file with features that cannot be used."""
    return Invalid(
        "import_refused",
        en="Nothing was imported: some features cannot be used. Correct or leave them out, then send it again.",
        km="មិនមានអ្វីត្រូវបាននាំចូលទេ៖ ធាតុខ្លះមិនអាចប្រើបាន។ សូមកែ ឬដកចេញ រួចផ្ញើឯកសារម្ដងទៀត។",
        errors=errors[:NAMED_AT_MOST],
    )


def plan_changed() -> Problem:
    """The refusal to apply something else than what was reviewed."""
    return Conflict(
        "plan_changed",
        en="The file, the parameters or the areas are not those of the reviewed dry run. Run it again and review it.",
        km="ឯកសារ ប៉ារ៉ាម៉ែត្រ ឬតំបន់ខុសពីពេលពិនិត្យ។ សូមធ្វើការសាកល្បង (dry run) ម្ដងទៀត រួចពិនិត្យ។",
    )


def digest_required() -> Problem:
    """The refusal to apply without a review."""
    return Invalid.field(
        "query/digest",
        "digest_required",
        en="Send the digest of the dry run that was reviewed.",
        km="សូមផ្ញើ digest នៃការសាកល្បង (dry run) ដែលបានពិនិត្យរួច។",
    )


def import_under_way() -> Problem:
    """The refusal of a second import at the same time, which the memory is not there for."""
    return Conflict(
        "import_under_way",
        en="Another import of boundaries is under way. Wait until it has ended.",
        km="ការនាំចូលព្រំប្រទល់មួយទៀតកំពុងដំណើរការ។ សូមរង់ចាំរហូតដល់ចប់។",
    )


def not_geojson() -> Problem:
    """The refusal of a body of another kind."""
    return Invalid.field(
        "header/Content-Type",
        "content_type_unknown",
        en="Send GeoJSON as application/geo+json or application/json.",
        km="សូមផ្ញើ GeoJSON ជា application/geo+json ឬ application/json។",
    )


def layer_not_found(level: str) -> Problem:
    """The answer where nothing was imported yet."""
    return NotFound(
        "map_not_found",
        en=f"No map of the level {level} was imported yet.",
        km=f"មិនទាន់បាននាំចូលផែនទីសម្រាប់ថ្នាក់ {level} នៅឡើយទេ។",
    )
