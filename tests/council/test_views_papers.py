"""Pages of matters, minutes and the register of decisions over HTTP."""

import io

import pytest

from portal.council import service as council
from portal.council.models import ActKind
from portal.kernel.db import db
from tests.council import factories
from tests.council.test_views import HTMX, dome, running, text, with_ballot  # noqa: F401 - the fixture

pytestmark = pytest.mark.req("13.1", "13.2")


def adopted(dome):  # noqa: F811
    """A session whose only matter is adopted; Dace did not vote for it."""
    session, matter, ballot = with_ballot(dome)
    factories.vote(dome, ballot.id, par=[0, 2, 3, 4, 5], pret=[1])
    council.close_ballot(dome.chair, ballot.id)
    council.number_decision(matter.id)
    db.session.commit()
    return session, matter, ballot


def test_matter_page_shows_the_draft_and_the_votes_by_name(dome, as_client):  # noqa: F811
    _session, matter, ballot = adopted(dome)
    page = text(as_client("dace").get(f"/council/matters/{matter.id}"))
    assert "Nolemj: iznomāt zemes gabalu." in page
    assert council.result(dome.chair, ballot.id).line in page
    assert "Dace Bērziņa" in page.split("cn-choice-pret")[1].split("cn-choice-atturas")[0]


def test_secretary_edits_the_draft_and_a_second_editor_does_not_overwrite(dome, as_client):  # noqa: F811
    matter = factories.matter(dome, "Par parku")
    db.session.commit()
    browser = as_client("sarma")
    form = text(browser.get(f"/council/matters/{matter.id}/edit"))
    assert "Nolemj: iznomāt zemes gabalu." in form
    typed = {
        "title": "Par Ozolu parku",
        "draft_text": "Nolemj: atjaunot parku.",
        "act_kind": "individual",
        "subject": "general",
        "submitter": "director",
        "version": str(matter.version),
    }
    empty = browser.post(f"/council/matters/{matter.id}/edit", data={**typed, "title": ""}, headers=HTMX)
    assert empty.status_code == 422 and "title-error" in text(empty) and "<html" not in text(empty)
    assert "Nolemj: atjaunot parku." in text(empty)
    long = browser.post(f"/council/matters/{matter.id}/edit", data={**typed, "title": "a" * 501})
    assert long.status_code == 422
    assert browser.post(f"/council/matters/{matter.id}/edit", data=typed).status_code == 303
    late = browser.post(f"/council/matters/{matter.id}/edit", data={**typed, "title": "Citādi"}, headers=HTMX)
    assert late.status_code == 422 and "Citādi" in text(late)
    assert "Par Ozolu parku" in text(browser.get(f"/council/matters/{matter.id}"))


def test_the_draft_is_closed_once_the_matter_is_heard_and_to_members(dome, as_client):  # noqa: F811
    _session, placed = running(dome)
    assert as_client("sarma").get(f"/council/matters/{placed[0].id}/edit").status_code == 403
    assert as_client("dace").get(f"/council/matters/{placed[0].id}/edit").status_code == 403


def test_secretary_proposes_a_matter_of_no_case(dome, as_client):  # noqa: F811
    browser = as_client("sarma")
    fields = {"title": "Par nolikumu", "act_kind": "political", "subject": "general", "submitter": "director"}
    fields |= {"skip": "", "send": "1"}
    without = browser.post("/council/matters/new", data=fields, headers=HTMX)
    assert without.status_code == 422 and "draft_text-error" in text(without)
    assert browser.post("/council/matters/new", data={**fields, "draft_text": "Nolemj: …"}).status_code == 303
    assert [one.act_kind for one in council.pool(dome.secretary, dome.body.id)] == [ActKind.POLITICAL]


def test_attachment_is_added_and_given_back_byte_for_byte(dome, as_client):  # noqa: F811
    matter = factories.matter(dome, "Par parku")
    db.session.commit()
    browser = as_client("sarma")
    data = "Paskaidrojums: ielas garumā".encode()
    added = browser.post(
        f"/council/matters/{matter.id}/files", data={"file": (io.BytesIO(data), "mape/paskaidrojuma raksts ā.txt")}
    )
    assert added.status_code == 303
    file = council.matter_view(dome.secretary, matter.id).files[0]
    assert file.name == "paskaidrojuma raksts ā.txt"
    got = browser.get(f"/council/matters/{matter.id}/files/{file.id}")
    assert got.data == data and "UTF-8''paskaidrojuma%20raksts%20%C4%81.txt" in got.headers["Content-Disposition"]
    nothing = browser.post(f"/council/matters/{matter.id}/files", data={})
    assert nothing.status_code == 422
    assert (
        as_client("dace")
        .post(f"/council/matters/{matter.id}/files", data={"file": (io.BytesIO(data), "x.txt")})
        .status_code
        == 403
    )


