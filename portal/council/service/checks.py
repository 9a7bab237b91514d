"""Who has to approve a draft before the committees see it: the path that the rules of procedure set (LAW-15)."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import policy
from portal.council.models import DraftCheck, MatterState, Proposal
from portal.kernel.db import db
from portal.kernel.errors import Invalid, NotFound, ensure
from portal.kernel.i18n import _, in_language, money
from portal.storage import service as storage


def ask(actor, matter, proposal):
    """Ask those whose approval this draft needs. Returns whether anybody was asked."""
    asked = [] if proposal.skipped else checks_for(proposal)
    if not asked:
        return False
    from portal.signing import service as signing  # loads certificate libraries that votes do not need

    signing.ask_approval(
        actor,
        about_kind="matter",
        about_id=matter.id,
        title=matter.title,
        file=_paper(actor, matter, proposal),
        approvers=[check.person_id for check in asked],
        in_order=True,
        access_keys=["role:secretary"],
    )
    audit.record(actor, "council.checks_asked", matter, new={"checks": [check.name for check in asked]})
    return True


def _paper(actor, matter, proposal):
    """The draft with all that those who approve have to know, as one text."""
    with in_language("lv"):
        parts = [matter.title, matter.draft_text]
        if proposal.note:
            parts.append(f"{_('Explanatory note')}\n{proposal.note}")
        if proposal.legal_basis:
            parts.append(f"{_('Legal basis')}\n{proposal.legal_basis}")
        if proposal.amount_cents:
            amount = ", ".join(filter(None, [money(proposal.amount_cents), proposal.budget_line]))
            parts.append(f"{_('Financial effect')}\n{amount}")
    blob = storage.put(actor, "\n\n".join(parts).encode())
    return "lemuma-projekts.txt", "text/plain", blob.sha256


def text_changed(actor, matter):
    """The draft has a new text: who is asked to approve it is asked about this one."""
    if matter.state != MatterState.PREPARING:
        return
    from portal.signing import service as signing

    proposal = db.session.get_one(Proposal, matter.proposal_id)
    if signing.latest_round("matter", matter.id) is not None:
        signing.version_added(actor, "matter", matter.id, _paper(actor, matter, proposal))


def take_back(actor, matter):
    """The draft is withdrawn: nobody has to approve it any more."""
    from portal.signing import service as signing

    waiting = signing.latest_round("matter", matter.id)
    if waiting is not None and waiting.state is signing.RoundState.OPEN:
        signing.withdraw_approval(actor, waiting.id)


def list_checks():
    """Who approves each draft before the committees, in order (LAW-15)."""
    return list(db.session.scalars(sa.select(DraftCheck).order_by(DraftCheck.position, DraftCheck.id)))


def checks_for(proposal):
    """The checks that this draft needs."""
    return [check for check in list_checks() if proposal.amount_cents or not check.money_only]


def add_check(actor, name, person_id, money_only=False):
    """A new check at the end of the path. Raises Forbidden, Invalid("name")."""
    ensure(policy.can_prepare(actor))
    name = (name or "").strip()
    if not name:
        raise Invalid(_("Say what is checked"), field="name")
    check = DraftCheck(position=len(list_checks()) + 1, name=name[:100], person_id=person_id, money_only=money_only)
    db.session.add(check)
    db.session.flush()
    audit.record(actor, "council.check_added", check, label=check.name, new={"person": str(person_id)})
    return check


def remove_check(actor, check_id):
    """A check is no longer asked for; what was asked stays asked."""
    ensure(policy.can_prepare(actor))
    check = db.session.get(DraftCheck, check_id)
    if check is None:
        raise NotFound(_("There is no such check"))
    audit.record(actor, "council.check_removed", check, label=check.name)
    db.session.delete(check)
    db.session.flush()
