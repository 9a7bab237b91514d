"""Reading cases: one, a page of them, and everything that the status page shows (7.3)."""

from dataclasses import dataclass

import sqlalchemy as sa

from portal.cases import policy
from portal.cases.models import Case, CaseDraft, CaseStep, PsppEvent, SendingState, Service, Stage, Status
from portal.documents import service as documents
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import visible_to
from portal.kernel.db import db
from portal.kernel.errors import Invalid, NotFound
from portal.kernel.i18n import _, date_short
from portal.kernel.web import cursor_page
from portal.workflow import service as workflow

PAGE_SIZE = 50
FORWARD_WORKING_DAYS = 5  # LAW-105
LONGEST_EXPORT = 5000
SHOWN = ("open", "late", "closed", "all")


@dataclass(frozen=True)
class Next:
    """The next step in words, and whose turn it is."""

    text: str
    who: str
    act: str = ""


@dataclass(frozen=True)
class CaseView:
    """A case with all that its page shows. can: verdicts by act."""

    case: Case
    steps: list[CaseStep]
    flow: object
    next: Next
    events: list[PsppEvent]
    documents: list
    draft: CaseDraft | None
    names: dict
    unit: object
    can: dict

    @property
    def for_client(self):
        return [step for step in self.steps if step.text]

    @property
    def forward_rule(self):
        """Until when an application that belongs elsewhere is forwarded, in words (LAW-105)."""
        day = clock.add_working_days(self.case.requested_on, FORWARD_WORKING_DAYS)
        return _(
            "An application that belongs elsewhere is forwarded by %(date)s (Law on Applications 4(2))",
            date=date_short(day),
        )

    @property
    def sending(self):
        """The worst state of what goes to PSPP."""
        states = {event.state for event in self.events}
        order = (SendingState.REFUSED, SendingState.WAITING, SendingState.SENT)
        return next((state for state in order if state in states), SendingState.WAITING)


def get_case(actor, case_id):
    """One case that the actor may see. Raises NotFound, also when it exists but is not for them."""
    case = db.session.scalar(sa.select(Case).where(Case.id == case_id, visible_to(actor, Case)))
    if case is None:
        raise NotFound(_("There is no such case, or it is not open to you"))
    return case


def natural_clients(actor, case_ids):
    """case id -> name of the natural person who applied, of the cases that the actor may see; not for the public."""
    if not case_ids:
        return {}
    found = sa.select(Case.id, Case.client_name).where(
        Case.id.in_(case_ids), Case.client_kind == "natural", visible_to(actor, Case)
    )
    return {case_id: name for case_id, name in db.session.execute(found) if name.strip()}


def list_cases(actor, filters=None, after=None):
    """A page of the cases that the actor may see: open ones by term, so late ones come first; others newest first.
    filters: show open|late|closed|all, status, service (code), responsible "me", stage. Raises Invalid for others.
    """
    query = _filtered(actor, filters or {})
    return cursor_page(query, _order(filters or {}), size=PAGE_SIZE, cursor=after)


