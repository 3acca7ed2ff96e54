"""The shape of the program (DESIGN.md §1): imports go down the ranks, never up, never sideways, and inside a
room never in a circle.

Read from the source text, so that imports inside functions and under TYPE_CHECKING count as well.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "broadcaster"

RANKS: dict[str, int] = {
    # Nouns. They may use the nouns above them in this list, no others.
    "errors": 0,
    "reason_codes": 0,
    "reason_words": 0,
    "reasons": 0,
    "model": 0,
    "source": 0,
    "station_status": 0,
    "enum_words": 0,
    "slug": 0,
    "file_stamp": 0,
    "clock": 0,
    "live_record": 0,
    "outside_program": 0,
    "file_lock": 0,
    "whole_file": 0,
    "mp3_frames": 0,
    "silence": 0,
    "tomlfile": 0,
    "settings": 0,
    "sample": 0,
    # Rooms: none knows another.
    "scripts": 1,
    "text": 1,
    "audio": 1,
    "schedule": 1,
    "journal": 1,
    # What speaks, and what is heard.
    "speech": 2,
    "sources": 2,
    "speakers": 2,
    # Work.
    "studio": 3,
    "playout": 3,
    "reports": 3,
    # Wiring.
    "station": 4,
    # What every door needs.
    "service": 5,
    # Doors.
    "cli": 6,
    "console": 6,
    # Starts a door.
    "__main__": 7,
}
"""Every file or folder directly in broadcaster/, with its rank."""

READS_THE_CLOCK = {"clock"}
"""Wall time comes from here alone: a rehearsal or a test clock must reach every decision."""

MEASURES_ELAPSED_TIME = {
    "clock": "it is the clock",
    "speakers": "deadlines and pacing of hardware, which knows no test clock",
    "speech": "deadlines of engines: processes and servers, which know no test clock",
}
"""Where time.monotonic and time.perf_counter may be called, and why."""

WALL_CLOCK_CALLS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
WALL_CLOCK_CALLS |= {f"datetime.{call}" for call in WALL_CLOCK_CALLS}
WALL_CLOCK_CALLS |= {"time.localtime", "time.gmtime", "time.strftime"}
ELAPSED_CALLS = {"time.monotonic", "time.monotonic_ns", "time.perf_counter", "time.perf_counter_ns"}

NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "base"}

HEAVY = {
    "numpy",
    "scipy",
    "soundfile",
    "soxr",
    "sounddevice",
    "gtts",
    "pydub",
    "pyloudnorm",
    "PIL",
    "apscheduler",
    "av",
}
"""Packages that make `broadcaster --help` slow; imported where they are needed."""

MODULES = sorted(PACKAGE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8"), filename=str(path)) for path in MODULES}


def name_of(path: Path) -> str:
    """The full dotted name: broadcaster/speech/__init__.py → broadcaster.speech."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    """`broadcaster.speech.espeak` → `speech`; the package itself → ``."""
    return module.split(".")[1] if "." in module else ""


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of everything of ours that a module imports."""
    package = name_of(path).split(".") if path.name == "__init__.py" else name_of(path).split(".")[:-1]
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            # `from broadcaster import clock` names the room after the import.
            names = [f"{source}.{alias.name}" for alias in node.names] if source == "broadcaster" else [source]
        else:
            continue
        yield from ((node.lineno, name) for name in names if name.split(".")[0] == "broadcaster")


def breach(importer: str, imported: str) -> str | None:
    """Why room `importer` may not import room `imported`; None when it may."""
    if importer == imported:
        return None
    if not importer:
        return "broadcaster/__init__.py imports nothing of ours"
    if not {importer, imported} <= set(RANKS):
        return f"no rank is known for {importer} or {imported}"
    order = list(RANKS)
    above, below = RANKS[importer], RANKS[imported]
    if below > above:
        return f"up: rank {above} imports rank {below}"
    if below == above and not (above == 0 and order.index(imported) < order.index(importer)):
        return f"sideways at rank {above}"
    return None


