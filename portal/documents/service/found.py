"""What search is told of the dossiers of filing plans."""

from datetime import date

import sqlalchemy as sa

from portal.documents.models import Dossier, FilingPlan, PlanState
from portal.identity import service as identity
from portal.kernel.access import set_of
from portal.kernel.db import db
from portal.kernel.found import Found


def found_dossier(dossier):
    """Index, title and notes of a dossier of a plan that is or was in force."""
    plan = db.session.get_one(FilingPlan, dossier.plan_id)
    if dossier.is_level or plan.state not in (PlanState.IN_FORCE, PlanState.CLOSED):
        return None
    return Found(
        dossier.title,
        f"/documents/plans/{plan.id}",
        set_of(*identity.roles_that_may("documents.read")),
        number=dossier.index,
        text=dossier.notes,
        date=date(plan.year, 1, 1),
        unit=dossier.unit_id or "",
    )


def dossiers_of(plan):
    """The dossiers that are found when a plan comes into force."""
    return db.session.scalars(sa.select(Dossier).where(Dossier.plan_id == plan.id)).all()
