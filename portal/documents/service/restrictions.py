"""Restricted access: set, lengthened, lifted by a person or by its term; what is asked before opening; why somebody
does not see a document (LAW-100..103, R282-13)."""

import uuid
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from portal.audit import service as audit
from portal.documents import policy
from portal.documents.events import RestrictionEnding, TeamAsked
from portal.documents.models import (
    WITHOUT_TERM,
    AccessLevel,
    Document,
    DocumentState,
    Draft,
    DraftState,
    Ground,
    LevelRole,
    Register,
    Restriction,
    SecrecyConfirmation,
)
from portal.documents.service.indexing import index_document
from portal.identity import service as identity
from portal.kernel import access, clock
from portal.kernel.access import SYSTEM, Key, keys_of, set_of, visible_to
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

    document_id = None  # of which, when the page is another one's


# --- setting and lifting ----------------------------------------------------------------------------------------------


def restrict(actor, document_id, *, ground, basis, level=AccessLevel.RESTRICTED, until=None, readers=(), team=False):
    """Restrict a document, or set a new term, ground or list of readers. readers: keys `person:…` and `unit:…` of those
    who need it for their work, for good or, as a Key or as they stand on the list already, until a day; the person
    responsible and the actor are among them always. team: the people of the document's case too, whoever they are from
    now on.
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
    if any(not _name(reader).startswith(("person:", "unit:")) for reader in readers):
        raise Invalid(_("Choose from the list"), field="readers")
    if team and document.case_id is None:
        raise Invalid(_("The document is not of a case"), field="team")
    found = document.restriction
    old = _told(found) if found else None
    if found is None:
        found = Restriction(document_id=document.id, former_set_id=document.access_set_id)
        db.session.add(found)
    found.ground, found.level, found.basis, found.until = ground, level, basis[:300], until
    found.team = [] if team else None
    found.set_on, found.set_by_id, found.asked_on = today, actor.person_id, None
    before = document.access_set_id
    until_a_day = {key.name: key for key in keys_of(before) if key.until and key.until >= today}
    named = [*readers, *([f"person:{actor.person_id}"] if actor.person_id else [])]
    named = [until_a_day.get(one, one) if isinstance(one, str) else one for one in named]
    named += [f"person:{document.responsible_id}"] if document.responsible_id else []
    document.access_set_id = set_of(*named, *_role_keys(level))
    _keep(actor, document)
    follow_drafts(document, before)
    team_changed(actor, document)
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
    before = document.access_set_id
    document.access_set_id = set_of(*named, base=found.former_set_id)
    _keep(actor, document)
    follow_drafts(document, before)
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
    of_teams = sa.select(Document.case_id).join(Restriction, Restriction.document_id == Document.id)
    for case_id in db.session.scalars(
        of_teams.where(Restriction.lifted_at.is_(None), Restriction.team.is_not(None)).distinct()
    ).all():  # heads of units change without a word to the case
        announce(actor, TeamAsked(case_id=case_id))
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
        "team": found.team is not None,
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
        before = document.access_set_id
        document.access_set_id = set_of(*kept, *new)
        index_document(document)
        follow_drafts(document, before)
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
        error = NotYet(_("Say first why you open this document, and confirm that you know the duty of secrecy"))
        error.document_id = document.id
        raise error


def ensure_known(actor, document):
    """Raises NotYet while the actor has not confirmed the duty of secrecy: before opening what answers a restricted
    document (LAW-103)."""
    if needed_before(actor, document)[1]:
        error = NotYet(_("Confirm first that you know the duty of secrecy"))
        error.document_id = document.id
        raise error


def confirm_secrecy(actor):
    """The actor confirms in writing that they know the duty of secrecy; once is enough (LAW-103)."""
    if db.session.get(SecrecyConfirmation, actor.person_id) is None:
        db.session.add(SecrecyConfirmation(person_id=actor.person_id))
        db.session.flush()
        audit.record(actor, "secrecy.confirmed", object_kind="person", object_id=str(actor.person_id), label=actor.name)


def veiled_documents(actor, ids):
    """Of the documents with these ids those that the actor may open only after confirming the duty of secrecy: until
    then search tells nothing but their number (LAW-103)."""
    if not ids or actor.is_system or _has_confirmed(actor):
        return []
    active = sa.select(Restriction.document_id).where(Restriction.lifted_at.is_(None))
    return list(db.session.scalars(active.where(Restriction.document_id.in_(ids))))


def veiled_drafts(actor, ids):
    """The same of drafts: those that answer a restricted document."""
    if not ids or actor.is_system or _has_confirmed(actor):
        return []
    return list(
        db.session.scalars(
            sa.select(Draft.id)
            .join(Restriction, Restriction.document_id == Draft.answers_id)
            .where(Draft.id.in_(ids), Restriction.lifted_at.is_(None))
        )
    )


def levels_to_confirm(actor):
    """The levels of documents and drafts of which search tells the actor nothing but numbers: all, until they have
    confirmed the duty of secrecy (LAW-103)."""
    return () if actor.is_system or _has_confirmed(actor) else tuple(f"document.{level}" for level in AccessLevel)


def _has_confirmed(actor):
    return actor.person_id is not None and db.session.get(SecrecyConfirmation, actor.person_id) is not None


# --- the list of those who need it ------------------------------------------------------------------------------------


def widened(actor, document, keys, admit=False):
    """The keys by which a document may be opened to more people. Nobody comes on the list of a restricted one unseen:
    who is not on it yet is named, and comes on it only when an actor who may restrict says so with `admit` (LAW-103).
    By itself the system adds named people only. Raises Invalid, on the field "admit" when saying so would do."""
    keys = list(keys)
    if document.restriction is None:
        return keys
    team_changed(actor, document)  # whoever works on the case is let in by that
    if actor.is_system:
        return [key for key in keys if _name(key).startswith("person:")]
    missing = [key for key in keys if not _opens(document, _name(key))]
    if not missing:
        return keys
    names = ", ".join(_who(actor, _name(key)) for key in missing)
    if not policy.can_restrict(actor, document):
        raise Invalid(
            _(
                "Access to the document is restricted, and not on its list: %(names)s. They are added by: %(grantors)s",
                names=names,
                grantors=", ".join(one.name for one in grantors_of(document)) or _("the clerks of the municipality"),
            )
        )
    if not admit:
        raise Invalid(
            _(
                "Access to the document is restricted, and not on its list: %(names)s. Tick this to add them, or "
                "choose somebody else",
                names=names,
            ),
            field="admit",
        )
    audit.record(actor, "document.opened_to", document, new={"keys": [_name(key) for key in missing], "who": names})
    return keys


def team_changed(actor, document):
    """Who works on the document or its case may have changed: its list follows, when it follows the case."""
    if document.restriction is not None and document.restriction.team is not None and document.case_id:
        announce(actor, TeamAsked(case_id=document.case_id))


def follow_team(actor, case_id, people):
    """These people are the team of a case now: the restricted documents of it whose list follows the team are open to
    them, and no more to those who left it. Called by the area of cases."""
    now = sorted(f"person:{one}" for one in set(people) if one)
    followed = sa.select(Restriction, Document).join(Document, Document.id == Restriction.document_id)
    followed = followed.where(
        Document.case_id == case_id, Restriction.lifted_at.is_(None), Restriction.team.is_not(None)
    )
    for found, document in db.session.execute(followed).all():
        old = set(found.team)
        kept = [key for key in keys_of(document.access_set_id) if key.name not in old]
        by_name = {key.name for key in kept if key.until is None}
        new = [name for name in now if name not in by_name]
        if set(new) == old:
            continue
        before, found.team = document.access_set_id, new
        document.access_set_id = set_of(*kept, *new)
        _keep(actor, document)
        follow_drafts(document, before)
        audit.record(actor, "document.team_followed", document, old={"keys": sorted(old)}, new={"keys": new})


def admit_person(actor, document_id, person_id, admit=False):
    """Is a person on the list of a document, or does the actor put them on it? Called by the area that gives them work
    with it, after its policy. Raises as `widened`."""
    document = db.session.get_one(Document, document_id)
    widened(actor, document, [f"person:{person_id}"], admit)


def _name(key):
    return key.name if isinstance(key, Key) else key


def _opens(document, name):
    """Does the document's list let in whoever is meant by the key, by this key or another one of theirs?"""
    today = clock.today()
    held = {key.name for key in keys_of(document.access_set_id) if key.until is None or key.until >= today}
    if name in held:
        return True
    kind, _colon, value = name.partition(":")
    return kind == "person" and not held.isdisjoint(identity.actor_for(uuid.UUID(value)).keys)


