"""The roll-call sheet: how a session votes when its tablets fail. What it says is entered at the desk (LAW-34)."""

from pathlib import Path

import sqlalchemy as sa

from portal.council import policy, rules
from portal.council.models import Matter
from portal.council.service import bodies
from portal.council.service.reading import get_session
from portal.kernel.access import visible_to
from portal.kernel.db import db, released
from portal.kernel.errors import ExternalUnavailable, ensure
from portal.kernel.i18n import _, in_language
from portal.storage import children

_CHILD = Path(__file__).resolve().parents[1] / "sheet_child.py"
_FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
_LIMITS = {"memory_bytes": 1024**3, "time_s": 60}


def roll_call_sheet(actor, session_id):
    """Bytes of a PDF: one page for each matter that is not decided, with the members and a box for each choice.
    Raises Forbidden, ExternalUnavailable."""
    session = get_session(actor, session_id)
    ensure(policy.can_run(actor, session))
    open_ones = sa.select(Matter).where(
        Matter.session_id == session.id, Matter.decided_at.is_(None), visible_to(actor, Matter)
    )
    matters = [f"{one.n}. {one.title}" for one in db.session.scalars(open_ones.order_by(Matter.n)) if _is_voted(one)]
    names = [member.name for member in bodies.members_in(session)]
    with in_language("lv"):
        asked = {
            "title": _("Roll-call sheet · %(session)s", session=session.title),
            "names": names,
            "matters": matters or [_("Question: %(line)s", line="_" * 40)],
            "choices": [_("For"), _("Against"), _("Abstained")],
            "foot": [
                _("Time: __________   Read out and marked by: ________________________________"),
                _("Entered at the desk by: ________________________________"),
            ],
            "font": _FONT,
            **_LIMITS,
        }
    with released(), children.folder() as folder:
        for _line in children.lines(_CHILD, asked, folder, 60):
            pass
        made = folder / "sheet.pdf"
        if not made.exists():
            raise ExternalUnavailable(_("The sheet could not be drawn; try again"))
        return made.read_bytes()


def _is_voted(matter):
    return matter.subject not in rules.PROCEDURAL
