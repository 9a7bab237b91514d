"""Facts that workflow announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class FlowFinished:
    """A flow came to its end, or was closed before it (`closed`)."""

    run_id: UUID
    about_kind: str
    about_id: UUID
    closed: bool


@dataclass(frozen=True)
class StepGiven:
    """A step of a flow about a thing now waits for those who hold one of these access keys."""

    about_kind: str
    about_id: UUID
    keys: list


@dataclass(frozen=True)
class StepAsked:
    """A run has come to an automatic step: the job does what it says."""

    step_id: UUID


@dataclass(frozen=True)
class TaskNews:
    """Somebody should hear of a task. what: `before` its term, `late`, or `reminded` by hand (`by` whom)."""

    task_id: UUID
    person_id: UUID
    what: str
    by: str = ""
