"""CI results become memory."""

import subprocess

import pytest

from agent.errors import ConfigError
from agent.ingest import ingest_junit
from agent.place import open_memory, open_place
from memory.filters import Where

REPORT = """<testsuites><testsuite>
<testcase classname="tests.test_money" name="test_cents" file="tests/test_money.py">{inside}</testcase>
<testcase classname="tests.test_money" name="test_sum" file="tests/test_money.py" time="0.1"/>
</testsuite></testsuites>"""
FAILURE = '<failure message="assert 101 == 100">tests/test_money.py:4: AssertionError</failure>'


@pytest.fixture
def place(tmp_path, monkeypatch):
    for name in ("DATA", "CONFIG", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    root = tmp_path / "shop"
    (root / "tests").mkdir(parents=True)
    (root / "tests/test_money.py").write_text("def test_cents():\n    assert True\n")
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"],
                      ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "1"]):  # fmt: skip
        subprocess.run(["git", *arguments], cwd=root, check=True)
    return open_place(root, {"user": "ann"})


def test_a_failure_is_remembered_once_and_its_fix_ends_it(place, tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(REPORT.format(inside=FAILURE))
    for _ in range(2):
        done = ingest_junit(place, report, "HEAD")
        assert [record.text for record in done.failures] == [
            "CI: tests/test_money.py::test_cents fails: assert 101 == 100"
        ]
    assert len(open_memory(place)[0].list(Where(label=("test_failure",)))) == 1
    report.write_text(REPORT.format(inside=""))
    done = ingest_junit(place, report, "HEAD")
    (fix,) = done.fixes
    assert (done.passed, fix.label, fix.provenance.origin) == (2, "fix", "ci")
    assert "assert 101 == 100" in fix.text
    assert open_memory(place)[0].list(Where(label=("test_failure",))) == []
    assert ingest_junit(place, report, "HEAD").fixes == []


def test_a_file_that_ci_could_not_collect_is_remembered_and_a_passing_test_of_it_ends_that(place, tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuite><testcase classname="" name="tests.test_money"><error message="collection failure">'
        "E   ModuleNotFoundError: No module named 'money'</error></testcase></testsuite>"
    )
    (failure,) = ingest_junit(place, report, "HEAD").failures
    said = "ModuleNotFoundError: No module named 'money'"
    assert failure.text == f"CI: tests/test_money.py cannot be collected: {said}"
    report.write_text(REPORT.format(inside=""))
    (fix,) = ingest_junit(place, report, "HEAD").fixes
    assert fix.text.endswith(f"It had said: {said}")
    assert open_memory(place)[0].list(Where(label=("test_failure",))) == []


def test_what_is_no_report_or_no_commit_is_said_plainly(place, tmp_path):
    report = tmp_path / "report.xml"
    report.write_text("<html>")
    with pytest.raises(ConfigError, match="holds no test results"):
        ingest_junit(place, report, "HEAD")
    with pytest.raises(ConfigError, match="not a commit"):
        ingest_junit(place, report, "deadbeef")
