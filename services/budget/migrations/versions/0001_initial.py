"""Fiscal years, fund sources, envelopes, requests, allocations, and the figures of the operating estimate."""

import sqlalchemy as sa
from alembic import op

from services.budget.migrations.fund_sources import FUND_SOURCES
from shared.migrations import area_copy_table, code_column, now_column, shared_tables, text_check

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BODY_KINDS = (
    "ministry",
    "administration",
    "line_department",
    "health_centre",
    "primary_school",
    "development_partner",
    "ngo",
)
MISPRINT_EN = (
    "The strategy prints 800 million riel = $20,000 for one administration: a misprint. Its dollars and its total of "
    "2,000 million for 25 administrations say 80 million."
)
MISPRINT_KM = (
    "យុទ្ធសាស្ត្របោះពុម្ព ៨០០ លានរៀល = ២០.០០០ ដុល្លារ សម្រាប់រដ្ឋបាលមួយ ដែលជាកំហុសបោះពុម្ព។ ចំនួនដុល្លារ និងចំនួនសរុប "
    "២.០០០ លានរៀល សម្រាប់រដ្ឋបាល ២៥ បង្ហាញថាជា ៨០ លានរៀល។"
)
AVERAGE_EN = "4 million riel = $1,000; the strategy prints an average of 2 million elsewhere."
AVERAGE_KM = "៤ លានរៀល = ១.០០០ ដុល្លារ; នៅកន្លែងផ្សេងយុទ្ធសាស្ត្របោះពុម្ពមធ្យមភាគ ២ លានរៀល។"
FIGURES = [
    ("province", 25, 80_000_000, MISPRINT_KM, MISPRINT_EN),
    ("district", 210, 8_000_000, None, None),
    ("commune", 1652, 4_000_000, AVERAGE_KM, AVERAGE_EN),
]
"""Level, administrations, riel a year for each, and what is to be known of the figure."""


def upgrade() -> None:
    """Make the tables and what ships in them."""
    metadata = sa.MetaData()
    for table in [*shared_tables(metadata), area_copy_table(metadata)]:
        table.create(op.get_bind())
    make_references()
    make_envelopes()
    make_requests()
    make_allocations()
    make_estimate()


