"""Whatever is sent that the description allows or forbids: no call breaks, and each answer is as described (14.1)."""

import os

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode

from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.store import service as store
from tests.store.conftest import Caller

EXAMPLES = int(os.environ.get("PKIP_API_EXAMPLES", "2"))  # right and wrong ones, for each call; more in a long run
# a form may be right and still name a class, bytes or a revision that is not there
CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "412", "413", "416", "422", "423"]
[checks.negative_data_rejection]
expected-statuses = ["4xx"]
[checks.missing_required_header]
expected-statuses = ["4xx"]
"""


@schemathesis.serializer("application/offset+octet-stream")
def _bytes(_context, value):
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.mark.req("14.1", "15.2")
def test_every_call_answers_as_it_is_described(app, tmp_path):
    a = Caller(app, "lietvediba", "Lietvedība")
    store.save_class(SYSTEM, "contract", "Līgumi")
    db.session.commit()
    item = a.keep(files=[("a.txt", b"viens")])
    grant = a.ask("POST", "/grants", 201, json={"holder": Caller(app, "pirkumi", "I").key, "item": item["id"]}).json
    there = {"item_id": item["id"], "file_id": item["files"][0]["id"], "grant_id": grant["id"]}

    def alone(environ, start_response):
        """Each request in an application context of its own, as in production."""
        db.session.commit()
        with app.app_context():
            return list(app(environ, start_response))

    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    config = SchemathesisConfig.from_path(tmp_path / "schemathesis.toml")
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", alone, config=config)
    faults = []
    for found in schema.get_all_operations():
        operation = found.ok()
        modes = [GenerationMode.POSITIVE]
        # to a call that takes an identifier only nothing wrong can be sent: hypothesis would look for it 459 times
        if operation.query or operation.headers or operation.body:
            modes.append(GenerationMode.NEGATIVE)
        for mode in modes:
            try:
                _calls(operation, mode, there, a.token)
            except hypothesis.errors.Unsatisfiable:
                pass  # a header that may hold any text
            except Exception as error:
                faults.append(f"{operation.label}: {error}")
    assert faults == [], "\n\n".join(faults)


def _calls(operation, mode, there, token):
    """Call the operation; half of the time with identifiers of what is there."""

    @hypothesis.seed(1)
    @hypothesis.settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(operation.as_strategy(generation_mode=mode), hypothesis.strategies.booleans())
    def call(case, there_already):
        if there_already and mode is GenerationMode.POSITIVE:
            case.path_parameters.update({name: there[name] for name in case.path_parameters if name in there})
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"})

    call()
