"""The navigation bar: which places and links whom it shows, in which order, with which icon and badge."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from portal.identity import service as identity
from portal.kernel.access import actor_with
from portal.kernel.db import new_id
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.i18n import _, _l
from portal.workplace import policy
from portal.workplace.models import Board
from portal.workplace.service import versions
from portal.workplace.service.audience import Reader, kept_day
from portal.workplace.service.places import NAVIGATION

ICONS = {
    "home": _l("House"),
    "briefcase": _l("Briefcase"),
    "files": _l("Files"),
    "gavel": _l("Gavel"),
    "mail-forward": _l("Outgoing letter"),
    "list-details": _l("List"),
    "search": _l("Magnifying glass"),
    "signature": _l("Signature"),
    "shield-check": _l("Shield"),
    "users": _l("People"),
    "activity": _l("Pulse"),
    "layout-navbar": _l("Bar"),
    "calendar": _l("Calendar"),
    "map-2": _l("Map"),
    "building": _l("Building"),
    "school": _l("School"),
    "bus": _l("Bus"),
    "book": _l("Book"),
    "chart-bar": _l("Chart"),
    "coin-euro": _l("Money"),
    "phone": _l("Telephone"),
    "message-circle": _l("Message"),
    "video": _l("Video"),
    "cloud": _l("Cloud"),
    "tool": _l("Tool"),
    "leaf": _l("Leaf"),
    "heart-handshake": _l("Helping hands"),
    "external-link": _l("Link to elsewhere"),
}
BADGES = {"": _l("None"), "work": _l("What waits for me"), "late": _l("What of it is late"),
          "found": _l("What is new in saved searches")}  # fmt: skip
_PLACES = {entry.endpoint: entry for entry in NAVIGATION}


@dataclass(frozen=True)
class Item:
    """A line of the bar as a person sees it. Either endpoint or url leads on; badge names a count, note is a word."""

    id: str
    label: str
    icon: str
    endpoint: str = ""
    url: str = ""
    badge: str = ""
    note: str = ""


def navigation(actor, language="lv", content=None, on=None) -> list[Item]:
    """What the actor sees, in order. content: of the version in force when not given; on: a day other than today."""
    if content is None:
        content = versions.in_force()[Board.NAVIGATION].content
    reader = Reader(actor, on)
    return [_seen(line, language) for line in lines(content) if line["shown"] and _opens(reader, line)]


def lines(content) -> list[dict]:
    """All lines of a version: the configured ones, and at the end the portal's places that it does not know yet."""
    known, result = set(), []
    for line in content.get("items", ()):
        if line["place"] and line["place"] not in _PLACES:
            continue  # a place of an earlier release
        known.add(line["place"])
        result.append(line)
    return result + [_plain(entry) for entry in NAVIGATION if entry.endpoint not in known]


def _plain(entry):
    return {
        "id": entry.endpoint,
        "place": entry.endpoint,
        "url": "",
        "label": {},
        "icon": entry.icon,
        "roles": [],
        "units": [],
        "since": None,
        "until": None,
        "badge": entry.badge,
        "note": {},
        "shown": True,
    }


def _opens(reader, line):
    place = _PLACES.get(line["place"])
    if place and place.permission and not reader.actor.can(place.permission):
        return False
    return reader.is_meant(line)


def _seen(line, language):
    place = _PLACES.get(line["place"])
    return Item(
        id=line["id"],
        label=label_of(line, language),
        icon=line["icon"],
        endpoint=place.endpoint if place else "",
        url=line["url"],
        badge=line["badge"],
        note=said(line["note"], language),
    )


def label_of(line, language) -> str:
    """The line's words: its own, else those of its place."""
    place = _PLACES.get(line["place"])
    return said(line["label"], language) or str(place.label if place else line["url"])


def said(texts, language) -> str:
    """The text in the language, else in Latvian."""
    return texts.get(language) or texts.get("lv") or ""


# --- configuring -----------------------------------------------------------------------------------------------------


