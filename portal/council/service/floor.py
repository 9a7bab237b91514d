"""Who speaks, and what was said that the minutes must carry (LAW-53, fields 7, 8, 11, 12)."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import policy
from portal.council.models import Remark, RemarkKind, SessionState, Speaker, SpeechKind
from portal.council.service import bodies, course, procedure
from portal.council.service.matters import locked_pair
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, Invalid, NotFound, ensure
from portal.kernel.i18n import _
from portal.kernel.live import publish


def add_speaker(actor, matter_id, name=None, office=None, person_id=None, kind=SpeechKind.DEBATE):
    """Put a person into the speakers' queue of a matter; points of order stand before the others.

    A member does so for himself or herself; the chair and the secretary for anybody, also a guest by name."""
    session, matter = locked_pair(actor, matter_id)
    kind = _kind(kind)
    own = person_id is not None and person_id == actor.person_id
    if not (own and bodies.sits_in(session, person_id)):
        ensure(policy.can_run(actor, session))
    if matter.is_decided:
        raise Conflict(_("This matter is decided already."))
    name = (name or "").strip() or (identity.get_person(actor, person_id).name if person_id else "")
    if not name:
        raise Invalid(_("Name the person who speaks"), field="name")
    queue = _speakers(matter.id)
    if any(one.spoke_at is None and one.name == name for one in queue):
        raise Conflict(_("%(name)s is in the queue already.", name=name))
    speaker = Speaker(
        matter_id=matter.id,
        position=len(queue) + 1,
        person_id=person_id,
        name=name[:160],
        office=(office or "").strip()[:160] or None,
        kind=kind,
    )
    db.session.add(speaker)
    db.session.flush()
    if kind == SpeechKind.ORDER:
        waiting = [one for one in queue if one.spoke_at is None]
        first = next((n for n, one in enumerate(waiting) if one.kind != SpeechKind.ORDER), len(waiting))
        _reorder([*waiting[:first], speaker, *waiting[first:]], queue)
    audit.record(actor, "council.speaker_added", matter, new={"name": name, "kind": str(kind)})
    publish(f"session:{session.id}", "speakers")
    return speaker


def move_speaker(actor, speaker_id, up):
    """The chair changes the order in which people get the floor. Moving the first up or the last down does nothing."""
    speaker, session, matter = _speaker(actor, speaker_id)
    ensure(policy.can_run(actor, session))
    queue = _speakers(matter.id)
    waiting = [one for one in queue if one.spoke_at is None]
    if speaker not in waiting:
        raise Conflict(_("This person has spoken already and stays in the minutes."))
    place = waiting.index(speaker)
    waiting.remove(speaker)
    waiting.insert(max(0, place - 1 if up else place + 1), speaker)
    _reorder(waiting, queue)
    audit.record(actor, "council.speaker_moved", matter, new={"name": speaker.name, "up": bool(up)})
    publish(f"session:{session.id}", "speakers")


def _reorder(waiting, queue):
    """Give those who wait the places after everybody who spoke."""
    spoken = sum(1 for one in queue if one.spoke_at is not None)
    for n, one in enumerate(waiting, start=spoken + 1):
        one.position = n
    db.session.flush()


def give_floor(actor, speaker_id):
    """The chair gives the floor: from now on the person stands in the minutes as a speaker, and the time limit of the
    rules of procedure runs. Whoever spoke before has finished."""
    speaker, session, matter = _speaker(actor, speaker_id)
    ensure(policy.can_run(actor, session))
    if speaker.spoke_at is not None:
        return speaker
    if session.state != SessionState.OPEN or session.current_matter_id != matter.id:
        raise Conflict(_("Speakers have the floor while their matter is being heard."))
    course.end_speeches(session)
    speaker.spoke_at, speaker.limit_s = clock.now(), procedure.limit_s(speaker.kind)
    spoken = sum(1 for one in _speakers(matter.id) if one.spoke_at is not None)
    speaker.position = spoken
    _reorder([one for one in _speakers(matter.id) if one.spoke_at is None], _speakers(matter.id))
    audit.record(actor, "council.floor_given", matter, new={"name": speaker.name, "kind": str(speaker.kind)})
    publish(f"session:{session.id}", "speakers")
    return speaker


def end_floor(actor, speaker_id):
    """The speech is over."""
    speaker, session, matter = _speaker(actor, speaker_id)
    if speaker.person_id is None or speaker.person_id != actor.person_id:
        ensure(policy.can_run(actor, session))
    if speaker.spoke_at is None:
        raise Conflict(_("This person does not have the floor."))
    if speaker.ended_at is not None:
        return speaker
    speaker.ended_at = clock.now()
    db.session.flush()
    audit.record(actor, "council.floor_ended", matter, new={"name": speaker.name})
    publish(f"session:{session.id}", "speakers")
    return speaker


def _kind(kind):
    try:
        return SpeechKind(kind)
    except ValueError as error:
        raise Invalid(_("Choose the kind of speech from the list"), field="kind") from error


def remove_speaker(actor, speaker_id):
    """Take somebody who has not spoken out of the queue: the person, the chair or the secretary."""
    speaker, session, matter = _speaker(actor, speaker_id)
    if speaker.person_id is None or speaker.person_id != actor.person_id:
        ensure(policy.can_run(actor, session))
    if speaker.spoke_at is not None:
        raise Conflict(_("This person has spoken already and stays in the minutes."))
    db.session.delete(speaker)
    db.session.flush()
    audit.record(actor, "council.speaker_removed", matter, old={"name": speaker.name})
    publish(f"session:{session.id}", "speakers")


def leave_queue(actor, matter_id):
    """A member no longer asks for the floor in this matter."""
    waiting = [one for one in _speakers(matter_id) if one.spoke_at is None and one.person_id == actor.person_id]
    if actor.person_id is None or not waiting:
        raise Conflict(_("You are not in the speakers' queue."))
    for one in waiting:
        remove_speaker(actor, one.id)


def add_remark(actor, matter_id, kind, person_id, text, name=None):
    """Note a proposal, an order of the chair, a motive of voting or a summary of an opinion.

    Members note their own motive and opinion; the rest is the chair's and the secretary's."""
    session, matter = locked_pair(actor, matter_id)
    kind = RemarkKind(kind)
    own = person_id is not None and person_id == actor.person_id and kind != RemarkKind.ORDER
    if own and not bodies.sits_in(session, person_id):
        raise Forbidden(_("Only the members of this body and its guests speak in the session."))
    if not own:
        ensure(policy.can_run(actor, session))
    if not (text or "").strip():
        raise Invalid(_("Write what was said"), field="text")
    name = (name or "").strip() or (identity.get_person(actor, person_id).name if person_id else actor.name)
    remark = Remark(
        matter_id=matter.id, kind=kind, person_id=person_id, name=name[:160], text=text.strip(), said_at=clock.now()
    )
    db.session.add(remark)
    db.session.flush()
    audit.record(actor, "council.remark_noted", matter, new={"kind": str(kind), "name": name, "text": remark.text})
    publish(f"session:{session.id}", "speakers")
    return remark


def _speakers(matter_id):
    return list(db.session.scalars(sa.select(Speaker).where(Speaker.matter_id == matter_id).order_by(Speaker.position)))


def _speaker(actor, speaker_id):
    speaker = db.session.get(Speaker, speaker_id)
    if speaker is None:
        raise NotFound(_("There is no such speaker"))
    session, matter = locked_pair(actor, speaker.matter_id)
    return speaker, session, matter
