"""Groups and their members."""

from flask import request
from flask_login import current_user

from blueprints.people import bp
from blueprints.people.forms import GroupForm, MemberForm
from portal.identity import service as identity
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render


@bp.route("/people/groups", methods=["GET", "POST"])
@needs("admin.people")
def groups():
    """All groups, and a form for a new one."""
    form = _offered(GroupForm())
    if form.validate_on_submit():
        try:
            group = identity.add_group(current_user, **form.values())
            flash_done(_("The group is added"))
            return go_to("people.group", group_id=group.id)
        except Invalid as error:
            form.attach(error)
    return render(
        "people/groups.html", groups=identity.list_groups(current_user), form=form, status=422 if form.errors else 200
    )


@bp.route("/people/groups/<uuid:group_id>", methods=["GET", "POST"])
@needs("admin.people")
def group(group_id):
    """One group: its data, roles and members."""
    found = identity.get_group(group_id)
    if request.method == "GET":
        form = _offered(GroupForm(obj=found, roles=identity.roles_of_group(group_id)))
        return _show(found, form, MemberForm())
    form = _offered(GroupForm())
    if form.validate_on_submit():
        try:
            identity.change_group(current_user, group_id, **form.values())
            flash_done(_("The group is saved"))
            return go_to("people.group", group_id=group_id)
        except Invalid as error:
            form.attach(error)
    return _show(found, form, MemberForm(formdata=None), 422)


@bp.route("/people/groups/<uuid:group_id>/members", methods=["POST"])
@needs("admin.people")
def add_member(group_id):
    """Take a person in."""
    form = MemberForm()
    if form.validate_on_submit():
        try:
            person = identity.person_called(form.person.data, "person")
            identity.add_member(current_user, group_id, person.id, form.since.data, form.until.data)
            flash_done(_("%(name)s is a member now", name=person.name))
            return go_to("people.group", group_id=group_id)
        except Invalid as error:
            form.attach(error)
    found = identity.get_group(group_id)
    whole = GroupForm(formdata=None, obj=found, roles=identity.roles_of_group(group_id))
    return _show(found, _offered(whole), form, 422)


@bp.route("/people/members/<uuid:member_id>/end", methods=["POST"])
@needs("admin.people")
def end_member(member_id):
    """Let a membership end now."""
    member = identity.end_member(current_user, member_id)
    flash_done(_("The membership has ended"))
    return go_to("people.group", group_id=member.group_id)


def _show(found, form, member_form, status=200):
    return render(
        "people/group.html",
        group=found,
        form=form,
        member_form=member_form,
        members=identity.members_of(current_user, found.id),
        status=status,
    )


def _offered(form):
    form.roles.choices = [(role.key, role.name) for role in identity.list_roles()]
    return form
