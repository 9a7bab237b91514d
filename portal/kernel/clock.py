"""Time: UTC for moments, Europe/Riga for dates, Latvian working days. In sandbox mode the clock can be moved."""

import calendar
import time
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import current_app, has_app_context
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import aside, db, short_transaction

RIGA = ZoneInfo("Europe/Riga")
_OFFSET_KEPT_S = 0.5


class ClockOffset(db.Model):
    """One row: by how many seconds the sandbox clock differs from the real one. All processes read it."""

    __tablename__ = "clock_offset"
    id: Mapped[int] = mapped_column(primary_key=True)
    seconds: Mapped[int]


def now() -> datetime:
    """The moment, aware, in UTC."""
    return real_now() + timedelta(seconds=_offset())


def real_now() -> datetime:
    """The moment by the machine, whatever the sandbox clock says: for leases, retries and throttling."""
    return datetime.now(UTC)


def today() -> date:
    """The date in Riga."""
    return local(now()).date()


def local(moment: datetime) -> datetime:
    """The moment in Riga's zone."""
    return moment.astimezone(RIGA)


def at_local(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """The UTC moment at which Riga's clocks show this."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=RIGA).astimezone(UTC)


def set_offset(seconds: int):
    """Move the sandbox clock. Raises RuntimeError outside sandbox mode."""
    state = current_app.extensions["pkip.clock"]
    if not current_app.extensions["pkip.settings"].sandbox:
        raise RuntimeError("the clock moves only in sandbox mode")
    with short_transaction() as session:
        session.merge(ClockOffset(id=1, seconds=int(seconds)))
    state.clear()


def offset() -> int:
    """By how many seconds the clock is moved."""
    return _offset()


def _offset():
    if not has_app_context() or not current_app.extensions["pkip.settings"].sandbox:
        return 0
    state = current_app.extensions["pkip.clock"]
    if state.get("until", 0) < time.monotonic():
        with aside() as connection:
            state["seconds"] = connection.scalar(sa.select(ClockOffset.seconds)) or 0
        state["until"] = time.monotonic() + _OFFSET_KEPT_S
    return state["seconds"]


# --- working days (Likums "Par svētku, atceres un atzīmējamām dienām" 1, LAW-113, LAW-114) ---------------------------


@lru_cache
def _holidays(year):
    import holidays

    # `language` is given so that the names do not follow the machine's locale
    return holidays.country_holidays("LV", years=year, language="lv")


def is_working_day(day: date) -> bool:
    """Monday to Friday without public holidays; moved working days count as the Cabinet's order says (LAW-113)."""
    calendar_of_year = _holidays(day.year)
    return calendar_of_year.is_working_day(day)


def holiday_name(day: date) -> str | None:
    """The public holiday on this date, in Latvian."""
    return _holidays(day.year).get(day)


def next_working_day(day: date) -> date:
    """The day itself when it is a working day, else the first one after it (APL 43(2), LAW-112)."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def add_working_days(day: date, count: int) -> date:
    """The `count`-th working day after `day`, which itself is not counted (LAW-111); negative counts backwards."""
    step = timedelta(days=1 if count >= 0 else -1)
    left = abs(count)
    while left:
        day += step
        left -= is_working_day(day)
    return day


def add_months(day: date, count: int) -> date:
    """The same date `count` months on, or that month's last day; then moved to a working day (LAW-111, LAW-112)."""
    month = day.month - 1 + count
    year, month = day.year + month // 12, month % 12 + 1
    return next_working_day(date(year, month, min(day.day, calendar.monthrange(year, month)[1])))


def working_days_between(start: date, end: date) -> int:
    """Working days after `start` up to and with `end`; negative when `end` comes first."""
    if end < start:
        return -working_days_between(end, start)
    return sum(is_working_day(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))
