"""The migration makes what the models say, and ships the examples."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, text

from services.scorecard.indicators.models import SCALE
from services.scorecard.tables import Table
from tests.scorecard.conftest import Scorecard


async def test_models_and_migrations_agree(scorecard: Scorecard) -> None:
    async with scorecard.client.runtime.database.engine.connect() as connection:
        differences = await connection.run_sync(differences_to, Table.metadata)
    assert differences == []


def differences_to(connection: Connection, metadata: MetaData) -> list[object]:
    """What alembic would change in the tables that have a model; what only guards or speeds up is the migration's."""

    def has_model(_: object, __: str | None, ___: str, reflected: bool, model: object) -> bool:
        return not reflected or model is not None

    context = MigrationContext.configure(connection, opts={"include_object": has_model})
    found: list[object] = compare_metadata(context, metadata)
    return found


async def test_three_example_sets_are_there(scorecard: Scorecard) -> None:
    sets = (await scorecard.get("/indicator-sets")).json()["items"]
    assert [(entry["unit_kind"], entry["version"], entry["is_example"]) for entry in sets] == [
        ("commune_administration", 1, True),
        ("health_centre", 1, True),
        ("primary_school", 1, True),
    ]
    for entry in sets:
        codes = [indicator["code"] for indicator in entry["indicators"]]
        assert len(set(codes)) == 10
        assert entry["scale"] == SCALE
        assert all(
            "ក" <= indicator["label_km"][0] <= "៹" and indicator["label_en"].isascii()
            for indicator in entry["indicators"]
        )


async def test_area_codes_are_compared_byte_by_byte(scorecard: Scorecard) -> None:
    async with scorecard.client.runtime.database.transaction() as db:
        found = await db.scalars(
            text(
                "SELECT column_name FROM information_schema.columns WHERE table_schema = 'scorecard'"
                " AND column_name IN ('unit_code', 'area_code') AND collation_name IS DISTINCT FROM 'C'"
            )
        )
        assert found.all() == []
