"""Matching an outside identity to a person: the rules alone, and what the state's services say in their own words."""

from dataclasses import dataclass

import pytest

from portal.identity.adapters import state_claims
from portal.identity.models import PersonField, RuleAction
from portal.identity.ports import Identity
from portal.identity.service.federation.rules import decide

pytestmark = [pytest.mark.req("1.4"), pytest.mark.alike]
PERSON = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
LEVEL = "http://ivis.eps.gov.lv/schema/identity/claims/citizenQAALevel"


@dataclass
class Rule:
    action: RuleAction = RuleAction.MATCH
    person_field: PersonField | None = PersonField.PERSONAL_CODE
    claim: str = ""
    condition_claim: str = ""
    condition_value: str = ""


REGISTER = {
    (PersonField.PERSONAL_CODE, "32000000011"): ["anna"],
    (PersonField.EMAIL, "anna@ozolpils.example"): ["anna"],
    (PersonField.EMAIL, "kopa@ozolpils.example"): ["anna", "bruno"],
    (PersonField.USERNAME, "a.liepina"): ["anna"],
}
ANNA = Identity(
    subject="PK:32000000011",
    personal_code="32000000011",
    given_name="Anna",
    family_name="Liepiņa",
    email="anna@ozolpils.example",
    authority="PA-0123",
    claims={"konts": "a.liepina"},
)


def find(field, value):
    return REGISTER.get((field, value), [])


@pytest.fixture(autouse=True)
def words(app):
    """The steps are said in Latvian."""


def test_a_linked_subject_needs_no_rule():
    assert decide(ANNA, [Rule(RuleAction.REFUSE)], find, linked="bruno").person_id == "bruno"


@pytest.mark.parametrize(
    "rule",
    [
        Rule(),
        Rule(person_field=PersonField.EMAIL),
        Rule(person_field=PersonField.USERNAME, claim="konts"),
        Rule(condition_claim="authority", condition_value="pa-01*"),
    ],
)
def test_a_rule_finds_the_person(rule):
    assert decide(ANNA, [rule], find).person_id == "anna"


def test_rules_are_asked_in_order_and_the_first_that_decides_ends_it():
    other = Rule(condition_claim="authority", condition_value="PA-9*")
    found = decide(ANNA, [other, Rule(RuleAction.REFUSE), Rule()], find)
    assert found.person_id is None and found.create_by is None
    assert [step.decided for step in found.steps] == [False, True]


def test_a_value_that_two_people_share_decides_nothing():
    shared = Identity(subject="x", email="kopa@ozolpils.example")
    found = decide(shared, [Rule(person_field=PersonField.EMAIL)], find)
    assert found.person_id is None and "Vairāk" in found.steps[0].words


def test_a_person_is_found_by_the_code_that_was_changed_since():
    changed = Identity(subject="PK:32000000099", personal_code="32000000099", historic_codes=("32000000011",))
    assert decide(changed, [Rule()], find).person_id == "anna"


def test_an_account_is_made_only_with_a_name():
    make = Rule(RuleAction.CREATE)
    assert decide(Identity(subject="x"), [make], find).create_by is None
    assert decide(Identity(subject="x", given_name="A", family_name="B"), [make], find).create_by is make


def test_an_empty_value_matches_nobody():
    assert decide(Identity(subject="x"), [Rule()], lambda field, value: ["everybody"]).person_id is None


# --- the state's words ------------------------------------------------------------------------------------------------


def test_of_several_personal_codes_the_current_one_names_its_issuer():
    code = PERSON + "privatepersonalidentifier"
    found = state_claims.from_saml(
        "PK:320000-00099",
        [
            (code, "", "320000-00011"),
            (code, "bank", "320000-00099"),
            (PERSON + "givenname", "", "Anna"),
            (PERSON + "surname", "", "Liepiņa"),
            (LEVEL, "", "4"),
        ],
        method="urn:ivis:100001:am",
        issuer="idp",
    )
    assert (found.personal_code, found.historic_codes) == ("32000000099", ("32000000011",))
    assert (found.name, found.level) == ("Anna Liepiņa", 4)


def test_the_subject_names_the_authority_of_an_employee():
    found = state_claims.from_oidc({"sub": "AU:PA-0123-PK:320000-00011", "acr": "urn:ivis:qaa:3"}, "issuer")
    assert (found.authority, found.personal_code, found.level) == ("PA-0123", "32000000011", 3)
    signatory = state_claims.from_oidc({"sub": "PK:32000000011-UR:40000000001"}, "issuer")
    assert (signatory.personal_code, signatory.company, signatory.level) == ("32000000011", "40000000001", 0)


def test_an_address_of_e_mail_counts_when_it_is_verified():
    said = {"sub": "1", "email": "anna@ozolpils.example"}
    assert state_claims.from_oidc(said, "i").email == ""
    assert state_claims.from_oidc({**said, "email_verified": True}, "i").email == "anna@ozolpils.example"
