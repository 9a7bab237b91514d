"""Who may read the log. Writing it is nobody's right: services record what is done through them."""

from portal.kernel.access import ALLOWED, refuse
from portal.kernel.i18n import _


def can_read(actor):
    """Auditors, and the system itself."""
    if actor.is_system or actor.can("audit.read"):
        return ALLOWED
    return refuse(_("Only auditors read the audit log; ask the municipality's auditor"))


def can_erase(actor):
    """Erasing personal data from the log is the auditor's, on a reasoned decision (GDPR Art. 17)."""
    return can_read(actor)
