"""Banners: a sentence over every page for some days, for everyone or for some."""

from dataclasses import dataclass

from portal.kernel import clock
from portal.kernel.access import NOBODY
from portal.kernel.db import new_id
from portal.kernel.errors import Invalid, NotFound, ensure
from portal.kernel.i18n import _, _l
from portal.workplace import policy
from portal.workplace.models import Board
from portal.workplace.service import versions
from portal.workplace.service.audience import Reader, day, kept_day
from portal.workplace.service.navigation import said

LEVELS = {"info": _l("For information"), "warning": _l("Attention"), "urgent": _l("Urgent")}
_LONGEST = 300


@dataclass(frozen=True)
class Banner:
    """A banner as a person sees it."""

    id: str
    text: str
    level: str

    @property
    def level_words(self):
        return LEVELS[self.level]


def banners(actor, language="lv", content=None) -> list[Banner]:
    """What the actor is told today, most urgent first. Strangers see what is for everyone."""
    if content is None:
        content = versions.in_force()[Board.BANNERS].content
    reader = Reader(actor or NOBODY)
    meant = [entry for entry in content.get("banners", ()) if reader.is_meant(entry)]
    order = list(LEVELS)
    meant.sort(key=lambda entry: -order.index(entry["level"]))
    return [Banner(entry["id"], said(entry["text"], language), entry["level"]) for entry in meant]


def list_banners(actor) -> tuple[list[dict], int]:
    """All banners with their state (shown, coming, over), and the number of the version in force."""
    ensure(policy.can_configure(actor))
    now = versions.in_force()[Board.BANNERS]
    return [entry | {"state": _state(entry)} for entry in now.content.get("banners", ())], now.number


def _state(entry):
    since, until, today = day(entry["since"]), day(entry["until"]), clock.today()
    return "coming" if since and today < since else "over" if until and today > until else "shown"


def get_banner(actor, banner_id) -> dict:
    """One banner to be edited. Raises NotFound."""
    for entry in list_banners(actor)[0]:
        if entry["id"] == banner_id:
            return entry
    raise NotFound(_("There is no such banner"))


def save_banner(actor, banner_id, based_on, *, text_lv, text_en, level, roles, units, since, until):
    """Change a banner or add one (banner_id None); it is shown at once, on its days. Raises Invalid, Conflict."""
    ensure(policy.can_configure(actor))
    if not (text_lv or "").strip():
        raise Invalid(_("A banner needs words"), field="text_lv")
    if len(text_lv) > _LONGEST:
        raise Invalid(_("At most %(max)s characters; now %(size)s", max=_LONGEST, size=len(text_lv)), field="text_lv")
    if level not in LEVELS:
        raise Invalid(_("There is no such level"), field="level")
    if since and until and until < since:
        raise Invalid(_("The last day lies before the first"), field="until")
    entry = {
        "id": banner_id or new_id().hex,
        "text": {code: text.strip() for code, text in (("lv", text_lv), ("en", text_en)) if (text or "").strip()},
        "level": level,
        "roles": sorted(roles),
        "units": sorted(str(unit) for unit in units),
        "since": kept_day(since),
        "until": kept_day(until),
    }
    every = list(versions.in_force()[Board.BANNERS].content.get("banners", ()))
    if banner_id:
        get_banner(actor, banner_id)
        every = [entry if one["id"] == banner_id else one for one in every]
    else:
        every.append(entry)
    note = _("“%(what)s”: changed", what=text_lv.strip()[:80])
    return versions.publish(actor, Board.BANNERS, {"banners": every}, note, based_on)


def remove_banner(actor, banner_id, based_on):
    """Take a banner down at once; it can be taken back with its version."""
    gone = get_banner(actor, banner_id)
    every = [one for one in versions.in_force()[Board.BANNERS].content["banners"] if one["id"] != banner_id]
    note = _("“%(what)s”: removed", what=said(gone["text"], "lv")[:80])
    return versions.publish(actor, Board.BANNERS, {"banners": every}, note, based_on)
