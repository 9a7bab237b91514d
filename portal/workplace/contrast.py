"""Contrast of two colours as WCAG 2.2 defines it, and what a municipality's colours must keep to."""

import re

from portal.kernel.i18n import _, _l

TEXT, SHAPE = 4.5, 3.0  # WCAG 1.4.3 and 1.4.11, level AA
PAGE, CARD = "#fbfcfd", "#ffffff"
INK, QUIET = "#1b2733", "#4d5b69"
WORDS = {
    "brand": _l("Main colour"),
    "brand_text": _l("Text on the main colour"),
    "link": _l("Links"),
    "bar": _l("Background of the menu"),
}
_SHAPE = re.compile(r"#[0-9a-f]{6}")


def is_colour(text) -> bool:
    """Six hexadecimal digits after #, in small letters."""
    return bool(_SHAPE.fullmatch(text or ""))


def ratio(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mix(one: str, other: str, share: float) -> str:
    """`share` of one colour, the rest of the other."""
    pairs = zip(_parts(one), _parts(other), strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


def faults(colours: dict) -> dict[str, str]:
    """{field: sentence} of the colours that cannot be read; empty when all keep to level AA."""
    found = {key: _("Write a colour as #1f4e79") for key in WORDS if not is_colour(colours.get(key))}
    if found:
        return found
    brand, text, link, bar = (colours[key] for key in ("brand", "brand_text", "link", "bar"))
    for field, what, front, back, least in (
        ("brand_text", _("text in the bar and on buttons"), text, brand, TEXT),
        ("brand", _("the main colour on a white page"), brand, CARD, SHAPE),
        ("brand", _("the main colour on the menu"), brand, bar, SHAPE),
        ("link", _("links on the page"), link, PAGE, TEXT),
        ("bar", _("words of the menu"), INK, bar, TEXT),
        ("bar", _("quiet words of the menu"), QUIET, bar, TEXT),
        ("bar", _("the marked place of the menu"), INK, mix(brand, bar, 0.12), TEXT),
    ):
        now = ratio(front, back)
        if now < least and field not in found:
            found[field] = _(
                "Too little contrast: %(what)s has %(now)s : 1, readers need at least %(least)s : 1 (WCAG AA)",
                what=what,
                now=f"{int(now * 10) / 10:.1f}".replace(".", ","),
                least=f"{least:.1f}".replace(".", ","),
            )
    return found


def _luminance(colour):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (p / 255 for p in _parts(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _parts(colour):
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
