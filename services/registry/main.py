"""The registry service: who and where."""

from services.registry.accounts import password_routes as passwords
from services.registry.accounts import routes as accounts
from services.registry.api_keys import routes as api_keys
from services.registry.areas import change_routes as area_changes
from services.registry.areas import order_routes as area_orders
from services.registry.areas import routes as areas
from services.registry.areas.scheduling import apply_changes_when_due
from services.registry.audit import routes as audit
from services.registry.bodies import file_routes as body_files
from services.registry.bodies import member_routes as body_members
from services.registry.bodies import routes as bodies
from services.registry.body_kinds import routes as body_kinds
from services.registry.body_meetings import routes as body_meetings
from services.registry.boundaries import routes as boundaries
from services.registry.cafs import file_routes as caf_files
from services.registry.cafs import report_routes as caf_report
from services.registry.cafs import routes as cafs
from services.registry.changes import routes as changes
from services.registry.consumers import consumers
from services.registry.data_elements import routes as data_elements
from services.registry.duties import routes as duties
from services.registry.external_identities import routes as external_identities
from services.registry.facts import file_routes as fact_files
from services.registry.facts import routes as facts
from services.registry.focal_persons import files as focal_person_files
from services.registry.focal_persons import routes as focal_persons
from services.registry.gazetteer import routes as gazetteer
from services.registry.organisations import account_routes as organisation_accounts
from services.registry.organisations import file_routes as organisation_files
from services.registry.organisations import routes as organisations
from services.registry.packs import job_routes as pack_jobs
from services.registry.packs import page as pack_page
from services.registry.packs import report_routes as pack_report
from services.registry.packs import routes as packs
from services.registry.packs.jobs import publish_asked_packs
from services.registry.participation import coverage_routes as coverage
from services.registry.participation import file_routes as participation_files
from services.registry.participation import routes as participation
from services.registry.posters import job_routes as poster_jobs
from services.registry.posters import routes as posters
from services.registry.posters.jobs import make_asked_posters
from services.registry.postings import photo_routes as posting_photos
from services.registry.postings import report_routes as posting_report
from services.registry.postings import routes as postings
from services.registry.search import routes as search
from services.registry.sessions import routes as sessions
from services.registry.sign_in_codes import routes as sign_in_codes
from services.registry.signing_keys import routes as signing_keys
from services.registry.standards import file_routes as standard_files
from services.registry.standards import routes as standards
from services.registry.standards import unit_routes as unit_standards
from services.registry.tokens import routes as tokens
from services.registry.tokens.keys import prepare_signing_key, public_keys
from services.registry.trainings import file_routes as training_files
from services.registry.trainings import report_routes as training_report
from services.registry.trainings import routes as trainings
from services.registry.trainings import topic_routes as training_topics
from services.registry.unit_files import routes as unit_files
from services.registry.unit_kinds import routes as unit_kinds
from services.registry.units import routes as units
from services.registry.units import steps as unit_steps
from shared.app import create_app

app = create_app(
    "registry",
    title="Registry",
    description="Areas of the country, the service units in them, the accounts of people and systems with the roles "
    "they hold, and the tokens that say who asks.",
    routers=[
        search.router,  # before areas, whose /areas/{code} would take /areas/search
        areas.router,
        area_orders.router,
        area_changes.router,
        gazetteer.router,
        unit_kinds.router,
        unit_files.router,
        units.router,
        unit_steps.router,
        tokens.router,
        sign_in_codes.router,
        sessions.router,
        signing_keys.router,
        accounts.router,
        passwords.router,
        api_keys.router,
        external_identities.router,
        focal_persons.router,
        focal_person_files.router,
        participation.router,
        participation_files.router,
        coverage.router,
        standard_files.router,
        standards.router,
        unit_standards.router,
        data_elements.router,
        fact_files.router,
        facts.router,
        pack_jobs.router,
        pack_report.router,
        packs.router,
        posters.router,
        poster_jobs.router,
        posting_report.router,
        postings.router,
        posting_photos.router,
        body_kinds.router,
        body_files.router,
        bodies.router,
        body_members.router,
        body_meetings.router,
        duties.router,
        changes.router,
        audit.router,
        boundaries.router,
        organisation_files.router,
        organisations.router,
        organisation_accounts.router,
        caf_files.router,
        cafs.router,
        caf_report.router,
        training_topics.router,
        training_files.router,
        trainings.router,
        training_report.router,
    ],
    consumers=consumers,
    workers=(prepare_signing_key, apply_changes_when_due, publish_asked_packs, make_asked_posters),
    keys=public_keys,
)
app.include_router(tokens.well_known)
app.include_router(pack_page.router)
