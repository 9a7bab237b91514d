"""Flows as staff make them: a draft that is drawn or listed, checked, published in versions, taken back."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from portal.audit import service as audit
from portal.documents import service as documents
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.i18n import _
from portal.kernel.latvian import sort_key
from portal.workflow import checks, engine, model, policy, ready, simple
from portal.workflow.fields import FIELDS
from portal.workflow.models import Flow, FlowDefinition

SHIPPED = Path(__file__).parents[1] / "flows"
_KEY = re.compile(r"[a-z][a-z0-9_]{1,50}")


@dataclass(frozen=True)
class FlowLine:
    """A flow in the list. in_force: its published version, None before the first or when it was taken back."""

    key: str
    name: str
    purpose: str
    listed: bool
    in_force: int | None
    changed_at: datetime | None
    is_shipped: bool


@dataclass
class Draft:
    """What staff work on. version: of the row, 0 while the shipped model is untouched."""

    key: str
    name: str
    purpose: str
    xml: str
    steps: list | None
    version: int
    is_published: bool  # the published version is the same


def list_flows(actor):
    """All flows, shipped and own, in order of name."""
    rows = {flow.key: flow for flow in db.session.scalars(sa.select(Flow))}
    forces = in_force_versions()
    lines = []
    for key in {*rows, *shipped_keys(), *forces}:
        row, version = rows.get(key), forces.get(key)
        source = row or _shipped(key) or _as_draft(_latest(key))
        lines.append(
            FlowLine(
                key,
                source.name,
                source.purpose,
                source.steps is not None,
                version if key in forces else (1 if _is_fresh(key) else None),
                row.changed_at if row else None,
                key in shipped_keys(),
            )
        )
    return sorted(lines, key=lambda line: sort_key(line.name))


def flow_choices(actor):
    """(key, name) of the flows that can be started now, in order of name; the flow of cases starts with its case."""
    return [(line.key, line.name) for line in list_flows(actor) if line.in_force and line.key != "application"]


def in_force_versions():
    """Number of the version in force, by key; None for a flow whose versions were all taken back."""
    rows = db.session.execute(
        sa.select(
            FlowDefinition.key, sa.func.max(sa.case((FlowDefinition.withdrawn_at.is_(None), FlowDefinition.version)))
        ).group_by(FlowDefinition.key)
    )
    return {key: version for key, version in rows}


def get_draft(actor, key):
    """The draft of a flow: what was saved last, else the latest version, else the shipped model. Raises NotFound."""
    row = db.session.scalar(sa.select(Flow).where(Flow.key == key))
    latest = _latest(key)
    if row is not None:
        same = latest is not None and latest.xml == row.xml and latest.withdrawn_at is None
        return Draft(key, row.name, row.purpose, row.xml, row.steps, row.version, same)
    if latest is not None:
        return _as_draft(latest)
    shipped = _shipped(key)
    if shipped is None:
        raise NotFound(_("There is no flow “%(key)s”", key=key))
    return shipped


def versions_of(actor, key):
    """The published versions, newest first."""
    return list(
        db.session.scalars(
            sa.select(FlowDefinition).where(FlowDefinition.key == key).order_by(FlowDefinition.version.desc())
        )
    )


def create(actor, name, listed=True):
    """A new flow with an empty draft. Returns its Draft. Raises Forbidden, Invalid("name")."""
    ensure(policy.can_design(actor))
    name = " ".join((name or "").split())[:200]
    if not name:
        raise Invalid(_("Fill in this field"), field="name")
    key = _new_key(name)
    steps = [simple.FIRST] if listed else None
    _keep(actor, key, name, "", simple.to_bpmn(key, name, [simple.FIRST]), steps, 0)
    return get_draft(actor, key)


def save_drawing(actor, key, xml, *, name=None, purpose=None, version=0):
    """Keep a drawn draft. Raises Forbidden; Invalid("xml") for what can never be a flow; Conflict when somebody saved
    meanwhile. What is only unfinished is kept; the checks say it."""
    ensure(policy.can_design(actor))
    draft = get_draft(actor, key)
    try:
        if model.process_id(xml) != key:
            raise engine.FlowError(_("The process must keep the identifier “%(key)s”", key=key))
        model.steps(xml)
    except engine.FlowError as error:
        raise Invalid(_("The model cannot be used: %(reason)s", reason=error), field="xml") from error
    steps = draft.steps if xml == draft.xml else None
    _keep(
        actor, key, name or model.process_name(xml), draft.purpose if purpose is None else purpose, xml, steps, version
    )
    return get_draft(actor, key)


def save_steps(actor, key, name, purpose, steps, version=0):
    """Keep a draft made of an ordered list. Raises Forbidden, Invalid naming the row, Conflict."""
    ensure(policy.can_design(actor))
    get_draft(actor, key)
    name = " ".join((name or "").split())[:200]
    if not name:
        raise Invalid(_("Fill in this field"), field="name")
    steps = simple.tidy(steps)
    _keep(actor, key, name, purpose, simple.to_bpmn(key, name, steps), steps, version)
    return get_draft(actor, key)


def check(actor, key):
    """What is still wrong with the draft: list of checks.Finding."""
    return check_model(actor, key, get_draft(actor, key).xml)


def check_model(actor, key, xml):
    """What is wrong with a model of this flow."""
    return checks.findings(xml, key=key, nobody=_nobody(actor), flows=called_models(actor), fields=condition_fields())


def condition_fields():
    """{name: words} of all that a condition may ask about: fields of every document, and those of its kind."""
    return {**documents.flow_fields(), **{name: words for name, (words, _kind) in FIELDS.items()}}


def publish(actor, key):
    """Make the draft the next version, which new runs take. Raises Forbidden; Invalid("xml") with what is wrong."""
    ensure(policy.can_design(actor))
    draft = get_draft(actor, key)
    wrong = [finding for finding in check(actor, key) if finding.serious]
    if wrong:
        raise Invalid(" ".join(finding.text for finding in wrong), field="xml")
    return _publish(actor, key, draft.name, draft.xml, draft.steps)


def save_definition(actor, key, xml):
    """Keep a model as the next version of a flow at once; runs under way keep theirs.
    Raises Forbidden; Invalid("xml") with what is wrong with the model."""
    ensure(policy.can_design(actor))
    try:
        engine.start(whole_model(actor, xml, key), {})
    except engine.FlowError as error:
        raise Invalid(_("The model cannot be used: %(reason)s", reason=error), field="xml") from error
    return _publish(actor, key, model.process_name(xml), xml, None)


def take_back(actor, key, reason):
    """The version in force serves no new runs any more; the one before it does again, if there is one.
    Raises Forbidden, Invalid("reason"), Conflict."""
    ensure(policy.can_design(actor))
    if not (reason or "").strip():
        raise Invalid(_("Say why the version is taken back"), field="reason")
    definition = in_force(actor, key)
    definition.withdrawn_at, definition.withdrawn_reason = clock.now(), reason.strip()
    db.session.flush()
    audit.record(actor, "flow.withdrawn", definition, reason=reason.strip())
    return definition


def restore(actor, key, number):
    """Put an earlier version into the draft. Raises Forbidden, NotFound."""
    ensure(policy.can_design(actor))
    found = next((one for one in versions_of(actor, key) if one.version == number), None)
    if found is None:
        raise NotFound(_("There is no such version"))
    draft = get_draft(actor, key)
    _keep(actor, key, found.name, draft.purpose, found.xml, found.steps, draft.version)


def in_force(actor, key):
    """The version that new runs take; a shipped model is taken in at its first use. Raises NotFound, Conflict."""
    found = db.session.scalar(
        sa.select(FlowDefinition)
        .where(FlowDefinition.key == key, FlowDefinition.withdrawn_at.is_(None))
        .order_by(FlowDefinition.version.desc())
        .limit(1)
    )
    if found is not None:
        return found
    if _latest(key) is not None:
        raise Conflict(_("The flow was taken back; it starts nothing until a version is published"))
    shipped = _shipped(key)
    if shipped is None:
        raise NotFound(_("There is no flow “%(key)s”", key=key))
    return _publish(actor, key, shipped.name, shipped.xml, shipped.steps)


def called_by(actor, definition):
    """The flows that a version calls, and those that they call, as they are in force now: definitions by key."""
    found, waiting = {}, [definition]
    while waiting:
        for step in engine.steps(waiting.pop().xml):
            if step.calls and step.calls not in found and step.calls != definition.key:
                found[step.calls] = in_force(actor, step.calls)
                waiting.append(found[step.calls])
    return found


def whole_model(actor, xml, key):
    """A model with the flows that it calls, as they are in force now. Raises engine.FlowError."""
    find = called_models(actor)
    found, waiting = {}, [xml]
    while waiting:
        for step in engine.steps(waiting.pop()):
            if step.calls and step.calls not in found and step.calls != key:
                inner = find(step.calls)
                if inner is None:
                    raise engine.FlowError(_("“%(name)s”: choose a published flow to call", name=step.name))
                found[step.calls] = inner
                waiting.append(inner)
    return engine.Model(xml, tuple(sorted(found.items())))


def shipped_keys():
    """The keys of the flows that come with the system."""
    return (*(path.stem for path in SHIPPED.glob("*.bpmn")), *ready.FLOWS)


# --- inside ---------------------------------------------------------------------------------------------------------


def _shipped(key):
    if key in ready.FLOWS:
        flow = ready.FLOWS[key]
        return Draft(key, flow.name, flow.purpose, simple.to_bpmn(key, flow.name, flow.steps), flow.steps, 0, True)
    path = SHIPPED / f"{Path(key).name}.bpmn"
    if not path.is_file():
        return None
    xml = path.read_text()
    purpose = _("The way of an application from its receipt to the delivered decision")
    return Draft(key, model.process_name(xml), purpose, xml, None, 0, True)


def _as_draft(definition):
    purpose = ready.FLOWS[definition.key].purpose if definition.key in ready.FLOWS else ""
    same = definition.withdrawn_at is None
    return Draft(definition.key, definition.name, purpose, definition.xml, definition.steps, 0, same)


def _is_fresh(key):
    """A shipped flow that nobody has used or changed: in force as it came."""
    return key in shipped_keys()


def _latest(key):
    return db.session.scalar(
        sa.select(FlowDefinition).where(FlowDefinition.key == key).order_by(FlowDefinition.version.desc()).limit(1)
    )


def _publish(actor, key, name, xml, steps):
    last = db.session.scalar(sa.select(sa.func.max(FlowDefinition.version)).where(FlowDefinition.key == key)) or 0
    definition = FlowDefinition(
        key=key,
        version=last + 1,
        name=name[:200],
        xml=xml,
        steps=steps,
        created_at=clock.now(),
        published_by_id=actor.person_id,
    )
    db.session.add(definition)
    db.session.flush()
    audit.record(actor, "flow.defined", definition)
    return definition


def _keep(actor, key, name, purpose, xml, steps, version):
    row = db.session.scalar(sa.select(Flow).where(Flow.key == key))
    if row is None:
        row = Flow(key=key)
        db.session.add(row)
    elif version and row.version != version:
        raise Conflict(_("Somebody else changed the flow meanwhile; open it again"))
    row.name, row.purpose, row.xml, row.steps = name[:200], (purpose or "").strip()[:2000], xml, steps
    row.changed_at, row.changed_by_id = clock.now(), actor.person_id
    db.session.flush()
    audit.record(actor, "flow.drafted", row)


def _new_key(name):
    """A key of plain letters from the name, not taken yet."""
    plain = re.sub(r"[^a-z0-9]+", "_", _plain(name)).strip("_")[:40]
    plain = plain if _KEY.fullmatch(plain) else f"flow_{plain}".rstrip("_")
    taken = {*shipped_keys(), *db.session.scalars(sa.select(Flow.key).where(Flow.key.startswith(plain)))}
    key, number = plain, 2
    while key in taken:
        key, number = f"{plain}_{number}", number + 1
    return key


def _plain(text):
    """Small letters without diacritics."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def _nobody(actor):
    """A question for the checks: why a step's `who` names nobody, "" when it names somebody."""
    roles = {role.key for role in identity.list_roles()}
    units = {str(unit.id) for unit in identity.list_units(actor)}
    people = {str(person.id) for person in identity.list_people(actor)}

    def why(who):
        kind, _sep, value = who.partition(":")
        if kind == "role" and value not in roles:
            return _("there is no such role")
        if kind in ("unit", "head") and value and value not in units:
            return _("there is no such unit")
        if kind == "person" and value not in people:
            return _("the person does not work here any more")
        return ""

    return why


def called_models(actor):
    """A question for the checks: the model of another flow, None when there is none in force."""

    def find(key):
        found = db.session.scalar(
            sa.select(FlowDefinition.xml)
            .where(FlowDefinition.key == key, FlowDefinition.withdrawn_at.is_(None))
            .order_by(FlowDefinition.version.desc())
            .limit(1)
        )
        shipped = None if found or _latest(key) else _shipped(key)
        return found or (shipped.xml if shipped else None)

    return find
