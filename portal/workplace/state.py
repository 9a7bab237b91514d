"""The state of the system in sentences: nothing that cannot be acted upon."""

import shutil
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from portal.identity.service import directory
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.config import settings
from portal.kernel.db import db
from portal.kernel.events import Outbox, OutboxState
from portal.kernel.i18n import _, moment, ngettext
from portal.storage import service as storage

_LOW_DISK = 2 * 1024**3
_LATE = timedelta(minutes=5)


@dataclass(frozen=True)
class Check:
    """One thing looked at: what, whether it is well, what was found, and what to do when it is not."""

    name: str
    well: bool
    found: str
    remedy: str = ""


def checks() -> list[Check]:
    """Database, disk, waiting and parked jobs, certificates; what is wrong comes first."""
    found = [_jobs_waiting(), _jobs_parked(), _disk(), *_files(), *_directory(), *_certificates()]
    return sorted(found, key=lambda check: check.well)


def _jobs_waiting():
    late = db.session.scalar(
        sa.select(sa.func.count())
        .select_from(Outbox)
        .where(Outbox.state == OutboxState.WAITING, Outbox.next_at < clock.real_now() - _LATE)
    )
    return Check(
        _("Background work"),
        not late,
        _("Nothing waits longer than 5 minutes")
        if not late
        else _("%(count)s jobs have waited longer than 5 minutes", count=late),
        _("Check that the worker process runs: pkip worker"),
    )


def _jobs_parked():
    parked = db.session.scalar(sa.select(sa.func.count()).select_from(Outbox).where(Outbox.state == OutboxState.PARKED))
    return Check(
        _("Jobs that gave up"),
        not parked,
        _("None") if not parked else str(parked),
        _("Read the cause below, mend it and press “Run again”"),
    )


def _disk():
    free = shutil.disk_usage(settings().var).free
    return Check(
        _("Disk"),
        free > _LOW_DISK,
        _("%(size)s GB free", size=f"{free / 1024**3:.1f}".replace(".", ",")),
        _("Free space or enlarge the disk of %(folder)s", folder=settings().var),
    )


def _directory():
    state = directory.state() if directory.is_on() else None
    if state is not None:
        since = state.failing_since
        yield Check(
            _("Directory (LDAP)"),
            since is None,
            _("Does not answer since %(time)s", time=moment(since)) if since else _("Agrees with the register"),
            _("Start it with “pkip ldap serve” or mend its server; what changed meanwhile is then written by itself"),
        )
        if refused := directory.refused_entries():
            yield Check(
                _("Entries of the directory"),
                False,
                ngettext("%(num)s entry was refused", "%(num)s entries were refused", refused),
                _("Read the cause in the last comparison (People → Directory) and mend the person's data"),
            )


def _files():
    whole = not storage.list_damaged(SYSTEM)
    yield Check(
        _("Stored files"),
        whole,
        _("No damage is known") if whole else _("Some are damaged or missing"),
        _("See which under “Stored files”, and bring them back from a backup"),
    )
    if settings().clamd:
        silent, (waiting, _since) = storage.scanner_is_silent(), storage.waiting_for_scanner()
        yield Check(
            _("Virus scanner"),
            not silent,
            ngettext("Does not answer; %(num)s file waits", "Does not answer; %(num)s files wait", waiting)
            if silent
            else _("Nothing waits longer than 5 minutes"),
            _("Start clamd, or mend PKIP_CLAMD; what waits is then scanned by itself"),
        )


def _certificates():
    from cryptography import x509

    own = settings()
    for name, path in (
        (_("Certificate of the e-address"), own.eaddress_cert),
        (_("Certificate of PSPP"), own.pspp_cert),
    ):
        if not path.exists():
            yield Check(name, False, _("There is no file %(path)s", path=path), _("Install the certificate"))
            continue
        until = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
        left = (until - clock.now()).days
        yield Check(name, left > 30, _("valid for %(days)s days", days=left), _("Order a new certificate"))
