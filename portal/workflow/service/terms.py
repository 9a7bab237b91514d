"""Terms of resolutions: extended with a reason, paused while something is waited for (12.5, LAW-104, LAW-107)."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.documents import service as documents
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.i18n import _, date_short
from portal.workflow import policy
from portal.workflow.models import Executor, Extension, ExtensionState, Resolution, Task, TaskState
from portal.workflow.service import resolutions, tasks


def ask_extension(actor, resolution_id, due_on, reason):
    """An executor asks for a later term; who may grant it gets it at once. Returns the Extension.
    Raises Forbidden; Conflict while a request waits; Invalid naming the field (LAW-104, LAW-107: how late at most)."""
    resolution, document = resolutions.get_resolution(actor, resolution_id)
    may_grant = policy.can_manage(actor, resolution, resolutions.heads_person(actor, resolution.responsible.person_id))
    if not may_grant:
        ensure(policy.can_ask_extension(actor, resolution))
    if waiting_extension(resolution.id) is not None:
        raise Conflict(_("An extension is asked for already; wait for the answer"))
    due_on, reason = _checked(resolution, document, due_on, reason)
    extension = Extension(
        resolution_id=resolution.id,
        old_due_on=resolution.due_on,
        due_on=due_on,
        reason=reason,
        asked_at=clock.now(),
        asked_by_id=actor.person_id,
    )
    db.session.add(extension)
    db.session.flush()
    if may_grant:
        _grant(actor, extension, resolution, document, "")
        return extension
    audit.record(actor, "resolution.extension_asked", document, reason=reason,
                 new={"resolution": str(resolution.id), "due_on": due_on.isoformat()})  # fmt: skip
    tasks.add_task(
        actor,
        "resolution.extend",
        "resolution_extension",
        extension.id,
        resolutions.title_of(document),
        person_id=resolution.author_id,
        due_on=resolution.due_on,
        detail=_("until %(date)s: %(reason)s", date=date_short(due_on), reason=reason),
        document_id=document.id,
    )
    return extension


def get_extension(actor, extension_id):
    """(request, document). Raises NotFound."""
    extension = db.session.get(Extension, extension_id)
    if extension is None:
        raise NotFound(_("There is no such request"))
    return extension, documents.get_document(actor, extension.resolution.document_id)


def waiting_extension(resolution_id):
    """The request that waits for an answer, or None."""
    return db.session.scalar(
        sa.select(Extension).where(Extension.resolution_id == resolution_id, Extension.state == ExtensionState.ASKED)
    )


def grant(actor, extension_id, answer=""):
    """Let the executors have the later term. Raises Forbidden, Conflict, Invalid."""
    extension, document = _waiting(actor, extension_id)
    _checked(extension.resolution, document, extension.due_on, extension.reason)
    _grant(actor, extension, extension.resolution, document, answer)
    return extension


def refuse(actor, extension_id, answer):
    """The term stays. Raises Forbidden, Conflict, Invalid("answer")."""
    extension, document = _waiting(actor, extension_id)
    answer = (answer or "").strip()
    if not answer:
        raise Invalid(_("Say why the term is not extended"), field="answer")
    _decide(actor, extension, ExtensionState.REFUSED, answer)
    audit.record(actor, "resolution.extension_refused", document, reason=answer,
                 new={"resolution": str(extension.resolution_id), "due_on": extension.due_on.isoformat()})  # fmt: skip
    return extension


def _waiting(actor, extension_id):
    extension, document = get_extension(actor, extension_id)
    resolution = extension.resolution
    ensure(policy.can_manage(actor, resolution, resolutions.heads_person(actor, resolution.responsible.person_id)))
    if extension.state != ExtensionState.ASKED:
        raise Conflict(_("This request is answered already"))
    return extension, document


def _checked(resolution, document, due_on, reason):
    """(term on a working day, reason). Raises Conflict, Invalid."""
    reason = (reason or "").strip()
    if not reason:
        raise Invalid(_("Say why more time is needed"), field="reason")
    if resolution.paused_on or resolution.due_on is None:
        raise Conflict(_("The resolution has no running term"))
    if due_on is None:
        raise Invalid(_("Fill in this field"), field="due_on")
    due_on = clock.next_working_day(due_on)
    if due_on <= max(resolution.due_on, clock.today()):
        raise Invalid(_("The new term must lie after the present one and after today"), field="due_on")
    above = db.session.get(Resolution, resolution.parent_id) if resolution.parent_id else None
    if above is not None and above.due_on and due_on > above.due_on:
        raise Invalid(
            _("The resolution above ends on %(date)s; ask to extend that one first", date=date_short(above.due_on)),
            field="due_on",
        )
    latest, _rule = documents.longest_term(document)
    if latest is not None and due_on > latest:
        raise Invalid(
            _("The law does not let the answer take longer than until %(date)s", date=date_short(latest)),
            field="due_on",
        )
    return due_on, reason


def _grant(actor, extension, resolution, document, answer):
    if document.due_on and extension.due_on > document.due_on:
        extension.rule = documents.extend_term(actor, document, extension.due_on, extension.reason)
        tasks.add_task(
            actor,
            "resolution.notice",
            "resolution_extension",
            extension.id,
            resolutions.title_of(document),
            person_id=resolution.responsible.person_id,
            due_on=extension.old_due_on if extension.old_due_on >= clock.today() else clock.today(),
            detail=_("The term is extended until %(date)s; tell the applicant by letter and note its number",
                     date=date_short(extension.due_on)),
            document_id=document.id,
        )  # fmt: skip
    set_due(resolution, extension.due_on)
    _decide(actor, extension, ExtensionState.GRANTED, answer)
    audit.record(
        actor,
        "resolution.extended",
        document,
        old={"due_on": extension.old_due_on and extension.old_due_on.isoformat()},
        new={"resolution": str(resolution.id), "due_on": extension.due_on.isoformat(), "rule": extension.rule},
        reason=extension.reason,
    )


def _decide(actor, extension, state, answer):
    extension.state, extension.answer = state, (answer or "").strip()
    extension.decided_at, extension.decided_by_id = clock.now(), actor.person_id
    db.session.flush()
    for task in tasks.open_tasks_about("resolution_extension", extension.id):
        if task.kind == "resolution.extend":
            tasks.finish(actor, task, {}, extension.answer)


def set_due(resolution, due_on):
    """Give a resolution and the open tasks of its executors another term; None while it is paused."""
    if due_on is not None:
        resolution.due_on = due_on
    db.session.flush()
    parts = sa.select(Executor.id).where(Executor.resolution_id == resolution.id)
    about = sa.or_(
        sa.and_(Task.about_kind == "resolution_executor", Task.about_id.in_(parts)),
        sa.and_(Task.about_kind == "resolution", Task.about_id == resolution.id),
    )
    for task in db.session.scalars(sa.select(Task).where(about, Task.state == TaskState.OPEN)).all():
        tasks.settle_breach(SYSTEM, task)
        task.due_on = due_on
        tasks.tell(task)
    db.session.flush()


# --- pause -----------------------------------------------------------------------------------------------------------


def may_pause(document):
    """A term that the law sets runs on while information is waited for: it can be extended, not stopped (LAW-104,
    LAW-107); a term that the head set can be stopped."""
    return document.due_on is None


def pause(actor, resolution_id, reason):
    """Stop the term of a resolution while something is waited for. Raises Forbidden; Invalid("reason"); Conflict when
    the document has a term by law."""
    resolution, document = resolutions.get_resolution(actor, resolution_id)
    ensure(policy.can_manage(actor, resolution, resolutions.heads_person(actor, resolution.responsible.person_id)))
    if not may_pause(document):
        raise Conflict(_("The document has a term set by law, which does not stop while information is waited for; "
                         "ask for an extension instead"))  # fmt: skip
    if resolution.due_on is None or resolution.paused_on:
        raise Conflict(_("The resolution has no running term"))
    reason = (reason or "").strip()
    if not reason:
        raise Invalid(_("Say what is waited for"), field="reason")
    resolution.paused_on, resolution.pause_reason = clock.today(), reason[:500]
    resolution.days_left = clock.working_days_between(clock.today(), resolution.due_on)
    set_due(resolution, None)
    audit.record(actor, "resolution.paused", document, new={"resolution": str(resolution.id)}, reason=reason)
    return resolution


def resume(actor, resolution_id):
    """The term runs on with the working days that were left. Raises Forbidden, Conflict."""
    resolution, document = resolutions.get_resolution(actor, resolution_id)
    ensure(policy.can_manage(actor, resolution, resolutions.heads_person(actor, resolution.responsible.person_id)))
    if not resolution.paused_on:
        raise Conflict(_("The resolution is not paused"))
    resolution.paused_on = None
    due_on = clock.add_working_days(clock.today(), max(resolution.days_left, 0))
    set_due(resolution, clock.next_working_day(due_on))
    audit.record(actor, "resolution.resumed", document,
                 new={"resolution": str(resolution.id), "due_on": due_on.isoformat()})  # fmt: skip
    return resolution
