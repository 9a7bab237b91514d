"""Signed notes: the published example of the form, and what must not pass."""

import pytest

from portal.audit.note import NoteError, Signer, Verifier, checkpoint_text, parse_checkpoint

# The example key and note of the documentation of golang.org/x/mod/sumdb/note, where the form comes from.
GO_VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SIGNER = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_published_note_opens_and_is_made_again_bit_for_bit():
    text = Verifier.parse(GO_VERIFIER).open(GO_NOTE)
    assert text.startswith("If you think")
    signer = Signer.parse(GO_SIGNER)
    assert signer.sign(text) == GO_NOTE
    assert str(signer.verifier()) == GO_VERIFIER
    assert signer.dump() == GO_SIGNER


@pytest.mark.parametrize("damage", [
    lambda note: note.replace("cryptography", "Cryptography"),
    lambda note: note.replace("PeterNeumann", "Someone"),
    lambda note: note.replace("x08go/ZJ", "x08go/ZK"),
    lambda note: note.replace("x08go", "x08gp"),
    lambda note: note.rpartition("\n\n")[0] + "\n",
    lambda note: "",
])  # fmt: skip
def test_changed_note_does_not_open(damage):
    with pytest.raises(NoteError):
        Verifier.parse(GO_VERIFIER).open(damage(GO_NOTE))


@pytest.mark.parametrize("text", ["", "a+b", GO_VERIFIER.replace("c74f20a3", "c74f20a4"), GO_VERIFIER[:-4], GO_SIGNER])
def test_what_is_not_a_key_is_refused(text):
    with pytest.raises(NoteError):
        Verifier.parse(text)


def test_checkpoint_goes_there_and_back():
    assert parse_checkpoint(checkpoint_text("pkip/90000000001/audit", 12480, bytes(range(32)))) == (
        "pkip/90000000001/audit", 12480, bytes(range(32)))  # fmt: skip


@pytest.mark.parametrize("text", ["", "o\n1\n", "o\n01\nAAAA\n", "o\n-1\n" + "A" * 43 + "=\n", "o\n1\nAAAA\n"])
def test_what_is_not_a_checkpoint_is_refused(text):
    with pytest.raises(NoteError):
        parse_checkpoint(text)


def test_name_that_would_break_the_form_is_refused():
    with pytest.raises(ValueError):
        Signer.generate("two words")
