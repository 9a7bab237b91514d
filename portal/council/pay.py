"""What taking part is worth, as pure functions: time in a session, rates, rounding (PL 9(4))."""

import calendar
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from fractions import Fraction

from portal.council.models import Office, PayBasis, PayRate

Interval = tuple[datetime, datetime]
LEADING = (Office.CHAIR, Office.DEPUTY_CHAIR)


def minutes_of(stays: Iterable[Interval], session: Interval, breaks: Iterable[Interval] = ()) -> int:
    """Minutes of a session that the stays cover, without its breaks; half a minute counts as one."""
    breaks = list(breaks)
    whole = timedelta()
    for stay in stays:
        inside = _common(stay, session)
        whole += _length(inside) - sum((_length(_common(inside, pause)) for pause in breaks), timedelta())
    return int(whole.total_seconds() + 30) // 60


def _common(one: Interval, other: Interval) -> Interval:
    return max(one[0], other[0]), min(one[1], other[1])


def _length(interval: Interval) -> timedelta:
    return max(interval[1] - interval[0], timedelta())


def rate_on(rates: Iterable[PayRate], basis: PayBasis, offices: Iterable[Office], day: date) -> int:
    """Cents of the rate that holds on a day for somebody with these offices; 0 when none is set.

    A rate of an office stands in place of what the others get, it is not added."""
    held = {
        rate.office: rate.amount_cents
        for rate in rates
        if rate.basis == basis and rate.since <= day and (rate.until is None or day <= rate.until)
    }
    own = [held[office] for office in LEADING if office in offices and office in held]
    return own[0] if own else held.get(None, 0)


def of_minutes(minutes: int, hour_cents: int) -> int:
    """Cents for these minutes, half a cent upwards."""
    return _rounded(Fraction(minutes * hour_cents, 60))


def of_months(days: Iterable[tuple[date, int]]) -> int:
    """Cents of a monthly rate. days: (day of a seat, the month's cents on it); a month in part is paid by its days."""
    months: dict[tuple[int, int], Fraction] = {}
    for day, cents in days:
        key = (day.year, day.month)
        months[key] = months.get(key, Fraction()) + Fraction(cents, calendar.monthrange(*key)[1])
    return sum(_rounded(one) for one in months.values())


def _rounded(amount: Fraction) -> int:
    return int(amount + Fraction(1, 2))
