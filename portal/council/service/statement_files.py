"""Statements of attendance and pay as tables and paper, for jobs to make."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from portal.council.service.papers import statement_pdf
from portal.council.service.statements import came, count_statement, get_statement
from portal.kernel import clock
from portal.kernel.i18n import _, date_short, in_language


def statement_paper(actor, asked):
    """The PDF of a statement. asked: statement_id, or body_id, since and until of one that nobody handed over yet."""
    content, statement = _found(actor, asked)
    return statement_pdf(content, statement)


def statement_sheets(actor, asked):
    """Two sheets: what each member gets, and who attended which session. asked: as above."""
    content, _statement = _found(actor, asked)
    with in_language("lv"):
        return [
            (
                _("Summary"),
                [_("Name"), _("Sessions attended"), _("Sessions"), _("Hours"), _("For sessions, €"), _("For hours, €"),
                 _("Monthly, €"), _("Total, €")],
                [_summary(one) for one in content["members"]]
                + [[_("Total"), "", "", "", "", "", "", _euros(content["cents"])]],
            ),
            (
                _("Attendance"),
                [_("Name"), _("Session"), _("Date"), _("Attended"), _("Minutes"), _("Reason of absence"),
                 _("Amount, €")],
                [
                    _line(member, line, content["sessions"][line["session"]])
                    for member in content["members"]
                    for line in member["lines"]
                ],
            ),
        ]  # fmt: skip


def _found(actor, asked):
    if asked.get("statement_id"):
        statement = get_statement(actor, UUID(asked["statement_id"]))
        return statement.content, statement
    since, until = date.fromisoformat(asked["since"]), date.fromisoformat(asked["until"])
    content, _going = count_statement(actor, UUID(asked["body_id"]), since, until)
    return content, None


def _summary(one):
    sums = (_euros(one[key]) for key in ("session_cents", "hour_cents", "month_cents", "cents"))
    return [one["name"], one["attended"], one["of"], Decimal(one["minutes"]) / 60, *sums]


def _line(member, line, session):
    day = date_short(clock.local(datetime.fromisoformat(session["at"])).date())
    amount = _euros(line["session_cents"] + line["hour_cents"])
    return [member["name"], session["label"], day, came(line), line["minutes"], line["reason"] or "", amount]


def _euros(cents):
    return Decimal(cents) / 100
