import subprocess
import sys
from pathlib import Path

import pytest

from tools.testing.commands import NoTests, TestCommand, TestOptions, given
from tools.testing.detect import detect, look
from tools.testing.junit import excerpt_of, read_junit
from tools.testing.results import TestReport
from tools.testing.runner import TestRunner
from tools.testing.starting import why_unstarted
from tools.testing.unittest_output import read_unittest
from tools.workspace import Workspace

TESTS = """
import pytest


@pytest.fixture
def broken():
    raise RuntimeError("no database")


class TestMoney:
    @pytest.mark.parametrize("cents", [1, 2])
    def test_even(self, cents):
        assert cents % 2 == 0, "odd"

    class TestDeep:
        def test_ok(self):
            pass


def test_needs(broken):
    pass


@pytest.mark.skip(reason="later")
def test_later():
    pass


@pytest.mark.xfail
def test_expected():
    assert False
"""


@pytest.fixture
def workspace(tmp_path):
    root = tmp_path / "repo"
    (root / "tests").mkdir(parents=True)
    (root / "tests" / "test_money.py").write_text(TESTS)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return Workspace.open(root)


@pytest.fixture
def command(workspace):
    found = detect(workspace, TestOptions(python=sys.executable))
    assert found is not None
    return found


@pytest.fixture(autouse=True)
def no_plugins(monkeypatch):
    """The plugins of our own environment would double the time of each run here."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def files_in(root):
    return {str(path.relative_to(root)) for path in root.rglob("*") if ".git" not in path.parts}


def test_each_test_gets_an_id_an_outcome_and_the_lines_that_matter(workspace, command):
    report = TestRunner(workspace).run(command)
    assert {case.id: case.outcome for case in report.cases} == {
        "tests/test_money.py::TestMoney::test_even[1]": "failed",
        "tests/test_money.py::TestMoney::test_even[2]": "passed",
        "tests/test_money.py::TestMoney::TestDeep::test_ok": "passed",
        "tests/test_money.py::test_needs": "error",
        "tests/test_money.py::test_later": "skipped",
        "tests/test_money.py::test_expected": "skipped",
    }
    assert report.outcome() == "failed"
    assert report.exit_code == 1
    failed, error = sorted(report.failing(), key=lambda case: case.id)
    assert failed.message.startswith("AssertionError: odd")
    assert "tests/test_money.py:13: AssertionError" in failed.excerpt
    assert "E       AssertionError: odd" in failed.excerpt
    assert "no database" in error.message
    assert report.summary().startswith("failed: 1 error, 1 failed, 2 passed, 2 skipped")


def test_ids_can_be_run_again_alone(workspace, command):
    runner = TestRunner(workspace)
    failing = [case.id for case in runner.run(command).failing()]
    again = runner.run(command, select=failing)
    assert sorted(case.id for case in again.cases) == sorted(failing)
    one = runner.run(command, select=["tests/test_money.py::TestMoney::test_even[2]"])
    assert (one.outcome(), len(one.cases)) == ("passed", 1)


def test_a_run_leaves_nothing_in_the_work_tree(workspace, command):
    before = files_in(workspace.root)
    TestRunner(workspace).run(command)
    assert files_in(workspace.root) == before


@pytest.mark.parametrize(
    ("source", "outcome", "exit_code"),
    [
        ("def test_ok(): pass\n", "passed", 0),
        ("x = 1\n", "none", 5),
        ("import nowhere_at_all\n", "error", 1),
        ("def test_x(:\n", "error", 1),
        ("import os\ndef test_x(): os._exit(3)\n", "error", 3),
        ("import os, signal\ndef test_x(): os.kill(os.getpid(), signal.SIGKILL)\n", "error", -9),
    ],
)
def test_the_outcome_is_weighed_against_the_exit_code(workspace, command, source, outcome, exit_code):
    (workspace.root / "tests" / "test_money.py").write_text(source)
    report = TestRunner(workspace).run(command)
    assert (report.outcome(), report.exit_code) == (outcome, exit_code)


def test_a_file_that_cannot_be_collected_is_named_with_the_reason(workspace, command):
    (workspace.root / "tests" / "test_money.py").write_text("import nowhere_at_all\n")
    report = TestRunner(workspace).run(command)
    [case] = report.uncollected()
    assert (report.failing(), report.summary().partition(" in ")[0]) == ([], "error: 1 not collected")
    assert case.id == "tests/test_money.py"
    assert case.message == "ModuleNotFoundError: No module named 'nowhere_at_all'"


def test_wrong_usage_is_an_error_with_its_output(workspace):
    bad = TestCommand((sys.executable, "-m", "pytest", "--no-such-flag"), "pytest", "given")
    report = TestRunner(workspace).run(bad)
    assert (report.outcome(), report.exit_code) == ("error", 4)
    assert "--no-such-flag" in report.output_tail
    assert report.unstarted.startswith("pytest does not know --no-such-flag, which the project's settings")


def test_a_test_that_hangs_ends_the_run_and_its_output_says_where(workspace, command):
    source = "import time\n\ndef test_hangs():\n    print('waiting')\n    time.sleep(60)\n"
    (workspace.root / "tests" / "test_money.py").write_text(source)
    report = TestRunner(workspace, timeout_s=12).run(command)
    assert (report.outcome(), report.exit_code, report.timed_out) == ("timeout", None, True)
    assert report.seconds < 40
    assert 'test_money.py", line 5 in test_hangs' in report.output_tail


def test_a_failing_threshold_without_a_failing_test_is_a_failure(workspace, command):
    (workspace.root / "tests" / "test_money.py").write_text("def test_ok(): pass\n")
    (workspace.root / "conftest.py").write_text(
        "def pytest_sessionfinish(session):\n    session.exitstatus = 1\n"
    )
    report = TestRunner(workspace).run(command)
    assert (report.outcome(), report.failing()) == ("failed", [])


def test_the_tests_do_not_see_us(workspace, command):
    (workspace.root / "tests" / "test_money.py").write_text(
        "import importlib.util\n\ndef test_x():\n    assert importlib.util.find_spec('tools') is None\n"
    )
    assert TestRunner(workspace).run(command).outcome() == "passed"


def test_a_program_that_is_not_there_is_an_error(workspace):
    report = TestRunner(workspace).run(TestCommand(("no-such-program-here",), "other", "given"))
    assert (report.outcome(), report.exit_code) == ("error", 127)
    assert "no-such-program-here" in report.output_tail
    assert report.unstarted.startswith("no-such-program-here is not installed here: ")


@pytest.mark.parametrize(
    ("words", "exit_code", "output", "why"),
    [
        (
            "/opt/py/bin/python -m pytest", 1, "/opt/py/bin/python: No module named pytest\n",
            "pytest is not installed for /opt/py/bin/python: install it there "
            "(`/opt/py/bin/python -m pip install pytest`), or name another command with --test-cmd",
        ),
        (
            "python -m pytest", 4,
            "ImportError while loading conftest '/code/shop/tests/conftest.py'.\n"
            "tests/conftest.py:1: in <module>\n    import x\nE   ImportError: No module named 'x'\n",
            "tests/conftest.py cannot be loaded: ImportError: No module named 'x'",
        ),
        (
            "python -m pytest", 4, "ERROR: usage:\n__main__.py: error: unrecognized arguments: --cov=shop\n",
            "pytest does not know --cov=shop, which the project's settings give it: a plugin is missing for "
            "python; install what its tests need",
        ),
        (
            "npm test", 127, "> test\n> jest\n\nsh: 1: jest: not found\n",
            "jest is not installed here: install what the tests need, or name another command with "
            "--test-cmd",
        ),
        (
            "pnpm test", 126, "limits: 1: exec: pnpm: Permission denied\n",
            "pnpm may not be executed here: see that it is executable and leads to no folder that the "
            "sandbox hides, or name another command with --test-cmd",
        ),
        (
            "pnpm test", 1,
            "Error: Error when performing the request to https://packages.example.org/pnpm; for help, see "
            "https://github.com/nodejs/corepack#troubleshooting\n    at fetch (corepack.cjs:21616:11)\n",
            "corepack has not downloaded the pnpm it wants: run `pnpm --version` once in the repository",
        ),
        (
            "pnpm test", 1,
            "Internal Error: Failed to create cache directory. Please ensure the user has write access to "
            "the target directory (/var/ann/.cache/node/corepack/v1).\n",
            "corepack has not downloaded the pnpm it wants: run `pnpm --version` once in the repository",
        ),
        ("pnpm test", 1, "limits: 1: exec: pnpm: Permission denied\n", ""),
        ("npm test", 1, "Error: something else\n", ""),
        ("make test", 2, "make: *** [test] Error 2\n", ""),
        (
            "cargo test", 101, "error: failed to get `serde` as a dependency of package `shop`\n",
            "cargo has not downloaded what this project needs: run `cargo fetch` once",
        ),
    ],
)  # fmt: skip
def test_why_a_runner_could_not_be_started_is_told_in_a_sentence(words, exit_code, output, why):
    assert why_unstarted(given(words), exit_code, output) == why


def test_the_sandbox_gets_the_whole_command(workspace, command):
    class Recording:
        seen = None

        def wrap(self, argv, *, network=False):
            self.seen = (list(argv), network)
            return ["env", "IN_SANDBOX=1", *argv]

    sandbox = Recording()
    (workspace.root / "tests" / "test_money.py").write_text(
        "import os\n\ndef test_x():\n    assert os.environ['IN_SANDBOX']\n"
    )
    assert TestRunner(workspace, sandbox=sandbox).run(command).outcome() == "passed"
    assert sandbox.seen[1] is False


@pytest.mark.parametrize(
    ("command", "framework", "argv"),
    [
        ("pytest -x tests", "pytest", ("pytest", "-x", "tests")),
        ("env PYTHONPATH=src python -m pytest", "pytest", ("python", "-m", "pytest")),
        ("uv run pytest", "pytest", ("uv", "run", "pytest")),
        ("python -m unittest", "unittest", ("python", "-m", "unittest")),
        ("make test", "other", ("make", "test")),
        ("cd a && pytest", "other", ("sh", "-c", "cd a && pytest")),
    ],
)
def test_a_given_command_comes_first(workspace, command, framework, argv):
    found = look(workspace, TestOptions(command=command))
    assert (found.framework, found.argv) == (framework, argv)


def test_what_a_given_command_sets_is_set(workspace):
    found = look(workspace, TestOptions(command="A=1 B='x y' pytest"))
    assert found.env == (("A", "1"), ("B", "x y"))


def test_a_selection_stands_for_the_places_a_command_names(workspace):
    given = look(workspace, TestOptions(command=f"{sys.executable} -m pytest tests"))
    report = TestRunner(workspace).run(given, select=["tests/test_money.py::test_later"])
    assert [case.id for case in report.cases] == ["tests/test_money.py::test_later"]


def make_python(folder, body):
    """A stand-in for an interpreter in a virtual environment."""
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\n{body}\n")
    python.chmod(0o755)
    return python


def test_the_interpreter_of_the_repository_is_taken(workspace):
    python = make_python(workspace.root / ".venv", f'exec {sys.executable} "$@"')
    found = detect(workspace, TestOptions())
    assert found.argv == (str(python), "-m", "pytest")
    assert ".venv" in found.why


def test_without_pytest_anywhere_the_reason_says_what_to_do(workspace):
    make_python(workspace.root / "venv", f'exec {sys.executable} -S "$@"')
    found = look(workspace, TestOptions(python=str(workspace.root / "venv/bin/python")))
    assert isinstance(found, NoTests)
    assert "pytest is not installed" in found.reason
    assert "--test-cmd" in found.reason


def test_unittest_is_taken_where_pytest_is_missing(workspace):
    (workspace.root / "tests" / "__init__.py").write_text("")
    (workspace.root / "tests" / "test_money.py").write_text(
        "import unittest\n\nclass TestA(unittest.TestCase):\n    def test_ok(self):\n        pass\n\n"
        "    def test_bad(self):\n        '''Says so.'''\n        self.assertEqual(1, 2)\n"
    )
    python = make_python(workspace.root / "venv", f'exec {sys.executable} -S "$@"')
    found = look(workspace, TestOptions(python=str(python)))
    assert found.framework == "unittest"
    report = TestRunner(workspace).run(found)
    assert {case.id: case.outcome for case in report.cases} == {
        "tests.test_money.TestA.test_bad": "failed",
        "tests.test_money.TestA.test_ok": "passed",
    }
    assert report.failing()[0].message == "AssertionError: 1 != 2"
    one = TestRunner(workspace).run(found, select=["tests/test_money.py::TestA::test_ok"])
    assert (one.outcome(), len(one.cases)) == ("passed", 1)


def test_a_src_layout_that_is_not_installed_is_put_on_the_path(workspace):
    (workspace.root / "src" / "shop_of_ours").mkdir(parents=True)
    (workspace.root / "src" / "shop_of_ours" / "__init__.py").write_text("")
    (workspace.root / "tests" / "test_money.py").write_text("import shop_of_ours\n\ndef test_x(): pass\n")
    found = detect(workspace, TestOptions(python=sys.executable))
    assert found.env == (("PYTHONPATH", str(workspace.root / "src")),)
    assert TestRunner(workspace).run(found).outcome() == "passed"


def test_nothing_to_run_is_said_with_what_to_do(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    found = look(Workspace.open(tmp_path), TestOptions())
    assert isinstance(found, NoTests)
    assert "--test-cmd" in found.reason


def test_a_makefile_with_tests_is_enough(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "Makefile").write_text("test:\n\techo fine\n")
    workspace = Workspace.open(tmp_path)
    found = detect(workspace, TestOptions())
    assert found.argv == ("make", "test")
    report = TestRunner(workspace).run(found)
    assert report.outcome() == "passed"
    assert "fine" in report.output_tail


def test_a_result_file_that_was_cut_off_gives_no_tests(tmp_path):
    file = tmp_path / "junit.xml"
    file.write_text("<testsuites><testsuite><testcase name='a'")
    assert read_junit(file, tmp_path) == []
    assert read_junit(tmp_path / "missing.xml", tmp_path) == []


def test_a_report_never_passes_against_its_exit_code():
    ok = TestReport(("t",), "other", 0, False, 1.0)
    assert ok.outcome() == "passed"
    assert TestReport(("t",), "other", 2, False, 1.0).outcome() == "failed"
    assert TestReport(("t",), "pytest", 0, False, 1.0).outcome() == "none"
    assert TestReport(("t",), "pytest", None, True, 1.0).outcome() == "timeout"


def test_a_long_failure_is_cut_in_the_middle():
    details = "\n".join(f"E   line {n}" for n in range(200)) + "\na.py:3: ValueError"
    excerpt = excerpt_of(details, Path("/nowhere"))
    assert excerpt.count("\n") < 20
    assert excerpt.endswith("a.py:3: ValueError")


def test_a_module_that_unittest_cannot_import_is_not_collected():
    output = (
        "test_money (unittest.loader._FailedTest.test_money) ... ERROR\n\n" + "=" * 70 + "\n"
        "ERROR: test_money (unittest.loader._FailedTest.test_money)\n" + "-" * 70 + "\n"
        "ImportError: Failed to import test module: test_money\n\n" + "-" * 70 + "\nRan 1 test in 0.0s\n"
    )
    [case] = read_unittest(output)
    assert (case.id, case.outcome) == ("test_money", "uncollected")
