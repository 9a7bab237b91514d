"""Who may do what with a case. Pure questions about objects in hand; seeing is the access set on the row."""

from portal.cases.models import MOVES, ShopState, Stage, Status
from portal.kernel.access import ALLOWED, refuse
from portal.kernel.i18n import _, _l


def is_responsible(actor, case):
    """Is the actor the case's responsible employee, or standing in for them?"""
    return actor.is_system or (case.responsible_id is not None and f"person:{case.responsible_id}" in actor.keys)


def is_head(actor, case):
    """Does the actor lead the unit that the case belongs to?"""
    return actor.is_system or (actor.can("cases.assign") and case.unit_id in actor.unit_ids)


def can_assign(actor, case):
    """The head of the case's unit, until the case is closed."""
    if case.closed:
        return refuse(_("The case is closed"))
    if not is_head(actor, case):
        return refuse(_("Only the head of the case's unit names the responsible employee"))
    return ALLOWED


def can_prepare(actor, case):
    """The responsible employee, while the flow is at the draft and the status is „in progress”."""
    if not is_responsible(actor, case):
        return refuse(_("Only the responsible employee prepares the draft decision"))
    if case.status in (Status.INFORMATION_ASKED, Status.SUSPENDED):
        return refuse(_("The case waits; resume its examination first"))
    if case.stage != Stage.PREPARE:
        return refuse(_("The case is not at the step of the draft decision"))
    return ALLOWED


def can_deliver(actor, case):
    """The responsible employee, when the signed decision is there and not on its way already."""
    if not is_responsible(actor, case):
        return refuse(_("Only the responsible employee sends the decision"))
    if case.stage == Stage.ARRIVE:
        return refuse(_("The decision is already on its way"))
    if case.stage != Stage.DELIVER or case.result_document_id is None:
        return refuse(_("The decision is not signed yet"))
    return ALLOWED


def can_hand_over(actor, case):
    """The responsible employee and clerks, when the answer waits for a client who has no e-address."""
    if not is_responsible(actor, case) and not actor.has_role("clerk"):
        return refuse(_("The answer is handed over by the responsible employee or a clerk"))
    if case.stage != Stage.ARRIVE or case.client_address:
        return refuse(_("No answer waits to be handed over"))
    if case.result_document_id is None:
        return refuse(_("The answer is being made"))
    return ALLOWED


def can_refuse(actor, case):
    """The responsible employee, after the council rejected the draft."""
    if not is_responsible(actor, case):
        return refuse(_("Only the responsible employee answers the client"))
    if case.stage != Stage.REFUSE:
        return refuse(_("A refusal is answered after the council's vote"))
    return ALLOWED


def can_ask(actor, case):
    """The responsible employee, while the draft is being prepared."""
    return _while_preparing(actor, case, Status.INFORMATION_ASKED)


def can_suspend(actor, case):
    """The responsible employee, while the draft is being prepared."""
    return _while_preparing(actor, case, Status.SUSPENDED)


def can_forward(actor, case):
    """The responsible employee, while the draft is being prepared (LAW-105)."""
    return _while_preparing(actor, case, Status.FORWARDED)


def can_resume(actor, case):
    """The responsible employee, when the case waits."""
    if not is_responsible(actor, case):
        return refuse(_("Only the responsible employee does this"))
    if case.status not in (Status.INFORMATION_ASKED, Status.SUSPENDED):
        return refuse(_("The case does not wait for anything"))
    return ALLOWED


def can_withdraw(actor, case):
    """The responsible employee, the head of the unit or a clerk writes down that the client withdrew."""
    if not (is_responsible(actor, case) or is_head(actor, case) or actor.has_role("clerk")):
        return refuse(_("The responsible employee, the head of the unit or a clerk does this"))
    if Status.WITHDRAWN not in MOVES[case.status]:
        return refuse(_("The case is closed"))
    if case.stage == Stage.ARRIVE:
        return refuse(_("The decision is already on its way"))
    return ALLOWED


def can_move(case, status):
    """Is the move of status one of those that PSPP knows (8.2)?"""
    if status in MOVES[case.status]:
        return ALLOWED
    if case.closed:
        return refuse(_("The case is closed"))
    return refuse(
        _("From “%(old)s” a case cannot become “%(new)s”", old=status_name(case.status), new=status_name(status))
    )


