"""What holds for every call of the API: its description, problems as JSON in the caller's language, safe repeating."""

import pytest


@pytest.mark.req("14.1")
def test_the_description_tells_of_the_api_only_and_errors_are_problems(app, client):
    told = client.get("/api/v1/openapi.json")
    spec = told.get_json()
    assert told.status_code == 200 and spec["openapi"].startswith("3.1")
    assert spec["components"]["securitySchemes"]["oauth"]["flows"]["clientCredentials"]["tokenUrl"]
    assert all(path.startswith("/api/v1/") for path in spec["paths"])

    missing = client.get("/api/v1/nekas", headers={"Accept-Language": "en"})
    assert missing.status_code == 404 and missing.content_type == "application/problem+json"
    assert missing.get_json()["title"] == "There is no such page"
    wrong = client.delete("/api/v1/openapi.json")
    assert wrong.status_code == 405 and "GET" in wrong.headers["Allow"]
    assert wrong.get_json()["title"] == "To nevar izdarīt šādā veidā"
