import subprocess
import sys
import time
from pathlib import Path

import pytest

from graph.project_tests import THE_RUN, Before, ProjectTests
from graph.reports import told_of_before
from graph.test_bench import TestBench
from tests.ecosystems import lay
from tools.testing.commands import TestOptions
from tools.testing.runner import TestRunner
from tools.workspace import Workspace

FAILING = "def test_it():\n    assert 1 == 2\n"


def bench(
    root: Path, command: str | None = None, timeout_s: float = 60.0, affordable_s: float = 60.0
) -> TestBench:
    """A bench on real files, without a sandbox."""
    workspace = Workspace.open(root)
    options = TestOptions(command, sys.executable, timeout_s)
    return TestBench(workspace, options, TestRunner(workspace, timeout_s), affordable_s)


def whole(bench: TestBench) -> ProjectTests:
    """The tests of a repository that is one project."""
    only = bench.only()
    assert only is not None
    return only


def shown(bench: TestBench) -> str:
    """Its command as it is shown."""
    command = bench.command()
    return command.shown() if command else ""


def test_the_command_is_shown_as_a_person_would_type_it(shop: Path) -> None:
    assert shown(bench(shop)).startswith("python")
    assert shown(bench(shop)).endswith(" -m pytest")
    assert shown(bench(shop, "sh 'run tests.sh' --all")) == "sh 'run tests.sh' --all"
    assert bench(shop).python() == Path(sys.executable)
    assert bench(shop, "make test").python() is None


def test_where_no_tests_are_it_says_why(shop: Path) -> None:
    subprocess.run(["git", "rm", "-qr", "tests"], cwd=shop, check=True)
    empty = bench(shop)
    empty.start_baseline()
    assert (whole(empty).before(), whole(empty).run(), shown(empty)) == (Before(""), None, "")
    assert "No tests were found" in whole(empty).why_not()
    assert "can run no tests here. No tests were found" in empty.told()
    empty.close()


def test_the_baseline_tells_what_failed_before(shop: Path) -> None:
    (shop / "tests/test_old.py").write_text(FAILING)
    before = bench(shop)
    before.start_baseline()
    assert whole(before).before().failing == ["tests/test_old.py::test_it"]
    (shop / "tests/test_old.py").write_text("def test_it(): ...\n")
    before.start_baseline()  # once is enough
    assert whole(before).before().failing == ["tests/test_old.py::test_it"]
    assert bench(shop, "sh -c 'exit 3'").projects()[0].before().failing == [THE_RUN]


def test_the_baseline_tells_what_could_not_be_collected_and_why(shop: Path) -> None:
    (shop / "tests/test_old.py").write_text("import nowhere_at_all\n" + FAILING)
    before = whole(bench(shop)).before()
    reason = "ModuleNotFoundError: No module named 'nowhere_at_all'"
    assert before == Before("", [], {"tests/test_old.py": reason})
    said = f"Before the change, not collected: tests/test_old.py ({reason})."
    assert told_of_before(before) == said


def test_a_baseline_that_nobody_waits_for_is_ended(shop: Path) -> None:
    slow = bench(shop, "sh -c 'touch begun; sleep 60'")
    slow.start_baseline()
    deadline = time.monotonic() + 20
    while not (shop / "begun").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    started = time.monotonic()
    slow.close()
    assert time.monotonic() - started < 10


def test_a_baseline_that_breaks_does_not_keep_a_run_from_its_end(shop: Path) -> None:
    workspace = Workspace.open(shop)
    options = TestOptions("true", None, 60.0)
    broken = TestBench(workspace, options, TestRunner(workspace, 60.0, scratch=shop / "nowhere"))
    broken.start_baseline()
    broken.close()
    with pytest.raises(FileNotFoundError):
        whole(broken).before()


def test_a_command_that_cannot_be_read_is_told_and_not_run(shop: Path) -> None:
    odd = whole(bench(shop, "make 'test"))
    assert odd.run() is None
    assert "cannot be read: No closing quotation. Correct --test-cmd." in odd.why_not()


def test_where_the_suite_is_slow_a_part_of_it_can_be_run_and_it_says_why(shop: Path) -> None:
    (shop / "tests/test_slow.py").write_text("import time\n\n\ndef test_it():\n    time.sleep(90)\n")
    slow = whole(bench(shop, timeout_s=4.0, affordable_s=3.0))
    assert slow.too_long(1.0) is None  # nothing is known of it
    assert slow.before().failing is None  # it took too long to tell
    assert not slow.is_quick()
    assert str(slow.too_long(None)).endswith("s before the change, and 3 s are allowed for it")
    near = slow.selectable(["tests/test_cart.py", "tests/not_there.py"])
    assert near == ["tests/test_cart.py"]
    report = slow.run(near)
    assert report is not None
    assert (report.outcome(), len(report.cases)) == ("passed", 2)


def test_a_suite_for_which_the_run_has_no_time_left_is_too_long(shop: Path) -> None:
    quick = whole(bench(shop))
    assert quick.before() == Before("", [])
    assert quick.too_long(60.0) is None
    assert "0 s are left of the run's time" in str(quick.too_long(0.0))


def test_a_command_that_cannot_run_some_alone_selects_nothing(shop: Path) -> None:
    assert whole(bench(shop, "make test")).selectable(["tests/test_cart.py"]) == []
    assert whole(bench(shop, "no 'command")).selectable(["tests/test_cart.py"]) == []


def test_a_root_that_has_its_packages_tested_counts_where_nothing_else_is_touched(tmp_path: Path) -> None:
    files = {
        "package.json": '{"workspaces": ["web"], "scripts": {"test": "npm test --workspaces"}}',
        "web/package.json": '{"scripts": {"test": "node --test"}}',
        "docs/guide.md": "",
        "README.md": "",
    }
    several = bench(lay(tmp_path / "repo", files))
    assert [one.folder for one in several.of(["web/a.js", "README.md", "docs/guide.md"])] == ["web"]
    assert [one.folder for one in several.of(["README.md"])] == [""]
    several.expect(["web/a.js"])
    assert [one.folder for one in several.concerned(["README.md"])] == ["web"]
    assert "- ./: `npm test` (a test script in package.json), where nothing else is touched" in several.told()


def test_projects_that_are_tested_alike_are_told_of_in_one_line(tmp_path: Path) -> None:
    packages = {f"packages/{n}/package.json": '{"scripts": {"test": "vitest"}}' for n in "abc"}
    told = bench(lay(tmp_path / "repo", packages | {"go/go.mod": "module a", "go/a_test.go": ""})).told()
    alike = "`npm test` (a test script in package.json)"
    assert f"- packages/a/, packages/b/, packages/c/: in each of them {alike}" in told.splitlines()
    assert "- go/: " in told
