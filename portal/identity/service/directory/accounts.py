"""Applications that read the directory: each with a password of its own and a list of what it may read."""

import re
import secrets

import sqlalchemy as sa

from portal.audit import service as audit
from portal.identity import policy
from portal.identity.events import DirectoryReadersChanged
from portal.identity.models import DirectoryAccount
from portal.identity.service.people import hasher
from portal.identity.slapd import READS
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")


def list_accounts(actor) -> list[DirectoryAccount]:
    """All applications that may read, by name."""
    ensure(policy.can_manage_people(actor))
    return list(db.session.scalars(sa.select(DirectoryAccount).order_by(DirectoryAccount.name)))


def add_account(actor, name, purpose, reads) -> tuple[DirectoryAccount, str]:
    """Let an application read. reads: of `slapd.READS`; names of people and units it always reads.
    Returns the account and its password, which is shown once. Raises Invalid("name"), Invalid("reads")."""
    ensure(policy.can_manage_people(actor))
    if not _NAME.fullmatch(name):
        raise Invalid(_("Use small letters, digits and hyphens, at least two characters"), field="name")
    if db.session.scalar(sa.select(DirectoryAccount.id).where(DirectoryAccount.name == name)):
        raise Invalid(_("There is an application with this name"), field="name")
    if set(reads) - set(READS):
        raise Invalid(_("There is no such list of attributes"), field="reads")
    account = DirectoryAccount(name=name, purpose=purpose, reads=sorted(reads), added_at=clock.real_now())
    password = _new_password(account)
    db.session.add(account)
    db.session.flush()
    audit.record(actor, "directory.account_added", account, new={"reads": account.reads})
    announce(actor, DirectoryReadersChanged(account_id=account.id))
    return account, password


def renew_password(actor, account_id) -> tuple[DirectoryAccount, str]:
    """A new password for an application; the old one ends at once."""
    account = _get(actor, account_id)
    password = _new_password(account)
    db.session.flush()
    audit.record(actor, "directory.account_renewed", account)
    announce(actor, DirectoryReadersChanged(account_id=account.id))
    return account, password


def remove_account(actor, account_id):
    """Let an application read no longer."""
    account = _get(actor, account_id)
    audit.record(actor, "directory.account_removed", account, old={"reads": account.reads})
    announce(actor, DirectoryReadersChanged(account_id=account.id))
    db.session.delete(account)
    db.session.flush()


def _get(actor, account_id):
    ensure(policy.can_manage_people(actor))
    account = db.session.get(DirectoryAccount, account_id)
    if account is None:
        raise NotFound(_("There is no such application"))
    return account


def _new_password(account):
    """24 random bytes: what applications keep is copied, not remembered."""
    password = secrets.token_urlsafe(24)
    account.password_hash = hasher().hash(password)
    return password
