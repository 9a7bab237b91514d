"""One act on many documents: first how many it will change and why not the others, then the act, then the way back."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.audit import service as audit
from portal.documents import policy
from portal.documents.models import Document, DocumentState, ListAct
from portal.documents.service import plans, readers, records
from portal.kernel import clock
from portal.kernel.access import visible_to
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from portal.kernel.i18n import _

MOST = 200  # documents of one act
UNDO_FOR = timedelta(hours=24)
# act -> (who may do it to a document, the columns it changes)
ACTS = {
    "assign": (policy.can_assign, ("responsible_id", "unit_id", "state", "access_set_id")),
    "file": (policy.can_edit, ("dossier_id",)),
    "share": (policy.can_share, ("access_set_id",)),
    "finish": (policy.can_finish, ("state", "done_note")),
}


@dataclass(frozen=True)
class Plan:
    """What an act would do: the documents it changes, and (document, why not) of the others."""

    able: list
    refused: list


def plan_act(actor, act, ids):
    """The Plan of an act on the documents with these ids that the actor may see. Raises Invalid("ids")."""
    verdict_of, _columns = ACTS[act]
    documents = _documents(actor, ids)
    able, refused = [], []
    for document in documents:
        verdict = verdict_of(actor, document)
        if verdict:
            able.append(document)
        else:
            refused.append((document, verdict.reason))
    return Plan(able, refused)


def act_on_many(actor, act, ids, value, admit=False, do=None):
    """Do it to every document it can be done to. value: the person, dossier, key or note; admit: as in
    `widened`; do: another area's way of doing it to one document, which returns the id of what it made or None.
    Returns the ListAct. Raises Invalid, NotFound as the single act does: then nothing is changed."""
    _verdict_of, columns = ACTS[act]
    plan = plan_act(actor, act, ids)
    if not plan.able:
        raise Invalid(_("This cannot be done to any of the chosen documents"), field="ids")
    changes = []
    for document in plan.able:
        old = {name: _plain(getattr(document, name)) for name in columns}
        made = do(document) if do else _do(actor, act, document.id, value, admit)
        new = {name: _plain(getattr(document, name)) for name in columns}
        if new != old or made:
            changes.append({"id": str(document.id), "version": document.version, "old": old, "made": _plain(made)})
    done = ListAct(person_id=actor.person_id, act=act, changes=changes)
    db.session.add(done)
    db.session.flush()
    audit.record(actor, "list_act.done", done, new={"act": act, "documents": len(changes)})
    return done


def _do(actor, act, document_id, value, admit):
    if act == "assign":
        records.assign(actor, document_id, value, admit)
    elif act == "file":
        plans.put_into(actor, document_id, value)
    elif act == "share":
        readers.share_with(actor, document_id, value, admit=admit)
    else:
        records.finish(actor, document_id, value or "")


def undo_act(actor, act_id, undo=None):
    """Take one's own act back, where nobody has changed the document since. undo: takes back what `do` made, and says
    whether that could be done. Returns (taken back, left).
    Raises NotFound, Forbidden, Conflict when it is too late or was done already."""
    done = db.session.get(ListAct, act_id)
    if done is None:
        raise NotFound(_("There is no such act"))
    if done.person_id != actor.person_id:
        raise Forbidden(_("An act is taken back by whoever did it"))
    if done.undone_at or done.done_at < clock.now() - UNDO_FOR:
        raise Conflict(_("The act can no longer be taken back"))
    back = left = 0
    found = {d.id: d for d in _documents(actor, [change["id"] for change in done.changes])}
    for change in done.changes:
        document = found.get(uuid.UUID(change["id"]))
        made = change.get("made")
        if document is None or document.version != change["version"] or (made and undo and not undo(made)):
            left += 1
            continue
        was = {name: _plain(getattr(document, name)) for name in change["old"]}
        for name, value in change["old"].items():
            setattr(document, name, _typed(name, value))
        db.session.flush()
        audit.record(actor, "document.act_undone", document, old=was, new=change["old"])
        records._changed(actor, document)
        back += 1
    done.undone_at = clock.now()
    db.session.flush()
    return back, left


def _documents(actor, ids):
    wanted = []
    for one in ids:
        try:
            wanted.append(uuid.UUID(str(one)))
        except ValueError:
            continue
    if not wanted or len(wanted) > MOST:
        raise Invalid(_("Choose from 1 to %(most)s documents", most=MOST), field="ids")
    return list(
        db.session.scalars(
            sa.select(Document)
            .where(Document.id.in_(wanted), visible_to(actor, Document))
            .options(
                joinedload(Document.register),
                joinedload(Document.registration),
                joinedload(Document.dossier),
                joinedload(Document.restriction),
            )
            .order_by(Document.registered_at.desc(), Document.id)
        )
    )


def _plain(value):
    return None if value is None else str(getattr(value, "value", value))


def _typed(name, value):
    if value is None or name == "done_note":
        return value
    return DocumentState(value) if name == "state" else uuid.UUID(value)
