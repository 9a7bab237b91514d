"""Pages of the delivery desk."""

from flask import request
from flask_login import current_user

from blueprints.exchange import bp
from blueprints.exchange.forms import CancelForm
from portal.exchange import policy
from portal.exchange import service as exchange
from portal.exchange.faults import explain
from portal.exchange.models import DeliveryState, MessageState
from portal.exchange.sentences import DELIVERY_STATES, MESSAGE_STATES, sentence
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.web import flash_done, go_to, needs, render, signed_in


@bp.route("/exchange")
@needs("exchange.read")
def desk():
    """Failures on top, then everything by direction and state (3.1, 3.3, 16.1)."""
    incoming = request.args.get("direction") == "in"
    states, kind = (MESSAGE_STATES, MessageState) if incoming else (DELIVERY_STATES, DeliveryState)
    state = request.args.get("state")
    state = kind(state) if state in {s.value for s in kind} else None
    listing = exchange.list_messages if incoming else exchange.list_deliveries
    page = listing(current_user, state, request.args.get("after"))
    return render(
        "exchange/desk.html",
        partial="exchange/_rows.html",
        page=page,
        incoming=incoming,
        state=state,
        states=states,
        direction="in" if incoming else "out",
        channel=exchange.channel_state(),
        failing_deliveries=exchange.failing_deliveries(current_user),
        failing_messages=exchange.failing_messages(current_user),
        explain=explain,
        policy=policy,
        delivery_states=DELIVERY_STATES,
        message_states=MESSAGE_STATES,
    )


@bp.route("/exchange/deliveries/<uuid:delivery_id>")
@signed_in
def delivery(delivery_id):
    """One delivery: recipients, files, history, what can be done."""
    return _delivery_page(delivery_id, CancelForm())


def _delivery_page(delivery_id, form, status=200):
    found = exchange.get_delivery(current_user, delivery_id)
    return render(
        "exchange/delivery.html",
        status=status,
        delivery=found,
        states=DELIVERY_STATES,
        form=form,
        history=[(event, sentence(event)) for event in exchange.history(current_user, found)],
        problem=explain(found.problem_code) if found.problem_code else None,
        may_resend=policy.can_resend(current_user, found),
        may_cancel=policy.can_cancel(current_user, found),
        may_read_raw=policy.can_read_raw(current_user),
    )


@bp.route("/exchange/deliveries/<uuid:delivery_id>/resend", methods=["POST"])
@signed_in
def resend(delivery_id):
    """Send a delivery again."""
    exchange.resend(current_user, delivery_id)
    flash_done(_("The delivery is queued again"))
    return go_to("exchange.delivery", delivery_id=delivery_id)


@bp.route("/exchange/deliveries/<uuid:delivery_id>/cancel", methods=["POST"])
@signed_in
def cancel(delivery_id):
    """Give a delivery up."""
    form = CancelForm()
    if form.validate_on_submit():
        try:
            exchange.cancel(current_user, delivery_id, form.reason.data)
            flash_done(_("The delivery is cancelled"))
            return go_to("exchange.delivery", delivery_id=delivery_id)
        except Invalid as error:
            form.attach(error)
    return _delivery_page(delivery_id, form, status=422)


@bp.route("/exchange/deliveries/<uuid:delivery_id>/raw")
@needs("exchange.read")
def raw_delivery(delivery_id):
    """The signed envelope, for IT staff."""
    return render(
        "exchange/raw.html",
        raw=_text(exchange.raw_delivery(current_user, delivery_id)),
        owner=exchange.get_delivery(current_user, delivery_id),
        endpoint="exchange.delivery",
        values={"delivery_id": delivery_id},
    )


@bp.route("/exchange/messages/<uuid:message_id>")
@needs("exchange.read")
def message(message_id):
    """One message: sender, files, history."""
    found = exchange.get_message(current_user, message_id)
    return render(
        "exchange/message.html",
        message=found,
        states=MESSAGE_STATES,
        history=[(event, sentence(event)) for event in exchange.history(current_user, found)],
        problem=explain(found.problem_code) if found.problem_code else None,
        may_retry=policy.can_retry_message(current_user, found),
        may_read_raw=policy.can_read_raw(current_user),
    )


@bp.route("/exchange/messages/<uuid:message_id>/retry", methods=["POST"])
@needs("exchange.read")
def retry_message(message_id):
    """Let a stuck message be tried again."""
    exchange.retry_message(current_user, message_id)
    flash_done(_("PKIP tries again within two minutes"))
    return go_to("exchange.message", message_id=message_id)


@bp.route("/exchange/messages/<uuid:message_id>/raw")
@needs("exchange.read")
def raw_message(message_id):
    """The envelope as it came, for IT staff."""
    return render(
        "exchange/raw.html",
        raw=_text(exchange.raw_message(current_user, message_id)),
        owner=exchange.get_message(current_user, message_id),
        endpoint="exchange.message",
        values={"message_id": message_id},
    )


def _text(data):
    return data.decode("utf-8", "replace").replace("><", ">\n<")
