"""What a person sets for themselves: look of the pages, language, picture, news by channel with quiet hours."""

import io
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import sqlalchemy as sa

from portal.audit import service as audit
from portal.identity.events import PersonChanged
from portal.identity.models import NoticeChoice, QuietHours
from portal.identity.service.people import get_person
from portal.kernel import clock
from portal.kernel.config import settings
from portal.kernel.db import db
from portal.kernel.errors import Invalid, NotFound
from portal.kernel.events import announce
from portal.kernel.i18n import LANGUAGES, _, _l
from portal.storage import service as storage

THEMES = {"light": _l("Light"), "dark": _l("Dark"), "contrast": _l("High contrast")}
SIZES = {"normal": _l("Usual"), "large": _l("Larger")}
PICTURE_BYTES = 1024 * 1024
PICTURE_SIDE = 256
_MOST_PIXELS = 40_000_000
_PICTURE_KINDS = ("JPEG", "PNG", "WEBP")


@dataclass(frozen=True)
class NoticeKind:
    """An event of which the portal can send news. weighty: comes at once, quiet hours or not, and cannot be refused."""

    event: str
    words: object
    weighty: bool = False


# each is sent by a job of identity, control, council or search; the channels are those that exist: a new one gets
# its line when it can send
NOTICES = (
    NoticeKind("password", _l("My password was changed"), weighty=True),
    NoticeKind("factor", _l("A passkey, codes or an application with codes was added or removed"), weighty=True),
    NoticeKind("task_due", _l("A term of mine comes near")),
    NoticeKind("task_late", _l("A term of mine or of my people is broken")),
    NoticeKind("council_session", _l("I am invited to a session of the council or a committee, or it comes near")),
    NoticeKind("search_news", _l("A saved search of mine finds something new")),
    NoticeKind("sign_in", _l("Somebody signed in to my account from a browser that was not used before")),
)
_CHANNELS = {"mail": _l("E-mail")}


# --- look and language -----------------------------------------------------------------------------------------------


def set_look(actor, theme, size, language):
    """How pages look for the actor from now on, in every browser. Raises Invalid with the field."""
    for field, value, known in (("theme", theme, THEMES), ("size", size, SIZES), ("language", language, LANGUAGES)):
        if value not in known:
            raise Invalid(_("Choose one of the list"), field=field)
    person = get_person(actor, actor.person_id)
    old = {"look": person.look, "language": person.language}
    person.look, person.language = f"{theme} {size}", language
    db.session.flush()
    if old != {"look": person.look, "language": person.language}:
        audit.record(actor, "profile.look_set", person, old=old, new={"look": person.look, "language": language})
        announce(actor, PersonChanged(person_id=person.id))


def look_of(words) -> tuple[str, str]:
    """(theme, size) out of what is kept; the usual ones for anything unknown."""
    theme, _space, size = (words or "").partition(" ")
    return theme if theme in THEMES else "light", size if size in SIZES else "normal"


# --- picture ---------------------------------------------------------------------------------------------------------


def set_picture(actor, data):
    """Keep the actor's picture: a square of 256 points, drawn anew, so that nothing of the file but its colours stays
    (no place, no camera, no script). data: bytes. Raises Invalid("picture")."""
    person = get_person(actor, actor.person_id)
    blob = storage.put(actor, _drawn_anew(data), mime="image/jpeg", name="picture.jpg")
    person.picture_sha256 = blob.sha256
    db.session.flush()
    audit.record(actor, "profile.picture_set", person)
    announce(actor, PersonChanged(person_id=person.id))


def remove_picture(actor):
    """The actor has no picture any more."""
    person = get_person(actor, actor.person_id)
    if person.picture_sha256:
        person.picture_sha256 = None
        db.session.flush()
        audit.record(actor, "profile.picture_removed", person)
        announce(actor, PersonChanged(person_id=person.id))


def picture(actor, person_id) -> bytes:
    """A person's picture (JPEG), for colleagues. Raises NotFound."""
    person = get_person(actor, person_id)
    if not person.picture_sha256:
        raise NotFound(_("There is no picture"))
    with storage.open(person.picture_sha256) as stream:
        return stream.read()


