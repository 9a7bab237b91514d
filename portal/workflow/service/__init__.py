"""Everything workflow can do, by noun: flows that run, tasks that wait for people."""

from portal.workflow.service.flows import (
    FlowView,
    StepView,
    cancel,
    change_data,
    flow_view,
    save_definition,
    signal,
    start,
    where,
)
from portal.workflow.service.tasks import (
    Work,
    add_task,
    claim,
    close_for,
    complete,
    complete_for,
    finish_signature_task,
    get_task,
    list_tasks,
    my_work,
    open_tasks_about,
    reassign,
    release,
    task_for_signature,
)

__all__ = [
    "FlowView", "StepView", "Work", "add_task", "cancel", "change_data", "claim", "close_for", "complete",
    "complete_for", "finish_signature_task", "flow_view", "get_task", "list_tasks", "my_work",
    "open_tasks_about", "reassign", "release", "save_definition", "signal", "start", "task_for_signature", "where",
]