def can_reveal(actor, case):
    """Those who work on the case, and clerks, for a purpose that they state."""
    if is_responsible(actor, case) or is_head(actor, case) or actor.has_role("clerk"):
        return ALLOWED
    return refuse(_("Only those who work on the case see the personal code"))


def can_resend(actor, case):
    """Those who work on the case, its unit's head, and IT staff."""
    if is_responsible(actor, case) or is_head(actor, case) or actor.can("admin.state"):
        return ALLOWED
    return refuse(_("The responsible employee, the head of the unit or IT staff send again"))


def can_open(actor):
    """Those who register documents."""
    if actor.is_system or actor.can("documents.register"):
        return ALLOWED
    return refuse(_("A case is opened by those who register documents"))


def can_see_shop(actor):
    """Clerks see what comes from one-stop shops, and IT staff, who mend the connection."""
    if actor.is_system or actor.can("documents.register") or actor.has_role("it"):
        return ALLOWED
    return refuse(_("Applications of one-stop shops are seen by clerks and IT staff"))


def can_mend_shop(actor):
    """Clerks: they decide what becomes of an application that cannot be taken in by itself."""
    if actor.is_system or actor.can("documents.register"):
        return ALLOWED
    return refuse(_("A clerk decides this"))


def can_edit_services(actor):
    """IT staff and the system (for the shipped catalogue)."""
    return ALLOWED if actor.is_system or actor.can("admin.state") else refuse(_("Service cards are kept by IT staff"))


SHOP_STATES = {  # words and look
    ShopState.STUCK: (_l("Not taken in"), "late"),
    ShopState.TAKEN: (_l("Taken in"), "info"),
    ShopState.CONFIRMED: (_l("Confirmed"), "ok"),
    ShopState.REFUSING: (_l("Being refused"), "info"),
    ShopState.REFUSED: (_l("Not examined"), "neutral"),
}
REFUSALS = {
    "WRONG_AUTHORITY": _l("Another institution decides this"),
    "UNKNOWN_SERVICE": _l("The municipality has no such service"),
    "DATA_INVALID": _l("The application lacks something"),
    "DUPLICATE": _l("The same application was made before"),
}


def explain_shop(application):
    """Cause and remedy in words for an application with a problem, or None."""
    if not application.problem_code:
        return None
    cause = {
        "UNKNOWN_SERVICE": _("The application names a service that the municipality does not have."),
        "DATA_INVALID": _("The application is not complete, or its files differ from their checksums."),
        "UNREGISTERED": _("The application has arrived but could not be registered."),
    }.get(application.problem_code, _("The one-stop shop's system refused what we told it."))
    remedy = {
        "UNKNOWN_SERVICE": _("Choose the service and try again, or refuse the application."),
        "DATA_INVALID": _("Ask the centre to correct the application: the correction arrives by itself. Or refuse it."),
        "UNREGISTERED": _("Press “Try again”; if it stays so, tell the IT administrator."),
    }.get(application.problem_code, _("Mend the cause and press “Try again”: what waits goes out in its order."))
    return cause, remedy


STATUS_NAMES = {
    Status.REGISTERED: _l("Registered"),
    Status.IN_PROGRESS: _l("In progress"),
    Status.INFORMATION_ASKED: _l("Information asked"),
    Status.SUSPENDED: _l("Suspended"),
    Status.PROVIDED: _l("Provided"),
    Status.REFUSED: _l("Refused"),
    Status.WITHDRAWN: _l("Withdrawn"),
    Status.FORWARDED: _l("Forwarded"),
}


def status_name(status):
    """The status in words."""
    return str(STATUS_NAMES[Status(status)])


# the shape that goes with each status: templates show it beside the word
SHAPES = {
    Status.REGISTERED: "info",
    Status.IN_PROGRESS: "info",
    Status.INFORMATION_ASKED: "warn",
    Status.SUSPENDED: "warn",
    Status.PROVIDED: "ok",
    Status.REFUSED: "neutral",
    Status.WITHDRAWN: "neutral",
    Status.FORWARDED: "neutral",
}


def _while_preparing(actor, case, status):
    if not is_responsible(actor, case):
        return refuse(_("Only the responsible employee does this"))
    verdict = can_move(case, status)
    if not verdict:
        return verdict
    if case.stage != Stage.PREPARE:
        return refuse(_("This is possible while the draft decision is being prepared"))
    return ALLOWED
