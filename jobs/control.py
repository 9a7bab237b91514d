"""The jobs of control: words before a term and when it is broken."""

from uuid import UUID

from portal.documents import service as documents
from portal.identity.service import preferences
from portal.kernel.access import SYSTEM
from portal.kernel.jobs import job, periodic, queue
from portal.workflow import service as workflow
from portal.workplace import service as workplace

documents.add_table("terms.xlsx", workflow.radar_table)
EVENTS = {"before": "task_due", "reminded": "task_due", "late": "task_late"}


@periodic(900)
def send_notices():
    """Remind of terms that come near, and speak of those that are broken; each once (12.5)."""
    if workflow.send_notices(SYSTEM):
        queue(send_notices, delay_s=5)


@job(retries=3, first_wait_s=60)
def tell_of_task(person_id: UUID, task_id: UUID, what: str, by: str = ""):
    """Mail a person about a task, unless they want no such news; after their quiet hours (2.2)."""
    event = EVENTS[what]
    if not preferences.wants(person_id, event, "mail"):
        return
    if wait_s := preferences.wait_s(person_id, event):
        queue(tell_of_task, delay_s=wait_s, person_id=person_id, task_id=task_id, what=what, by=by)
        return
    workplace.tell_of_task(person_id, task_id, what, by)