def names_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full name of every name used, aliases undone: after `from time import time`, `time` is `time.time`."""
    origin = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    origin |= {
        alias.asname: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.asname
    }
    # A function handed on uncalled (`default_factory=time.time`) reads the clock as well: look at names, not at calls.
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Load):
            head, _, rest = ast.unparse(node).partition(".")
            full = origin.get(head, head)
            yield node.lineno, f"{full}.{rest}" if rest else full


def at(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def test_every_file_and_folder_has_a_rank() -> None:
    present = {
        path.stem
        for path in PACKAGE.iterdir()
        if (path.suffix == ".py" and path.name != "__init__.py") or (path.is_dir() and any(path.rglob("*.py")))
    }
    assert present <= set(RANKS), f"give it a rank in {Path(__file__).name}: {sorted(present - set(RANKS))}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_down_the_ranks_only(path: Path) -> None:
    importer = room_of(name_of(path))
    breaches = [
        f"{at(path, line)} imports {imported}: {why}"
        for line, imported in imports_of(path)
        if (why := breach(importer, room_of(imported)))
    ]
    assert not breaches, "\n".join(breaches)


@pytest.mark.parametrize(
    ("importer", "imported", "allowed"),
    [
        ("settings", "tomlfile", True),
        ("tomlfile", "settings", False),
        ("speech", "model", True),
        ("model", "speech", False),
        ("speech", "speakers", False),
        ("audio", "speech", False),
        ("studio", "audio", True),
        ("playout", "studio", False),
        ("station", "playout", True),
        ("service", "station", True),
        ("station", "service", False),
        ("cli", "service", True),
        ("service", "cli", False),
        ("console", "service", True),
        ("console", "cli", False),
        ("speech", "speech", True),
        ("", "errors", False),
    ],
)
def test_the_rule_itself(importer: str, imported: str, allowed: bool) -> None:
    assert (breach(importer, imported) is None) is allowed


def graph_inside_rooms() -> dict[str, set[str]]:
    """Module → modules of the same room that it imports anywhere: in functions and under TYPE_CHECKING too."""
    graph: dict[str, set[str]] = {}
    for path in MODULES:
        importer = name_of(path)
        sources = {name for node in ast.walk(TREES[path]) for name in sources_of(node)}
        graph[importer] = {name for name in sources if room_of(name) == room_of(importer) and name != importer}
    return graph


def sources_of(node: ast.AST) -> list[str]:
    """Full names of the modules that an import statement loads: `from broadcaster.text import dates` is dates.py."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        modules = (f"{node.module}.{alias.name}" for alias in node.names)
        return [module if module in NAMES else node.module for module in modules]
    return []


NAMES = {name_of(path) for path in MODULES}


def circles(graph: Mapping[str, Collection[str]]) -> list[frozenset[str]]:
    """The groups of modules in which each reaches each other one, largest first."""

    def reached(start: str) -> set[str]:
        found: set[str] = set()
        waiting = [start]
        while waiting:
            new = set(graph.get(waiting.pop(), ())) - found
            found |= new
            waiting += new
        return found

    reach = {name: reached(name) for name in graph}
    found = {
        frozenset(other for other in reach[name] if name in reach.get(other, ()))
        for name in graph
        if name in reach[name]
    }
    return sorted(found, key=lambda circle: (-len(circle), sorted(circle)))


def test_no_modules_of_a_room_import_each_other_in_a_circle() -> None:
    found = [" <-> ".join(sorted(circle)) for circle in circles(graph_inside_rooms())]
    assert not found, "move what both need into a module of its own:\n" + "\n".join(found)


def test_a_circle_is_found_through_other_modules_and_under_type_checking() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": {"e"}}) == [
        frozenset("abc"),
        frozenset("e"),
    ]
    assert circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []
    guarded = ast.parse("if TYPE_CHECKING:\n    from broadcaster.text import glossary")
    assert "broadcaster.text.glossary" in {name for node in ast.walk(guarded) for name in sources_of(node)}


FOLDERS = [path for path in MODULES if path.name == "__init__.py"]


@pytest.mark.parametrize("path", FOLDERS, ids=name_of)
def test_a_folder_opens_with_a_docstring_and_holds_imports_and_names_only(path: Path) -> None:
    tree = TREES[path]
    assert ast.get_docstring(tree), f"{at(path, 1)}: say what the folder does and what it must not know"
    wrong = [f"{at(path, node.lineno)}: move to a file of its own" for node in tree.body[1:] if not _belongs(node)]
    assert not wrong, "\n".join(wrong)


