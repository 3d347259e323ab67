"""What docs/design.md and CONTRIBUTING.md promise about the code, beside what import-linter and ruff hold."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("agent", "evals", "graph", "memory", "tools")
SAMPLES = ("evals/repos/", "evals/suites/")  # other people's code, as it were
KNOW_MEM0 = {"memory/mem0_store.py", "evals/memory_bench/bare.py"}  # ours, and what it is measured against
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 300, 60

# Only agent/config.py reads variables. These touch the environment as a whole, or set something in it.
TOUCH_THE_ENVIRONMENT = {
    "agent/config.py": "reads the settings",
    "agent/demo.py": "starts oldhand with a person's environment, less their settings",
    "agent/evaluate.py": "starts oldhand with a person's environment and the endpoint they set",
    "evals/bench.py": "starts oldhand with the environment it was started in",
    "evals/memory_bench/bare.py": "sets the switches of the plain mem0 that ours is measured against",
    "evals/repos.py": "commits with git, a fixed date and author added to what git needs",
    "graph/__init__.py": "sets LangGraph's switches before it is imported",
    "memory/mem0_surroundings.py": "sets mem0's switches while it is imported, and puts back what was there",
    "tools/landlock_launcher.py": "a program of its own that sets HOME and TMPDIR of the command it confines",
    "tools/process.py": "what programs inherit from this one",
}
HEAVY = ("langgraph", "langchain_core", "langchain_openai", "openai", "mem0", "numpy", "pydantic", "rich")
HEAVY_TOO = ("mcp", "prompt_toolkit", "tree_sitter", "httpx", "wordllama", "ripgrepy", "sqlite3", "asyncio")


@cache
def tracked() -> list[str]:
    """Every file of the project: what git tracks, and what is about to be added."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    out = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for path in out.split("\0") if path and (ROOT / path).is_file()]


def modules() -> list[str]:
    """Our own modules, tests left out."""
    ours = tuple(f"{package}/" for package in PACKAGES)
    named = [path for path in tracked() if path.endswith(".py") and not path.startswith(SAMPLES)]
    return [path for path in named if path.startswith(ours) or path == "oldhand.py"]


@cache
def tree(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), path)


def imports(path: str) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def test_no_file_is_longer_than_300_lines() -> None:
    lengths = {path: len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert len(lengths) > 100
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def test_no_function_is_longer_than_60_lines() -> None:
    too_long = {}
    for path in modules():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > MOST_LINES_OF_A_FUNCTION:
                    too_long[f"{path}::{node.name}"] = lines
    assert too_long == {}


def test_no_module_is_a_drawer_for_everything() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "misc", "base", "core", "manager"}
    assert [path for path in modules() if Path(path).stem in drawers] == []


def test_no_import_is_relative() -> None:
    found = [(path, name) for path in modules() for name in imports(path) if name.startswith(".")]
    assert found == []


def test_packages_export_nothing_by_themselves() -> None:
    packages = [path for path in modules() if path.endswith("__init__.py")]
    assert {f"{package}/__init__.py" for package in PACKAGES} <= set(packages)
    said = [path for path in packages if (ROOT / path).read_text(encoding="utf-8").strip()]
    assert said == ["graph/__init__.py"]


def test_only_one_module_knows_mem0() -> None:
    knowing = [path for path in modules() if any(name.split(".")[0] == "mem0" for name in imports(path))]
    assert set(knowing) == KNOW_MEM0


def touches_environment(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in {("os", "environ"), ("os", "getenv"), ("os", "environb")}
    )


def reads_a_variable(node: ast.AST) -> bool:
    if isinstance(node, ast.Subscript):
        return isinstance(node.ctx, ast.Load) and touches_environment(node.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr == "getenv" or (
            node.func.attr == "get" and touches_environment(node.func.value)
        )
    return False


def test_settings_are_read_from_the_environment_in_one_place() -> None:
    touching = {path for path in modules() if any(map(touches_environment, ast.walk(tree(path))))}
    assert touching == set(TOUCH_THE_ENVIRONMENT)
    reading = {path for path in modules() if any(map(reads_a_variable, ast.walk(tree(path))))}
    assert reading <= {"memory/mem0_surroundings.py"}
    hidden = [path for path in modules() for name in ("from os import environ", "from os import getenv")
              if name in (ROOT / path).read_text(encoding="utf-8")]  # fmt: skip
    assert hidden == []


def loaded_with(module: str) -> set[str]:
    """The packages that a fresh interpreter has once it has imported a module of ours."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", f"import sys, {module}; print(*sys.modules)"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.split(".")[0] for name in done.stdout.split()}


def test_the_command_line_imports_nothing_heavy_before_it_is_needed() -> None:
    loaded = loaded_with("agent.cli")
    assert "click" in loaded
    assert loaded & {*HEAVY, *HEAVY_TOO} == set()


def test_a_run_begins_with_the_baseline_of_the_tests_and_loads_what_is_heavy_meanwhile() -> None:
    assert loaded_with("agent.headless") & {"langgraph", "langchain_core", "openai", "mem0"} == set()


def test_tests_use_the_real_things() -> None:
    tests = [path for path in tracked() if path.startswith("tests/") and path.endswith(".py")]
    mocking = [path for path in tests if any("mock" in name for name in imports(path))]
    assert mocking == []
    assert [path for path in tests if path.endswith("__init__.py")] == []


def test_nothing_names_a_registry_or_a_folder_of_one_machine() -> None:
    hosts = "py" + "pi.org|pythonhosted" + ".org|npm" + "js.org|--(extra-)?" + "index-url[ =]|find-" + "links"
    folders = "/(ro" + "ot|wo" + "rk)/|/ho" + "me/(?!ada)[a-z]|/Us" + "ers/[a-z]"
    pattern = re.compile(f"({hosts})|(?<![\\w.~])({folders})")
    found = []
    for path in tracked():
        text = (ROOT / path).read_bytes().decode("utf-8", "replace")
        found += [f"{path}: {match[0]}" for match in pattern.finditer(text)]
    assert found == []