def count_cases(actor, filters=None):
    """How many cases the filters find, of those the actor may see."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(_filtered(actor, filters or {}).subquery()))


def export_rows(actor, filters=None):
    """The found cases for a table file, at most 5000: number, title, service, status, dates, responsible."""
    cases = db.session.scalars(
        _filtered(actor, filters or {}).order_by(*_order(filters or {})).limit(LONGEST_EXPORT)
    ).all()
    names = identity.names_of({case.responsible_id for case in cases if case.responsible_id})
    for case in cases:
        yield (
            case.number,
            case.title,
            case.service.name,
            policy.status_name(case.status),
            case.requested_on,
            case.due_on,
            case.done_on,
            names.get(case.responsible_id, ""),
            case.is_late,
        )


def case_view(actor, case_id):
    """Everything on the status page; a fixed number of queries whatever the case's length."""
    case = get_case(actor, case_id)
    flow = workflow.flow_view("case", case.id)
    steps = list(
        db.session.scalars(sa.select(CaseStep).where(CaseStep.case_id == case.id).order_by(CaseStep.at, CaseStep.id))
    )
    events = list(db.session.scalars(sa.select(PsppEvent).where(PsppEvent.case_id == case.id).order_by(PsppEvent.n)))
    papers = documents.documents_of_case(actor, case.id)
    unit = identity.get_unit(case.unit_id)
    doing = {step.person_id for step in flow.steps} if flow else set()
    names = identity.names_of({i for i in (case.responsible_id, unit.head_id, *doing) if i})
    draft = None
    if policy.can_prepare(actor, case):
        draft = db.session.scalar(sa.select(CaseDraft).where(CaseDraft.case_id == case.id))
    acts = {
        "assign": policy.can_assign,
        "prepare": policy.can_prepare,
        "deliver": policy.can_deliver,
        "hand_over": policy.can_hand_over,
        "refuse": policy.can_refuse,
        "ask": policy.can_ask,
        "suspend": policy.can_suspend,
        "resume": policy.can_resume,
        "withdraw": policy.can_withdraw,
        "forward": policy.can_forward,
        "reveal": policy.can_reveal,
        "resend": policy.can_resend,
    }
    return CaseView(
        case,
        steps,
        flow,
        next_step(case, names, unit),
        events,
        papers,
        draft,
        names,
        unit,
        {name: question(actor, case) for name, question in acts.items()},
    )


def next_step(case, names, unit=None):
    """What happens next and whose turn it is. names: of the responsible and the head."""
    responsible = names.get(case.responsible_id, "")
    head = names.get(unit.head_id, "") if unit is not None and unit.head_id else ""
    if case.closed:
        return Next(_("The case is closed: %(status)s", status=policy.status_name(case.status)), "")
    if case.status == Status.INFORMATION_ASKED:
        return Next(_("The client sends the information asked for"), case.client_name, "resume")
    if case.status == Status.SUSPENDED:
        return Next(_("The examination is suspended; resume it when the reason is gone"), responsible, "resume")
    if case.stage == Stage.ARRIVE and not case.client_address:
        return Next(_("Give the answer to the client and note it here"), responsible, "hand_over")
    texts = {
        Stage.ASSIGN: (_("Name the responsible employee"), head, "assign"),
        Stage.PREPARE: (_("Prepare the draft decision"), responsible, "prepare"),
        Stage.COMMITTEE: (_("The committee examines the draft decision"), _("Committee"), ""),
        Stage.COUNCIL: (_("The council votes on the draft decision"), _("Council"), ""),
        Stage.SIGN: (_("The chair of the council signs the decision"), _("Chair of the council"), ""),
        Stage.DELIVER: (_("Send the decision to the client"), responsible, "deliver"),
        Stage.REFUSE: (_("Answer the client with a refusal"), responsible, "refuse"),
        Stage.ARRIVE: (_("The answer is on its way to the client"), case.client_name, ""),
        Stage.NONE: (_("Waiting for the next step"), responsible or head, ""),
    }
    return Next(*texts[case.stage])


def _filtered(actor, filters):
    query = sa.select(Case).where(visible_to(actor, Case))
    show = filters.get("show") or "open"
    if show not in SHOWN:
        raise Invalid(_("Unknown filter"), field="show")
    if show == "closed":
        query = query.where(Case.closed.is_(True))
    elif show in ("open", "late"):
        query = query.where(Case.closed.is_(False))
        if show == "late":
            query = query.where(Case.due_on < clock.today())
    if filters.get("status"):
        try:
            query = query.where(Case.status == Status(filters["status"]))
        except ValueError as error:
            raise Invalid(_("Unknown filter"), field="status") from error
    if filters.get("service"):
        query = query.where(Case.service_id.in_(sa.select(Service.id).where(Service.code == filters["service"])))
    if filters.get("responsible") == "me":
        query = query.where(Case.responsible_id == actor.person_id)
    return query


def _order(filters):
    if filters.get("show") == "closed":
        return (Case.done_on.desc(), Case.id.desc())
    if filters.get("show") == "all":
        return (Case.requested_on.desc(), Case.id.desc())
    return (Case.due_on, Case.id)
