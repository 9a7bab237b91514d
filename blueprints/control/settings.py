"""Where clerks set when people are reminded and how resolutions are closed."""

from flask import request
from flask_login import current_user
from wtforms import BooleanField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from blueprints.control import bp
from portal.kernel.errors import Invalid, ensure
from portal.kernel.forms import BaseForm, Length
from portal.kernel.i18n import _, _l
from portal.kernel.web import flash_done, go_to, render, signed_in
from portal.workflow import policy
from portal.workflow import service as workflow
from portal.workflow.kinds import KIND_NAMES


class RuleForm(BaseForm):
    """When people are reminded of a kind of task."""

    kind = SelectField(_l("Kind of task"), coerce=str, invalid_choice_message=_l("Choose from the list"))
    days = StringField(
        _l("Remind so many working days before the term"),
        [Length(max=40)],
        description=_l("Several with commas, for example 3, 1; empty for never"),
    )
    escalate = BooleanField(_l("A broken term is told to the head and to the substitute"), default=True)

    def offer(self):
        """Fill the pick list."""
        names = sorted(((str(name), key) for key, name in KIND_NAMES.items()), key=lambda one: one[0].casefold())
        self.kind.choices = [SelectChoice("", _("All other kinds"))] + [SelectChoice(key, name) for name, key in names]
        return self


class ChoicesForm(BaseForm):
    """How resolutions are closed."""

    accept_needed = BooleanField(_l("The author accepts what was done before a resolution is closed"))
    finish_document = BooleanField(_l("The document is done when its last resolution is carried out"))


@bp.route("/control/settings", methods=["GET", "POST"])
@signed_in
def settings():
    """Reminders by kind of task, and how resolutions are closed."""
    ensure(policy.can_set_rules(current_user))
    form = RuleForm().offer()
    if form.validate_on_submit():
        try:
            workflow.set_rule(current_user, form.kind.data, form.days.data, form.escalate.data)
            flash_done(_("The rule holds from now on"))
            return go_to("control.settings")
        except Invalid as error:
            form.attach(error)
    now = workflow.choices()
    return render(
        "control/settings.html",
        form=form,
        rules=sorted(workflow.rules().values(), key=lambda rule: rule.kind),
        names=KIND_NAMES,
        choices=ChoicesForm(formdata=None, accept_needed=now.accept_needed, finish_document=now.finish_document),
        status=422 if form.errors else 200,
    )


@bp.route("/control/settings/choices", methods=["POST"])
@signed_in
def set_choices():
    """Must the author accept; is the document done with its last resolution?"""
    form = ChoicesForm()
    workflow.set_choices(current_user, form.accept_needed.data, form.finish_document.data)
    flash_done(_("The choice holds from now on"))
    return go_to("control.settings")


@bp.route("/control/settings/drop", methods=["POST"])
@signed_in
def drop_rule():
    """The kind goes by the rule for all others again."""
    workflow.drop_rule(current_user, request.form.get("kind", ""))
    flash_done(_("The rule is removed"))
    return go_to("control.settings")
