"""The status page's context: shared by showing it and by every act that returns to it with a mistake."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import request
from flask_login import current_user

from blueprints.cases.forms import (
    AssignForm,
    CodeForm,
    DeliverForm,
    DraftForm,
    ForwardForm,
    HandOverForm,
    RefuseForm,
    TextForm,
)
from portal.audit import service as audit
from portal.cases import policy
from portal.cases import service as cases
from portal.council import service as council
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.web import is_htmx, render
from portal.workflow import service as workflow

ACT_FORMS = {
    "assign": AssignForm,
    "prepare": DraftForm,
    "deliver": DeliverForm,
    "hand_over": HandOverForm,
    "refuse": RefuseForm,
}


@dataclass(frozen=True)
class Axis:
    """Planned and actual time on one axis; places in thousandths of its width."""

    planned_end: int
    actual_end: int
    today: int
    ticks: list[int]
    starts_on: date
    ends_on: date
    is_late: bool


def axis(view) -> Axis:
    """Lay the case's dates on one axis, from the request to the latest of term, today and end."""
    case = view.case
    actual = case.done_on or clock.today()
    end = max(case.due_on, actual, case.requested_on + timedelta(days=1))
    width = (end - case.requested_on).days

    def place(day):
        return max(0, min(1000, round(1000 * (day - case.requested_on).days / width)))

    ticks = sorted({place(clock.local(step.at).date()) for step in view.steps if step.status})
    return Axis(place(case.due_on), place(actual), place(clock.today()), ticks, case.requested_on, end, case.is_late)


def page(case_id, *, form=None, act=None, other=None, status=200, record=True):
    """The status page. form: of the act `act`, with its mistakes; other: (name, form) of a rarer act with mistakes."""
    view = cases.case_view(current_user, case_id)
    if record and not is_htmx():
        audit.record_reading(current_user, "case.read", view.case, personal={"client": view.case.client_name})
    act = act or view.next.act
    forms = {"text": TextForm(formdata=None), "forward": ForwardForm(formdata=None), "code": CodeForm(formdata=None)}
    open_menu = None
    if other:
        open_menu, forms[open_menu] = other
    if form is None and act in ACT_FORMS and view.can[act]:
        form = _fresh(act, view)
    elif act not in ACT_FORMS or not view.can.get(act):
        form = None
    if form is not None:
        _fill(act, form, view)
    shop = cases.shop_application_of(view.case) if view.case.channel == "VPVKAC" else None
    part = "cases/_next.html" if request.args.get("part") == "next" else "cases/_rest.html"
    return render(
        "cases/show.html",
        partial=part,
        view=view,
        case=view.case,
        form=form,
        act=act,
        axis=axis(view),
        forms=forms,
        open_menu=open_menu,
        status=status,
        shop=shop,
        shop_answers=cases.ANSWERS,
        shop_waits=shop is not None and shop.told_n < max((event.n for event in view.events), default=0),
        may_see_shop=policy.can_see_shop(current_user),
        runs=workflow.runs_about("case", case_id, current_user),
        shown_act=request.args.get("act", act if form is not None else ""),
    )


def _fresh(act, view):
    form = ACT_FORMS[act](formdata=None)
    if act == "hand_over":
        form.on.data = clock.today()
    elif act == "prepare":
        form.title.data = view.draft.title if view.draft else view.case.title
        form.draft_text.data = view.draft.text if view.draft else ""
        form.committee_id.data = view.draft.committee_id if view.draft else None
    return form


def _fill(act, form, view):
    """Give the selects their choices."""
    if act == "assign":
        people = identity.people_of_unit(view.case.unit_id)
        form.responsible_id.choices = [(str(p.id), f"{p.name}, {p.position}") for p in people if p.active]
        if form.responsible_id.data is None and view.case.responsible_id:
            form.responsible_id.data = view.case.responsible_id
    elif act == "prepare":
        form.committee_id.choices = [(str(b.id), b.name) for b in council.list_bodies(current_user) if b.is_committee]
