"""How people call the states of resolutions and of their parts, and the shape that goes with each."""

from portal.kernel.i18n import _l
from portal.workflow.models import ExecutorState, ExtensionState, Order, ResolutionState

STATES = {
    ResolutionState.OPEN: (_l("Being carried out"), "info"),
    ResolutionState.REPORTED: (_l("Waits for acceptance"), "warn"),
    ResolutionState.ACCEPTED: (_l("Carried out"), "ok"),
    ResolutionState.WITHDRAWN: (_l("Withdrawn"), "neutral"),
}
PARTS = {
    ExecutorState.WAITING: (_l("Waits for their turn"), "neutral"),
    ExecutorState.OPEN: (_l("Carries it out"), "info"),
    ExecutorState.DONE: (_l("Carried out"), "ok"),
    ExecutorState.WITHDRAWN: (_l("Not needed any more"), "neutral"),
}
ORDERS = {Order.PARALLEL: _l("All at the same time"), Order.SEQUENTIAL: _l("One after another, the responsible last")}
EXTENSIONS = {
    ExtensionState.ASKED: (_l("Asked for"), "warn"),
    ExtensionState.GRANTED: (_l("Granted"), "ok"),
    ExtensionState.REFUSED: (_l("Not granted"), "neutral"),
    ExtensionState.UNDONE: (_l("Taken back"), "neutral"),
}
