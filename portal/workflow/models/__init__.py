"""Tables of flows, tasks, resolutions and control, by noun."""

from portal.workflow.models.control import BulkAct, CalendarFeed, ControlMark, ControlRule, ControlSetting, TaskNotice
from portal.workflow.models.flows import (
    NO_DATE,
    Flow,
    FlowAction,
    FlowDefinition,
    FlowRule,
    FlowRun,
    FlowStep,
    StepKind,
)
from portal.workflow.models.resolutions import (
    Executor,
    ExecutorState,
    Extension,
    ExtensionState,
    Order,
    QuickPhrase,
    Resolution,
    ResolutionState,
)
from portal.workflow.models.tasks import Task, TaskState

__all__ = [
    "BulkAct",
    "CalendarFeed",
    "ControlMark",
    "ControlRule",
    "ControlSetting",
    "Executor",
    "ExecutorState",
    "Extension",
    "ExtensionState",
    "Flow",
    "FlowAction",
    "FlowDefinition",
    "FlowRule",
    "FlowRun",
    "FlowStep",
    "NO_DATE",
    "Order",
    "QuickPhrase",
    "Resolution",
    "ResolutionState",
    "StepKind",
    "Task",
    "TaskNotice",
    "TaskState",
]
