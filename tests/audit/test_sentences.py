"""Every action that the code records has a sentence, and the sentence is there in Latvian."""

import ast
from pathlib import Path

import pytest

from portal.audit.sentences import SENTENCES
from portal.kernel.i18n import in_language

ROOT = Path(__file__).resolve().parents[2]
RECORDERS = ("record", "record_reading")


class Code:
    """All our modules as trees: calls by the name of what is called, each with the functions around it."""

    def __init__(self):
        self.calls, self.dicts, self.functions = {}, [], {}
        for folder in ("portal", "blueprints", "jobs"):
            for path in sorted((ROOT / folder).rglob("*.py")):
                self._walk(ast.parse(path.read_text()), (), path.relative_to(ROOT))

    def _walk(self, node, around, path):
        if isinstance(node, ast.FunctionDef):
            around = (*around, node)
            self.functions.setdefault(node.name, []).append(node)
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
            self.calls.setdefault(name, []).append((node, around, path))
        if isinstance(node, ast.Dict):
            self.dicts.append(node)
        for child in ast.iter_child_nodes(node):
            self._walk(child, around, path)

    def actions(self):
        """Every action as text; those given through a parameter are looked up where the function is called."""
        found = set()
        for name in RECORDERS:
            for call, around, path in self.calls.get(name, ()):
                if len(call.args) > 1:
                    found |= self._values(call.args[1], around, f"{path}:{call.lineno}")
        for node in self.dicts:  # rows of record_rows
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "action" and isinstance(value, ast.Constant):
                    found.add(value.value)
        return found

    def _values(self, node, around, where):
        if isinstance(node, ast.Constant):
            return {node.value} if isinstance(node.value, str) else set()
        if isinstance(node, ast.IfExp):
            return self._values(node.body, around, where) | self._values(node.orelse, around, where)
        if isinstance(node, ast.BoolOp):
            return set().union(*(self._values(one, around, where) for one in node.values))
        if isinstance(node, ast.JoinedStr):
            texts = {""}
            for part in node.values:
                piece = part.value if isinstance(part, ast.FormattedValue) else part
                texts = {text + more for text in texts for more in self._values(piece, around, where)}
            return texts
        if isinstance(node, ast.Name):
            return self._given(node.id, around, where)
        raise AssertionError(f"{where}: this test cannot tell which action {ast.unparse(node)} is")

    def _given(self, name, around, where):
        written = [node for node in ast.walk(around[-1]) if isinstance(node, ast.Assign) and _is_to(node, name)]
        if written:
            return set().union(*(self._values(node.value, around, where) for node in written))
        function = next((f for f in reversed(around) if name in _parameters(f)), None)
        assert function is not None, f"{where}: {name} is no parameter, so this test cannot tell the action"
        place, found = _parameters(function).index(name), set()
        for call, outer, path in self.calls.get(function.name, ()):
            given = next((word.value for word in call.keywords if word.arg == name), None)
            if given is None and place < len(call.args):
                given = call.args[place]
            if given is not None and function not in outer:
                found |= self._values(given, outer, f"{path}:{call.lineno}")
        return found


def _parameters(function):
    return [one.arg for one in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]


def _is_to(node, name):
    return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)


@pytest.fixture(scope="module")
def recorded():
    return {action for action in Code().actions() if action}


def test_the_code_is_read_whole(recorded):
    assert {"document.registered", "service.created", "council.session_opened", "case.assigned_step", "case.opened",
            "council.vote_cast", "access.refused", "sign_in.failed"} <= recorded  # fmt: skip
    assert len(recorded) > 120


def test_every_recorded_action_has_a_sentence(recorded):
    assert sorted(recorded - set(SENTENCES)) == []


def test_there_is_no_sentence_for_what_nobody_records(recorded):
    assert sorted(set(SENTENCES) - recorded) == []


def test_every_sentence_is_said_in_latvian(app):
    for action, sentence in SENTENCES.items():
        with in_language("en"):
            english = str(sentence)
        with in_language("lv"):
            assert str(sentence) != english and "%(who)s" in str(sentence), action
