"""Keyset pages: a cursor says after which key the next page begins, so no page is skipped or read twice."""

import base64
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel
from sqlalchemy import BigInteger, Select, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from shared.errors import Invalid

MAXIMUM_LIMIT = 500
DEFAULT_LIMIT = 100

T = TypeVar("T")
Row = TypeVar("Row")


class Page(BaseModel, Generic[T]):
    """Part of a list; `next_cursor` is null on the last page."""

    items: list[T]
    next_cursor: str | None = None


class PageParams:
    """`?limit=` (at most 500) and `?cursor=` of a list."""

    def __init__(self, limit: int, cursor: str | None) -> None:
        self.limit = limit
        self.after: list[Any] | None = None if cursor is None else decode_cursor(cursor)


async def page_params(
    limit: Annotated[int, Query(ge=1, le=MAXIMUM_LIMIT)] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=500, description="next_cursor of the page before")] = None,
) -> PageParams:
    """The page of a request; a coroutine, as FastAPI calls anything else in a thread."""
    return PageParams(limit, cursor)


Paging = Annotated[PageParams, Depends(page_params)]


def encode_cursor(key: Sequence[Any]) -> str:
    """An opaque, URL-safe cursor of a key."""
    return base64.urlsafe_b64encode(json.dumps(key, default=str).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, pointer: str = "query/cursor") -> list[Any]:
    """The key of a cursor. Raises Invalid, naming where it stood, when it is not one of ours."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        key = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except ValueError as error:
        raise invalid_cursor(pointer) from error
    if not isinstance(key, list) or not all(isinstance(part, str | int) for part in key):
        raise invalid_cursor(pointer)
    return key


def invalid_cursor(pointer: str = "query/cursor") -> Invalid:
    """The refusal of a cursor that is not ours or belongs to another list."""
    return Invalid.field(
        pointer,
        "invalid_cursor",
        en="This is not a cursor of this list. Begin again without one.",
        km="លេខទំព័រនេះមិនត្រឹមត្រូវទេ។ សូមចាប់ផ្ដើមម្ដងទៀតដោយមិនប្រើវា។",
    )


async def paginate(
    db: AsyncSession,
    statement: Select[Row],
    params: PageParams,
    *,
    keys: Sequence[Any],
    read: Callable[[Any], T],
    newest_first: bool = False,
) -> Page[T]:
    """One page of a statement that selects one entity, in the order of `keys` (mapped columns, the last one unique).

    `newest_first` turns the order round, for keys that rise with time.
    Key values come back from the cursor as text or integers and become values of their columns again.
    """
    order = [key.desc() for key in keys] if newest_first else keys
    statement = statement.order_by(*order).limit(params.limit + 1)
    if params.after is not None:
        if len(params.after) != len(keys):
            raise invalid_cursor()
        values = [_bound(column, value) for column, value in zip(keys, params.after, strict=True)]
        here, after = tuple_(*keys), tuple_(*values)
        statement = statement.where(here < after if newest_first else here > after)
    rows = list((await db.scalars(statement)).all())
    more = len(rows) > params.limit
    rows = rows[: params.limit]
    last = encode_cursor([getattr(rows[-1], column.key) for column in keys]) if more else None
    return Page(items=[read(row) for row in rows], next_cursor=last)


def _bound(column: Any, value: Any) -> Any:
    """A cursor's part as a value of its column. Raises Invalid when the column cannot hold it."""
    wanted = column.type.python_type
    try:
        if wanted is int:
            typed: Any = value if _fits(column.type, value) else None
        elif wanted is str:
            typed = value if isinstance(value, str) and "\0" not in value and value.encode() is not None else None
        else:
            typed = getattr(wanted, "fromisoformat", wanted)(value)
    except (ValueError, TypeError, AttributeError) as error:
        raise invalid_cursor() from error
    if typed is None:
        raise invalid_cursor()
    return literal(typed, column.type)


def _fits(column_type: Any, value: Any) -> bool:
    bits = 63 if isinstance(column_type, BigInteger) else 31
    return type(value) is int and -(2**bits) <= value < 2**bits
