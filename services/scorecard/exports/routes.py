"""Results and scorecards as files."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import func, select
from sqlmodel import col

from services.scorecard.areas import Unit, names_of
from services.scorecard.comparison import refusals
from services.scorecard.exports.bundle import edition_of, open_data
from services.scorecard.exports.dhis2 import data_value_set
from services.scorecard.exports.keeping import Kind, files_of
from services.scorecard.exports.scorecard_list import COLUMNS as SCORECARD_COLUMNS
from services.scorecard.exports.scorecard_list import scorecard_rows
from services.scorecard.exports.tables import LENGTHS, ExportLevel, columns_of, result_rows, steps_of
from services.scorecard.rounds.models import Round
from services.scorecard.rounds.queries import get_round
from services.scorecard.rounds.schemas import RoundArea
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.reach import in_reach
from services.scorecard.scorecards.schemas import ScorecardState
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction, running_database
from shared.errors import NotFound
from shared.exports import TABLE_ANSWER, TableFormat, file_answer, streamed_table, table_pieces
from shared.registry_copy import area_unknown
from shared.routing import Router

ScorecardReader = Annotated[User, Depends(Requires(Permission.SCORECARD_READ))]
WithGroups = Annotated[bool, Query(description="Also each group of citizens that may be shown")]
ZIP_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A Frictionless Data Package: datapackage.json and its tables",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    },
    304: {"description": "Nothing was published or withdrawn since"},
}
DHIS2_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A data value set of DHIS2",
        "content": {
            "application/json": {
                "schema": {"type": "object"},
                "example": {
                    "dataSet": "ISAF_SCORECARD",
                    "period": "2026",
                    "dataElementIdScheme": "CODE",
                    "dataValues": [
                        {
                            "dataElement": "HC_staff_attitude_mean",
                            "period": "2026",
                            "orgUnit": "0203",
                            "value": "3.47",
                        }
                    ],
                },
            }
        },
    }
}

router = Router(prefix="/rounds/{round_id}", tags=["exports"])


@router.get("/results.{file_format}", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_results(
    round_id: UUID,
    file_format: TableFormat,
    request: Request,
    db: Transaction,
    level: ExportLevel = "unit",
    area: RoundArea = "",
    groups: WithGroups = False,
) -> StreamingResponse:
    """The published results of units, or of areas of a level, with all that is shown: a row for each indicator."""
    this = await _round_at(db, round_id, level, area)
    database = running_database(request)

    def make() -> AsyncIterator[bytes]:
        rows = result_rows(database, this, level, area, groups=groups)
        return table_pieces(file_format, columns_of(steps_of(this)), rows)

    edition = await edition_of(db, this)
    pieces = files_of(database).read((edition, file_format, level, area, groups), _kind_of(level, area), make)
    name = f"results-{this.year}-{level}{'-' if area else ''}{area}"
    return file_answer(file_format, name, pieces)


@router.get("/scorecards.{file_format}", response_class=StreamingResponse, responses=TABLE_ANSWER)
async def export_scorecards(
    round_id: UUID,
    file_format: TableFormat,
    request: Request,
    user: ScorecardReader,
    db: Transaction,
    area: RoundArea | None = None,
    state: ScorecardState | None = None,
) -> StreamingResponse:
    """Where units stand, with dates, in an area or all that the caller's roles reach; without any score."""
    this = await get_round(db, round_id)
    statement = in_reach(select(Scorecard).where(col(Scorecard.round_id) == round_id), user, area)
    if state is not None:
        statement = statement.where(col(Scorecard.state) == state)
    name = f"scorecards-{this.year}{'-' if area else ''}{area or ''}"
    return streamed_table(file_format, name, SCORECARD_COLUMNS, scorecard_rows(running_database(request), statement))


@router.get("/open-data.zip", response_class=StreamingResponse, responses=ZIP_ANSWER)
async def export_open_data(
    round_id: UUID,
    request: Request,
    db: Transaction,
    if_none_match: Annotated[str | None, Header(description="The ETag of the package you have")] = None,
) -> Response:
    """All that is public of a round, for everybody to use: indicators, areas, units, results and groups.

    The ETag changes with each publication and withdrawal; with the one you have you get 304 and no body.
    """
    this = await get_round(db, round_id)
    licence = request.app.state.runtime.settings.open_data_licence
    edition = await edition_of(db, this, licence)
    if edition.at is None:
        raise NotFound(
            "nothing_published",
            en="Nothing of this round is published yet.",
            km="ជុំវាយតម្លៃនេះមិនទាន់មានលទ្ធផលដែលបានផ្សព្វផ្សាយនៅឡើយទេ។",
        )
    headers = {"ETag": edition.etag, "Cache-Control": "no-cache"}
    known = (if_none_match or "").replace("W/", "")
    if edition.etag in (tag.strip() for tag in known.split(",")):
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="isaf-scorecard-{this.year}.zip"'
    database = running_database(request)
    pieces = files_of(database).read(edition, "large", partial(open_data, database, this, edition.at, licence))
    return StreamingResponse(pieces, media_type="application/zip", headers=headers)


@router.get("/dhis2.json", response_class=StreamingResponse, responses=DHIS2_ANSWER)
async def export_data_values(
    round_id: UUID,
    request: Request,
    db: Transaction,
    level: ExportLevel = "district",
    area: RoundArea = "",
    groups: WithGroups = False,
    nation: Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{1,50}$", description="DHIS2's code of the country")] = "KH",
) -> StreamingResponse:
    """Published results as a data value set: send it to DHIS2's `/api/dataValueSets`; ids are codes, the period is the
    year. docs/scorecard-clients.md says which data elements DHIS2 must know.
    """
    this = await _round_at(db, round_id, level, area)
    letters = func.min(func.split_part(col(Unit.code), "-", 1))
    kinds = await db.execute(select(col(Unit.kind), letters).group_by(col(Unit.kind)))
    prefixes = {row[0]: row[1] for row in kinds}
    database = running_database(request)

    def make() -> AsyncIterator[bytes]:
        return data_value_set(database, this, level, area, groups=groups, prefixes=prefixes, nation=nation)

    edition = await edition_of(db, this)
    top = nation if level == "nation" else None
    key = (edition, "dhis2", level, area, groups, top, *sorted(prefixes.items()))
    pieces = files_of(database).read(key, _kind_of(level, area), make)
    headers = {
        "Content-Disposition": f'attachment; filename="dhis2-{this.year}-{level}.json"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(pieces, media_type="application/json", headers=headers)


async def _round_at(db: Transaction, round_id: UUID, level: ExportLevel, area: str) -> Round:
    """The round. Raises Invalid for an area that there never was, or a level that lies above it."""
    this = await get_round(db, round_id)
    if area and area not in await names_of(db, [area]):
        raise area_unknown(area, "query/area")
    if level != "unit" and LENGTHS[level] < len(area):
        raise refusals.level_unfit(area)
    return this


def _kind_of(level: ExportLevel, area: str) -> Kind:
    return "large" if level in ("unit", "commune") and not area else "small"