def _belongs(node: ast.stmt) -> bool:
    """Imports, also under TYPE_CHECKING; __all__; and what loads names lazily: a table and the module's __getattr__."""
    match node:
        case ast.Import() | ast.ImportFrom():
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING"), orelse=[]):
            return all(isinstance(inner, ast.Import | ast.ImportFrom) for inner in node.body)
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name == "__all__" or (name.isupper() and isinstance(node.value, ast.Dict))
        case ast.FunctionDef(name=name):
            return name in ("__getattr__", "__dir__")
        case _:
            return False


def test_every_file_is_named_after_what_lives_in_it() -> None:
    vague = [
        at(path, 1) for path in MODULES if NAMES_THAT_SAY_NOTHING & set(path.relative_to(ROOT).with_suffix("").parts)
    ]
    assert not vague


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_clock_reads_the_clock(path: Path) -> None:
    room = room_of(name_of(path))
    forbidden = (set() if room in READS_THE_CLOCK else WALL_CLOCK_CALLS) | (
        set() if room in MEASURES_ELAPSED_TIME else ELAPSED_CALLS
    )
    readings = sorted({f"{at(path, line)} {name}" for line, name in names_in(TREES[path]) if name in forbidden})
    assert not readings, "ask the Clock instead:\n" + "\n".join(readings)


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\ndatetime.now()",
        "import datetime\ndatetime.datetime.now()",
        "import time\ntime.time()",
        "from time import time as seconds\nfield(default_factory=seconds)",
        "import time as t\nt.time()",
        "from datetime import date\ndate.today()",
    ],
)
def test_a_clock_reading_is_found_however_it_is_written(source: str) -> None:
    assert any(name in WALL_CLOCK_CALLS for _, name in names_in(ast.parse(source)))


TALKS_TO_PEOPLE = {"print", "sys.stdout", "sys.stderr", "sys.exit", "click"}
"""Only doors do. Below them everything is returned or raised."""
TALKS_THROUGH_A_PIPE = {
    "broadcaster.speech.worker": "the protocol of a rendering process: stdout is its pipe",
    "broadcaster.service.sound_devices": "its own child process answers on stdout",
}
"""Modules that a process of ours starts as a program, and why they may name the streams."""


@pytest.mark.parametrize("path", [path for path in MODULES if RANKS.get(room_of(name_of(path)), 0) < RANKS["cli"]])
def test_below_the_doors_nothing_is_printed_and_no_toolkit_of_the_command_line_is_used(path: Path) -> None:
    if name_of(path) in TALKS_THROUGH_A_PIPE:
        return
    used = [
        f"{at(path, line)} {name}"
        for line, name in names_in(TREES[path])
        if name in TALKS_TO_PEOPLE or name.split(".")[0] == "click" or name.startswith(("sys.stdout.", "sys.stderr."))
    ]
    imported = [f"{at(path, line)} imports {name}" for line, name in imported_roots(TREES[path]) if name == "click"]
    assert not used + imported, "return it, or raise it: a door tells people"


def imported_roots(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and first part of every absolute import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module.split(".")[0]


def test_no_mock_stands_for_a_room() -> None:
    tests = [path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]
    mocked = [
        at(path, node.lineno)
        for path in tests
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name | ast.Attribute | ast.alias)
        and (getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "name", "")) in MOCKS
    ]
    assert not mocked, "the package ships fakes that keep the contract (tone, memory, ManualClock)"


MOCKS = {"Mock", "MagicMock", "AsyncMock", "unittest.mock", "create_autospec"}


@pytest.mark.parametrize(
    "module", ["broadcaster.cli", "broadcaster.text", "broadcaster.schedule", "broadcaster.service.control"]
)
def test_a_command_that_needs_no_sound_loads_no_heavy_package(module: str) -> None:
    program = f"import sys, {module}; print(*sorted(sys.modules))"
    listing = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30, cwd=ROOT
    )
    loaded = {name.split(".")[0] for name in listing.stdout.split()}
    assert not loaded & HEAVY
