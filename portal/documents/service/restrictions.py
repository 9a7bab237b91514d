"""Restricted access: set, lengthened, lifted by a person or by its term; what is asked before opening; why somebody
does not see a document (LAW-100..103, R282-13)."""

import uuid
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from portal.audit import service as audit
from portal.documents import policy
from portal.documents.events import RestrictionEnding
from portal.documents.models import (
    WITHOUT_TERM,
    AccessLevel,
    Document,
    DocumentState,
    Ground,
    LevelRole,
    Register,
    Restriction,
    SecrecyConfirmation,
)
from portal.documents.service.indexing import index_document
from portal.identity import service as identity
from portal.kernel import access, clock
from portal.kernel.access import Key, keys_of, set_of, visible_to
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.kernel.web import cursor_page

LONGEST_YEARS = 1  # LAW-101, Informācijas atklātības likums 5(4)
ASK_DAYS_BEFORE = 14
AUTO_LIFT = True  # LAW-101: when the term ends the information is public by law


class NotYet(Forbidden):
    """The actor may open the document once they have said why, or confirmed the duty of secrecy: pages lead there."""


# --- setting and lifting ----------------------------------------------------------------------------------------------


def restrict(actor, document_id, *, ground, basis, level=AccessLevel.RESTRICTED, until=None, readers=()):
    """Restrict a document, or set a new term, ground or list of readers. readers: keys `person:…` and `unit:…` of those
    who need it for their work; the person responsible and the actor are among them always.
    Returns the Restriction. Raises Forbidden, NotFound, Invalid naming the field (LAW-100, LAW-101)."""
    document = _document(actor, document_id)
    ensure(policy.can_restrict(actor, document))
    ground, level, today = Ground(ground), AccessLevel(level), clock.today()
    basis = " ".join((basis or "").split())
    if not basis:
        raise Invalid(_("Name the law and section that are the ground"), field="basis")
    if until is None and ground not in WITHOUT_TERM:
        raise Invalid(_("Say until when; at most a year from today (Freedom of Information Law, 5(4))"), field="until")
    if until is not None and not today <= until <= latest_term(today):
        raise Invalid(_("The term is at most a year from today, and not in the past"), field="until")
    if any(not reader.startswith(("person:", "unit:")) for reader in readers):
        raise Invalid(_("Choose from the list"), field="readers")
    found = document.restriction
    old = _told(found) if found else None
    if found is None:
        found = Restriction(document_id=document.id, former_set_id=document.access_set_id)
        db.session.add(found)
    found.ground, found.level, found.basis, found.until = ground, level, basis[:300], until
    found.set_on, found.set_by_id, found.asked_on = today, actor.person_id, None
    named = {*readers, *(f"person:{one}" for one in (document.responsible_id, actor.person_id) if one)}
    document.access_set_id = set_of(*named, *_role_keys(level))
    _keep(actor, document)
    audit.record(actor, "document.restricted", document, old=old, new=_told(found))
    return found


def latest_term(today):
    """The last day that a restriction set today may name. Not a term of procedure: free days do not lengthen it."""
    leap = (today.month, today.day) == (2, 29)
    return today.replace(year=today.year + LONGEST_YEARS, day=28 if leap else today.day)


def lift(actor, document_id, reason):
    """End a restriction early; those who saw the document before see it again. Raises Forbidden, Conflict, Invalid."""
    document = _document(actor, document_id)
    ensure(policy.can_restrict(actor, document))
    if document.restriction is None:
        raise Conflict(_("The document is not restricted"))
    if not (reason or "").strip():
        raise Invalid(_("Say why the restriction is lifted"), field="reason")
    _lift(actor, document, document.restriction, reason.strip())
    return document


def _lift(actor, document, found, reason):
    found.lifted_at, found.lifted_by_id, found.lift_reason = clock.now(), actor.person_id, reason
    roles = {f"role:{one.role}" for one in db.session.scalars(sa.select(LevelRole))}
    named = [key for key in keys_of(document.access_set_id) if key.name not in roles]
    document.access_set_id = set_of(*named, base=found.former_set_id)
    _keep(actor, document)
    audit.record(actor, "document.restriction_lifted", document, old=_told(found), reason=reason)


