"""The themes a person may choose, in a real browser: no accessibility violation, nothing over the edge."""

from types import SimpleNamespace

import pytest

from portal.council import service as council
from portal.council.models import BodyKind
from portal.documents import service as documents
from portal.identity.models import Person
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from tests.conftest import PASSWORD
from tests.identity.test_passkeys import check_page
from tests.test_screens import FAULTS, chromium, picture  # noqa: F401 - the fixture

PICTURED = ("/", "/profile", "/profile/security")
pytestmark = pytest.mark.browser
PAGES = (
    "/",
    "/profile",
    "/profile/security",
    "/profile/notices",
    "/profile/viewers",
    "/documents",
    "/council",
    "/help",
)


@pytest.fixture
def some(cast, anna):
    """A few things to show: documents with terms, a body of the council."""
    documents.install_registers()
    register = documents.list_registers(anna)[0]
    for title in ("Par ceļu", "Par tiltu"):
        documents.register(anna, register.id, title, clock.today())
    council.add_body(SYSTEM, BodyKind.COUNCIL, "Ozolpils novada dome", "OND", 15, chair_id=cast.janis.id,
                     minute_taker_id=cast.sarma.id)  # fmt: skip
    db.session.commit()
    return SimpleNamespace(person=cast.anna)


@pytest.mark.req("2.2")
@pytest.mark.parametrize("look", ["dark large", "contrast normal"])
def test_every_theme_is_accessible_and_fits(some, app, chromium, look):  # noqa: F811 - the fixture
    db.session.get(Person, some.person.id).look = look
    db.session.commit()
    page = chromium.person("anna", PASSWORD)
    for path in PAGES:
        page.goto(path)
        page.wait_for_timeout(100)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate(FAULTS) == [], (path, width)
        check_page(page)
        if path in PICTURED:
            page.set_viewport_size({"width": 1280, "height": 800})
            picture(page, f"theme-{look.split()[0]}{path.replace('/', '-')}")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    assert dark is look.startswith("dark")
