"""The sandbox's signing service and certificates, asked as any other client would ask."""

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from portal.sandbox import csc, pki

DIGEST = base64.b64encode(hashlib.sha256(b"papers").digest()).decode()
SHA256, ECDSA = "2.16.840.1.101.3.4.2.1", "1.2.840.10045.4.3.2"


def test_certificates_are_made_once_whoever_comes_first(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _n: pki.ensure(tmp_path / "pki").seal_cert.read_bytes(), range(8)))
        people = list(
            pool.map(
                lambda _n: pki.person_credential(pki.Pki(tmp_path / "pki"), "Anna", "Ozola", "320001-00001"), range(8)
            )
        )
    assert len(set(made)) == 1 and len(set(people)) == 1


@pytest.fixture
def ask(sandbox):
    token = requests.post(f"{sandbox.url}/csc/v2/auth/login", json={}, auth=("pkip", "sandbox"), timeout=5).json()

    def call(method, **body):
        answer = requests.post(
            f"{sandbox.url}/csc/v2/{method}",
            json=body,
            timeout=5,
            headers={"Authorization": f"Bearer {token['access_token']}"},
        )
        return answer.status_code, answer.json()

    return call


def _card(ask):
    return ask("credentials/list", userID="7", clientData="Anna Ozola")[1]["credentialIDs"][0]


def test_strangers_are_kept_out(sandbox):
    login = requests.post(f"{sandbox.url}/csc/v2/auth/login", json={}, auth=("pkip", "wrong"), timeout=5)
    asked = requests.post(f"{sandbox.url}/csc/v2/credentials/list", json={}, timeout=5)
    assert (login.status_code, asked.status_code) == (401, 401)


def test_a_pin_authorises_one_hash_once(ask):
    card = _card(ask)
    about = {"credentialID": card, "hashes": [DIGEST], "hashAlgorithmOID": SHA256}
    _status, granted = ask("credentials/authorize", numSignatures=1, authData=[{"id": "PIN", "value": "1234"}], **about)
    other = {**about, "hashes": [base64.b64encode(b"x" * 32).decode()]}
    assert ask("signatures/signHash", SAD=granted["SAD"], signAlgo=ECDSA, **other)[1]["error"] == "hash_not_authorized"
    status, answer = ask("signatures/signHash", SAD=granted["SAD"], signAlgo=ECDSA, **about)
    assert status == 200
    info = ask("credentials/info", credentialID=card, certificates="single")[1]
    certificate = x509.load_der_x509_certificate(base64.b64decode(info["cert"]["certificates"][0]))
    certificate.public_key().verify(base64.b64decode(answer["signatures"][0]), b"papers", ec.ECDSA(hashes.SHA256()))
    assert ask("signatures/signHash", SAD=granted["SAD"], signAlgo=ECDSA, **about)[0] == 400


def test_five_wrong_pins_lock_the_card_until_it_is_unlocked(ask, sandbox):
    card = _card(ask)
    body = {"credentialID": card, "hashes": [DIGEST], "hashAlgorithmOID": SHA256, "numSignatures": 1}
    for left in (4, 3, 2, 1):
        assert (
            f"{left} attempts"
            in ask("credentials/authorize", authData=[{"id": "PIN", "value": "0"}], **body)[1]["error_description"]
        )
    ask("credentials/authorize", authData=[{"id": "PIN", "value": "0"}], **body)
    right = [{"id": "PIN", "value": "1234"}]
    assert "locked" in ask("credentials/authorize", authData=right, **body)[1]["error_description"]
    csc.unlock(sandbox.store, card)
    assert ask("credentials/authorize", authData=right, **body)[0] == 200
