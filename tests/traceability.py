"""Writes portal/docs/traceability.md from the `req` markers of the tests. Run: `python -m tests.traceability`."""

import ast
import csv
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "portal" / "docs" / "traceability.md"


def proofs() -> dict[str, list[str]]:
    """Requirement or rule id → the tests that prove it."""
    found = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text())
        module_ids = [
            i
            for node in tree.body
            if isinstance(node, ast.Assign) and any(getattr(t, "id", "") == "pytestmark" for t in node.targets)
            for i in _ids(node.value)
        ]
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                ids = module_ids + [i for decorator in node.decorator_list for i in _ids(decorator)]
                for i in dict.fromkeys(ids):
                    found[i].append(f"{path.relative_to(ROOT)}::{node.name}")
    return found


def _ids(node):
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "req":
            yield from (arg.value for arg in call.args if isinstance(arg, ast.Constant))


def page() -> str:
    """The page in Markdown: every requirement, then every rule of law that a test names."""
    found = proofs()
    with (ROOT / "portal" / "docs" / "requirements.csv").open() as file:
        requirements = {row["id"]: row["title"] for row in csv.DictReader(file)}
    lines = [
        "# Traceability",
        "",
        "Made from the markers in the tests by `python -m tests.traceability`; not edited by hand.",
        "",
        "| id | requirement | state | proved by |",
        "| --- | --- | --- | --- |",
    ]
    for key, title in requirements.items():
        lines.append(_row(key, title, found.get(key, [])))
    lines += ["", "## Rules of law", "", "| rule | state | proved by |", "| --- | --- | --- |"]
    for key in sorted(set(found) - set(requirements), key=lambda k: (k.split("-")[0], len(k), k)):
        lines.append(f"| {key} | {len(found[key])} tests | {_tests(found[key])} |")
    return "\n".join(lines) + "\n"


def _row(key, title, tests):
    state = f"{len(tests)} tests" if tests else "no test yet"
    return f"| {key} | {title} | {state} | {_tests(tests)} |"


def _tests(tests):
    by_file = defaultdict(int)
    for test in tests:
        by_file[test.split("::")[0]] += 1
    return ", ".join(f"`{path}` ({count})" for path, count in by_file.items())


if __name__ == "__main__":
    PAGE.write_text(page())
