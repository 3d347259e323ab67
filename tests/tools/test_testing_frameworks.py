"""What each test runner tells, by recorded outputs and, where it is installed, by itself."""

import json
import os
import pwd
import re
import shutil
import time
from pathlib import Path

import pytest

from tests import ecosystems
from tools.process import Completed
from tools.sandbox import detect as find_sandbox
from tools.testing.adapter import Ended, Setting
from tools.testing.adapters import ADAPTERS
from tools.testing.commands import TestCommand, TestOptions
from tools.testing.detect import detect
from tools.testing.runner import TestRunner
from tools.workspace import Workspace

RECORDED = Path(__file__).with_name("recorded")
MONEY = "src/test/java/com/shop/MoneyTest.java"
RESULTS = {
    "node": "results.json", "jest": "results.json", "vitest": "results.json", "mocha": "results.json",
    "go": "results.jsonl", "cargo": "output.txt", "maven": "target/surefire-reports/TEST-a.xml",
    "gradle": "build/test-results/test/TEST-a.xml",
}  # fmt: skip
TOLD = {
    "node": {
        "test/sum.test.js::adds": "passed",
        "test/sum.test.js::wrong > is off": "failed",
        "test/sum.test.js::wrong > later": "skipped",
        "test/bad.test.js": "uncollected",
    },
    "jest": {
        "sum.test.js::adds": "passed",
        "sum.test.js::wrong > is off": "failed",
        "sum.test.js::wrong > later": "skipped",
        "sum.test.js::wrong > deep > throws": "failed",
        "bad.test.js": "uncollected",
    },
    "mocha": {
        "sum.test.js::adds": "passed",
        "sum.test.js::wrong is off": "failed",
        "sum.test.js::wrong later": "skipped",
    },
    "go": {
        "money/money_test.go::TestAdds": "passed",
        "money/money_test.go::TestTable/right": "passed",
        "money/money_test.go::TestTable/off": "failed",
        "money/money_test.go::TestLater": "skipped",
        "boom/boom_test.go::TestBoom": "failed",
        "broken": "uncollected",
    },
    "cargo": {
        "src/money.rs::tests::adds": "passed",
        "src/money.rs::tests::is_off": "failed",
        "src/money.rs::tests::later": "skipped",
        "src/money.rs::tests::does_not_panic": "failed",
        "tests/it.rs::from_outside": "passed",
        "tests/it.rs::returns_an_error": "failed",
        "src/lib.rs::name (line 5)": "passed",
    },
    "maven": {
        f"{MONEY}::adds": "passed",
        f"{MONEY}::isOff": "failed",
        f"{MONEY}::later": "skipped",
        f"{MONEY}::breaks": "error",
        f"{MONEY}::even(int)[1]": "failed",
        f"{MONEY}::even(int)[2]": "passed",
        f"{MONEY}::Deep::ok": "passed",
    },
    "gradle": {
        f"{MONEY}::adds": "passed",
        f"{MONEY}::isOff": "failed",
        f"{MONEY}::later": "skipped",
        f"{MONEY}::breaks": "failed",
    },
}
TOLD["vitest"] = TOLD["jest"]
SAID = {  # of one failing test: its message, and a line of its excerpt
    "node": ("test/sum.test.js::wrong > is off", "equal: 3 !== 4", "(test/sum.test.js:11:12)"),
    "jest": ("sum.test.js::wrong > is off", "Expected: 4 Received: 3", "at Object.toBe (sum.test.js:9:23)"),
    "vitest": ("sum.test.js::wrong > is off", "expected 3 to be 4", "at sum.test.js:10:23"),
    "mocha": ("sum.test.js::wrong is off", "equal: 3 !== 4", "(sum.test.js:9:12)"),
    "go": ("money/money_test.go::TestTable/off", "Add(1, 2) = 3, want 4", "money_test.go:15: Add(1, 2)"),
    "cargo": ("src/money.rs::tests::is_off", "failed: the sum left: 3 right: 4", "at src/money.rs:16:9:"),
    "maven": (f"{MONEY}::isOff", "the sum ==> expected: <4> but was: <3>", "(MoneyTest.java:19)"),
    "gradle": (f"{MONEY}::isOff", "the sum expected:<4> but was:<3>", "(MoneyTest.java:16)"),
}  # fmt: skip
SLOW = pytest.mark.slow


def project(folder: Path, framework: str) -> Workspace:
    """The small project of a test runner."""
    return Workspace.open(ecosystems.lay(folder / "repo", getattr(ecosystems, framework.upper())))


def read(folder: Path, framework: str, recorded: str | None, stdout: str = ""):
    """What the adapter makes of a recorded result file, and of what was printed."""
    root = project(folder, framework).root
    (folder / "scratch").mkdir()
    home = root if framework in ("maven", "gradle") else folder / "scratch"
    if recorded:
        file = home / RESULTS[framework]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text((RECORDED / recorded).read_text().replace("/ROOT", str(root)))
    setting = Setting(root, folder / "scratch", 60.0, confined=False)
    done = Completed((), 1, stdout.replace("/ROOT", str(root)), "", False, False, 1.0)
    ended = Ended(setting, TestCommand(("x",), framework, ""), done, time.time() - 60)  # type: ignore[arg-type]
    return ADAPTERS[framework].read(ended)[0]  # type: ignore[index]


@pytest.mark.parametrize("framework", list(RESULTS))
def test_recorded_results_become_ids_outcomes_messages_and_the_lines_that_matter(tmp_path, framework):
    cases = read(tmp_path, framework, f"{framework}.{RESULTS[framework].rpartition('.')[2]}")
    assert {case.id: case.outcome for case in cases if case.id != "broken"} == {
        name: outcome for name, outcome in TOLD[framework].items() if name != "broken"
    }
    name, message, line = SAID[framework]
    told = next(case for case in cases if case.id == name)
    assert message in told.message
    assert line in told.excerpt
    assert str(tmp_path) not in "".join(case.message + case.excerpt for case in cases)
    assert all(len(case.excerpt.splitlines()) <= 17 for case in cases)


