"""Who does not see a document asks to; who can let them see it answers (LAW-103)."""

import uuid

import sqlalchemy as sa

from portal.audit import service as audit
from portal.documents import policy
from portal.documents.events import AccessAnswered, AccessAsked
from portal.documents.models import AccessRequest, Document, RequestState
from portal.documents.service.records import get_document, share
from portal.documents.service.restrictions import grantors_of
from portal.identity import service as identity
from portal.kernel import access, clock
from portal.kernel.access import Key
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _, date_short

LONGEST = 500


def ask_access(actor, document_id, reason):
    """The actor asks for access to a document that they do not see: a task for who can give it. A second request about
    the same document is the first one. Returns the AccessRequest. Raises NotFound, Conflict, Invalid("reason")."""
    document = db.session.get(Document, document_id)
    if document is None:
        raise NotFound(_("There is no such document"))
    if access.can_see(actor, document):
        raise Conflict(_("You may see this document."))
    waiting = open_request_of(actor, document_id)
    if waiting is not None:
        return waiting
    reason = " ".join((reason or "").split())
    if not reason:
        raise Invalid(_("Say what you need the document for"), field="reason")
    if len(reason) > LONGEST:
        raise Invalid(_("At most %(max)s characters; now %(size)s", max=LONGEST, size=len(reason)), field="reason")
    asked = AccessRequest(document_id=document.id, person_id=actor.person_id, reason=reason)
    db.session.add(asked)
    db.session.flush()
    audit.record(actor, "access.asked", document, reason=reason)
    announce(
        actor,
        AccessAsked(
            request_id=asked.id,
            document_id=document.id,
            title=_("%(name)s asks for access to %(number)s", name=actor.name, number=document.number),
            reason=reason,
            person_id=next((one.person_id for one in grantors_of(document) if one.person_id != actor.person_id), None),
        ),
    )
    return asked


def open_request_of(actor, document_id):
    """The actor's request that waits for an answer, or None."""
    return db.session.scalar(
        sa.select(AccessRequest).where(
            AccessRequest.document_id == document_id,
            AccessRequest.person_id == actor.person_id,
            AccessRequest.state == RequestState.OPEN,
        )
    )


def get_access_request(actor, request_id):
    """(request, its document), for who may answer it. Raises NotFound, Forbidden."""
    asked = db.session.get(AccessRequest, request_id)
    if asked is None:
        raise NotFound(_("There is no such request"))
    document = get_document(actor, asked.document_id)
    ensure(policy.can_share(actor, document))
    if asked.person_id == actor.person_id:
        raise Forbidden(_("Somebody else answers your own request"))
    return asked, document


def grant_access(actor, request_id, until):
    """Let the asker see the document until a day. Raises NotFound, Forbidden, Conflict, Invalid("until")."""
    asked, document = _waiting(actor, request_id)
    if until is None or until < clock.today():
        raise Invalid(_("Say until when; the day may not lie in the past"), field="until")
    asked.until = until
    share(actor, document.id, Key(f"person:{asked.person_id}", until=until), admit=True)
    _answered(actor, asked, document, RequestState.GRANTED, "")
    audit.record(actor, "access.granted", document, new={**_named(asked), "until": until.isoformat()})
    return asked


def refuse_access(actor, request_id, reason):
    """Answer with no. Raises NotFound, Forbidden, Conflict, Invalid("reason")."""
    asked, document = _waiting(actor, request_id)
    reason = " ".join((reason or "").split())[:LONGEST]
    if not reason:
        raise Invalid(_("Say why access is refused"), field="reason")
    _answered(actor, asked, document, RequestState.REFUSED, reason)
    audit.record(actor, "access.request_refused", document, new=_named(asked), reason=reason)
    return asked


def _waiting(actor, request_id):
    asked, document = get_access_request(actor, request_id)
    if asked.state != RequestState.OPEN:
        raise Conflict(_("The request has been answered already"))
    return asked, document


def _answered(actor, asked, document, state, answer):
    asked.state, asked.answer = state, answer
    asked.answered_at, asked.answered_by_id = clock.now(), actor.person_id
    db.session.flush()
    granted = state == RequestState.GRANTED
    words = (
        _("Access is given until %(date)s", date=date_short(asked.until))
        if granted
        else _("Access is refused: %(reason)s", reason=answer)
    )
    announce(
        actor,
        AccessAnswered(
            request_id=asked.id,
            document_id=document.id if granted else None,
            title=_("Access to %(number)s", number=document.number),
            answer=words,
            person_id=asked.person_id,
        ),
    )


def _named(asked: AccessRequest) -> dict:
    person_id: uuid.UUID = asked.person_id
    return {"person": identity.names_of([person_id]).get(person_id)}