def editable(actor) -> tuple[list[dict], object]:
    """The lines to be edited (those of the draft, or in force) and the draft or None."""
    ensure(policy.can_configure(actor))
    row = versions.draft(Board.NAVIGATION)
    content = row.content if row else versions.in_force()[Board.NAVIGATION].content
    return [dict(line) for line in lines(content)], row


def get_line(actor, line_id) -> dict:
    """One line to be edited. Raises NotFound."""
    return _find(editable(actor)[0], line_id)


def save_line(actor, line_id, *, label_lv, label_en, icon, roles, units, since, until, badge, note_lv, note_en,
              url=None):  # fmt: skip
    """Change a line in the draft, or add a link (line_id None). Returns the line. Raises Invalid naming the field."""
    every, _row = editable(actor)
    if icon not in ICONS:
        raise Invalid(_("There is no such icon"), field="icon")
    if badge not in BADGES:
        raise Invalid(_("There is no such count"), field="badge")
    if since and until and until < since:
        raise Invalid(_("The last day lies before the first"), field="until")
    line = _find(every, line_id) if line_id else {"id": new_id().hex, "place": "", "url": "", "shown": True}
    if not line["place"]:
        line["url"] = _web_address(url)
        if not label_lv.strip():
            raise Invalid(_("A link needs words"), field="label_lv")
    line |= {
        "label": _texts(label_lv, label_en),
        "icon": icon,
        "roles": sorted(roles),
        "units": sorted(str(unit) for unit in units),
        "since": kept_day(since),
        "until": kept_day(until),
        "badge": badge,
        "note": _texts(note_lv, note_en),
    }
    if not line_id:
        every.append(line)
    _keep(actor, every, _("“%(what)s”: changed", what=label_of(line, "lv")))
    return line


def move_line(actor, line_id, up):
    """Move a line one place up or down in the draft."""
    every, _row = editable(actor)
    line = _find(every, line_id)
    at = every.index(line)
    to = max(0, min(len(every) - 1, at + (-1 if up else 1)))
    every.insert(to, every.pop(at))
    _keep(actor, every, _("“%(what)s”: moved", what=label_of(line, "lv")))


def show_line(actor, line_id, shown):
    """Show or hide a line in the draft."""
    every, _row = editable(actor)
    line = _find(every, line_id)
    line["shown"] = shown
    words = _("“%(what)s”: shown") if shown else _("“%(what)s”: hidden")
    _keep(actor, every, words % {"what": label_of(line, "lv")})


def remove_line(actor, line_id):
    """Take a link out of the draft. Places of the portal can only be hidden."""
    every, _row = editable(actor)
    line = _find(every, line_id)
    if line["place"]:
        raise Conflict(_("A place of the portal can be hidden, not removed"))
    every.remove(line)
    _keep(actor, every, _("“%(what)s”: removed", what=label_of(line, "lv")))


def preview(actor, role, unit_id, on, language="lv") -> list[Item]:
    """What somebody with this role in this unit would see on this day, by the draft if there is one."""
    every, _row = editable(actor)
    keys = {f"unit:{unit_id}"} if unit_id else set()
    if role:
        keys |= {f"role:{role}"} | {f"can:{one}" for one in identity.permissions_of(role)}
    return navigation(actor_with(keys), language, {"items": every}, on)


def _keep(actor, every, note):
    row = versions.draft(Board.NAVIGATION)
    earlier = [one for one in (row.note if row else "").split("; ") if one and one != note]
    versions.save_draft(actor, Board.NAVIGATION, {"items": every}, "; ".join([*earlier, note]))


def _find(every, line_id):
    for line in every:
        if line["id"] == line_id:
            return line
    raise NotFound(_("There is no such item in the bar"))


def _texts(latvian, english):
    return {code: text.strip() for code, text in (("lv", latvian), ("en", english)) if (text or "").strip()}


def _web_address(text):
    text = (text or "").strip()
    parts = urlsplit(text)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or len(text) > 500:
        raise Invalid(_("Write the whole address, for example https://app.example.lv/"), field="url")
    return text