def make_references() -> None:
    """What the ledger refers to."""
    op.create_table(
        "fiscal_year",
        sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("riel_per_usd", sa.Integer, sa.CheckConstraint("riel_per_usd > 0", "rate"), nullable=False),
        sa.Column("rate_date", sa.Date, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    sources = op.create_table(
        "fund_source",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False, unique=True),
        sa.Column("name_km", sa.Text, nullable=False),
        sa.Column("name_en", sa.Text, nullable=False),
        sa.Column("detail_km", sa.Text, nullable=False),
        sa.Column("detail_en", sa.Text, nullable=False),
    )
    names = ("code", "name_km", "name_en", "detail_km", "detail_en")
    rows = [dict(zip(names, row, strict=True)) | {"position": n} for n, row in enumerate(FUND_SOURCES, start=1)]
    op.bulk_insert(sources, rows)


def make_envelopes() -> None:
    """One side of the ledger; the database too refuses an over-allocation."""
    op.create_table(
        "envelope",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()")),
        sa.Column("year", sa.Integer, sa.ForeignKey("fiscal_year.year"), nullable=False),
        sa.Column("fund_source", sa.Text, sa.ForeignKey("fund_source.code"), nullable=False),
        sa.Column("body_kind", sa.Text, nullable=False),
        code_column("area_code"),
        sa.Column("body_name_km", sa.Text, nullable=False),
        sa.Column("body_name_en", sa.Text, nullable=False),
        sa.Column("opened_with", sa.BigInteger, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("allocated", sa.BigInteger, nullable=False),
        sa.Column("opened_by", sa.Uuid, nullable=False),
        now_column("opened_at"),
        sa.Column("version", sa.Integer, nullable=False),
        text_check("envelope", "body_kind", BODY_KINDS),
        sa.CheckConstraint("allocated BETWEEN 0 AND amount", "allocated"),
        sa.Index("ix_envelope_year_area_code", "year", "area_code"),
    )


def make_requests() -> None:
    """The other side."""
    op.create_table(
        "action",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True)),
        sa.Column("drop_reason", sa.Text),
    )
    op.create_table(
        "funding_request",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("action_id", sa.Uuid, sa.ForeignKey("action.id"), nullable=False),
        sa.Column("plan_id", sa.Uuid, nullable=False),
        code_column("area_code"),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("allocated", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("requested_by", sa.Uuid, nullable=False),
        sa.Column("title_km", sa.Text, nullable=False),
        sa.Column("title_en", sa.Text, nullable=False),
        now_column("received_at"),
        sa.CheckConstraint("allocated BETWEEN 0 AND amount", "allocated"),
        sa.CheckConstraint(
            "CASE status WHEN 'open' THEN allocated = 0 WHEN 'partly_allocated' THEN allocated BETWEEN 1 AND amount - 1"
            " WHEN 'allocated' THEN allocated = amount WHEN 'withdrawn' THEN allocated = 0 ELSE false END",
            "status",
        ),
        sa.Index("ix_funding_request_year_area_code", "year", "area_code"),
        sa.Index("ix_funding_request_action_id", "action_id"),
    )


def make_allocations() -> None:
    """What goes between them."""
    op.create_table(
        "allocation",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()")),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("funding_request.id"), nullable=False),
        sa.Column("envelope_id", sa.Uuid, sa.ForeignKey("envelope.id"), nullable=False),
        sa.Column("action_id", sa.Uuid, nullable=False),
        sa.Column("fund_source", sa.Text, nullable=False),
        code_column("area_code"),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("amount", sa.BigInteger, sa.CheckConstraint("amount > 0", "amount"), nullable=False),
        sa.Column("made_by", sa.Uuid, nullable=False),
        now_column("made_at"),
        sa.Column("released_at", sa.DateTime(timezone=True)),
        sa.Column("released_by", sa.Uuid),
        sa.Column("release_reason", sa.Text),
        sa.CheckConstraint("(released_at IS NULL) = (release_reason IS NULL)", "released"),
        sa.Index("ix_allocation_year_area_code", "year", "area_code"),
        sa.Index("ix_allocation_request_id", "request_id"),
        sa.Index("ix_allocation_envelope_id", "envelope_id"),
    )


def make_estimate() -> None:
    """The operating estimate's first edition, as the national strategy prints it."""
    editions = op.create_table(
        "estimate_edition",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()")),
        sa.Column("effective_from", sa.Integer, nullable=False, unique=True),
        sa.Column("riel_per_usd", sa.Integer, sa.CheckConstraint("riel_per_usd > 0", "rate"), nullable=False),
        sa.Column("source_km", sa.Text, nullable=False),
        sa.Column("source_en", sa.Text, nullable=False),
    )
    figures = op.create_table(
        "estimate_figure",
        sa.Column("edition_id", sa.Uuid, sa.ForeignKey("estimate_edition.id"), primary_key=True),
        sa.Column("level", sa.Text, primary_key=True),
        sa.Column("administrations", sa.Integer, nullable=False),
        sa.Column("per_administration", sa.BigInteger, nullable=False),
        sa.Column("note_km", sa.Text),
        sa.Column("note_en", sa.Text),
        text_check("estimate_figure", "level", ("province", "district", "commune")),
        sa.CheckConstraint("administrations >= 0 AND per_administration >= 0", "figures"),
    )
    edition = {
        "effective_from": 2025,
        "riel_per_usd": 4000,
        "source_km": "យុទ្ធសាស្ត្រជាតិស្តីពីគណនេយ្យភាពសង្គម ការប៉ាន់ស្មានថវិកាប្រតិបត្តិការប្រចាំឆ្នាំ (៩.១)",
        "source_en": "National strategy of social accountability, yearly operating estimate (9.1)",
    }
    edition_id = op.get_bind().scalar(sa.insert(editions).values(edition).returning(editions.c.id))
    names = ("level", "administrations", "per_administration", "note_km", "note_en")
    op.bulk_insert(figures, [dict(zip(names, row, strict=True)) | {"edition_id": edition_id} for row in FIGURES])
