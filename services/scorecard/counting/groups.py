"""The groups that citizens are counted in, and the slots of a histogram they are counted by.

Every person is in exactly one slot of sex and age group, and in one slot per attribute that was answered.
"""

from collections.abc import Sequence
from typing import Final, Literal

Sex = Literal["female", "male", "undisclosed"]
AgeGroup = Literal["youth", "adult", "elder", "undisclosed"]
Dimension = Literal["sex", "age_group", "sex_age", "disability", "ethnic_minority", "id_poor"]

SEXES: Final[tuple[Sex, ...]] = ("female", "male", "undisclosed")
AGE_GROUPS: Final[tuple[AgeGroup, ...]] = ("youth", "adult", "elder", "undisclosed")
ATTRIBUTES: Final = ("disability", "ethnic_minority", "id_poor")
"""Yes, no, or not said."""
PEOPLE_SLOTS: Final = len(SEXES) * len(AGE_GROUPS)
SLOTS: Final = PEOPLE_SLOTS + 2 * len(ATTRIBUTES)
CATEGORIES: Final[dict[Dimension, tuple[str, ...]]] = {
    "sex": SEXES,
    "age_group": AGE_GROUPS,
    "sex_age": tuple(f"{sex}_{age}" for sex in SEXES for age in AGE_GROUPS),
    "disability": ("yes", "no", "undisclosed"),
    "ethnic_minority": ("yes", "no", "undisclosed"),
    "id_poor": ("yes", "no", "undisclosed"),
}
DIMENSIONS: Final[tuple[Dimension, ...]] = tuple(CATEGORIES)
GROUPS: Final[tuple[tuple[Dimension, str], ...]] = tuple(
    (dimension, category) for dimension, categories in CATEGORIES.items() for category in categories
)
"""All groups in the order in which arrays of groups are stored."""


def people_slot(sex: Sex, age_group: AgeGroup) -> int:
    """The slot of a sex and age group."""
    return SEXES.index(sex) * len(AGE_GROUPS) + AGE_GROUPS.index(age_group)


def attribute_slot(attribute: str, answer: bool) -> int:
    """The slot of those who said yes, or no, to an attribute."""
    return PEOPLE_SLOTS + 2 * ATTRIBUTES.index(attribute) + (0 if answer else 1)


def slots_of(
    sex: Sex, age_group: AgeGroup, disability: bool | None, ethnic_minority: bool | None, id_poor: bool | None
) -> list[int]:
    """The one to four slots that a person is counted in."""
    slots = [people_slot(sex, age_group)]
    for attribute, answer in zip(ATTRIBUTES, (disability, ethnic_minority, id_poor), strict=True):
        if answer is not None:
            slots.append(attribute_slot(attribute, answer))
    return slots


def _sql_list(values: Sequence[str]) -> str:
    return "ARRAY[" + ", ".join(f"'{value}'" for value in values) + "]"


SLOTS_IN_SQL: Final = " || ".join(
    [
        f"ARRAY[(array_position({_sql_list(SEXES)}, sex) - 1) * {len(AGE_GROUPS)}"
        f" + array_position({_sql_list(AGE_GROUPS)}, age_group) - 1]",
        *(
            f"CASE {name} WHEN true THEN ARRAY[{attribute_slot(name, True)}]"
            f" WHEN false THEN ARRAY[{attribute_slot(name, False)}] ELSE ARRAY[]::int[] END"
            for name in ATTRIBUTES
        ),
    ]
)
"""slots_of, of a row of `ballot`."""


def split(dimension: Dimension, slots: Sequence[int], total: int) -> list[int]:
    """One number per category of a dimension, from one number per slot and that of all; they sum up to the total."""
    if dimension == "sex_age":
        return list(slots[:PEOPLE_SLOTS])
    ages = len(AGE_GROUPS)
    if dimension == "sex":
        return [sum(slots[start : start + ages]) for start in range(0, PEOPLE_SLOTS, ages)]
    if dimension == "age_group":
        return [sum(slots[start:PEOPLE_SLOTS:ages]) for start in range(ages)]
    start = PEOPLE_SLOTS + 2 * ATTRIBUTES.index(dimension)
    yes, no = slots[start], slots[start + 1]
    return [yes, no, total - yes - no]
