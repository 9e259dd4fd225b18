"""Alembic's entry; run by shared.migrations."""

from services.registry.accounts import models as accounts
from services.registry.api_keys import models as api_keys
from services.registry.areas import models as areas
from services.registry.audit import models as audit
from services.registry.bodies import models as bodies
from services.registry.body_kinds import models as body_kinds
from services.registry.body_meetings import models as body_meetings
from services.registry.boundaries import models as boundaries
from services.registry.cafs import models as cafs
from services.registry.changes import models as changes
from services.registry.data_elements import models as data_elements
from services.registry.duties import models as duties
from services.registry.external_identities import models as external_identities
from services.registry.facts import models as facts
from services.registry.focal_persons import models as focal_persons
from services.registry.gazetteer import models as gazetteer
from services.registry.organisations import models as organisations
from services.registry.packs import models as packs
from services.registry.participation import models as participation
from services.registry.posters import models as posters
from services.registry.postings import models as postings
from services.registry.search import models as search
from services.registry.standards import models as standards
from services.registry.tables import Table
from services.registry.tokens import models as tokens
from services.registry.trainings import models as trainings
from services.registry.unit_kinds import models as unit_kinds
from services.registry.units import models as units
from shared.migrations import run_env

FEATURES = (
    accounts,
    api_keys,
    areas,
    audit,
    bodies,
    body_kinds,
    body_meetings,
    boundaries,
    cafs,
    changes,
    data_elements,
    duties,
    external_identities,
    facts,
    focal_persons,
    gazetteer,
    packs,
    organisations,
    participation,
    posters,
    postings,
    search,
    standards,
    tokens,
    trainings,
    unit_kinds,
    units,
)

run_env(Table.metadata)
