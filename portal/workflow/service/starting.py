"""Beginning a flow: for a document by hand or by rules, for a case or an action without a document."""

import sqlalchemy as sa
import structlog

from portal.audit import service as audit
from portal.documents import policy as documents_policy
from portal.documents import service as documents
from portal.kernel import clock
from portal.kernel.access import can_see, set_of, visible_to
from portal.kernel.db import db, new_id
from portal.kernel.errors import Conflict, Invalid, NotFound, PortalError, ensure
from portal.kernel.i18n import _
from portal.workflow import policy
from portal.workflow.models import FlowAction, FlowRule, FlowRun
from portal.workflow.service import definitions, flows

log = structlog.get_logger()
RULE_FIELDS = {"kind": 40, "register": 40, "keyword": 200, "sender": 200}


def start_for_document(actor, document_id, key):
    """Begin a flow for a document that is handled. Raises Forbidden, NotFound, Conflict when one is under way."""
    document = documents.get_document(actor, document_id)
    ensure(documents_policy.can_edit(actor, document))
    if flows.open_run("document", document.id) is not None:
        raise Conflict(_("The document is in a flow already; finish or cancel it first"))
    return flows.start(actor, _choice(actor, key), "document", document.id, str(document), {})


def start_action(actor, key, title, details="", case_id=None, access_set_id=None):
    """Begin a flow about something that no document asks for, or about a case that the actor sees (7.2).
    access_set_id: the case's, whose readers see the flow. Returns the FlowRun. Raises Invalid("title"), NotFound."""
    title = " ".join((title or "").split())
    if not title:
        raise Invalid(_("Fill in this field"), field="title")
    if len(title) > 400:
        raise Invalid(_("At most %(max)s characters; now %(size)s", max=400, size=len(title)), field="title")
    own = [f"person:{actor.person_id}"] if actor.person_id else []
    action = FlowAction(
        id=new_id(),
        title=title,
        details=(details or "").strip()[:10_000],
        case_id=case_id,
        made_by_id=actor.person_id,
        made_at=clock.now(),
        access_set_id=set_of(*own, base=access_set_id),
    )
    db.session.add(action)
    db.session.flush()
    audit.record(actor, "flow.action_made", action)
    return flows.start(actor, _choice(actor, key), "action", action.id, title, {})


def get_action(actor, action_id):
    """What a flow without a document is about. Raises NotFound."""
    action = db.session.get(FlowAction, action_id)
    if action is None or not can_see(actor, action):
        raise NotFound(_("There is no such action"))
    return action


def runs_about(about_kind, about_id, actor=None):
    """The runs about a thing that the caller has shown to the actor, newest first; for a case those started for it.
    actor: leaves out what they may not see, where the thing does not say."""
    query = sa.select(FlowRun).order_by(FlowRun.id.desc()).limit(20)
    if actor is not None:
        query = query.where(visible_to(actor, FlowRun))
    if about_kind == "case":
        actions = sa.select(FlowAction.id).where(FlowAction.case_id == about_id)
        return list(db.session.scalars(query.where(FlowRun.about_kind == "action", FlowRun.about_id.in_(actions))))
    return list(db.session.scalars(query.where(FlowRun.about_kind == about_kind, FlowRun.about_id == about_id)))


# --- rules ----------------------------------------------------------------------------------------------------------


def list_flow_rules(actor):
    """The rules in the order in which they are tried."""
    ensure(policy.can_design(actor))
    return _rules()


def add_flow_rule(actor, key, **fields):
    """A new rule behind the others. Raises Forbidden, Invalid when it would fit every document."""
    ensure(policy.can_design(actor))
    values = {name: " ".join((fields.get(name) or "").split())[:most] for name, most in RULE_FIELDS.items()}
    if not any(values.values()):
        raise Invalid(_("Say at least one thing by which the rule knows its documents"), field="keyword")
    place = (db.session.scalar(sa.select(sa.func.max(FlowRule.place))) or 0) + 1
    rule = FlowRule(place=place, flow_key=_choice(actor, key), **values)
    db.session.add(rule)
    db.session.flush()
    audit.record(actor, "flow.rule_added", object_kind="flow_rule", object_id=str(rule.id), label=key, new=values)
    return rule


def remove_flow_rule(actor, rule_id):
    """Take a rule away. Raises Forbidden, NotFound."""
    ensure(policy.can_design(actor))
    rule = _rule(rule_id)
    audit.record(
        actor, "flow.rule_removed", object_kind="flow_rule", object_id=str(rule.id), label=rule.flow_key,
        old={name: getattr(rule, name) for name in RULE_FIELDS},
    )  # fmt: skip
    db.session.delete(rule)
    db.session.flush()


def move_flow_rule(actor, rule_id, up):
    """Have a rule tried before (or after) its neighbour. Raises Forbidden, NotFound."""
    ensure(policy.can_design(actor))
    rules = _rules()
    here = next((n for n, rule in enumerate(rules) if rule.id == rule_id), None)
    if here is None:
        raise NotFound(_("There is no such rule"))
    there = here - 1 if up else here + 1
    if 0 <= there < len(rules):
        rules[here].place, rules[there].place = rules[there].place, rules[here].place
        db.session.flush()
        audit.record(
            actor, "flow.rule_moved", object_kind="flow_rule", object_id=str(rule_id), label=rules[here].flow_key
        )


def rule_for(facts):
    """The first rule that fits these facts, None when none does."""
    return next((rule for rule in _rules() if _fits(rule, facts)), None)


def try_flow_rules(actor, document_id):
    """(document, rule or None): which rule would choose a flow for this document."""
    ensure(policy.can_design(actor))
    document = documents.get_document(actor, document_id)
    return document, rule_for(documents.flow_facts(document.id))


def start_by_rules(actor, document_id):
    """A document was registered (documents.DocumentRegistered): the first rule that fits begins its flow. A document
    of a case follows the flow of its case. A rule that cannot begin its flow never keeps a document from its number."""
    if not _rules():
        return
    facts = documents.flow_facts(document_id)
    rule = rule_for(facts) if facts and not facts["case_id"] else None
    if rule is None or flows.open_run("document", document_id) is not None:
        return
    title = f"{facts['number']} {facts['title']}"
    try:
        with db.session.begin_nested():
            flows.start(actor, rule.flow_key, "document", document_id, title, {})
    except PortalError as error:
        log.warning("workflow: a rule could not begin its flow", flow=rule.flow_key, error=error.message)
        audit.record(
            actor, "flow.rule_failed", object_kind="document", object_id=str(document_id), label=title,
            reason=error.message,
        )  # fmt: skip


def _fits(rule, facts):
    wanted = {"kind": rule.kind, "register": rule.register}
    if any(value and facts.get(name) != value for name, value in wanted.items()):
        return False
    text = f"{facts.get('title', '')} {facts.get('summary', '')}".casefold()
    if rule.keyword and rule.keyword.casefold() not in text:
        return False
    return not rule.sender or rule.sender.casefold() in str(facts.get("author", "")).casefold()


def _rules():
    return list(db.session.scalars(sa.select(FlowRule).order_by(FlowRule.place, FlowRule.id)))


def _rule(rule_id):
    rule = db.session.get(FlowRule, rule_id)
    if rule is None:
        raise NotFound(_("There is no such rule"))
    return rule


def _choice(actor, key):
    if key not in {key for key, _name in definitions.flow_choices(actor)}:
        raise Invalid(_("Choose a flow"), field="flow")
    return key
