"""Files that tell of people leave with an entry in the trail: who took which, of how many rows."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.audit.models import SubjectKind
from services.registry.audit.queries import record
from shared.auth.user import User


def record_export(
    db: AsyncSession, user: User, kind: SubjectKind, file: str, rows: int, /, *, area: str, **asked: object
) -> None:
    """Keep that somebody took a file of people, in the transaction that read it.

    `file` is its name with the ending; `asked` are the codes and ids that narrowed it, never what is said of anybody.
    """
    told = {name: value if isinstance(value, bool | None) else str(value) for name, value in asked.items()}
    detail = {"area": area, "format": file.rpartition(".")[2], "rows": rows}
    record(db, kind, file, "exported", by=user.id, **detail, **told)
