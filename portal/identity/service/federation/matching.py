"""The register's answers to the rules of matching."""

import sqlalchemy as sa

from portal.identity.adapters.state_claims import code_of
from portal.identity.models import AccountKind, Person, PersonField
from portal.kernel import clock, crypto
from portal.kernel.db import db


def find_people(field, value):
    """Ids of the open accounts with this value, two at most: more than one is too many. Accounts of administration are
    not found: whoever holds one signs in to it as to itself (LAW-151)."""
    today = clock.today()
    if field == PersonField.PERSONAL_CODE:
        code = code_of(value)
        condition = Person.personal_code_hash == crypto.lookup_hash(code) if code else sa.false()
    elif field == PersonField.EMAIL:
        condition = sa.func.lower(Person.email) == value.strip().lower()
    else:
        condition = Person.username == value.strip().lower()
    return list(
        db.session.scalars(
            sa.select(Person.id)
            .where(
                condition,
                Person.active,
                Person.account == AccountKind.ORDINARY,
                Person.merged_into_id.is_(None),
                sa.or_(Person.since.is_(None), Person.since <= today),
                sa.or_(Person.until.is_(None), Person.until >= today),
            )
            .limit(2)
        )
    )