def test_a_matter_is_closed_to_those_who_may_not_see_it(dome, as_client):  # noqa: F811
    matter = factories.matter(dome, "Par parku")
    db.session.commit()
    assert as_client("pauls").get(f"/council/matters/{matter.id}").status_code == 404


def test_minutes_show_recorded_facts_and_keep_what_is_typed_until_final(dome, as_client):  # noqa: F811
    session, _matter, _ballot = adopted(dome)
    browser = as_client("sarma")
    drafted = browser.post(f"/council/sessions/{session.id}/minutes")
    page = text(browser.get(drafted.location))
    for n in (1, 2, 3, 4, 5, 9, 10, 13):
        assert f"{n}. " in page
    assert "Dace Bērziņa" in page and 'name="discussion-1"' in page
    saved = browser.post(
        drafted.location, data={"version": "1", "other": "Sēdi filmēja", "discussion-1": "Bez debatēm"}
    )
    assert saved.status_code == 303
    kept = text(browser.get(drafted.location))
    assert "Sēdi filmēja" in kept and "Bez debatēm" in kept
    stale = browser.post(drafted.location, data={"version": "1", "other": "Vecs"})
    assert stale.status_code == 409 and 'role="alert"' in text(stale)
    council.close_session(dome.chair, session.id)
    db.session.commit()
    assert browser.post(f"{drafted.location}/finalise").status_code == 303
    final = text(browser.get(drafted.location))
    assert 'name="other"' not in final and "Sēdi filmēja" in final


def test_members_read_the_minutes_but_do_not_write_them(dome, as_client):  # noqa: F811
    session, _matter, _ballot = adopted(dome)
    minutes = council.draft_minutes(dome.secretary, session.id)
    db.session.commit()
    browser = as_client("dace")
    assert 'name="other"' not in text(browser.get(f"/council/minutes/{minutes.id}"))
    assert browser.post(f"/council/minutes/{minutes.id}", data={"other": "x"}).status_code == 403
    assert browser.post(f"/council/minutes/{minutes.id}/finalise").status_code == 403


def test_register_of_decisions_is_filtered_by_words_and_year(dome, as_client):  # noqa: F811
    _session, matter, _ballot = adopted(dome)
    decision = council.decision_of(dome.chair, matter.id)
    browser = as_client("dace")
    page = text(browser.get("/council/decisions"))
    assert f'id="decision-{decision.id}"' in page
    found = browser.get(f"/council/decisions?q=JAUTĀJUMU&year={decision.year}", headers=HTMX)
    assert f'id="decision-{decision.id}"' in text(found) and "<html" not in text(found)
    assert f'id="decision-{decision.id}"' not in text(browser.get("/council/decisions?q=aizmirsts"))
    assert f'id="decision-{decision.id}"' not in text(browser.get(f"/council/decisions?year={decision.year - 1}"))


def test_a_damaged_filter_of_the_register_is_answered_in_words(dome, as_client):  # noqa: F811
    browser = as_client("dace")
    assert browser.get("/council/decisions?year=abc").status_code == 422
    assert browser.get("/council/decisions?after=bojāts").status_code == 422


def test_a_note_for_the_minutes_is_kept_under_the_matter(dome, as_client):  # noqa: F811
    _session, placed = running(dome)
    browser = as_client("dace")
    noted = browser.post(
        f"/council/matters/{placed[0].id}/remarks",
        data={"kind": "motive", "name": "", "text": "Balsošu pret, jo nav izmaksu"},
    )
    assert noted.status_code == 303
    assert "Balsošu pret, jo nav izmaksu" in text(browser.get(f"/council/matters/{placed[0].id}"))
    assert (
        browser.post(
            f"/council/matters/{placed[0].id}/remarks", data={"kind": "order", "name": "", "text": "x"}
        ).status_code
        == 403
    )
