"""The catalogue of services (7.1)."""

import unicodedata
from dataclasses import dataclass

import sqlalchemy as sa

from portal.audit import service as audit
from portal.cases import policy
from portal.cases.models import Case, Service
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM, visible_to
from portal.kernel.db import db, latvian_order
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.i18n import _

GENERAL_CODE = "PA-0000-001"
GENERAL_INDEX = "IES"
ANSWER_WORKING_DAYS = 10  # LAW-104


@dataclass(frozen=True)
class Statistics:
    """Counts of a service's cases that the actor may see. average_days: calendar days from receipt to the end."""

    opened: int
    open_now: int
    late_now: int
    finished: int
    in_time: int
    average_days: float | None

    @property
    def in_time_percent(self):
        return None if not self.finished else round(100 * self.in_time / self.finished)


def list_services(actor, active_only=True):
    """The service cards by name; every signed-in person may read them."""
    query = sa.select(Service).order_by(latvian_order(Service.name), Service.id)
    return list(db.session.scalars(query.where(Service.active) if active_only else query))


def get_service(actor, code):
    """One card by its code. Raises NotFound."""
    service = db.session.scalar(sa.select(Service).where(Service.code == code))
    if service is None:
        raise NotFound(_("There is no service with the code %(code)s", code=code))
    return service


def save_service(actor, code, **fields):
    """Make a card, or change the one with this code. fields: columns of Service.
    Raises Forbidden; Invalid for a card without name, unit, index or term."""
    ensure(policy.can_edit_services(actor))
    service = db.session.scalar(sa.select(Service).where(Service.code == code))
    is_new = service is None
    if is_new:
        service = Service(code=code)
        db.session.add(service)
    for name, value in fields.items():
        setattr(service, name, value)
    for name in ("name", "unit_id", "index"):
        if not getattr(service, name):
            raise Invalid(_("Fill in this field"), field=name)
    if bool(service.term_working_days) == bool(service.term_months):
        raise Invalid(_("Give the term either in working days or in months"), field="term_working_days")
    db.session.flush()
    audit.record(actor, "service.created" if is_new else "service.changed", service)
    return service


def find_service(code, text):
    """The service for an application: by the code in its message, else by keywords in the text, else the general one.
    A keyword is one or more word stems, all of which must begin words of the text; the service with most hits wins."""
    services = list(db.session.scalars(sa.select(Service).where(Service.active).order_by(Service.id)))
    for service in services:
        if code and service.code == code:
            return service
    words = [_folded(word) for word in _words(text)]
    best, most = None, 0
    for service in services:
        hits = sum(
            all(any(word.startswith(_folded(stem)) for word in words) for stem in keyword.split())
            for keyword in service.keywords
            if keyword.strip()
        )
        if hits > most:
            best, most = service, hits
    return best or next((service for service in services if service.is_general), None) or _make_general()


def service_statistics(actor, service):
    """Volumes and timeliness of the service's cases, of those that the actor may see. One query."""
    today = clock.today()
    mine = sa.and_(Case.service_id == service.id, visible_to(actor, Case))
    spent = sa.func.avg(_days(Case.requested_on, Case.done_on))
    row = db.session.execute(
        sa.select(
            sa.func.count(Case.id),
            sa.func.count(sa.case((Case.closed.is_(False), 1))),
            sa.func.count(sa.case((sa.and_(Case.closed.is_(False), Case.due_on < today), 1))),
            sa.func.count(sa.case((Case.closed.is_(True), 1))),
            sa.func.count(sa.case((sa.and_(Case.closed.is_(True), Case.done_on <= Case.due_on), 1))),
            spent,
        ).where(mine)
    ).one()
    return Statistics(*row[:5], average_days=None if row[5] is None else float(row[5]))


def _days(start, end):
    if db.engine.dialect.name == "sqlite":
        return sa.func.julianday(end) - sa.func.julianday(start)
    return end - start


def _make_general():
    """The card that every application without another one falls to, so that no message is left without a case."""
    units = identity.list_units(SYSTEM)
    if not units:
        raise Conflict(_("There is no unit yet that could examine applications"))
    root = next((unit for unit in units if unit.parent_id is None), units[0])
    return save_service(
        SYSTEM,
        GENERAL_CODE,
        index=GENERAL_INDEX,
        name="Iesnieguma izskatīšana",
        description="Iesniegums, uz kuru neattiecas neviena cita pakalpojuma kartīte.",
        unit_id=root.id,
        term_working_days=ANSWER_WORKING_DAYS,
        legal_basis="Iesniegumu likuma 5. panta trešā daļa",
        is_general=True,
    )


def _words(text):
    return "".join(c if c.isalnum() else " " for c in text or "").split()


def _folded(word):
    """The word without capitals and diacritics: applications are often typed without them."""
    return "".join(c for c in unicodedata.normalize("NFD", word.casefold()) if not unicodedata.combining(c))
