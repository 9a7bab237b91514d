"""Who keeps and who reads the journal of incidents."""

from portal.kernel.access import ALLOWED, refuse
from portal.kernel.i18n import _


def can_read_incidents(actor):
    """IT staff and auditors."""
    if actor.can("admin.state") or actor.can("audit.read"):
        return ALLOWED
    return refuse(_("The journal of incidents is read by IT staff and auditors"))


def can_keep_incidents(actor):
    """IT staff; the system enters what it finds itself."""
    if actor.is_system or actor.can("admin.state"):
        return ALLOWED
    return refuse(_("The journal of incidents is kept by IT staff"))


def can_see_parked_files(actor):
    """IT staff: they see why and where, not what."""
    if actor.can("admin.state"):
        return ALLOWED
    return refuse(_("Files that could not be read are looked after by IT staff"))
