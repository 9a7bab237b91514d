"""Files that people ask for and a job makes: tables, print-outs, labels. Each is its asker's own."""

from datetime import timedelta

import sqlalchemy as sa

from portal.audit import service as audit
from portal.documents.events import FileAsked
from portal.documents.models import ReadyFile, ReadyState
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.db import db, released
from portal.kernel.errors import NotFound, PortalError
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.storage import service as storage

KEPT_DAYS = 7


def ask_file(actor, form, name, parameters):
    """Ask for a file. form: one of `makers.MAKERS`; parameters: JSON values. Returns the ReadyFile."""
    asked = ReadyFile(person_id=actor.person_id, form=form, name=name[:200], parameters=parameters)
    db.session.add(asked)
    db.session.flush()
    audit.record(actor, "ready_file.asked", asked, new={"form": form, **parameters})
    announce(actor, FileAsked(file_id=asked.id))
    return asked


def get_ready(actor, file_id):
    """What was asked for; only the asker finds it. Raises NotFound."""
    found = db.session.get(ReadyFile, file_id)
    if found is None or found.person_id != actor.person_id:
        raise NotFound(_("There is no such file"))
    return found


def make_file(file_id):
    """Make what was asked for, with the rights of whoever asked. May run twice; what fails is told, not tried again."""
    from portal.documents.service.makers import MAKERS

    asked = db.session.get(ReadyFile, file_id)
    if asked is None or asked.state != ReadyState.WAITING:
        return
    actor = identity.actor_for(asked.person_id)
    try:
        data, mime = MAKERS[asked.form](actor, asked)
    except PortalError as error:
        asked.problem, asked.state = error.message, ReadyState.FAILED
        db.session.flush()
        return
    with released():
        staged = storage.stage(data, mime=mime, name=asked.name)
    blob = storage.keep(actor, staged)
    asked.sha256, asked.state = blob.sha256, ReadyState.READY
    db.session.flush()


def forget_old():
    """What was asked for days ago is asked for again when it is needed."""
    db.session.execute(sa.delete(ReadyFile).where(ReadyFile.asked_at < clock.now() - timedelta(days=KEPT_DAYS)))
