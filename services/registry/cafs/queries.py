"""Reads of facilitators that several features share, and who may see whose record."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.accounts.models import Account
from services.registry.areas.codes import last_code
from services.registry.areas.models import Area, today_in_cambodia
from services.registry.areas.queries import get_open_area
from services.registry.cafs.models import Caf, CafTerm
from services.registry.cafs.rules import Commune, Notice, warnings_of
from services.registry.cafs.schemas import CafRead, CafTermRead, CafWarning, CafWritten
from services.registry.organisations.queries import acted_for
from shared.areas import prefix_range
from shared.auth.permissions import Permission, Role
from shared.auth.user import User
from shared.errors import Conflict, Forbidden, Invalid, NotFound

OWN_RECORD_ONLY = frozenset({Role.CAF})
"""Roles that may ask, and see no record but their own."""
ONE_OF_AN_ACCOUNT = text("SELECT pg_advisory_xact_lock(hashtext('registry.caf.account.' || :account))")
HOLD_AREAS = text(
    "SELECT id FROM area WHERE code = ANY(CAST(:codes AS text[])) AND status = 'open' ORDER BY id FOR SHARE"
)
COMMUNE = text(
    """
    SELECT count(*) AS cafs, count(*) FILTER (WHERE sex = 'female') AS women,
           count(*) FILTER (WHERE id <> :id AND lower(name) = lower(:name) AND sex = :sex) AS same_name
    FROM caf WHERE left_on IS NULL AND area_code = :area
    """
)


async def get_caf(db: AsyncSession, caf_id: UUID, *, lock: bool = False) -> Caf:
    """The facilitator of an id. Raises NotFound."""
    found: Caf | None = await db.get(Caf, caf_id, with_for_update=True if lock else None, populate_existing=lock)
    if found is None:
        raise NotFound("caf_not_found", en="There is no such facilitator.", km="រកមិនឃើញអ្នកសម្របសម្រួលនេះទេ។")
    return found


class CafReach:
    """Whose records a caller sees: those of its areas, of a partner those its organisation supports, and its own."""

    def __init__(self, user: User, supported_by: Collection[UUID]) -> None:
        self.user = user.with_permission(Permission.CAF_READ)
        self.supported_by = supported_by

    def covers(self, caf: Caf) -> bool:
        """Whether the caller may see this record."""
        if caf.account_id == self.user.id:
            return True
        supported = caf.supporter_id in self.supported_by
        return any(
            grant.covers(caf.area_code) and (supported or grant.role != Role.PARTNER)
            for grant in self.user.grants
            if grant.role not in OWN_RECORD_ONLY
        )

    def may_see_sensitive(self, caf: Caf) -> bool:
        """Whether the caller needs to know of a disability or an ethnic minority: the person, and who administers."""
        others = (grant for grant in self.user.grants if grant.role not in OWN_RECORD_ONLY | {Role.PARTNER})
        return caf.account_id == self.user.id or any(grant.covers(caf.area_code) for grant in others)

    def must_cover(self, caf: Caf) -> None:
        """Raise Forbidden unless the caller may see this record."""
        if not self.covers(caf):
            raise Forbidden(
                "caf_not_covered",
                en="Your role does not reach this record. Ask the administration of the commune.",
                km="តួនាទីរបស់អ្នកមិនគ្របដណ្ដប់លើកំណត់ត្រានេះទេ។ សូមស្នើរដ្ឋបាលឃុំ សង្កាត់។",
            )

    @property
    def condition(self) -> ColumnElement[bool]:
        """The same as a condition of a statement."""
        conditions = [col(Caf.account_id) == self.user.id]
        for grant in self.user.grants:
            if grant.role in OWN_RECORD_ONLY:
                continue
            low, high = prefix_range(grant.area_code)
            within = (col(Caf.area_code) >= low) & (col(Caf.area_code) < high)
            supported = col(Caf.supporter_id).in_(self.supported_by)
            conditions.append(within & supported if grant.role == Role.PARTNER else within)
        return or_(*conditions)


async def reach_of(db: AsyncSession, user: User) -> CafReach:
    """Whose records a caller sees."""
    return CafReach(user, await acted_for(db, user))


def visible(reach: CafReach) -> Select[Caf]:
    """The facilitators whom a caller sees."""
    return select(Caf).where(reach.condition)


async def hold_areas(db: AsyncSession, codes: Iterable[str | None]) -> None:
    """Hold the open areas of codes until the commit, in the order in which changes of areas take them.

    A village may be older than its commune, so that holding one after the other the two could wait in a circle.
    """
    await db.execute(HOLD_AREAS, {"codes": [code for code in codes if code is not None]})


async def village_of(db: AsyncSession, code: str | None, commune: Area, *, pointer: str) -> UUID | None:
    """The id of the village that a code means in a commune, held until the commit. Raises Invalid."""
    if code is None:
        return None
    statement = select(Area).where(
        col(Area.code) == code, col(Area.parent_code) == commune.code, col(Area.status) == "open"
    )
    village = await db.scalar(statement.order_by(col(Area.id)).limit(1).with_for_update(read=True))
    if village is None:
        raise Invalid.field(
            pointer,
            "village_unknown",
            en=f"There is no village {code} in the commune {commune.code}.",
            km=f"គ្មានភូមិដែលមានលេខកូដ {code} ក្នុងឃុំ សង្កាត់ {commune.code} ទេ។",
        )
    found: UUID = village.id
    return found


async def hold_commune(db: AsyncSession, code: str) -> Area:
    """The open commune of a code, held until the commit. Raises Invalid."""
    return await get_open_area(db, code, hold=True)


async def hold_commune_of(db: AsyncSession, caf: Caf) -> None:
    """Keep a facilitator's commune from ending before the commit. Raises Conflict if it has ended."""
    (await db.get_one(Area, caf.area_id, with_for_update={"read": True})).must_be_open()