def end_restrictions(actor):
    """What a day brings: lift what has run out, and what was for internal use in a matter that is done; ask in good
    time about the rest. Safe to repeat. Returns (lifted, asked)."""
    today, lifted, asked = clock.today(), 0, 0
    ended = sa.or_(
        Restriction.until < today, sa.and_(Restriction.ground == Ground.INTERNAL, Document.state == DocumentState.DONE)
    )
    active = (
        sa.select(Restriction, Document)
        .join(Document, Document.id == Restriction.document_id)
        .where(Restriction.lifted_at.is_(None))
        .order_by(Restriction.id)
    )
    for found, document in db.session.execute(active.where(ended)).all() if AUTO_LIFT else ():
        reason = (
            _("The term ended")
            if found.until and found.until < today
            else _("The matter is decided or the document is sent")
        )
        _lift(actor, document, found, reason)
        lifted += 1
    soon = (Restriction.until <= today + clock.timedelta(days=ASK_DAYS_BEFORE), Restriction.asked_on.is_(None))
    for found, document in db.session.execute(active.where(*soon)).all():
        found.asked_on = today
        db.session.flush()
        announce(
            actor,
            RestrictionEnding(
                document_id=document.id,
                title=document.number,
                until=found.until,
                person_id=found.set_by_id or document.responsible_id,
            ),
        )
        asked += 1
    return lifted, asked


def _document(actor, document_id):
    from portal.documents.service.records import get_document

    return get_document(actor, document_id)


def _keep(actor, document):
    db.session.flush()
    db.session.expire(document, ["restriction"])
    index_document(document)


def _told(found):
    return {
        "ground": found.ground.value,
        "basis": found.basis,
        "level": found.level.value,
        "until": found.until.isoformat() if found.until else None,
    }


# --- levels -----------------------------------------------------------------------------------------------------------


def _role_keys(level):
    return [f"role:{role}" for role in db.session.scalars(sa.select(LevelRole.role).where(LevelRole.level == level))]


def roles_of_levels():
    """{level: roles that open its documents beside the people named}."""
    found: dict = {level: [] for level in AccessLevel}
    for row in db.session.scalars(sa.select(LevelRole).order_by(LevelRole.role)):
        found[row.level].append(row.role)
    return found


def set_level_roles(actor, level, roles):
    """Which roles open documents of a level; documents restricted already follow at once. Raises Forbidden."""
    ensure(policy.can_manage_registers(actor))
    level, old = AccessLevel(level), _role_keys(level)
    new = [f"role:{role}" for role in dict.fromkeys(roles)]
    db.session.execute(sa.delete(LevelRole).where(LevelRole.level == level))
    db.session.add_all([LevelRole(level=level, role=key.removeprefix("role:")) for key in new])
    held = sa.select(Document).join(Restriction, Restriction.document_id == Document.id)
    for document in db.session.scalars(held.where(Restriction.lifted_at.is_(None), Restriction.level == level)):
        kept = [key for key in keys_of(document.access_set_id) if key.name not in old]
        document.access_set_id = set_of(*kept, *new)
        index_document(document)
    db.session.flush()
    audit.record(
        actor,
        "access_level.changed",
        object_kind="access_level",
        object_id=level.value,
        label=level.value,
        old={"roles": old},
        new={"roles": new},
    )


# --- before opening ---------------------------------------------------------------------------------------------------


def needed_before(actor, document, purpose=""):
    """(is the purpose still to be said, is the duty of secrecy still to be confirmed) before the actor opens it."""
    if actor.is_system or actor.person_id is None:
        return False, False
    asks = document.register.asks_purpose and not (purpose or actor.purpose)
    secret = document.restriction is not None and db.session.get(SecrecyConfirmation, actor.person_id) is None
    return asks, secret


