"""What the carrying out of a document changes in it: who sees it, its term, its end. Called by the area of workflow,
after its policy."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.documents import policy
from portal.documents.events import TermExtended
from portal.documents.models import OPEN_STATES, Document, DocumentState
from portal.documents.service.deadlines import ANSWER_COMPLEX_MONTHS, DECISION_LONGEST_MONTHS
from portal.documents.service.records import _changed, _move, keys_for
from portal.documents.service.restrictions import widened
from portal.identity import service as identity
from portal.kernel import access, clock
from portal.kernel.access import set_of
from portal.kernel.db import db
from portal.kernel.errors import Invalid
from portal.kernel.events import announce
from portal.kernel.i18n import _, date_short

# the rule of a document's term -> how many months from receipt the law lets it be extended to, and the rule of that
LONGER_TERMS = {
    "LAW-104": (ANSWER_COMPLEX_MONTHS, "LAW-104-more"),
    "LAW-104-more": (ANSWER_COMPLEX_MONTHS, "LAW-104-more"),
    "case": (DECISION_LONGEST_MONTHS, "LAW-107"),
    "LAW-107": (DECISION_LONGEST_MONTHS, "LAW-107"),
}


def may_assign(actor, document):
    """The verdict on whether the actor may say who answers for the document."""
    return policy.can_assign(actor, document)


def hand_over(actor, document, executor_ids, responsible_id=None, admit=False):
    """Those who carry the document out see it, and it is in work. responsible_id: who answers for it from now on;
    admit: as in `widened`."""
    keys = widened(actor, document, [f"person:{one}" for one in executor_ids], admit)
    old = document.responsible_id
    if responsible_id:
        document.responsible_id = responsible_id
        if document.unit_id is None:
            document.unit_id = identity.get_person(actor, responsible_id).unit_id
    if document.state == DocumentState.REGISTERED:
        document.state = DocumentState.IN_WORK
    document.access_set_id = set_of(*keys_for(document, responsible_id), *keys, base=document.access_set_id)
    db.session.flush()
    if responsible_id and responsible_id != old:
        names = identity.names_of([i for i in (old, responsible_id) if i])
        audit.record(actor, "document.assigned", document, old={"responsible": names.get(old)},
                     new={"responsible": names.get(responsible_id)})  # fmt: skip
    _changed(actor, document)


def columns():
    """The table of documents, for another area's one query over terms; `is_open_condition` and access go with it."""
    return Document.__table__.alias()


def is_open_condition(table):
    """SQL condition: the document is registered or in work. Written out, so that the index of open ones serves it."""
    states = [state.value for state in OPEN_STATES]
    written = sa.bindparam("open_states", states, type_=sa.String, expanding=True, literal_execute=True)
    return sa.type_coerce(table.c.state, sa.String).in_(written)


def title_for(actor, document_id):
    """What a task about the document is called for the actor: the number alone when they may not see the document."""
    document = db.session.get_one(Document, document_id)
    return f"{document.number} · {document.title}" if access.can_see(actor, document) else document.number


def longest_term(document):
    """(latest day, rule) to which the law lets the document's term be extended; (None, "") when it sets no term,
    (the term itself, its rule) when it allows no extension."""
    if document.due_on is None:
        return None, ""
    if document.due_rule not in LONGER_TERMS:
        return document.due_on, document.due_rule
    months, rule = LONGER_TERMS[document.due_rule]
    return max(document.due_on, clock.add_months(document.received_on, months)), rule


def extend_term(actor, document, due_on, reason):
    """A later term of the document itself, as far as the law allows. Returns the rule.
    Raises Invalid("due_on") naming the last day that the law allows (LAW-104, LAW-107)."""
    latest, rule = longest_term(document)
    if latest is None or due_on > latest:
        raise Invalid(
            _("The law does not let the answer take longer than until %(date)s", date=date_short(latest)),
            field="due_on",
        )
    old, document.due_on, document.due_rule = document.due_on, due_on, rule
    db.session.flush()
    audit.record(actor, "document.term_extended", document, old={"due_on": old.isoformat()},
                 new={"due_on": due_on.isoformat(), "rule": rule}, reason=reason)  # fmt: skip
    _changed(actor, document)
    announce(actor, TermExtended(document_id=document.id, due_on=due_on, reason=reason))
    return rule


def carried_out(actor, document, note=""):
    """The document is done: all that was ordered about it is. Nothing happens when it is not open."""
    if document.is_open:
        _move(document, DocumentState.DONE)
        audit.record(actor, "document.done", document, reason=note or None)
        _changed(actor, document)
