"""Joining, moving, leaving: a form, then what will happen, then the act. Nothing is done before it was shown."""

from flask import request
from flask_login import current_user

from blueprints.people import bp
from blueprints.people.forms import JoinForm, LeaveForm, MoveForm
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _, date_short
from portal.kernel.web import flash_done, go_to, needs, render
from portal.workflow import service as workflow


def _confirmed():
    return request.form.get("step") == "do"


@bp.route("/people/join", methods=["GET", "POST"])
@needs("admin.people")
def join():
    """A newcomer gets an account, roles and groups."""
    form = JoinForm().offer(identity.list_units(current_user), _roles(), _groups())
    plan = None
    if form.validate_on_submit():
        values = form.values()
        newcomer = identity.Newcomer(
            **{name: values[name] for name in values if name not in ("roles", "groups")},
            roles=tuple(values["roles"] or ()),
            group_ids=tuple(group for group in values["groups"] or () if group),
        )
        try:
            if _confirmed():
                person, password = identity.join(current_user, newcomer)
                return render("people/joined.html", person=person, password=password)
            plan = identity.plan_joining(current_user, newcomer)
        except Invalid as error:
            form.attach(error)
    return render("people/join.html", form=form, plan=plan, status=422 if form.errors else 200)


@bp.route("/people/<uuid:person_id>/move", methods=["GET", "POST"])
@needs("admin.people")
def move(person_id):
    """Another unit, position or roles from a day on."""
    person = identity.get_person(current_user, person_id)
    form = MoveForm() if request.method == "POST" else MoveForm(
        unit_id=person.unit_id, position=person.position, first_day=clock.today()
    )  # fmt: skip
    form.offer(identity.list_units(current_user), _roles())
    today = clock.today()
    form.take.choices = [
        (str(assignment.id), name)
        for assignment, name in identity.assignments_of(person_id)
        if assignment.until is None or assignment.until >= today
    ]
    plan = None
    if form.validate_on_submit():
        change = (
            person_id,
            form.unit_id.data,
            form.position.data,
            form.first_day.data,
            tuple(one for one in form.take.data or () if one),
            tuple(form.give.data or ()),
        )
        try:
            if _confirmed():
                identity.move(current_user, *change)
                flash_done(_("The change is noted; it holds from %(date)s", date=date_short(form.first_day.data)))
                return go_to("people.show", person_id=person_id)
            plan = identity.plan_moving(current_user, *change)
        except Invalid as error:
            form.attach(error)
    return render("people/move.html", person=person, form=form, plan=plan, status=422 if form.errors else 200)


@bp.route("/people/<uuid:person_id>/leave", methods=["GET", "POST"])
@needs("admin.people")
def leave(person_id):
    """Somebody's last day, and who takes over."""
    person = identity.get_person(current_user, person_id)
    form = LeaveForm() if request.method == "POST" else LeaveForm(last_day=clock.today())
    plan = None
    if form.validate_on_submit():
        try:
            successor = identity.person_called(form.successor.data, "successor").id if form.successor.data else None
            if _confirmed():
                identity.leave(current_user, person_id, form.last_day.data, successor)
                flash_done(_("The account closes after %(date)s", date=date_short(form.last_day.data)))
                return go_to("people.show", person_id=person_id)
            tasks = workflow.open_tasks_of(person_id)
            plan = identity.plan_leaving(current_user, person_id, form.last_day.data, successor, tasks)
        except Invalid as error:
            form.attach(error)
    return render("people/leave.html", person=person, form=form, plan=plan, status=422 if form.errors else 200)


def _roles():
    return [(role.key, role.name) for role in identity.list_roles()]


def _groups():
    return [(str(group.id), group.name) for group, _number in identity.list_groups(current_user)]