@pytest.mark.parametrize(
    ("framework", "place", "message"),
    [
        ("cargo", "src/money.rs", "does not compile: cannot add `&str` to `i64`"),
        ("maven", "src/main/java/com/shop/Money.java", "does not compile: cannot find symbol"),
    ],
)
def test_code_that_does_not_compile_is_named_with_the_reason(tmp_path, framework, place, message):
    recorded = f"{framework}-not-compiled.txt"
    printed = (RECORDED / recorded).read_text() if framework == "maven" else ""
    [case] = read(tmp_path, framework, None if printed else recorded, stdout=printed)
    assert (case.id, case.outcome, case.message) == (place, "uncollected", message)


def is_here(framework: str) -> str | None:
    """Why a test runner cannot be tried here; None where it can."""
    program = {"node": "node", "maven": "mvn"}.get(framework, framework)
    if shutil.which(program) is None:
        return f"{program} is not installed"
    surefire = "org/apache/maven/plugins/maven-surefire-plugin/3.2.5"
    if framework == "maven" and not (users_home() / ".m2/repository" / surefire).is_dir():
        return "Maven has not downloaded its plugins"
    if framework == "gradle" and not Path("/usr/share/java/junit4.jar").exists():
        return "there is no JUnit for it"
    return None


def users_home() -> Path:
    """The home folder that toolchains live in; HOME is another one while tests run."""
    return Path(pwd.getpwuid(os.getuid()).pw_dir)


@pytest.mark.parametrize(
    "framework",
    [
        "node",
        "go",
        "cargo",
        *(pytest.param(name, marks=SLOW) for name in ("jest", "mocha", "maven", "gradle")),
    ],
)
def test_the_real_runner_works_in_the_sandbox_and_its_tests_run_again_alone(tmp_path, monkeypatch, framework):
    if why_not := is_here(framework):
        pytest.skip(why_not)
    for variable, folder in (("RUSTUP_HOME", ".rustup"), ("CARGO_HOME", ".cargo")):
        if (users_home() / folder).is_dir():
            monkeypatch.setenv(variable, str(users_home() / folder))
    workspace = project(tmp_path, framework)
    command = detect(workspace, TestOptions())
    assert command is not None
    assert command.framework == framework
    sandbox = find_sandbox(workspace.root)
    runner = TestRunner(workspace, 120.0, sandbox, sandbox.temp)
    report = runner.run(command)
    assert {case.id: case.outcome for case in report.cases} == TOLD[framework]
    assert (report.outcome(), report.exit_code == 0) == ("failed", False)
    name, message, line = SAID[framework]
    told = next(case for case in report.cases if case.id == name)
    assert message in told.message
    assert line in told.excerpt
    again = runner.run(command, select=[name])
    assert name in [case.id for case in again.failing()]
    assert len([case for case in again.cases if case.outcome != "skipped"]) < len(report.cases) - 1


@pytest.mark.parametrize(
    "script", ["{jest} && node other.js", "node other.js; node other.js && npm run unit"]
)
def test_a_runner_somewhere_in_a_script_is_given_its_arguments_and_no_other_program_is(tmp_path, script):
    if why_not := is_here("node"):
        pytest.skip(why_not)
    tell = """\
const tell = () => require('fs').appendFileSync('told.txt', JSON.stringify(process.argv.slice(2)) + '\\n');
tell();
setTimeout(tell, 10);
"""
    jest = "node node_modules/jest/bin/jest.js --ci"
    files = {
        "package.json": json.dumps(
            {"scripts": {"test": script.format(jest=jest), "unit": f"{jest} && true"}}
        ),
        "node_modules/jest/bin/jest.js": tell,
        "other.js": "if (process.argv.length > 2) throw new Error('told');\n",
    }
    workspace = Workspace.open(ecosystems.lay(tmp_path / "repo", files))
    command = detect(workspace, TestOptions())
    assert command is not None
    assert (command.argv, command.framework) == (("npm", "test"), "jest")
    report = TestRunner(workspace, 60.0).run(command, select=["sum.test.js"])
    assert report.exit_code == 0, report.output_tail
    told, later = [json.loads(line) for line in (workspace.root / "told.txt").read_text().splitlines()]
    assert [told[0], told[1], *told[3:]] == ["--ci", "--json", "--runTestsByPath", "sum.test.js"]
    assert later == ["--ci"]  # what is tested in its process does not find them
    assert re.fullmatch(r"--outputFile=.*/results-\d+\.json", told[2])


@pytest.mark.slow
@pytest.mark.parametrize("framework", ["jest", "mocha", "vitest"])
def test_the_tests_of_a_real_runner_are_seen_behind_which_a_script_goes_on(tmp_path, framework):
    if why_not := is_here(framework):
        pytest.skip(why_not)
    files = dict(getattr(ecosystems, framework.upper()))
    package = json.loads(files["package.json"])
    package["scripts"]["test"] += "; node --version"
    workspace = Workspace.open(
        ecosystems.lay(tmp_path / "repo", files | {"package.json": json.dumps(package)})
    )
    command = detect(workspace, TestOptions())
    assert command is not None
    assert command.by_node
    report = TestRunner(workspace, 120.0).run(command)
    assert {case.id: case.outcome for case in report.cases} == TOLD[framework]
    assert report.outcome() == "failed"  # whatever the exit code of what came last
