"""Why something cannot be compared, said to the one who asked."""

from shared.errors import Invalid


def unit_kind_unknown() -> Invalid:
    """A kind that the round does not score."""
    return Invalid.field(
        "query/unit_kind",
        "unit_kind_unknown",
        en="This round does not score units of this kind.",
        km="ជុំវាយតម្លៃនេះមិនវាយតម្លៃអង្គភាពប្រភេទនេះទេ។",
    )


def indicator_unknown(code: str) -> Invalid:
    """An indicator that stands in none of the sets."""
    return Invalid.field(
        "query/indicator_code",
        "indicator_unknown",
        en=f"No set of indicators compared here has the indicator {code}.",
        km=f"សំណុំលក្ខណៈវិនិច្ឆ័យដែលប្រៀបធៀបនៅទីនេះ គ្មានលក្ខណៈវិនិច្ឆ័យ {code} ទេ។",
    )


def scales_differ() -> Invalid:
    """Kinds of units that are scored on different scales."""
    return Invalid.field(
        "query/unit_kind",
        "scales_differ",
        en="The kinds of units are scored on different scales: name one kind.",
        km="ប្រភេទអង្គភាពទាំងនេះប្រើមាត្រដ្ឋានវាយតម្លៃខុសគ្នា៖ សូមជ្រើសរើសប្រភេទតែមួយ។",
    )


def measure_unfit() -> Invalid:
    """A measure of areas, asked of units."""
    return Invalid.field(
        "query/measure",
        "measure_unfit",
        en="Completeness and timeliness are of areas: choose another level.",
        km="ភាពពេញលេញ និងភាពទាន់ពេលវេលា គឺសម្រាប់តំបន់៖ សូមជ្រើសរើសថ្នាក់ផ្សេង។",
    )


def level_unfit(area: str) -> Invalid:
    """A level that does not lie below the area."""
    return Invalid.field(
        "query/level",
        "level_unfit",
        en=f"This level does not lie below the area {area}.",
        km=f"ថ្នាក់នេះមិនស្ថិតនៅក្រោមតំបន់ {area} ទេ។",
    )
