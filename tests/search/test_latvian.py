"""The analyser: two forms of a word share a key, forms of two words do not."""

import itertools
from collections import defaultdict

import pytest

from portal.search import latvian
from portal.search.latvian import analysis, dictionary, fold, keys, query_keys


def _gold(shared_data):
    rows = [
        line.rstrip("\n").split("\t")
        for line in (shared_data / "lv_inflections_dev.tsv").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    forms, lemmas = defaultdict(set), defaultdict(set)
    for lemma, form, part in rows:
        forms[lemma, part].add(form)
        lemmas[form].add(lemma)
    return forms, lemmas


def _precision(lemmas, asked):
    held = defaultdict(set)
    for form in lemmas:
        for key in keys(form):
            held[key].add(form)
    right = wrong = 0
    for form in lemmas:
        hits = set().union(*(held[key] for key in asked(form) if key in held)) - {form}
        good = {hit for hit in hits if lemmas[hit] & lemmas[form]}
        right, wrong = right + len(good), wrong + len(hits - good)
    return right / (right + wrong)


@pytest.mark.req("15.2")
def test_forms_of_a_word_share_a_key_and_forms_of_others_do_not(shared_data):
    forms, lemmas = _gold(shared_data)
    pairs = [pair for group in forms.values() for pair in itertools.combinations(sorted(group), 2)]
    met = sum(bool(keys(one) & keys(other)) for one, other in pairs)
    assert len(pairs) > 1500
    assert met / len(pairs) >= 0.99
    assert _precision(lemmas, keys) >= 0.99


@pytest.mark.req("15.2")
def test_words_typed_without_diacritics_find_the_ordinary_text(shared_data):
    forms, lemmas = _gold(shared_data)
    pairs = [(one, other) for group in forms.values() for one in group for other in group]
    met = sum(bool(query_keys(fold(one)) & keys(other)) for one, other in pairs)
    assert met / len(pairs) >= 0.98
    assert _precision(lemmas, lambda form: query_keys(fold(form))) >= 0.97


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("rakstīja", "rakstošajiem"), ("rakstīt", "jāraksta"), ("ej", "gāju"), ("vislielākais", "liels"),
        ("piesakās", "pieteikusies"), ("nosaka", "noteica"), ("vajag", "nevajadzētu"), ("attīstītos", "attīstās"),
        ("dodas", "devušies"), ("jāiziet", "izgāja"), ("lēmumu", "lēmumiem"), ("Ķekavā", "Ķekavas"),
        ("digitalizēja", "digitalizēšu"), ("esmu", "bijusi"), ("pamostas", "pamodās"),
        ("saistošie", "saistošajiem"), ("brālis", "brāļu"), ("vērsusies", "vēršas"),
    ],
)  # fmt: skip
def test_both_forms_meet(one, other):
    assert keys(one) & keys(other), (keys(one), keys(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [("kāzas", "kaza"), ("celt", "celties"), ("lemt", "lēmums"), ("viens", "pirmais"), ("2025", "2026")],
)
def test_other_words_stay_apart(one, other):
    assert not keys(one) & keys(other)


def test_a_word_of_decomposed_letters_is_the_same_word():
    assert keys("Ķekavā") == keys("Ķekavā")


def test_without_the_dictionary_rules_find_the_cases_of_nouns(monkeypatch, app):
    monkeypatch.setattr(dictionary, "_PLACES", ())
    caches = (dictionary.load, dictionary.load_folded, analysis._keys, analysis._query_keys)
    try:
        for cache in caches:
            cache.cache_clear()
        assert latvian.find_dictionary() is None
        assert keys("pašvaldībai") & keys("pašvaldību")
        assert query_keys("kekava") & keys("Ķekavā")
        said = _run(app, "pašvaldība")
        assert "dictionary is not installed" in said.stderr
    finally:
        monkeypatch.undo()
        for cache in caches:
            cache.cache_clear()


def _run(app, *words, stdin=None):
    from click.testing import CliRunner

    from portal.search.cli import group

    return CliRunner().invoke(group, ["analyze", *words], input=stdin)


def test_the_command_prints_a_line_of_json_for_each_word_of_standard_input(app):
    import json

    said = _run(app, "-", stdin="lēmumiem\nceļu\n")
    assert said.exit_code == 0
    lines = [json.loads(line) for line in said.stdout.splitlines()]
    assert [line["word"] for line in lines] == ["lēmumiem", "ceļu"]
    assert lines[0]["keys"] == ["lēmums"]
    assert {"ceļš"} <= set(lines[1]["keys"])
