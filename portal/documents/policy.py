"""Who may do what with documents. Seeing is data: the access set of each document."""

from portal.kernel.access import ALLOWED, refuse
from portal.kernel.i18n import _


def can_register(actor, register):
    """Those with the permission, in their own unit's register or in one of the whole municipality."""
    if not actor.can("documents.register"):
        return refuse(_("Documents are registered by clerks; ask a clerk of your unit"))
    if register.closed:
        return refuse(_("The register is closed; choose another one"))
    if register.unit_id and not actor.is_system and register.unit_id not in actor.unit_ids:
        return refuse(_("The register belongs to another unit; its clerk registers in it"))
    return ALLOWED


def can_edit(actor, document):
    """Clerks, and the person responsible; nobody once the document is annulled."""
    if document.is_settled:
        return refuse(_settled(document))
    if actor.can("documents.register") or _is_responsible(actor, document):
        return ALLOWED
    return refuse(_("A document's data are corrected by a clerk or by the person responsible for it"))


def can_add_file(actor, document):
    """As for editing."""
    return can_edit(actor, document)


def can_assign(actor, document):
    """Clerks, and the head of the document's unit."""
    if document.is_settled:
        return refuse(_settled(document))
    if actor.can("documents.register"):
        return ALLOWED
    if actor.has_role("head") and (document.unit_id is None or document.unit_id in actor.unit_ids):
        return ALLOWED
    return refuse(_("The person responsible is named by a clerk or by the head of the document's unit"))


def can_finish(actor, document):
    """The person responsible, the head of the unit, and clerks."""
    if not document.is_open:
        return refuse(_("The document is not in work"))
    if _is_responsible(actor, document) or can_assign(actor, document):
        return ALLOWED
    return refuse(_("A document is marked as done by the person responsible, the head of the unit or a clerk"))


def can_answer(actor, document):
    """Whoever registers may register the answer to what came in."""
    if document.direction != "incoming" or document.is_settled:
        return refuse(_("Only a document that came in is answered"))
    if not actor.can("documents.register"):
        return refuse(_("Documents are registered by clerks; ask a clerk of your unit"))
    return ALLOWED


def can_annul(actor, document):
    """Clerks only; the number stays taken and the reason is kept (LAW-92)."""
    if document.is_settled:
        return refuse(_settled(document))
    if not actor.can("documents.register"):
        return refuse(_("A document is annulled by a clerk"))
    return ALLOWED


def can_send_out(actor, document, signed, deliveries):
    """Those who may edit it, once it is signed (LAW-138) and not on its way yet. signed: its signed file or None;
    deliveries: those there are of it."""
    if document.direction != "outgoing":
        return refuse(_("Only outgoing documents are sent out"))
    if document.state == "annulled":
        return refuse(_("The document is annulled; it can only be read"))
    if signed is None:
        return refuse(_("The document is not signed yet; send it for signing first"))
    if any(one.state not in ("failed", "cancelled", "rejected", "refused", "late") for one in deliveries):
        return refuse(_("The document has been sent"))
    return can_edit(actor, document)


def can_share(actor, document):
    """Those who may name the person responsible may also let others see; a restricted document those who may restrict
    it (LAW-103)."""
    return can_restrict(actor, document) if document.restriction else can_assign(actor, document)


def can_manage_registers(actor):
    """Record-keepers, and IT staff."""
    if actor.has_role("clerk") or actor.can("admin.state"):
        return ALLOWED
    return refuse(_("Registers are set up by clerks and IT staff"))


def can_manage_kinds(actor):
    """As for registers."""
    if actor.has_role("clerk") or actor.can("admin.state"):
        return ALLOWED
    return refuse(_("What is asked at registration is set up by clerks and IT staff"))


def can_restrict(actor, document):
    """The head of its unit, the person responsible, and clerks (LAW-100)."""
    if _is_responsible(actor, document) or actor.can("documents.register"):
        return ALLOWED
    if actor.has_role("head") and document.unit_id in actor.unit_ids:
        return ALLOWED
    return refuse(_("Access is restricted by the head of the unit, the person responsible or a clerk"))


def can_draft(actor):
    """Whoever works in a unit prepares documents."""
    if actor.can("documents.register") or (actor.unit_ids and actor.can("cases.work")):
        return ALLOWED
    return refuse(_("Drafts are prepared by the employees of units"))


def can_change_draft(actor, draft):
    """Its author, those of its unit and clerks who see it, while it is open."""
    if not draft.is_open:
        return refuse(_("The draft is being signed, registered or given up; it can only be read"))
    if draft.author_id == actor.person_id or draft.unit_id in actor.unit_ids or actor.can("documents.register"):
        return ALLOWED
    return refuse(_("A draft is changed by its author, the people of its unit, and clerks"))


def can_break_lock(actor, draft):
    """The author of the draft, the head of its unit, and clerks."""
    own = draft.author_id == actor.person_id
    if own or actor.can("documents.register") or (actor.has_role("head") and draft.unit_id in actor.unit_ids):
        return ALLOWED
    return refuse(_("A draft is freed by its author, the head of the unit or a clerk"))


def can_manage_templates(actor):
    """Those who register know what papers look like."""
    if actor.can("documents.register"):
        return ALLOWED
    return refuse(_("Templates are managed by clerks"))


def can_scan(actor):
    """Those who register see what waits to be registered."""
    if actor.can("documents.register"):
        return ALLOWED
    return refuse(_("Scans are registered by clerks; ask a clerk of your unit"))


def can_plan(actor):
    """Record-keepers draw up the filing plan, and what is to become of its files."""
    if actor.has_role("clerk"):
        return ALLOWED
    return refuse(_("The filing plan is kept by clerks"))


def can_see_acts(actor):
    """Record-keepers, heads who approve, auditors, and the system that carries them out."""
    if actor.is_system or actor.has_role("clerk") or actor.has_role("head") or actor.can("audit.read"):
        return ALLOWED
    return refuse(_("Acts of destruction are seen by clerks, heads and auditors"))


def can_approve_act(actor, act):
    """A head, never who made the act (LAW-98)."""
    if not actor.has_role("head"):
        return refuse(_("An act of destruction is approved by a head"))
    if actor.person_id in (act.made_by_id, act.checked_by_id):
        return refuse(_("An act is approved by somebody else than who made or checked it"))
    return ALLOWED


def _settled(document):
    if document.state == "destroyed":
        return _("The document was destroyed by an approved act; only its record is left")
    return _("The document is annulled; it can only be read")


def _is_responsible(actor, document):
    return actor.person_id is not None and document.responsible_id == actor.person_id
