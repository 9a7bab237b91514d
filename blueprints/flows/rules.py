"""Which flow a newly registered document goes through."""

from uuid import UUID

from flask import request
from flask_login import current_user

from blueprints.flows import bp
from blueprints.flows.designing import _some_documents
from blueprints.flows.forms import RuleForm
from portal.documents import service as documents
from portal.documents.words import KINDS
from portal.kernel.errors import Invalid, NotFound
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render
from portal.workflow import service as workflow


@bp.route("/flows/rules", methods=["GET", "POST"])
@needs("flows.design")
def rules():
    """The rules in their order; add one; try them on a document (12.3)."""
    registers = documents.list_registers(current_user)
    choices = workflow.flow_choices(current_user)
    form = RuleForm().offer(registers, choices)
    if form.validate_on_submit():
        values = form.values()
        try:
            workflow.add_flow_rule(current_user, values.pop("key"), **values)
            flash_done(_("The rule is added"))
            return go_to("flows.rules")
        except Invalid as error:
            form.attach(error)
    return render(
        "flows/rules.html",
        rules=workflow.list_flow_rules(current_user),
        flows=dict(choices),
        registers={one.code: one.name for one in registers},
        kinds={str(kind): words for kind, words in KINDS.items()},
        form=form,
        tried=_tried(request.args.get("document")),
        chosen=request.args.get("document", ""),
        documents=_some_documents(),
        status=422 if form.errors else 200,
    )


def _tried(text):
    """(document, rule) of the trial; None without one."""
    if not text:
        return None
    try:
        return workflow.try_flow_rules(current_user, UUID(text))
    except ValueError as error:
        raise NotFound(_("There is no such document")) from error


@bp.route("/flows/rules/<uuid:rule_id>/move", methods=["POST"])
@needs("flows.design")
def move_rule(rule_id):
    """Have a rule tried earlier or later."""
    workflow.move_flow_rule(current_user, rule_id, up=request.form.get("way") != "down")
    return go_to("flows.rules")


@bp.route("/flows/rules/<uuid:rule_id>/remove", methods=["POST"])
@needs("flows.design")
def remove_rule(rule_id):
    """Take a rule away; flows under way go on."""
    workflow.remove_flow_rule(current_user, rule_id)
    flash_done(_("The rule is removed; flows that have begun go on"))
    return go_to("flows.rules")
