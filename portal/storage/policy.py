"""Who looks after the kept files."""

from portal.kernel.access import ALLOWED, refuse
from portal.kernel.i18n import _


def can_look_after(actor):
    """IT staff, and the system's own jobs."""
    if actor.is_system or actor.can("admin.state"):
        return ALLOWED
    return refuse(_("Only IT staff look after the kept files"))


def can_set_room(actor):
    """IT staff."""
    if actor.is_system or actor.can("admin.sign_on") or actor.can("admin.store"):
        return ALLOWED
    return refuse(_("Only IT staff say how much an application may keep"))
