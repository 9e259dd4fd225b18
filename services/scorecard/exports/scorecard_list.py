"""Where the units of a round stand, as a table for officers; without any score."""

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import Select
from sqlmodel import col

from services.scorecard.areas import names_of, units_of
from services.scorecard.exports.tables import UNNAMED, Rows
from services.scorecard.rounds.windows import CAMBODIA
from services.scorecard.scorecards.models import Scorecard
from shared.db import Database
from shared.spreadsheets import Column

BATCH = 500
STATES = {
    "planned": ("បានគ្រោង", "Planned"),
    "running": ("កំពុងដាក់ពិន្ទុ", "Running"),
    "in_review": ("កំពុងពិនិត្យ", "In review"),
    "completed": ("បានបញ្ចប់", "Completed"),
}
COLUMNS = (
    Column("unit_code", "Unit code", "លេខកូដអង្គភាព"),
    Column("unit_kind", "Kind of unit", "ប្រភេទអង្គភាព"),
    Column("unit_name_km", "Unit (Khmer)", "អង្គភាព (ខ្មែរ)"),
    Column("unit_name_en", "Unit (English)", "អង្គភាព (អង់គ្លេស)"),
    Column("area_code", "Area code", "លេខកូដតំបន់"),
    Column("area_name_km", "Area (Khmer)", "តំបន់ (ខ្មែរ)"),
    Column("area_name_en", "Area (English)", "តំបន់ (អង់គ្លេស)"),
    Column("state", "State", "ស្ថានភាព"),
    Column("state_km", "State (Khmer)", "ស្ថានភាព (ខ្មែរ)"),
    Column("state_en", "State (English)", "ស្ថានភាព (អង់គ្លេស)"),
    Column("planned_on", "Planned on", "ថ្ងៃគ្រោង"),
    Column("submitted_at", "Submitted", "ពេលដាក់ជូនពិនិត្យ"),
    Column("completed_at", "Completed", "ពេលបញ្ចប់ការពិនិត្យ"),
    Column("published_at", "Published", "ពេលផ្សព្វផ្សាយ"),
    Column("result_versions", "Versions of the result", "ចំនួនកំណែលទ្ធផល"),
)


async def scorecard_rows(database: Database, statement: Select[Scorecard]) -> AsyncIterator[Rows]:
    """The scorecards of a statement, by the codes of their units; times are Cambodia's."""
    code, after = col(Scorecard.unit_code), ""
    statement = statement.order_by(code).limit(BATCH)
    while True:
        async with database.transaction() as db:
            cards = (await db.scalars(statement.where(code > after))).all()
            units = await units_of(db, [card.unit_code for card in cards])
            places = await names_of(db, [card.area_code for card in cards])
        if cards:
            yield [_row(card, units[card.unit_code], places.get(card.area_code, UNNAMED)) for card in cards]
        if len(cards) < BATCH:
            return
        after = cards[-1].unit_code


def _row(card: Scorecard, unit: Any, place: tuple[str, str]) -> list[object]:
    times = (card.submitted_at, card.completed_at, card.published_at)
    return [
        card.unit_code,
        card.unit_kind,
        unit.name_km,
        unit.name_en,
        card.area_code,
        *place,
        card.state,
        *STATES[card.state],
        card.planned_on,
        *(time and time.astimezone(CAMBODIA).strftime("%Y-%m-%d %H:%M") for time in times),
        card.result_version,
    ]
