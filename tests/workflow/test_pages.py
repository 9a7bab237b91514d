"""Each line of the work list says what to do and leads to the page where it is done."""

import ast
import re
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from blueprints.workflow.views import DONE_ELSEWHERE, FINDERS, TASK_PAGES
from portal.council import service as council
from portal.council.models import BodyKind, SessionKind
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.i18n import in_language
from portal.workflow.kinds import KIND_NAMES, kind_name
from portal.workflow.models import Task, TaskState

ROOT = Path(__file__).resolve().parents[2]


def kinds_made():
    """The kinds of tasks that code and flow models make."""
    made = set()
    for path in (ROOT / "portal").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "add_task":
                made |= {arg.value for arg in node.args[:2] if isinstance(arg, ast.Constant)}
    for path in (ROOT / "portal/workflow/flows").glob("*.bpmn"):
        made |= set(re.findall(r'pkip:kind="([\w.]+)"', path.read_text()))
    return made


def test_every_kind_has_a_name_in_latvian_and_a_page():
    made = kinds_made()
    assert {"council.place", "case.assign", "signing.sign"} <= made and made <= set(KIND_NAMES)
    assert made <= {*TASK_PAGES, *FINDERS, *DONE_ELSEWHERE}


def test_kind_names_are_latvian(app):
    for kind in KIND_NAMES:
        with in_language("en"):
            english = kind_name(kind)
        with in_language("lv"):
            assert kind_name(kind) != english


@pytest.fixture
def dome(cast):
    """The council of three, in which Jānis presides and Sarma takes the minutes."""
    body = council.add_body(SYSTEM, BodyKind.COUNCIL, "Ozolpils novada dome", "Dome", 3,
                            chair_id=cast.janis.id, minute_taker_id=cast.sarma.id)  # fmt: skip
    for person in (cast.janis, cast.dace, cast.anna):
        council.add_member(SYSTEM, body.id, person.id)
    db.session.commit()
    return body


@pytest.fixture
def follow(as_client):
    """`follow("sarma", kind)`: the address where her task of this kind leads, which must open."""

    def go(username, kind):
        task = db.session.scalars(sa.select(Task).where(Task.kind == kind, Task.state == TaskState.OPEN)).first()
        browser = as_client(username)
        assert kind_name(kind) in browser.get("/").get_data(as_text=True)
        answer = browser.get(f"/tasks/{task.id}", follow_redirects=True)
        assert answer.status_code == 200
        return answer.request.full_path.rstrip("?"), answer.get_data(as_text=True), task

    return go


def planned(dome, sarma, **more):
    session = council.create_session(
        sarma,
        dome.id,
        more.pop("kind", SessionKind.REGULAR),
        clock.now() + timedelta(days=more.pop("days", 8)),
        "Zāle",
        **more,
    )
    db.session.commit()
    return session


@pytest.mark.req("12.5", "13.1")
def test_a_matter_is_placed_from_the_next_sessions_list_or_a_session_is_planned(dome, sarma, follow):
    council.propose(sarma, title="Par tiltu", draft_text="Remontēt.", kind="individual", body_id=dome.id)
    db.session.commit()
    assert follow("sarma", "council.place")[0] == f"/council/sessions/new?body={dome.id}"
    session = planned(dome, sarma)
    address, page, _task = follow("sarma", "council.place")
    assert address == f"/council/sessions/{session.id}/pool" and "Par tiltu" in page


@pytest.mark.req("12.5", "13.1")
def test_tasks_of_a_session_lead_to_it_its_minutes_its_repeat_and_back_to_the_list(
    dome, sarma, janis, follow, as_client
):
    matter = council.propose(sarma, title="Par tiltu", draft_text="Remontēt.", kind="individual", body_id=dome.id)
    session = planned(dome, sarma)
    council.place(sarma, session.id, matter.id)
    council.invite(sarma, session.id)
    address, page, _task = follow("dace", "council.invitation")
    assert address == f"/council/sessions/{session.id}" and "Atbildēt uz uzaicinājumu" in page
    council.close_session(janis, session.id, "Nav kvoruma")
    db.session.commit()
    assert follow("sarma", "council.minutes")[0] == f"/council/sessions/{session.id}"
    minutes = council.draft_minutes(sarma, session.id)
    assert follow("sarma", "council.minutes")[0] == f"/council/minutes/{minutes.id}"
    address, page, _task = follow("sarma", "council.repeat")
    assert address == f"/council/sessions/new?repeat_of={session.id}" and f'selected value="{session.id}"' in page
    planned(dome, sarma, kind=SessionKind.REPEAT, repeat_of_id=session.id, days=18)
    address, page, task = follow("sarma", "council.minister")
    assert address == f"/tasks/{task.id}" and "Informēt ministru" in page
    assert as_client("sarma").post(f"/tasks/{task.id}/done", data={"note": "Nosūtīta vēstule"}).status_code == 303
    assert db.session.get(Task, task.id, populate_existing=True).state == TaskState.DONE
