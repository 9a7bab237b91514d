"""Working days and terms of Latvia."""

from datetime import date

import pytest

from portal.kernel import clock


@pytest.mark.req("LAW-113", "LAW-114")
@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 11, 24), True),
        (date(2026, 11, 18), False),  # Proclamation Day
        (date(2026, 6, 23), False),  # Midsummer Eve
        (date(2026, 11, 28), False),  # Saturday
        (date(2026, 5, 4), False),
    ],
)
def test_working_days_follow_the_law(day, working):
    assert clock.is_working_day(day) is working


@pytest.mark.req("LAW-111", "LAW-112")
def test_a_term_in_working_days_starts_the_day_after():
    assert clock.add_working_days(date(2026, 11, 24), 10) == date(2026, 12, 8)
    assert clock.add_working_days(date(2026, 11, 17), 1) == date(2026, 11, 19)
    assert clock.add_working_days(date(2026, 11, 19), -1) == date(2026, 11, 17)


@pytest.mark.req("LAW-111", "LAW-112")
def test_a_term_in_months_ends_on_the_same_date_or_the_last_of_the_month_or_the_next_working_day():
    assert clock.add_months(date(2026, 11, 24), 1) == date(2026, 12, 28)  # 24 to 27 December are no working days
    assert clock.add_months(date(2027, 1, 31), 1) == date(2027, 3, 1)  # 28 February 2027 is a Sunday


def test_the_sandbox_clock_moves_for_everyone(app, clock_at):
    clock_at("2027-03-01 09:30")
    assert clock.local(clock.now()).strftime("%Y-%m-%d %H:%M") == "2027-03-01 09:30"
    assert clock.today() == date(2027, 3, 1)
    with app.app_context():
        assert clock.today() == date(2027, 3, 1)
