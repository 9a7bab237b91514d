"""One decision after signing: who carries it out, how far that is, who was told."""

import uuid

from flask import request
from flask_login import current_user

from blueprints.council import bp
from portal.council import service as council
from portal.exchange.sentences import DELIVERY_STATES
from portal.kernel.errors import Conflict, Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render


@bp.get("/decisions/<uuid:decision_id>")
@needs("council.read")
def decision(decision_id):
    """The decision with its execution and its recipients."""
    return _page(decision_id)


def _page(decision_id, place="", problem="", status=200):
    view = council.decision_view(current_user, decision_id)
    return render(
        "council/decision.html",
        view=view,
        delivery_states=DELIVERY_STATES,
        place=place,
        problem=problem,
        typed=request.form,
        status=status,
    )


@bp.post("/decisions/<uuid:decision_id>/execution")
@needs("council.prepare")
def send_to_execution(decision_id):
    """Hand the decision to a head who orders what is to be done."""
    try:
        person_id = _id(request.form.get("person_id", ""))
        council.send_to_execution(current_user, decision_id, person_id, request.form.get("note"))
    except (Conflict, Invalid) as error:
        return _page(decision_id, "execution", error.message, error.status)
    flash_done(_("The decision is sent to be carried out"))
    return go_to("council.decision", decision_id=decision_id)


def _id(text):
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


@bp.post("/decisions/<uuid:decision_id>/tell")
@needs("council.prepare")
def tell_by_eaddress(decision_id):
    """Send the decision or its extract to an e-address."""
    form = request.form
    try:
        council.tell_by_eaddress(
            current_user, decision_id, form.get("address"), form.get("name"), form.get("what") == "extract"
        )
    except (Conflict, Invalid) as error:
        return _page(decision_id, "tell", error.message, error.status)
    flash_done(_("The decision is on its way"))
    return go_to("council.decision", decision_id=decision_id)
