"""A case that has just come in, and one whose draft is before the committee."""

import pytest

from tests.cases import factories


@pytest.fixture
def trees(cast):
    return factories.catalogue(cast)


@pytest.fixture
def case_id(trees):
    """An application that arrived by e-address and became a case."""
    return factories.arrive()


@pytest.fixture
def body(cast):
    return factories.committee(cast)


@pytest.fixture
def assigned(case_id, cast, as_client):
    """Bruno has given the case to Līga."""
    as_client("bruno").post(f"/cases/{case_id}/assign", data={"responsible_id": str(cast.liga.id)})
    return case_id


@pytest.fixture
def proposed(assigned, body, as_client):
    """Līga's draft is before the committee."""
    answer = as_client("liga").post(
        f"/cases/{assigned}/prepare",
        data={"title": "Par koku ciršanu", "draft_text": "Atļaut nocirst trīs bērzus.", "committee_id": str(body.id)},
    )
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return assigned
