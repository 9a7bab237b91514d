"""The terms of use: published by IT staff, confirmed by everybody before first use (LAW-153)."""

from pathlib import Path

import sqlalchemy as sa

from portal.audit import service as audit
from portal.identity import policy
from portal.identity.models import Person, Terms, TermsConfirmation
from portal.kernel import clock
from portal.kernel.db import db, insert_ignore
from portal.kernel.errors import Invalid, ensure
from portal.kernel.i18n import _

FIRST_TERMS = Path(__file__).with_name("first_terms.txt")


def install():
    """Give a new instance the terms it starts with; leaves those that are there."""
    if current() is None:
        db.session.add(Terms(number=1, text=FIRST_TERMS.read_text().strip(), published_at=clock.real_now()))
        db.session.flush()


def current() -> Terms | None:
    """The terms in force, or None when none were published."""
    return db.session.scalar(sa.select(Terms).order_by(Terms.number.desc()).limit(1))


def unconfirmed(person_id) -> Terms | None:
    """The terms in force if the person has not confirmed them."""
    found = current()
    if found is None or db.session.get(TermsConfirmation, (person_id, found.id)) is not None:
        return None
    return found


def confirm(actor, number):
    """The person confirms the version that was shown. Raises Invalid when another is in force meanwhile."""
    found = current()
    if found is None or found.number != number:
        raise Invalid(_("The terms of use have changed meanwhile; read them again"))
    insert_ignore(
        TermsConfirmation.__table__, [{"person_id": actor.person_id, "terms_id": found.id, "at": clock.real_now()}]
    )
    audit.record(actor, "terms.confirmed", found)


def publish(actor, text) -> Terms:
    """A new version; everybody confirms it at their next sign-in. Raises Invalid("text")."""
    ensure(policy.can_manage_people(actor))
    text, last = text.replace("\r\n", "\n").strip(), current()
    if not text:
        raise Invalid(_("Fill in this field"), field="text")
    if last is not None and last.text == text:
        raise Invalid(_("The text is the same as before"), field="text")
    row = Terms(
        number=last.number + 1 if last else 1, text=text, published_at=clock.real_now(), published_by_id=actor.person_id
    )
    db.session.add(row)
    db.session.flush()
    audit.record(actor, "terms.published", row)
    return row


def confirmations(actor) -> tuple[int, int]:
    """How many active people have confirmed the terms in force, of how many."""
    ensure(policy.can_manage_people(actor))
    found = current()
    people = db.session.scalars(sa.select(sa.func.count()).where(Person.active)).one()
    if found is None:
        return 0, people
    done = db.session.scalars(
        sa.select(sa.func.count())
        .select_from(TermsConfirmation)
        .join(Person, Person.id == TermsConfirmation.person_id)
        .where(TermsConfirmation.terms_id == found.id, Person.active)
    ).one()
    return done, people


def confirm_for_all():
    """Take the terms in force as confirmed by everybody there is: for a demonstration's made-up people."""
    found = current()
    if found is not None:
        now = clock.real_now()
        ids = db.session.scalars(sa.select(Person.id)).all()
        insert_ignore(TermsConfirmation.__table__, [{"person_id": one, "terms_id": found.id, "at": now} for one in ids])
