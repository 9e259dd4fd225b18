"""Trainings in and out as files."""

import asyncio
from uuid import UUID

from fastapi import Request
from fastapi.responses import StreamingResponse
from sqlalchemy import insert, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.models import today_in_cambodia
from services.registry.audit.queries import record_all
from services.registry.organisations.naming import read_names
from services.registry.trainings.files import COLUMNS, KIND_COLUMNS, TrainingLine, kind_cells
from services.registry.trainings.models import Training
from services.registry.trainings.planning import Planner
from services.registry.trainings.queries import keep_last_trained, linked_cafs
from services.registry.trainings.routes import (
    InArea,
    OfOrganiser,
    OfTopic,
    Since,
    TrainingWriter,
    Until,
    Withdrawn,
    narrowed,
)
from services.registry.trainings.schemas import TrainingRead
from services.registry.trainings.state import read_state
from shared.db import Transaction
from shared.exports import TABLE_ANSWER, TableFormat, table_answer
from shared.imports import TABLE_BODY, DryRun, ImportResult, Plan, read_upload
from shared.routing import Router

NEW_IDS = text("SELECT uuidv7() FROM generate_series(1, :number)")

router = Router(tags=["trainings"])


@router.post("/trainings:import", openapi_extra=TABLE_BODY)
async def import_trainings(
    request: Request, user: TrainingWriter, db: Transaction, dry_run: DryRun = True
) -> ImportResult:
    """Record and change trainings from a table.

    Columns: topic (its code or name), organiser (an organisation's name or id), area_code (empty for the nation),
    held_from, held_until (left empty, the same day), title, and how many took part by kind and sex. A row with an id
    changes that training; one without, that of its topic, organiser, area, first day and title, so that a file may be
    sent again; else it records a new one. An empty cell leaves things as they are. A row of a training that was
    withdrawn changes nothing. Which facilitators took part is said singly. All of it is carried out, or, with an error,
    nothing.
    """
    sent = await read_upload(request, COLUMNS, TrainingLine)
    state = await read_state(db, [line for _, line in sent.lines], user, lock=not dry_run)
    plan = await asyncio.to_thread(Planner(state, user, sent.problems, today_in_cambodia()).make, sent.lines)
    result = sent.result(plan, dry_run=dry_run)
    if not dry_run:
        await _write(db, plan, by=user.id, file=sent.digest[:12])
    return result


@router.get("/trainings.{file_format}", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_trainings(
    file_format: TableFormat,
    db: Transaction,
    area: InArea = "",
    since: Since = None,
    until: Until = None,
    topic: OfTopic = None,
    organiser_id: OfOrganiser = None,
    withdrawn: Withdrawn = False,
) -> StreamingResponse:
    """Trainings with who took part by kind and sex, the earliest first, in the columns of the import."""
    statement = await narrowed(db, area, since, until, topic, organiser_id, withdrawn)
    rows = (await db.execute(statement.order_by(col(Training.held_until), col(Training.id)))).all()
    plain = [column.name for column in COLUMNS[: -len(KIND_COLUMNS)]]
    organisations = await read_names(db)

    def cells(training: TrainingRead) -> list[object]:
        counts = {(count.kind, count.sex): count.number for count in training.participants}
        own = {"organiser": organisations.cell(training.organiser_id)}
        return [*(own[name] if name in own else getattr(training, name) for name in plain), *kind_cells(counts)]

    lines = (cells(TrainingRead.of(row)) for row in rows)
    return table_answer(file_format, f"trainings{'-' if area else ''}{area}", COLUMNS, lines)


@router.get("/trainings-template.xlsx", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_training_template() -> StreamingResponse:
    """An empty table of trainings to fill in."""
    return table_answer("xlsx", "trainings-template", COLUMNS, [])


async def _write(db: AsyncSession, plan: Plan, *, by: UUID, file: str) -> None:
    """Write what the file came to, with its trail; facilitators' records follow a day that changed."""
    if plan.new:
        ids = (await db.scalars(NEW_IDS, {"number": len(plan.new)})).all()
        rows = [values | {"id": one, "version": 1} for one, values in zip(ids, plan.new, strict=True)]
        await db.execute(insert(Training), rows)
        entries = [
            (str(row["id"]), "created", {"topic": row["topic"], "area": row["area_code"], "file": file}) for row in rows
        ]
        await record_all(db, "training", entries, by=by)
    if plan.changed:
        await db.execute(update(Training), plan.changed)
        changed = [(str(values["id"]), "changed", {"file": file}) for values in plan.changed]
        await record_all(db, "training", changed, by=by)
        await keep_last_trained(db, await linked_cafs(db, [values["id"] for values in plan.changed]))