def _who(actor, name):
    kind, _colon, value = name.partition(":")
    if kind == "person":
        return identity.get_person(actor, uuid.UUID(value)).name
    return identity.get_unit(uuid.UUID(value)).name if kind == "unit" else value


def follow_drafts(document, before):
    """The drafts that answer a document are as closed as it is: their access follows, and the author keeps it.
    before: the document's former access set."""
    from portal.documents.service.drafts import reindex_draft

    was = {key.name for key in keys_of(before)}
    writing = (DraftState.OPEN, DraftState.SIGNING)
    for draft in db.session.scalars(
        sa.select(Draft).where(Draft.answers_id == document.id, Draft.state.in_(writing))
    ).all():
        # people asked to approve it stay; those who were let in by the document alone go when it lets them go
        kept = [key for key in keys_of(draft.access_set_id) if key.name.startswith("person:") and key.name not in was]
        kept.append(Key(f"person:{draft.author_id}"))
        if document.restriction is None and draft.unit_id:
            kept.append(Key(f"unit:{draft.unit_id}"))
        new = set_of(*kept, base=document.access_set_id)
        if new != draft.access_set_id:
            draft.access_set_id = new
            db.session.flush()
        reindex_draft(draft)


def restrict_answer(answer, document):
    """The answer to a restricted document is restricted like it, when it is registered; not when the term has ended
    and the restriction is only still to be lifted. A list that follows the case's team goes on following it."""
    found, today = document.restriction, clock.today()
    if found is None or (found.until and found.until < today):
        return
    team = found.team if answer.case_id else None
    restrict(
        SYSTEM,
        answer.id,
        ground=found.ground,
        basis=found.basis,
        level=found.level,
        until=found.until,
        readers=[
            key
            for key in keys_of(document.access_set_id)
            if key.name.startswith(("person:", "unit:"))
            and (key.until is None or key.until >= today)
            and key.name not in (team or ())
        ],
        team=team is not None,
    )


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
    return WhyNot(
        access.can_see(actor, document),
        found.level if found else None,
        found.until if found else None,
        [one.name for one in grantors_of(document)],
    )


def grantors_of(document):
    """The actors who see the document and may let others see it, in the order in which they are asked: who set the
    restriction, who is responsible, the head of the unit. Nobody when that is left to the clerks."""
    found = document.restriction
    head = identity.head_of(document.unit_id) if document.unit_id else None
    ids = (found.set_by_id if found else None, document.responsible_id, head.id if head else None)
    people = [identity.actor_for(one) for one in dict.fromkeys(ids) if one]
    return [one for one in people if access.can_see(one, document) and policy.can_share(one, document)]


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
    if key in (document.restriction.team or ()):
        raise Conflict(_("They are of the case's team; they leave the list when they leave the case"))
    kept = [one for one in keys_of(document.access_set_id) if one.name != key]
    if key in (f"person:{document.responsible_id}", f"person:{actor.person_id}") or len(kept) == len(
        keys_of(document.access_set_id)
    ):
        raise Conflict(_("Those who are responsible for the document, or hold it now, stay on the list"))
    before = document.access_set_id
    document.access_set_id = set_of(*kept)
    _keep(actor, document)
    follow_drafts(document, before)
    audit.record(actor, "document.closed_to", document, old={"keys": [key]}, reason=reason.strip())
    return document
