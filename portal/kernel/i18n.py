"""Words: gettext, dates and money as an official writes them. English is the key, Latvian the first language."""

from datetime import date, datetime

from flask import has_request_context, request, session
from flask_babel import Babel, force_locale, format_date, gettext, lazy_gettext, ngettext
from flask_login import current_user

from portal.kernel import clock

__all__ = ["_", "_l", "ngettext", "date_long", "date_short", "time_short", "moment", "money", "in_language"]

LANGUAGES = {"lv": "Latviešu", "en": "English"}
_ = gettext
_l = lazy_gettext
in_language = force_locale


def init_app(app, folder):
    """Latvian by default; the person's choice, kept in the session, wins."""
    app.config.update(
        BABEL_DEFAULT_LOCALE="lv", BABEL_DEFAULT_TIMEZONE="Europe/Riga", BABEL_TRANSLATION_DIRECTORIES=str(folder)
    )
    Babel(app, locale_selector=_language)
    app.jinja_env.globals.update(
        date_long=date_long, date_short=date_short, time_short=time_short, moment=moment, money=money
    )


def _language():
    if not has_request_context():
        return "lv"
    if request.path.startswith("/api/"):  # another system says in each request what it reads
        return request.accept_languages.best_match(list(LANGUAGES)) or "lv"
    chosen = session.get("language") or getattr(current_user, "language", "lv")
    return chosen if chosen in LANGUAGES else "lv"


def language() -> str:
    """The language code of the request at hand."""
    return _language()


def date_short(day: date | datetime | None) -> str:
    """24.11.2026 (LAW-83); empty for None."""
    if day is None:
        return ""
    if isinstance(day, datetime):
        day = clock.local(day)
    return f"{day:%d.%m.%Y}"


def date_long(day: date) -> str:
    """2026. gada 24. novembrī (LAW-83); in English the usual long form."""
    if _language() != "lv":
        return format_date(day, "long")
    months = (
        "janvārī",
        "februārī",
        "martā",
        "aprīlī",
        "maijā",
        "jūnijā",
        "jūlijā",
        "augustā",
        "septembrī",
        "oktobrī",
        "novembrī",
        "decembrī",
    )
    return f"{day.year}. gada {day.day}. {months[day.month - 1]}"


def time_short(when: datetime | None, seconds: bool = False) -> str:
    """14:03 or 14:03:22, Riga time."""
    return "" if when is None else f"{clock.local(when):%H:%M:%S}" if seconds else f"{clock.local(when):%H:%M}"


def moment(when: datetime | None) -> str:
    """24.11.2026 14:03, Riga time."""
    return "" if when is None else f"{clock.local(when):%d.%m.%Y %H:%M}"


def money(amount_cents: int) -> str:
    """1 234,50 € with non-breaking spaces."""
    whole, cents = divmod(abs(amount_cents), 100)
    grouped = f"{whole:,}".replace(",", "\u00a0")
    return f"{'−' if amount_cents < 0 else ''}{grouped},{cents:02}\u00a0€"
