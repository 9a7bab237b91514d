"""A signer in words: the name, never the personal code that some cards write into the certificate's name."""

import pytest

from portal.signing import words
from portal.signing.report import SignatureResult


@pytest.mark.parametrize(
    ("signer", "said"),
    [
        ("JĀNIS VĪTOLS", "JĀNIS VĪTOLS"),
        ("PARAUGS,ANDRIS,320000-12345", "ANDRIS PARAUGS"),
        ("MÄNNIK,MARI-LIIS,47101010033", "MARI-LIIS MÄNNIK"),
        ("ANDRIS PARAUGS PNOLV-320000-12345", "ANDRIS PARAUGS"),
        ("320000-12345", ""),
    ],
)
def test_name_of_the_signer_is_shown_without_the_code(signer, said):
    assert words.who(SignatureResult(signer=signer)) == said


def test_name_of_an_organisation_is_shown_as_it_is():
    seal = SignatureResult(signer="SIA „Ozols, Liepa”, 40003000000", kind="seal")
    assert words.who(seal) == "SIA „Ozols, Liepa”, 40003000000"


def test_identifier_hides_the_second_half_of_a_personal_code():
    assert words.masked("PNOLV-320000-12345") == "PNOLV-320000-•••••"
    assert words.masked("PNOEE-47101010033") == "PNOEE-471010•••••"
    assert words.masked("NTRLV-40003000000") == "NTRLV-40003000000"
