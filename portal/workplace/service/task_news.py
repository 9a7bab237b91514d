"""News of tasks, by mail."""

from portal.identity import service as identity
from portal.kernel.access import SYSTEM
from portal.kernel.config import settings
from portal.kernel.i18n import _, date_short, in_language
from portal.workflow import service as workflow
from portal.workplace.service.mailing import ask_mail


def tell_of_task(person_id, task_id, what, by=""):
    """Have the mail sent that reminds of a task or says that its term is broken; what is done meanwhile is passed
    over."""
    person = identity.get_person(SYSTEM, person_id)
    task = workflow.get_task(SYSTEM, task_id)
    if not person.email or not person.active or not task.is_open:
        return
    mine = person_id in (task.person_id, task.claimed_by_id)
    holder = task.claimed_by_id or task.person_id
    with in_language(person.language):
        due = date_short(task.due_on)
        if what == "late":
            subject = _("The term is broken: %(title)s", title=task.title)
            lines = [_("The term was %(date)s.", date=due)]
        else:
            subject = _("The term comes near: %(title)s", title=task.title)
            lines = [_("The term is %(date)s.", date=due)] if due else []
        lines.append(_("What is to be done: %(kind)s", kind=". ".join(filter(None, (task.kind_name, task.detail)))))
        if not mine and holder:
            lines.append(_("Whose task: %(name)s", name=identity.names_of([holder])[holder]))
        if by:
            lines.append(_("%(name)s reminds you of it.", name=by))
    ask_mail(SYSTEM, person_id, subject, lines, f"{settings().base_url}/" + (f"tasks/{task.id}" if mine else ""))
