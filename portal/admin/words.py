"""Kinds of incidents in words."""

from portal.admin.models import IncidentKind
from portal.kernel.i18n import _l

KIND_WORDS = {
    IncidentKind.ACCESS: _l("Access without right"),
    IncidentKind.MALWARE: _l("Malicious software"),
    IncidentKind.OUTAGE: _l("Service not available"),
    IncidentKind.DATA_LOSS: _l("Data lost or damaged"),
    IncidentKind.DISCLOSURE: _l("Data became known to a stranger"),
    IncidentKind.OTHER: _l("Something else"),
}
