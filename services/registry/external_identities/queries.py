"""Reads and writes of identities that several use cases share."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import exists, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.accounts.models import Account
from services.registry.accounts.telling import tell_access
from services.registry.audit.queries import record
from services.registry.external_identities import refusals
from services.registry.external_identities.models import MOST_IDENTITIES, ExternalIdentity
from services.registry.external_identities.verifying import Verified
from services.registry.tokens.refresh import revoke_sign_ins
from shared.errors import Conflict, NotFound

FORGET_EXPIRED = text("DELETE FROM used_subject_token WHERE expires_at < now() - interval '5 minutes'")
"""The database's clock may run ahead of ours, by which tokens expire."""
USE = text(
    "INSERT INTO used_subject_token (fingerprint, expires_at) VALUES (:fingerprint, :expires_at)"
    " ON CONFLICT DO NOTHING RETURNING true"
)


async def list_identities(db: AsyncSession, account_id: UUID) -> Sequence[ExternalIdentity]:
    """An account's identities, oldest first."""
    statement = select(ExternalIdentity).where(col(ExternalIdentity.account_id) == account_id)
    return (await db.scalars(statement.order_by(col(ExternalIdentity.id)))).all()


async def find_linked(db: AsyncSession, issuer: str, subject: str) -> Account | None:
    """The account of a subject, held until the commit so that nobody ends the link meanwhile."""
    statement = select(ExternalIdentity).where(
        col(ExternalIdentity.issuer) == issuer, col(ExternalIdentity.subject) == subject
    )
    identity: ExternalIdentity | None = await db.scalar(statement)
    if identity is None:
        return None
    account = await db.get_one(Account, identity.account_id, with_for_update={"read": True})
    kept = await db.scalar(select(exists().where(col(ExternalIdentity.id) == identity.id)))
    return account if kept else None


async def use_once(db: AsyncSession, token: Verified) -> None:
    """Mark a token as used. Raises NotAccepted when it was; of two at once, one is refused."""
    await db.execute(FORGET_EXPIRED)
    if not await db.scalar(USE, {"fingerprint": token.fingerprint, "expires_at": token.expires_at}):
        raise refusals.used()


async def link(db: AsyncSession, account: Account, issuer: str, subject: str, *, by: UUID) -> ExternalIdentity:
    """Let a subject of an issuer sign in to an account, whose lock the caller holds. Raises Conflict."""
    account.must_be_enabled()
    if account.kind != "person":
        raise Conflict(
            "not_a_person",
            en="Only a person signs in at another issuer; a system has its own secret.",
            km="មានតែបុគ្គលប៉ុណ្ណោះដែលចូលប្រើតាមស្ថាប័នផ្សេង។ ប្រព័ន្ធមានលេខសម្ងាត់ផ្ទាល់ខ្លួន។",
        )
    held = await db.scalar(select(func.count()).where(col(ExternalIdentity.account_id) == account.id))
    if (held or 0) >= MOST_IDENTITIES:
        raise Conflict(
            "too_many_identities",
            en=f"An account has at most {MOST_IDENTITIES} identities; remove one first.",
            km=f"គណនីមួយអាចភ្ជាប់អត្តសញ្ញាណបានច្រើនបំផុត {MOST_IDENTITIES}។ សូមដកមួយចេញសិន។",
        )
    values = {"issuer": issuer, "subject": subject, "account_id": account.id, "linked_by": by}
    statement = insert(ExternalIdentity).values(values).on_conflict_do_nothing().returning(ExternalIdentity)
    identity: ExternalIdentity | None = await db.scalar(statement)
    if identity is None:
        raise Conflict(
            "identity_linked",
            en="This identity is linked to an account already. Remove that link first, or sign in with it.",
            km="អត្តសញ្ញាណនេះត្រូវបានភ្ជាប់ជាមួយគណនីមួយរួចហើយ។ សូមដកការភ្ជាប់នោះសិន ឬចូលប្រើប្រាស់ជាមួយវា។",
        )
    record(db, "account", account.id, "identity_linked", by=by, issuer=issuer, external_subject=subject)
    return identity


async def unlink(db: AsyncSession, account: Account, identity_id: UUID, *, by: UUID | None) -> None:
    """Remove an identity from a locked account, and end its sign-ins, some of which it may have begun."""
    identity: ExternalIdentity | None = await db.get(ExternalIdentity, identity_id)
    if identity is None or identity.account_id != account.id:
        raise NotFound("identity_not_found", en="The account has no such identity.", km="គណនីនេះមិនមានអត្តសញ្ញាណនេះទេ។")
    await db.delete(identity)
    await revoke_sign_ins(db, account.id)
    detail = {"issuer": identity.issuer, "external_subject": identity.subject}
    record(db, "account", account.id, "identity_removed", by=by, **detail)
    await tell_access(db, account, revoke=True)