def _drawn_anew(data):
    if len(data) > PICTURE_BYTES:
        raise Invalid(_("A picture has at most 1 MB"), field="picture")
    from PIL import Image, ImageOps, UnidentifiedImageError  # only here: most processes never draw

    try:
        with Image.open(io.BytesIO(data), formats=_PICTURE_KINDS) as found:
            if found.width * found.height > _MOST_PIXELS:
                raise Invalid(_("The picture has too many points; make it smaller"), field="picture")
            found.load()
            upright = ImageOps.exif_transpose(found).convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise Invalid(_("This is no picture in JPEG, PNG or WebP"), field="picture") from error
    square = ImageOps.fit(upright, (PICTURE_SIDE, PICTURE_SIDE))
    paper = Image.new("RGB", square.size, "white")
    paper.paste(square, mask=square.getchannel("A"))
    target = io.BytesIO()
    paper.save(target, "JPEG", quality=85)
    return target.getvalue()


# --- news ------------------------------------------------------------------------------------------------------------


def channels() -> dict[str, object]:
    """The channels that this instance can send by."""
    own = settings()
    return {key: words for key, words in _CHANNELS.items() if own.mail_url or own.sandbox}


def notice_choices(actor) -> dict[tuple[str, str], bool]:
    """Whether the actor wants news of each event by each channel."""
    kept = {(row.event, row.channel): row.wanted for row in _choices(actor.person_id)}
    return {
        (kind.event, channel): kind.weighty or kept.get((kind.event, channel), True)
        for kind in NOTICES
        for channel in channels()
    }


def quiet_hours(actor) -> QuietHours | None:
    """When the actor wants no news, or None."""
    return db.session.get(QuietHours, actor.person_id)


def set_notices(actor, wanted, quiet_since=None, quiet_until=None):
    """wanted: the (event, channel) pairs chosen. Quiet hours: both or neither. Raises Invalid("quiet_since")."""
    if (quiet_since is None) != (quiet_until is None) or (quiet_since is not None and quiet_since == quiet_until):
        raise Invalid(_("Give both hours of the quiet time, or neither"), field="quiet_since")
    db.session.execute(sa.delete(NoticeChoice).where(NoticeChoice.person_id == actor.person_id))
    db.session.execute(sa.delete(QuietHours).where(QuietHours.person_id == actor.person_id))
    db.session.add_all(
        NoticeChoice(person_id=actor.person_id, event=kind.event, channel=channel, wanted=False)
        for kind in NOTICES
        for channel in channels()
        if not kind.weighty and (kind.event, channel) not in wanted
    )
    if quiet_since is not None:
        db.session.add(QuietHours(person_id=actor.person_id, since=quiet_since, until=quiet_until))
    db.session.flush()
    person = get_person(actor, actor.person_id)
    quiet = f"{quiet_since:%H:%M}–{quiet_until:%H:%M}" if quiet_since is not None else None
    chosen = sorted(f"{event} {channel}" for event, channel in wanted)
    audit.record(actor, "profile.notices_set", person, new={"wanted": chosen, "quiet": quiet})


def wants(person_id, event, channel) -> bool:
    """Does the person want news of the event by the channel? What is weighty comes always."""
    kind = next(one for one in NOTICES if one.event == event)
    row = db.session.get(NoticeChoice, (person_id, event, channel))
    return channel in channels() and (kind.weighty or row is None or row.wanted)


def wait_s(person_id, event) -> int:
    """How many seconds the news should wait for the end of the person's quiet hours; 0 for what is weighty."""
    hours = db.session.get(QuietHours, person_id)
    kind = next(one for one in NOTICES if one.event == event)
    return 0 if hours is None or kind.weighty else seconds_to_end(hours.since, hours.until, clock.local(clock.now()))


def seconds_to_end(since: time, until: time, now: datetime) -> int:
    """How long the quiet time from `since` to `until`, which may pass midnight, goes on at `now`; 0 outside it."""
    at = now.time().replace(tzinfo=None)
    inside = since <= at < until if since < until else at >= since or at < until
    if not inside:
        return 0
    end = now.replace(hour=until.hour, minute=until.minute, second=0, microsecond=0)
    if end <= now:
        end += timedelta(days=1)
    return int((end.astimezone(clock.UTC) - now.astimezone(clock.UTC)).total_seconds())


def _choices(person_id):
    return db.session.scalars(sa.select(NoticeChoice).where(NoticeChoice.person_id == person_id))
