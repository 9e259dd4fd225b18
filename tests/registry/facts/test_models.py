"""The path of facts, and what elements take, without a database."""

from uuid import UUID

import pytest

from services.registry.data_elements.models import DataElement, FactValue, ValueType
from services.registry.facts.models import FactSheet
from services.registry.facts.values import as_value, fits
from shared.errors import Conflict, Forbidden, Invalid

CLERK, OFFICER = UUID(int=1), UUID(int=2)


def sheet() -> FactSheet:
    return FactSheet(unit_id=UUID(int=9), year=2026, entered_by=CLERK, facts={"staff": {"value": 7}})


def element(value_type: ValueType) -> DataElement:
    return DataElement(
        kind="health_centre", code="x", group="budget", value_type=value_type, position=1, name_km="ក", name_en="X"
    )


def test_facts_are_submitted_and_approved_by_another() -> None:
    facts = sheet()
    facts.submit(by=OFFICER)
    for own in (CLERK, OFFICER):
        with pytest.raises(Forbidden):
            facts.approve(by=own)
    facts.approve(by=UUID(int=3))
    assert (facts.status, facts.version) == ("approved", 3)


def test_what_was_handed_on_is_changed_only_after_it_was_returned() -> None:
    facts = sheet()
    facts.submit(by=CLERK)
    for change in (facts.must_be_writable, lambda: facts.write({}, by=CLERK), lambda: facts.submit(by=CLERK)):
        with pytest.raises(Conflict):
            change()
    facts.approve(by=OFFICER)
    facts.give_back("The budget is missing.", by=OFFICER)
    assert (facts.status, facts.return_reason) == ("returned", "The budget is missing.")
    facts.write({"staff": {"value": 8}}, by=CLERK)
    assert (facts.status, facts.return_reason) == ("draft", "The budget is missing.")
    facts.submit(by=CLERK)
    assert facts.return_reason is None
    with pytest.raises(Conflict):
        sheet().give_back("Nothing to give back.", by=OFFICER)


def test_nothing_is_not_submitted() -> None:
    empty = sheet()
    empty.facts = {}
    with pytest.raises(Invalid):
        empty.submit(by=CLERK)


@pytest.mark.parametrize(
    ("value_type", "taken", "refused"),
    [
        ("count", [0, 7], [-1, 1.5, "7", 10**16]),
        ("riel", [0, 12_500_000], [-1, 0.5, "free"]),
        ("percent", [0, 100, 87.5, 87.25], [-0.5, 101, 87.125, "87"]),
        ("text", ["yes", "x" * 500], ["", "x" * 501, 5]),
    ],
)
def test_what_an_element_takes(value_type: ValueType, taken: list[FactValue], refused: list[FactValue]) -> None:
    assert all(fits(element(value_type), value) for value in taken)
    assert not any(fits(element(value_type), value) for value in refused)


@pytest.mark.parametrize(
    ("value_type", "cell", "value"),
    [
        ("riel", "12,500,000", 12_500_000), ("count", "៨៤១២", 8412), ("percent", "87.5%", 87.5), ("count", "7.5", None),
        ("count", "many", None), ("percent", "nan", None), ("text", "Since March", "Since March"), ("riel", "-5", None),
        ("percent", "1e400", None), ("count", "²", None),
    ],
)  # fmt: skip
def test_a_cell_as_people_write_it(value_type: ValueType, cell: str, value: FactValue | None) -> None:
    assert as_value(element(value_type), cell) == value
