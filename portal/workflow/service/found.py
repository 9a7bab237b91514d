"""What search is told of tasks and resolutions: found by the people whose they are."""

import sqlalchemy as sa

from portal.documents import service as documents
from portal.kernel import clock
from portal.kernel.access import set_of
from portal.kernel.db import db
from portal.kernel.found import Found
from portal.workflow.models import Resolution, TaskState


def found_task(task):
    """What is asked for; of a task about a document not its title, which is found with the document."""
    keys = _task_keys(task)
    if task.state == TaskState.CLOSED or not keys:
        return None
    about = documents.number_of(task.document_id) if task.document_id else task.title
    return Found(
        f"{task.kind_name}: {about}",
        f"/tasks/{task.id}",
        set_of(*keys),
        text="" if task.document_id else task.detail,
        date=task.due_on or clock.local(task.created_at).date(),
        unit=task.unit_id or "",
    )


def _task_keys(task):
    if holder := task.claimed_by_id or task.person_id or task.done_by_id:
        return {f"person:{holder}", f"person:{task.done_by_id or holder}"}
    if task.role and task.unit_id:
        return set()  # only who has both may see it, which no set of keys can say
    return {f"role:{task.role}"} if task.role else {f"unit:{task.unit_id}"}


def found_resolution(resolution):
    """What was ordered; not on a document that is restricted, of which nothing is told here."""
    if documents.is_restricted(resolution.document_id):
        return None
    people = {resolution.author_id, resolution.written_by_id, *(part.person_id for part in resolution.executors)}
    return Found(
        str(resolution),
        f"/resolutions/{resolution.id}",
        set_of(*(f"person:{person}" for person in people)),
        number=documents.number_of(resolution.document_id),
        text=resolution.text,
        date=clock.local(resolution.written_at).date(),
    )


def resolutions_on(document):
    """What is ordered on a document is as closed as it is."""
    return db.session.scalars(sa.select(Resolution).where(Resolution.document_id == document.id)).all()


def resolutions_under(restriction):
    """The same when a restriction begins or ends."""
    return db.session.scalars(sa.select(Resolution).where(Resolution.document_id == restriction.document_id)).all()


def resolution_of(part):
    """Executors find the resolution."""
    return [part.resolution]
