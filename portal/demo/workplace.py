"""Another application of the municipality, which the sandbox plays: it stands in the bar, and shows the bar."""

from portal.kernel.access import SYSTEM
from portal.kernel.config import settings
from portal.workplace import service as workplace
from portal.workplace.models import Board

NAME = "Telpu rezervēšana"


def offer():
    """Register the application's origin, and a link to it for employees."""
    workplace.add_origin(SYSTEM, settings().sandbox_url, NAME)
    workplace.save_line(
        SYSTEM,
        None,
        url=f"{settings().sandbox_url}/telpas",
        label_lv=NAME,
        label_en="Room booking",
        icon="calendar",
        roles=["employee", "clerk", "head"],
        units=[],
        since=None,
        until=None,
        badge="",
        note_lv="",
        note_en="",
    )
    workplace.publish_draft(SYSTEM, Board.NAVIGATION)
