"""The ready flows that come with the system: what staff may take as they are or change."""

import json
from dataclasses import dataclass
from pathlib import Path

from portal.workflow.simple import FIRST


@dataclass(frozen=True)
class ReadyFlow:
    """A flow as a list of steps (see `simple.py`)."""

    name: str
    purpose: str
    steps: list


def _read():
    found = json.loads((Path(__file__).parent / "flows" / "ready.json").read_text())
    return {
        key: ReadyFlow(one["name"], one["purpose"], [{**FIRST, **step} for step in one["steps"]])
        for key, one in found.items()
    }


FLOWS = _read()