def ensure_openable(actor, document, purpose=""):
    """Raises NotYet while something is to be said or confirmed first (LAW-103)."""
    if any(needed_before(actor, document, purpose)):
        raise NotYet(_("Say first why you open this document, and confirm that you know the duty of secrecy"))


def confirm_secrecy(actor):
    """The actor confirms in writing that they know the duty of secrecy; once is enough (LAW-103)."""
    if db.session.get(SecrecyConfirmation, actor.person_id) is None:
        db.session.add(SecrecyConfirmation(person_id=actor.person_id))
        db.session.flush()
        audit.record(actor, "secrecy.confirmed", object_kind="person", object_id=str(actor.person_id), label=actor.name)


# --- who does not see -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WhyNot:
    """Why somebody does not see a document, without what it is about."""

    sees: bool
    level: AccessLevel | None
    until: date | None
    grantors: list


def why_not(actor, document_id):
    """The WhyNot of a document: its level and who can open it. Tells nothing of its content. Raises NotFound."""
    try:
        document = db.session.get(
            Document, document_id if isinstance(document_id, uuid.UUID) else uuid.UUID(document_id)
        )
    except ValueError:
        document = None
    if document is None:
        raise NotFound(_("There is no such document"))
    found = document.restriction
    head = identity.head_of(document.unit_id) if document.unit_id else None
    names = identity.names_of([one for one in (found.set_by_id if found else None, document.responsible_id) if one])
    grantors = list(dict.fromkeys([*([head.name] if head else []), *names.values()]))
    return WhyNot(
        access.can_see(actor, document), found.level if found else None, found.until if found else None, grantors
    )


# --- the list of restricted information -------------------------------------------------------------------------------


def restricted_kinds():
    """The list that the institution keeps of its restricted information (LAW-100): how many documents of each register
    and ground, never which ones."""
    return db.session.execute(
        sa.select(Register.name, Register.index, Restriction.ground, sa.func.count(), sa.func.max(Restriction.until))
        .join(Document, Document.id == Restriction.document_id)
        .join(Register, Register.id == Document.register_id)
        .where(Restriction.lifted_at.is_(None))
        .group_by(Register.name, Register.index, Restriction.ground)
        .order_by(Register.index, Restriction.ground)
    ).all()


def list_restricted(actor, after=None, size=50):
    """A Page of (Restriction, Document) that the actor may see, newest first."""
    query = (
        sa.select(Restriction, Document)
        .join(Document, Document.id == Restriction.document_id)
        .where(Restriction.lifted_at.is_(None), visible_to(actor, Document))
    )
    return cursor_page(query, [Restriction.id.desc()], size=size, cursor=after, scalars=False)


def restrictions_of(document):
    """The present and former restrictions of a document, newest first."""
    return list(
        db.session.scalars(
            sa.select(Restriction).where(Restriction.document_id == document.id).order_by(Restriction.id.desc())
        )
    )


def close_to(actor, document_id, key, reason):
    """Take somebody off the list of a restricted document. Raises Forbidden, NotFound, Conflict, Invalid."""
    document = _document(actor, document_id)
    ensure(policy.can_restrict(actor, document))
    if document.restriction is None:
        raise Conflict(_("The document is not restricted"))
    if not (reason or "").strip():
        raise Invalid(_("Say why it is closed to them"), field="reason")
    kept = [one for one in keys_of(document.access_set_id) if one.name != key]
    if key in (f"person:{document.responsible_id}", f"person:{actor.person_id}") or len(kept) == len(
        keys_of(document.access_set_id)
    ):
        raise Conflict(_("Those who are responsible for the document, or hold it now, stay on the list"))
    document.access_set_id = set_of(*kept)
    _keep(actor, document)
    audit.record(actor, "document.closed_to", document, old={"keys": [key]}, reason=reason.strip())
    return document


def keys_allowed(actor, document, keys):
    """Which of the keys may open the document: by itself the system opens a restricted one to named people only."""
    if document.restriction is None or not actor.is_system:
        return keys
    return [key for key in keys if (key.name if isinstance(key, Key) else key).startswith("person:")]
