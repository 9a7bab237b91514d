"""The documentation pages: made from the tests, and served."""

import pytest

from tests import traceability


def test_the_traceability_page_says_what_the_markers_say():
    assert traceability.PAGE.read_text() == traceability.page(), "run: python -m tests.traceability"


@pytest.mark.parametrize("name", ["architecture", "traceability"])
def test_documentation_is_served_to_whoever_is_signed_in(as_client, name):
    response = as_client("anna").get(f"/docs/{name}", follow_redirects=True)
    assert response.status_code == 200
    assert "<h1" in response.get_data(as_text=True)


def test_no_other_file_is_served(as_client):
    browser = as_client("anna")
    assert browser.get("/docs/requirements.csv").status_code == 404
    assert browser.get("/docs/..%2F..%2Fwsgi").status_code == 404
