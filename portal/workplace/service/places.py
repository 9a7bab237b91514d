"""The places of the portal: what the bar shows before anyone has configured it."""

from dataclasses import dataclass

from portal.kernel.i18n import _l


@dataclass(frozen=True)
class Entry:
    """A place of the navigation bar: words, endpoint, icon, and the permission that shows it (None: everyone).
    badge: which count stands beside it ("work": what waits for the person)."""

    label: object
    endpoint: str
    icon: str
    permission: str | None
    badge: str = ""


NAVIGATION = (
    Entry(_l("My work"), "workplace.home", "home", None, "work"),
    Entry(_l("Cases"), "cases.list", "briefcase", "cases.read"),
    Entry(_l("Documents"), "documents.list", "files", "documents.read"),
    Entry(_l("Terms"), "control.radar", "radar-2", "documents.read"),
    Entry(_l("Flows"), "flows.home", "route", "documents.read"),
    Entry(_l("Council"), "council.home", "gavel", "council.read"),
    Entry(_l("Delivery desk"), "exchange.desk", "mail-forward", "exchange.read"),
    Entry(_l("Services"), "cases.services", "list-details", "cases.read"),
    Entry(_l("Search"), "search.results", "search", "search.use", "found"),
    Entry(_l("Signature check"), "signing.check", "signature", "signing.sign"),
    Entry(_l("Audit log"), "audit.index", "shield-check", "audit.read"),
    Entry(_l("People"), "people.list", "users", "admin.people"),
    Entry(_l("Workplace"), "workplace.navigation", "layout-navbar", "admin.workplace"),
    Entry(_l("Applications"), "sign_on.list", "apps", "admin.sign_on"),
    Entry(_l("Document store"), "store.list", "archive", "admin.store"),
    Entry(_l("Sign-in services"), "federation.providers", "id-badge-2", "admin.sign_on"),
    Entry(_l("Trust lists"), "signing.trust_lists", "certificate", "admin.state"),
    Entry(_l("System state"), "admin.state", "activity", "admin.state"),
)
