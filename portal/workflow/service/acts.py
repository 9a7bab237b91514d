"""Automatic steps: what a job does for a run, and how its end comes back. The areas know nothing of flows."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.identity import service as identity
from portal.kernel.db import db
from portal.kernel.errors import Conflict, ExternalUnavailable, Invalid, PortalError
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.workflow import model, who
from portal.workflow.events import StepGiven
from portal.workflow.models import FlowStep, StepKind
from portal.workflow.service import flows, tasks


def perform(actor, step_id, acts):
    """Do the automatic step, once: a second call finds it done or waiting. acts: by name, a function of (actor, run,
    step, row) that returns an outcome, or the id of what it waits for. What refuses is kept as the step's problem."""
    row = db.session.get(FlowStep, step_id)
    if row is None or row.done_at is not None or row.about_id is not None or not row.run.is_open:
        return
    step = flows.step_in(row.run, row)
    try:
        with db.session.begin_nested():
            found = acts[step.act](actor, row.run, step, row)
    except ExternalUnavailable:
        raise
    except PortalError as error:
        return _note_failure(actor, db.session.get(FlowStep, step_id, populate_existing=True), error)
    flows.set_problem(row, None)
    if isinstance(found, str):
        finish(actor, row, found)
    else:
        row.about_id = found
        db.session.flush()
        audit.record(actor, "flow.act_asked", row.run, new={"step": row.name})


def _note_failure(actor, row, error):
    flows.set_problem(row, error.message or _("The step could not be done"))
    db.session.flush()
    audit.record(actor, "flow.act_failed", row.run, new={"step": row.name}, reason=row.problem)


def finish(actor, row, outcome, data=None, note=None):
    """The automatic step has ended so: its run goes on."""
    if row.done_at is None and row.run.is_open:
        flows.go_on(actor, row.run, row.ready_id, {**(data or {}), "outcome": outcome}, note=note)


def finish_waiting(actor, about_id, good, data=None, note=None):
    """What an automatic step waited for has come to its end. Does nothing when no step waits for it."""
    rows = db.session.scalars(
        sa.select(FlowStep).where(
            FlowStep.about_id == about_id, FlowStep.kind == StepKind.ACT, FlowStep.done_at.is_(None)
        )
    )
    for row in rows.all():
        try:
            with db.session.begin_nested():  # that the flow cannot go on undoes no signature, decision or delivery
                finish(actor, row, model.GOOD if good else model.BAD, data, note)
        except PortalError as error:
            row = db.session.get(FlowStep, row.id, populate_existing=True)
            _note_failure(actor, row, error)


def hand_on(about_id, body):
    """The matter was passed on to another body in this very moment: the step of a run that comes next and waits for
    that body waits for the same matter from now on, before anybody can decide it."""
    passed = sa.select(FlowStep.run_id).where(FlowStep.about_id == about_id, FlowStep.act == "agenda")
    rows = db.session.scalars(
        sa.select(FlowStep).where(
            FlowStep.run_id.in_(passed),
            FlowStep.act == "agenda",
            FlowStep.done_at.is_(None),
            FlowStep.about_id.is_(None),
        )
    )
    for row in rows.all():
        if flows.step_in(row.run, row).body == body:
            row.about_id = about_id
    db.session.flush()


def waits_for(about_id, body=None):
    """Does an automatic step wait for this (of the body, when given)?"""
    rows = db.session.scalars(
        sa.select(FlowStep).where(FlowStep.about_id == about_id, FlowStep.done_at.is_(None))
    ).all()
    return any(body in (None, flows.step_in(row.run, row).body) for row in rows)


def try_again(actor, row):
    """Ask the job to do the step once more. Raises Conflict when it waits for nothing of the kind."""
    if row.kind != StepKind.ACT or row.done_at is not None or row.problem is None:
        raise Conflict(_("This step is not done by the system"))
    row.about_id = None
    flows.set_problem(row, None)
    db.session.flush()
    flows.ask(actor, row)


def who_does(run, step):
    """Somebody for an automatic step: the signer, those to be told."""
    return who.find(step, flows.people_data(run))


def all_who_do(run, step):
    """Ids of everybody whom an automatic step names. Raises Invalid when nobody is named."""
    somebody = who_does(run, step)
    if not somebody:
        raise Invalid(somebody.why)
    if somebody.person_id:
        return [somebody.person_id]
    if somebody.role:
        return [person.id for person in identity.people_with_role(somebody.role)]
    return [person.id for person in identity.people_of_unit(somebody.unit_id)]


def notify(actor, run, step, row):
    """Each of those whom the step names gets the thing to get acquainted with. Raises Invalid when nobody is named."""
    people = all_who_do(run, step)
    for person_id in people:
        tasks.add_task(
            actor, "document.read", run.about_kind, run.about_id, run.title, person_id=person_id, due_on=row.due_on
        )
    announce(actor, StepGiven(about_kind=run.about_kind, about_id=run.about_id, keys=who_does(run, step).keys))


def note_trouble(about_id, text):
    """What an automatic step waits for is in trouble: it stands among what is stuck."""
    for row in db.session.scalars(
        sa.select(FlowStep).where(FlowStep.about_id == about_id, FlowStep.done_at.is_(None))
    ).all():
        flows.set_problem(row, text)
    db.session.flush()
