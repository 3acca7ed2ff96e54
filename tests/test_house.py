"""House rules that ruff and mypy do not know, over every file of the repository."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LONGEST_MODULE = 500
"""Lines. A room's file is split past about 400; half as much again is never right."""


def _listed() -> list[Path]:
    """Files of the repository; of a copy without git, everything that is not hidden or built."""
    try:
        command = ["git", "ls-files", "-z"]
        names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=30).stdout
    except (OSError, subprocess.CalledProcessError):
        return [path for path in sorted(ROOT.rglob("*")) if path.is_file() and not _built(path.relative_to(ROOT))]
    return [path for name in names.split("\0") if name and (path := ROOT / name).is_file()]


def _built(path: Path) -> bool:
    return any(part.startswith(".") or part in ("build", "dist", "__pycache__") for part in path.parts)


def _text(path: Path) -> str:
    """The text of a file; nothing for a recording or a picture."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return ""


TEXTS = {path: text for path in _listed() if (text := _text(path))}
SOURCES = {path: text for path, text in TEXTS.items() if path.suffix == ".py"}
MODULES = {path: text for path, text in SOURCES.items() if (ROOT / "broadcaster") in path.parents}


def find(pattern: str, texts: dict[Path, str]) -> list[str]:
    """file:line and text of every line that holds `pattern`; this file is not searched."""
    expression = re.compile(pattern)
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path, text in texts.items()
        if path != Path(__file__)
        for number, line in enumerate(text.splitlines(), 1)
        if expression.search(line)
    ]


def test_nothing_is_left_for_later() -> None:
    assert not find(r"\b(TODO|FIXME|HACK)\b", TEXTS)


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    assert not find(r"(?<![\w.}])/(?:work|root|home/\w+|Users/\w+)/", TEXTS)


def test_every_lint_or_type_exception_names_its_rule_and_its_reason() -> None:
    exceptions = find(r"#\s*(noqa|type:\s*ignore)", MODULES)
    wrong = [
        line for line in exceptions if not re.search(r"#\s*(noqa: [A-Z]+\d+|type: ignore\[[\w-]+\]).*?\w{2,} \w", line)
    ]
    assert not wrong, "write `# noqa: RULE  (reason)`:\n" + "\n".join(wrong)


def test_modules_stay_short_enough_to_be_read() -> None:
    long = {
        str(path.relative_to(ROOT)): length
        for path, text in MODULES.items()
        if (length := text.count("\n")) > LONGEST_MODULE
    }
    assert not long, "split by noun"


def undocumented(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Public things without a docstring. A method of a class with a base may lean on the base's contract."""
    if not ast.get_docstring(tree):
        yield 1, "the module"
    for node in tree.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef) or node.name.startswith("_"):
            continue
        if not ast.get_docstring(node):
            yield node.lineno, node.name
        if isinstance(node, ast.ClassDef) and not node.bases:
            for method in node.body:
                public = isinstance(method, ast.FunctionDef) and not method.name.startswith("_")
                if public and not _is_setter(method) and not ast.get_docstring(method):
                    yield method.lineno, f"{node.name}.{method.name}"


def _is_setter(method: ast.FunctionDef) -> bool:
    return any(isinstance(mark, ast.Attribute) and mark.attr == "setter" for mark in method.decorator_list)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_everything_public_says_what_it_is(path: Path) -> None:
    silent = [f"{path.relative_to(ROOT)}:{line}: {name}" for line, name in undocumented(ast.parse(MODULES[path]))]
    assert not silent, "a docstring is missing:\n" + "\n".join(silent)


def test_every_text_file_is_plain_utf8_with_unix_lines() -> None:
    # Samples that a test feeds to the program may be wrong on purpose.
    authored = {path: text for path, text in TEXTS.items() if (ROOT / "tests") not in path.parents}
    assert not [
        str(path.relative_to(ROOT)) for path, text in authored.items() if "\r" in text or text.startswith("\ufeff")
    ]


def test_vietnamese_is_written_precomposed() -> None:
    """A decomposed letter looks the same and is found by no search, no glossary and no test."""
    decomposed = find(
        "[a-zA-ZăâêôơưĂÂÊÔƠƯ][\u0300\u0301\u0303\u0309\u0323]",
        {p: t for p, t in TEXTS.items() if "tests" not in p.parts},
    )
    assert not decomposed
