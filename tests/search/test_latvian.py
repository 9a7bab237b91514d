"""The analyser: two forms of a word share a key, forms of two words do not."""

import itertools
import subprocess
import sys

import pytest

from portal.search import latvian
from portal.search.latvian import analysis, dictionary, fold, keys, query_keys
from tests.bench import bench_latvian


@pytest.mark.req("15.2")
def test_forms_of_a_word_meet_and_other_words_stay_apart_on_the_half_no_rule_was_tuned_on(shared_data):
    rows = bench_latvian.half(bench_latvian.read_forms(shared_data / "lv_inflections_dev.tsv"), tuned=False)
    holders = bench_latvian.headwords()
    for typed, (recall, precision) in bench_latvian.GOALS.items():
        found = bench_latvian.quality(rows, holders, bool(typed))
        met, pairs = found.recall[""]
        assert pairs > 2000
        assert met / pairs >= recall, found.missed
        right, pairs = found.precision
        assert right / pairs >= precision, found.wrong


def test_the_package_needs_nothing_but_the_standard_library():
    script = (
        "import sys\nfrom portal.search import latvian\nlatvian.keys('lēmumiem')\n"
        "print(*{name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names))"
    )
    loaded = subprocess.run([sys.executable, "-S", "-c", script], capture_output=True, text=True, check=True).stdout
    assert set(loaded.split()) <= {"portal", "__main__"}


# Each line: forms of one name or new word, all of which must meet.
_KIN = """
Bērziņa Bērziņas Bērziņai Bērziņu Bērziņā
Ozola Ozolas Ozolai Ozolu
Balode Balodes Balodei Balodi Balodē
Eglītis Eglīša Eglītim Eglīti Eglīši Eglīšiem
Briedis Brieža Briedim
Druvietis Druvieša Druvietim Druviešu
Liepiņš Liepiņa Liepiņam Liepiņu
Ozolnieks Ozolnieka Ozolniekam Ozolnieku
Medne Mednes Mednei Medni
Zeļenska Zeļenskas Zeļenskai
Valdis Valda Valdim
Sproģa Sproģas Sproģai
Liepa Liepam Liepu
Aglaja Aglajas Aglajai
makšķerkarte makšķerkaršu makšķerkartes
elektroautomobilis elektroautomobiļa elektroautomobilim
kiberuzbrukums kiberuzbrukuma kiberuzbrukumiem
visabstraktākais visabstraktākajiem abstrakts abstraktākām
"""


@pytest.mark.parametrize("line", _KIN.strip().splitlines())
def test_names_and_new_words_meet_in_every_case_with_and_without_diacritics(line):
    for one, other in itertools.permutations(line.split(), 2):
        assert keys(one) & keys(other), (one, keys(one), other, keys(other))
        assert query_keys(fold(one)) & keys(other), (fold(one), other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("rakstīja", "rakstošajiem"), ("rakstīt", "jāraksta"), ("ej", "gāju"), ("vislielākais", "liels"),
        ("piesakās", "pieteikusies"), ("nosaka", "noteica"), ("vajag", "nevajadzētu"), ("attīstītos", "attīstās"),
        ("dodas", "devušies"), ("jāiziet", "izgāja"), ("lēmumu", "lēmumiem"), ("Ķekavā", "Ķekavas"),
        ("digitalizēja", "digitalizēšu"), ("esmu", "bijusi"), ("pamostas", "pamodās"),
        ("saistošie", "saistošajiem"), ("brālis", "brāļu"), ("vērsusies", "vēršas"), ("pelna", "pelnīja"),
        ("guļošs", "gulēja"), ("lūst", "lūza"), ("jāēd", "ēda"), ("nesēžas", "sēsties"), ("vērsušās", "vēršas"),
        ("jādomājot", "domā"), ("mērošajām", "mērīja"), ("atbilstošākie", "atbilst"),
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
