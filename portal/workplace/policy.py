"""Who configures the workplace."""

from portal.kernel.access import ALLOWED, refuse
from portal.kernel.i18n import _


def can_configure(actor):
    """IT administrators."""
    if actor.can("admin.workplace"):
        return ALLOWED
    return refuse(_("Only IT administrators configure the workplace"))
