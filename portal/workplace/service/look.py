"""The municipality's colours, logo and headers: one look for pages, the embedded bar, mail and paper."""

import base64
import hashlib
import io
from dataclasses import dataclass, field

from portal.kernel.config import settings
from portal.kernel.errors import Invalid, NotFound, ensure
from portal.kernel.i18n import _
from portal.storage import service as storage
from portal.workplace import contrast, policy
from portal.workplace.models import Board
from portal.workplace.service import versions

COLOURS = {"brand": "#1f4e79", "brand_text": "#ffffff", "link": "#1a5490", "bar": "#f4f6f8"}
LOGO_BYTES = 512 * 1024
_LOGO_PIXELS = 1200
_LONGEST = 600


@dataclass(frozen=True)
class Look:
    """The look in force. logo: SHA-256 of a PNG, or "". Texts are lines: below the name in mail and on paper."""

    number: int = 0
    colours: dict = field(default_factory=lambda: dict(COLOURS))
    name: str = ""
    logo: str = ""
    mail_head: str = ""
    mail_foot: str = ""
    paper_head: str = ""
    paper_logo: bool = True

    @property
    def mark(self) -> str:
        """Changes with the style sheet, so that browsers may keep it for a year."""
        return hashlib.sha256(self.css().encode()).hexdigest()[:10]

    def css(self) -> str:
        """The custom properties that pages and other applications take the colours from."""
        c = self.colours
        soft, hover = contrast.mix(c["brand"], c["bar"], 0.12), contrast.mix(contrast.INK, c["bar"], 0.07)
        rgb = {key: ", ".join(str(int(c[key][at : at + 2], 16)) for at in (1, 3, 5)) for key in ("brand", "link")}
        return (
            f":root {{ --head: {c['brand']}; --head-text: {c['brand_text']}; }}\n"
            f"[data-bs-theme=light] {{ --brand: {c['brand']}; --bar: {c['bar']}; --bar-hover: {hover}; "
            f"--bar-marked: {soft}; --tblr-primary: {c['brand']}; --tblr-primary-rgb: {rgb['brand']}; "
            f"--tblr-primary-fg: {c['brand_text']}; --tblr-link-color: {c['link']}; "
            f"--tblr-link-color-rgb: {rgb['link']}; }}\n"
            f"[data-bs-theme=light] .btn-primary {{ --tblr-btn-color: {c['brand_text']}; "
            f"--tblr-btn-hover-color: {c['brand_text']}; --tblr-btn-active-color: {c['brand_text']}; }}\n"
        )


@dataclass(frozen=True)
class Letterhead:
    """What stands at the head of a mail or a paper."""

    name: str
    lines: list[str]
    foot: list[str]
    colours: dict
    logo: bytes = b""

    @property
    def logo_src(self) -> str:
        """The logo as an address that holds the picture itself: paper is made without the network."""
        return f"data:image/png;base64,{base64.b64encode(self.logo).decode()}" if self.logo else ""


def look() -> Look:
    """The look in force."""
    return look_of(versions.in_force()[Board.LOOK])


def look_of(version) -> Look:
    """The look that a version holds; what it does not say is as the portal comes with it."""
    content = dict(version.content)
    content["colours"] = COLOURS | content.get("colours", {})
    known = Look.__dataclass_fields__
    return Look(version.number, **{key: value for key, value in content.items() if key in known and key != "number"})


def look_at(number) -> Look:
    """The look of a published version; 0 is what the portal comes with. Raises NotFound."""
    for version in versions.every(Board.LOOK) if number else [versions.NOTHING]:
        if version.number == number:
            return look_of(version)
    raise NotFound(_("There is no such version"))


def letterhead() -> Letterhead:
    """The head of every paper that the portal makes (called by templates of PDF)."""
    now = look()
    number = _("Registration No. %(number)s", number=settings().registration_number)
    return Letterhead(
        _name(now), [number, *_lines(now.paper_head)], [], now.colours, _logo_bytes(now) if now.paper_logo else b""
    )


def mail_head() -> Letterhead:
    """The head and foot of every mail."""
    now = look()
    return Letterhead(_name(now), _lines(now.mail_head), _lines(now.mail_foot), now.colours, _logo_bytes(now))


def logo_png(sha256) -> bytes:
    """A logo that is or was in force, by its address. Raises NotFound for any other file."""
    if not any(version.content.get("logo") == sha256 for version in versions.every(Board.LOOK)):
        raise NotFound(_("There is no such picture"))
    return storage.read(sha256)


def save_look(actor, based_on, *, brand, brand_text, link, bar, name, mail_head, mail_foot, paper_head, paper_logo,
              logo=None, without_logo=False):  # fmt: skip
    """Put a new look in force. logo: bytes of a new PNG or JPEG; without one the present stays.
    Raises Invalid naming the field: colours too close to be read (WCAG AA), a picture that is none."""
    ensure(policy.can_configure(actor))
    colours = {key: (value or "").strip().lower() for key, value in
               {"brand": brand, "brand_text": brand_text, "link": link, "bar": bar}.items()}  # fmt: skip
    for key, message in contrast.faults(colours).items():
        raise Invalid(message, field=key)
    texts = {"mail_head": mail_head, "mail_foot": mail_foot, "paper_head": paper_head}
    for key, text in texts.items():
        if len(text or "") > _LONGEST:
            raise Invalid(_("At most %(max)s characters; now %(size)s", max=_LONGEST, size=len(text)), field=key)
    old = look()
    kept = "" if without_logo else old.logo
    if logo:
        kept = storage.put(actor, _picture(logo), mime="image/png", name="logo.png").sha256
    content = {
        "colours": colours,
        "name": (name or "").strip()[:80],
        "logo": kept,
        **{key: (text or "").strip() for key, text in texts.items()},
        "paper_logo": bool(paper_logo),
    }
    return versions.publish(actor, Board.LOOK, content, _what_changed(old, content), based_on)


def _what_changed(old, content):
    words = {
        "colours": _("colours"),
        "name": _("name in the bar"),
        "logo": _("logo"),
        "mail_head": _("mail header"),
        "mail_foot": _("mail footer"),
        "paper_head": _("document header"),
        "paper_logo": _("logo on documents"),
    }
    changed = [words[key] for key, value in content.items() if getattr(old, key) != value]
    return ", ".join(changed) or _("nothing")


def _name(now):
    return now.name or settings().municipality


def _lines(text):
    return [line.strip() for line in text.splitlines() if line.strip()]


def _logo_bytes(now):
    return storage.read(now.logo) if now.logo else b""


def _picture(data):
    """The picture drawn anew as a PNG on its own: nothing hidden in the file survives."""
    from PIL import Image, UnidentifiedImageError

    if len(data) > LOGO_BYTES:
        raise Invalid(_("The logo may have at most 512 kB"), field="logo")
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
            if max(picture.size) > 4 * _LOGO_PIXELS:
                raise Invalid(_("The logo may have at most 4800 points a side"), field="logo")
            clean = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise Invalid(_("The logo must be a PNG or JPEG picture"), field="logo") from error
    clean.thumbnail((_LOGO_PIXELS, _LOGO_PIXELS))
    target = io.BytesIO()
    clean.save(target, "PNG", optimize=True)
    return target.getvalue()
