"""Tables of flows and tasks, by noun."""

from portal.workflow.models.flows import FlowDefinition, FlowRun
from portal.workflow.models.tasks import Task, TaskState

__all__ = ["FlowDefinition", "FlowRun", "Task", "TaskState"]
