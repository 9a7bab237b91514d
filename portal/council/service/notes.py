"""Own notes of members on matters: read by their author only, in no minutes and no search (13.3)."""

import sqlalchemy as sa

from portal.council.models import Matter, Note
from portal.council.service import amendments
from portal.council.service.reading import get_matter
from portal.kernel import clock
from portal.kernel.access import visible_to
from portal.kernel.db import db
from portal.kernel.errors import Forbidden, Invalid
from portal.kernel.i18n import _

LONGEST = 20_000
BETWEEN = "\n\n———\n\n"


def notes_of(actor, session_id):
    """matter id -> the actor's Note, of the matters of a session."""
    found = sa.select(Note).join(Matter, Matter.id == Note.matter_id)
    mine = found.where(Matter.session_id == session_id, Note.person_id == actor.person_id)
    return {note.matter_id: note for note in db.session.scalars(mine)}


def save_own_note(actor, matter_id, text, version=0):
    """Keep the actor's words on a matter. version: of the note that the text was written over, 0 for none.

    Where it was changed elsewhere meanwhile both texts stay, one below the other. Returns the Note. Raises Forbidden,
    Invalid."""
    if not actor.person_id or actor.on_behalf_of_id:
        raise Forbidden(_("Only the member's own notes are kept."))
    matter = get_matter(actor, matter_id)
    text = (text or "").replace("\r\n", "\n").strip()
    if len(text) > LONGEST:
        raise Invalid(_("The note is too long: at most %(max)s characters", max=LONGEST), field="text")
    note = db.session.get(Note, (matter.id, actor.person_id), with_for_update=True)
    if note is None:
        note = Note(matter_id=matter.id, person_id=actor.person_id, text="", version=0)
        db.session.add(note)
    if text != note.text:
        apart = version != note.version and note.text and note.text not in text
        note.text = f"{note.text}{BETWEEN}{text}"[:LONGEST] if apart else text
        note.version, note.changed_at = note.version + 1, clock.now()
    elif note.version == 0:
        note.version, note.changed_at = 1, clock.now()
    db.session.flush()
    return note


def papers_of(actor, session_id):
    """[(Matter, the actor's Note or None, its amendments)] of a session in the order of the agenda, with the files of
    each."""
    mine = notes_of(actor, session_id)
    found = sa.select(Matter).where(Matter.session_id == session_id, visible_to(actor, Matter)).order_by(Matter.n)
    matters = list(db.session.scalars(found.options(sa.orm.selectinload(Matter.files))))
    changes = amendments.of_matters(matter.id for matter in matters)
    return [(one, mine.get(one.id), [two for two in changes if two.matter_id == one.id]) for one in matters]