async def must_be_theirs(db: AsyncSession, account_id: UUID, caf: Caf) -> None:
    """Raise Invalid unless the account is in use and a facilitator's of the commune; Conflict when another has it."""
    account: Account | None = await db.get(Account, account_id)
    fits = account is not None and not account.disabled
    grants = [held.as_grant() for held in account.grants] if account is not None else []
    if not fits or not any(grant.role == Role.CAF and grant.covers(caf.area_code) for grant in grants):
        raise Invalid.field(
            "/account_id",
            "account_unfit",
            en=f"There is no account in use with this id that is a facilitator's of {caf.area_code}.",
            km=f"គ្មានគណនីកំពុងប្រើដែលមានលេខសម្គាល់នេះ និងជាអ្នកសម្របសម្រួលនៃ {caf.area_code} ទេ។",
        )
    await must_be_free(db, account_id, caf)


async def must_be_free(db: AsyncSession, account_id: UUID | None, caf: Caf) -> None:
    """Raise Conflict when another facilitator who serves has the account."""
    if account_id is None:
        return
    taken = select(col(Caf.id)).where(
        col(Caf.account_id) == account_id, col(Caf.left_on).is_(None), col(Caf.id) != caf.id
    )
    with db.no_autoflush:
        await db.execute(ONE_OF_AN_ACCOUNT, {"account": str(account_id)})
        if await db.scalar(taken.limit(1)) is not None:
            raise Conflict(
                "account_taken",
                en="Another facilitator has this account.",
                km="មានអ្នកសម្របសម្រួលម្នាក់ទៀតប្រើគណនីនេះរួចហើយ។",
            )


async def codes_of(db: AsyncSession, area_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The codes that areas bear now, or bore last."""
    if not area_ids:
        return {}
    statement = select(col(Area.id), col(Area.code)).where(col(Area.id).in_(area_ids))
    return {row.id: row.code for row in await db.execute(statement)}


async def village_codes(db: AsyncSession, cafs: Sequence[Caf]) -> Mapping[UUID, str]:
    """The codes that the facilitators' villages bear now."""
    return await codes_of(db, {caf.village_id for caf in cafs if caf.village_id is not None})


async def earlier_terms(db: AsyncSession, cafs: Sequence[Caf]) -> Mapping[UUID, Sequence[CafTermRead]]:
    """What each facilitator served before, the latest first."""
    statement = select(CafTerm).where(col(CafTerm.caf_id).in_([caf.id for caf in cafs]))
    latest_first = statement.order_by(col(CafTerm.left_on).desc(), col(CafTerm.id).desc())
    terms: Sequence[CafTerm] = (await db.scalars(latest_first)).all() if cafs else []
    codes = await codes_of(db, {term.area_id for term in terms})
    found: dict[UUID, list[CafTermRead]] = defaultdict(list)
    for term in terms:
        found[term.caf_id].append(CafTermRead.of(term, codes[term.area_id]))
    return found


async def show_cafs(db: AsyncSession, cafs: Sequence[Caf], reach: CafReach) -> list[CafRead]:
    """Facilitators as the API shows them to a caller."""
    codes, terms, today = await village_codes(db, cafs), await earlier_terms(db, cafs), today_in_cambodia()
    return [
        CafRead.of(
            caf,
            codes.get(caf.village_id) if caf.village_id else None,
            terms.get(caf.id, ()),
            today,
            sensitive=reach.may_see_sensitive(caf),
        )
        for caf in cafs
    ]


async def show_written(db: AsyncSession, caf: Caf, reach: CafReach, *also: Notice) -> CafWritten:
    """A facilitator after a change, with what somebody should look at; others are told of within the reach alone."""
    await db.flush()
    values = {"id": caf.id, "name": caf.name, "sex": caf.sex, "area": caf.area_code}
    row = (await db.execute(COMMUNE, values)).one()
    commune = Commune(
        last_code(caf.area_code), row.cafs, row.women, row.same_name, await _sharing_phone(db, caf, reach)
    )
    notices = [*also, *warnings_of(caf, commune, today_in_cambodia())]
    shown = (await show_cafs(db, [caf], reach))[0]
    warnings = [CafWarning(code=one.code, detail_en=one.en, detail_km=one.km) for one in notices]
    return CafWritten(**shown.model_dump(), warnings=warnings)


async def _sharing_phone(db: AsyncSession, caf: Caf, reach: CafReach) -> int:
    if caf.phone is None:
        return 0
    others = select(func.count()).select_from(Caf).where(reach.condition, col(Caf.left_on).is_(None))
    return await db.scalar(others.where(col(Caf.phone) == caf.phone, col(Caf.id) != caf.id)) or 0
