"""The projects of a repository: found by their manifests, run in their folders, told by their paths."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests import ecosystems
from tools.sandbox import detect as find_sandbox
from tools.testing.commands import NoTests, TestCommand, TestOptions
from tools.testing.interpreter import candidates
from tools.testing.project_files import ProjectFiles
from tools.testing.projects import owner_of, projects
from tools.testing.runner import TestRunner
from tools.testing.stated import Told
from tools.workspace import Workspace

PYTHON = TestOptions(python=sys.executable)
PASSES = "def test_it():\n    assert 1 + 1 == 2\n"
BACKEND = {
    "backend/pyproject.toml": '[project]\nname = "shop"\n',
    "backend/shop.py": "def total():\n    return 3\n",
    "backend/tests/test_shop.py": "from shop import total\n\ndef test_total():\n    assert total() == 4\n",
    "backend/conftest.py": "",
}
PART = {"part/requirements.txt": "", "part/tests/test_it.py": PASSES}
WEB = {
    "web/package.json": '{"name": "web", "type": "module", "scripts": {"test": "node --test"}}\n',
    "web/sum.test.js": "import test from 'node:test';\n\ntest('adds', () => {});\n",
}
MEMBERS = "pnpm-workspace.yaml"
IN_TESTS = {f"tests/{name}": text for name, text in WEB.items()}
GO = {f"svc/{path}": text for path, text in ecosystems.GO.items() if path in ("go.mod", "shop.go")} | {
    "svc/shop_test.go": 'package shop\n\nimport "testing"\n\nfunc TestName(t *testing.T) {}\n'
}


def lay(tmp_path, *parts):
    return Workspace.open(
        ecosystems.lay(tmp_path / "repo", {name: text for part in parts for name, text in part.items()})
    )


def folders(workspace, *remembered):
    return [project.folder for project in projects(workspace, PYTHON, remembered)]


def test_each_project_is_run_in_its_folder_and_its_tests_are_told_by_their_paths(tmp_path):
    workspace = lay(tmp_path, BACKEND, WEB)
    sandbox = find_sandbox(workspace.root, sys.executable)
    runner = TestRunner(workspace, 60.0, sandbox, sandbox.temp)
    backend, web = projects(workspace, PYTHON)
    assert isinstance(backend.way, TestCommand)
    assert isinstance(web.way, TestCommand)
    assert backend.way.shown() == "cd backend && python -m pytest"
    assert (web.way.shown(), web.way.source) == ("cd web && npm test", "web/package.json")
    report = runner.run(backend.way)
    assert [(case.id, case.outcome) for case in report.cases] == [
        ("backend/tests/test_shop.py::test_total", "failed")
    ]
    assert runner.selects(backend.way, ["backend/tests/test_shop.py::test_total"])
    again = runner.run(backend.way, ["backend/tests/test_shop.py::test_total"])
    assert [case.id for case in again.failing()] == ["backend/tests/test_shop.py::test_total"]
    if shutil.which("npm"):
        assert [case.id for case in runner.run(web.way).cases] == ["web/sum.test.js::adds"]


@pytest.mark.skipif(shutil.which("go") is None, reason="go is not installed")
def test_a_go_module_below_the_root_is_run_from_its_own_folder(tmp_path):
    workspace = lay(tmp_path, GO, {"README.md": "A shop.\n"})
    [svc] = projects(workspace, PYTHON)
    assert isinstance(svc.way, TestCommand)
    report = TestRunner(workspace, 120.0).run(svc.way)
    assert [(case.id, case.outcome) for case in report.cases] == [("svc/shop_test.go::TestName", "passed")]


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"tests/test_it.py": PASSES, "pyproject.toml": "[project]\nname='a'\n"}, [""]),
        (BACKEND | WEB | GO, ["backend", "svc", "web"]),
        (BACKEND | {"tests/test_it.py": PASSES}, ["", "backend"]),
        # The root's settings are those of what is no package of its own, or where they lead to.
        (PART | {"pyproject.toml": "[tool.pytest.ini_options]\n"}, [""]),
        (BACKEND | {"pyproject.toml": "[tool.pytest.ini_options]\n"}, ["", "backend"]),
        (BACKEND | {"pytest.ini": "[pytest]\ntestpaths = tests backend/tests\n"}, [""]),
        (PART | {"pyproject.toml": "[tool.pytest.ini_options]\ntestpaths = ['tests']\n"}, ["", "part"]),
        (BACKEND | {"pytest.ini": "[pytest]\n", "backend/pytest.ini": "[pytest]\n"}, ["", "backend"]),
        # A workspace that tells of its packages' tests is one project; one that hides them is not.
        (WEB | {"package.json": '{"workspaces": ["web"], "scripts": {"test": "jest"}}'}, [""]),
        (WEB | {"package.json": '{"workspaces": ["web"], "scripts": {"test": "lerna run t"}}'}, ["", "web"]),
        (WEB | {"package.json": '{"workspaces": ["web"]}'}, ["web"]),
        # Packages that a workspace names are projects, among tests too.
        (IN_TESTS | {MEMBERS: "packages:\n  # all\n\n  - 'tests/**/*'\nx: 1\n"}, ["tests/web"]),
        (IN_TESTS | {MEMBERS: "packages:\n  - tests/*\n  - '!tests/w*'\n"}, [""]),
        (IN_TESTS | {"package.json": '{"workspaces": {"packages": ["./tests/*"]}}'}, ["tests/web"]),
        (IN_TESTS, [""]),
        (
            {"Cargo.toml": "[workspace]\nmembers = ['a']\n", "a/Cargo.toml": "[package]\n", "a/a.rs": ""},
            [""],
        ),
        ({"pom.xml": "<modules><module>a</module></modules>", "a/pom.xml": "", "a/src/test/A": ""}, [""]),
        # What is no project of the repository's own.
        ({f"node_modules/{name}": text for name, text in WEB.items()} | {"tests/test_it.py": PASSES}, [""]),
        ({f"tests/fixtures/{name}": text for name, text in WEB.items()} | {"tests/test_it.py": PASSES}, [""]),
        ({f"examples/{name}": text for name, text in WEB.items()} | {"tests/test_it.py": PASSES}, [""]),
        ({f"a/b/c/d/{name}": text for name, text in WEB.items()} | {"tests/test_it.py": PASSES}, [""]),
        ({"web/package.json": '{"scripts": {"build": "tsc"}}', "tests/test_it.py": PASSES}, [""]),
    ],
)  # fmt: skip
def test_projects_are_folders_with_a_manifest_and_tests_of_their_own(tmp_path, files, found):
    assert folders(lay(tmp_path, files)) == found


def test_what_git_ignores_is_no_project(tmp_path):
    workspace = lay(tmp_path, {".gitignore": "web/\n", "tests/test_it.py": PASSES})
    (workspace.root / "web").mkdir()
    for path, text in WEB.items():
        (workspace.root / path).write_text(text)
    assert folders(workspace) == [""]


def test_what_a_person_or_the_instructions_say_of_the_whole_is_all_that_is_run(tmp_path):
    workspace = lay(tmp_path, BACKEND, WEB, {"Makefile": "test:\n\techo\n"})
    assert folders(workspace) == ["", "backend", "web"]
    assert [one.folder for one in projects(workspace, TestOptions(command="make test"))] == [""]
    assert folders(workspace, Told("make test", "remembered")) == [""]
    (workspace.root / "AGENTS.md").write_text("Tests: `make test`\n")
    subprocess.run(["git", "add", "-A"], cwd=workspace.root, check=True)
    [whole] = projects(workspace, PYTHON)
    assert isinstance(whole.way, TestCommand)
    assert whole.way.why == "AGENTS.md says so"


@pytest.mark.parametrize(
    ("manager", "script"),
    [
        ("pnpm", "pnpm -r test"), ("pnpm", "pnpm --recursive run test"),
        ("pnpm", "pnpm -F './packages/*' test"),
        ("npm", "npm test --workspaces"), ("npm", "npm run test -ws --if-present"),
        ("yarn", "yarn workspaces foreach -A run test"), ("bun", "bun run --filter '*' test"),
        ("npm", "turbo run test"), ("npm", "npx turbo test"), ("pnpm", "pnpm exec nx run-many -t test"),
        ("npm", "nx run-many --target=test,lint"), ("yarn", "lerna run test"),
        ("npm", "npm run lint && turbo test"),
    ],
)  # fmt: skip
def test_a_command_that_has_a_workspace_test_itself_leaves_each_package_its_own(
    tmp_path, monkeypatch, manager, script
):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / manager).write_text("#!/bin/sh\n")
    (tmp_path / "bin" / manager).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    files = WEB | {"AGENTS.md": f"Tests: `{manager} run test:all`\n"}
    files["package.json"] = json.dumps({"scripts": {"test:all": script}})
    root, web = projects(lay(tmp_path, files), PYTHON)
    assert (root.folder, root.only_passes_on) == ("", True)
    assert (web.folder, web.only_passes_on) == ("web", False)


@pytest.mark.parametrize("script", ["pnpm -r build", "turbo run build", "npm run unit", "node test.js -r x"])
def test_a_command_that_does_something_else_is_still_all_that_is_run(tmp_path, script):
    files = WEB | {"AGENTS.md": "Tests: `npm run test:all`\n"}
    files["package.json"] = json.dumps({"scripts": {"test:all": script, "unit": "./all.sh"}})
    [whole] = projects(lay(tmp_path, files), PYTHON)
    assert (whole.folder, whole.only_passes_on) == ("", False)


def test_a_project_uses_its_own_interpreter_before_that_of_a_folder_above(tmp_path):
    for folder in ("backend/.venv", "venv"):
        (tmp_path / folder / "bin").mkdir(parents=True)
        (tmp_path / folder / "bin/python").touch()
    project = ProjectFiles(tmp_path / "backend", [], "backend")
    found = [one.why for one in candidates(project.homes, {}, None)]
    assert found[:2] == ["of backend/.venv/ in the repository", "of venv/ in the repository"]


def test_a_path_belongs_to_the_nearest_project_above_it(tmp_path):
    files = BACKEND | {f"backend/{name}": text for name, text in WEB.items()} | {"tests/test_it.py": PASSES}
    found = projects(lay(tmp_path, files), PYTHON)
    owners = {
        path: owner.folder if (owner := owner_of(path, found)) else None
        for path in ("backend/shop.py", "backend/web/sum.test.js", "backend/website.py", "README.md")
    }
    assert owners == {
        "backend/shop.py": "backend",
        "backend/web/sum.test.js": "backend/web",
        "backend/website.py": "backend",
        "README.md": "",
    }
    assert owner_of("README.md", found[1:]) is None


def test_a_tool_that_is_missing_is_named(tmp_path, monkeypatch):
    git = shutil.which("git")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").symlink_to(str(git))
    workspace = lay(tmp_path, {"go.mod": "module a\n"})
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    [whole] = projects(workspace, TestOptions())
    assert isinstance(whole.way, NoTests)
    assert whole.way.reason.startswith(
        "go.mod says that the tests run with `go test ./...`, but go is not ins"
    )
