"""The runner starts a program, reads its events and judges; the program here keeps to the protocol of
`oldhand run --output stream-json`, or breaks it as the test wants. The real one is in test_eval_run.py.
"""

import json
import os
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from evals.cases import Case, Dataset, load_dataset
from evals.checks import Arm
from evals.recording import Exchange, Key
from evals.report import Report, Result, render
from evals.runner import read_events, run_case, run_dataset
from evals.wire import Completion

PROGRAM = """
import json, os, subprocess, sys, time, urllib.request
from pathlib import Path

arguments = sys.argv[1:]
notes = Path(os.environ["XDG_DATA_HOME"]) / "notes.jsonl"

def say(**event):
    print(json.dumps({"v": 1, **event}), flush=True)

def remember(line):
    notes.parent.mkdir(parents=True, exist_ok=True)
    notes.open("a").write(line + "\\n")

def finish(**more):
    end = {"exit_code": 0, "outcome": "passed", "summary": "", "model_calls": 2, "tokens_in": 100,
           "tokens_out": 10, "seconds": 1.5, "model_seconds": 1.0, "cost": 0.25}
    say(type="run.finished", **(end | more))
    sys.exit((end | more)["exit_code"])

if arguments[:2] == ["memory", "import"]:
    remember(Path(arguments[2]).read_text().strip())
    sys.exit()

assert arguments[0] == "run" and "--yes" in arguments
task = arguments[1]
known = notes.read_text().splitlines() if notes.exists() and "--no-memory" not in arguments else []
say(type="memory.recalled", fed=[json.loads(line) for line in known])
"""


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], list[str]]:
    def written(body: str) -> list[str]:
        script = tmp_path / "program.py"
        script.write_text(PROGRAM + body)
        return [sys.executable, str(script)]

    return written


def dataset_of(tmp_path: Path, *cases: dict[str, object]) -> Dataset:
    made = tuple(
        Case.model_validate({"name": f"case-{n}", "task": "Do it.", **case}) for n, case in enumerate(cases)
    )
    return Dataset(name="mine", repository="payments", folder=tmp_path, cases=made)


ENVIRONMENT = dict(os.environ)
DONE = {"kind": "exit_code"}


def run_one(dataset: Dataset, arm: Arm, program: list[str]) -> Result:
    return run_case(dataset.cases[0], arm, dataset, ENVIRONMENT, program)


def test_a_run_is_judged_and_what_it_cost_is_reported(
    tmp_path: Path, program: Callable[[str], list[str]]
) -> None:
    body = 'Path("payments/new.py").write_text("x = 1\\n"); finish(summary="Made a file.")'
    checks = [
        DONE,
        {"kind": "exists", "path": "payments/new.py"},
        {"kind": "contains", "files": "payments/*.py", "pattern": "x = 1"},
        {"kind": "answers", "pattern": "made a FILE"},
    ]
    result = run_one(dataset_of(tmp_path, {"checks": checks}), Arm.MEMORY, program(body))
    assert result.complaints() == []
    assert result.passed
    assert (result.model_calls, result.tokens_in, result.tokens_out) == (2, 100, 10)
    assert (result.seconds, result.model_seconds, result.cost) == (1.5, 1.0, 0.25)
    assert (result.exit_code, result.outcome) == (0, "passed")


def test_each_run_has_a_fresh_copy_and_folders_of_its_own(
    tmp_path: Path, program: Callable[[str], list[str]]
) -> None:
    body = """
assert not known and not Path("mark").exists()
Path("mark").touch()
remember(json.dumps({"text": "a secret of this run"}))
finish()
"""
    dataset = dataset_of(tmp_path, {"checks": [DONE]}, {"checks": [DONE]})
    told: list[Result] = []
    report = run_dataset(dataset, ENVIRONMENT, told=told.append, program=program(body))
    assert [(result.case, result.arm.value) for result in report.results] == [
        ("case-0", "memory"),
        ("case-0", "no-memory"),
        ("case-1", "memory"),
        ("case-1", "no-memory"),
    ]
    assert told == list(report.results)
    assert all(result.passed for result in report.results)


def test_memories_are_imported_and_only_the_arm_with_memory_gets_them(
    tmp_path: Path, program: Callable[[str], list[str]]
) -> None:
    (tmp_path / "known.jsonl").write_text(json.dumps({"text": "Errors have a code."}))
    used = {"kind": "memory_used", "pattern": "have a code"}
    dataset = dataset_of(tmp_path, {"checks": [DONE, used], "memories": "known.jsonl"})
    with_memory, without = run_dataset(dataset, ENVIRONMENT, program=program("finish()")).results
    assert with_memory.passed
    assert len(with_memory.verdicts) == 2
    assert without.passed
    assert len(without.verdicts) == 1
    never = dataset_of(tmp_path, {"checks": [DONE, used]})
    assert "0 memories were fed" in run_one(never, Arm.MEMORY, program("finish()")).complaints()[0]


def test_earlier_tasks_are_run_committed_and_counted(
    tmp_path: Path, program: Callable[[str], list[str]]
) -> None:
    body = """
if task == "First.":
    Path("first").touch()
    remember(json.dumps({"text": "what the first task taught"}))
    finish(cost=None)
assert not subprocess.run(["git", "status", "--porcelain"], capture_output=True, text=True).stdout
assert Path("first").exists()
finish(exit_code=0)
"""
    used = {"kind": "memory_used", "pattern": "taught"}
    dataset = dataset_of(tmp_path, {"checks": [DONE, used], "earlier": ["First."]})
    result = run_one(dataset, Arm.MEMORY, program(body))
    assert result.complaints() == []
    assert (result.model_calls, result.seconds, result.cost) == (4, 3.0, None)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("sys.exit('it broke')", "no run.finished came; exit code 1: it broke"),
        ("print('not json'); print('[1]'); print('{}')", "no run.finished came; exit code 0"),
        ("time.sleep(60)", "the time for this case was over"),
    ],
)
def test_a_program_that_does_not_end_properly_has_not_passed(
    tmp_path: Path, program: Callable[[str], list[str]], body: str, problem: str
) -> None:
    timeout_s = 2.0 if "sleep" in body else 60.0
    checks = [{"kind": "lacks", "files": "README.md", "pattern": "no such text"}]
    result = run_one(
        dataset_of(tmp_path, {"checks": checks, "timeout_s": timeout_s}), Arm.MEMORY, program(body)
    )
    assert all(verdict.passed for verdict in result.verdicts)
    assert not result.passed
    assert problem in result.complaints()[0]


ASKING = """
def ask(step):
    headers = {"X-Oldhand-Step": step, "X-Oldhand-Task": "t", "Content-Type": "application/json"}
    assert os.environ["OLDHAND_MODEL"] == "recorded-model" and "OPENAI_ORGANIZATION" not in os.environ
    body = json.dumps({"messages": [{"role": "user", "content": task}]}).encode()
    request = urllib.request.Request(os.environ["OPENAI_BASE_URL"] + "/chat/completions", body, headers)
    try:
        return json.load(urllib.request.urlopen(request))["choices"][0]["message"]["content"]
    except urllib.error.HTTPError:
        return ""
"""


@pytest.mark.parametrize(
    ("steps", "complaint"),
    [
        (["plan/1", "edit/1"], None),
        (["plan/1"], "edit/1 was not asked for"),
        (["plan/1", "edit/2"], "has edit/1 next for this task, but edit/2 was asked"),
    ],
)
def test_a_case_can_be_replayed_and_must_follow_its_recording(
    tmp_path: Path,
    program: Callable[[str], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    steps: list[str],
    complaint: str | None,
) -> None:
    lines = [
        Exchange(Key("t", node, 1), ("user",), "recorded-model", Completion(f"said in {node}")).to_line()
        for node in ("plan", "edit")
    ]
    (tmp_path / "run.jsonl").write_text("\n".join(lines))
    monkeypatch.setitem(ENVIRONMENT, "OPENAI_ORGANIZATION", "somebody's")
    dataset = dataset_of(
        tmp_path,
        {"checks": [{"kind": "answers", "pattern": "said in plan"}], "recordings": {"memory": "run.jsonl"}},
    )
    body = ASKING + f'finish(summary=" ".join(ask(step) for step in {steps!r}))'
    result = run_one(dataset, Arm.MEMORY, program(body))
    assert result.passed == (complaint is None)
    assert complaint is None or complaint in "".join(result.complaints())


def test_what_was_streamed_belongs_to_the_answer(tmp_path: Path, program: Callable[[str], list[str]]) -> None:
    body = """
for piece in ("It is in ", "here."):
    say(type="text", node="plan", text=piece)
finish()
"""
    checks = [{"kind": "answers", "pattern": "it is in here"}]
    assert run_one(dataset_of(tmp_path, {"checks": checks}), Arm.NO_MEMORY, program(body)).passed


def test_lines_that_are_no_events_are_dropped() -> None:
    lines = [b"noise", b'{"type": "usage"}', b"[]", b'{"v": 1}', b'{"type": "run.finished"}']
    assert [event["type"] for event in read_events(lines)] == ["usage", "run.finished"]


def result_of(case: str, arm: Arm, *, passed: bool, cost: float | None) -> Result:
    end = {"model_calls": 3, "tokens_in": 12345, "tokens_out": 67, "seconds": 8.25, "cost": cost}
    return Result.of(case, arm, [], [end], 0 if passed else 1, "" if passed else "it [red]broke[/red]")


def test_the_report_is_a_table_with_sums_and_reasons() -> None:
    report = Report(
        "mine",
        (
            result_of("first", Arm.MEMORY, passed=True, cost=0.5),
            result_of("first", Arm.NO_MEMORY, passed=False, cost=None),
            result_of("second", Arm.MEMORY, passed=True, cost=0.25),
        ),
    )
    screen = StringIO()
    Console(width=110, file=screen).print(render(report))
    text = screen.getvalue()
    assert text.count("first") == 2  # once in the table, once where it says what failed
    assert "12,345" in text
    assert "24,690" in text
    assert "$0.750" in text
    assert "2 of 2" in text
    assert "0 of 1" in text
    assert "first, no-memory: it [red]broke[/red]" in text


def test_the_report_is_also_one_json_document() -> None:
    report = Report("mine", (result_of("first", Arm.MEMORY, passed=True, cost=None),))
    document = json.loads(json.dumps(report.to_json()))
    assert document["results"][0]["arm"] == "memory"
    assert document["results"][0]["tokens_in"] == 12345
    assert document["totals"] == [
        {
            "arm": "memory",
            "cases": 1,
            "passed": 1,
            "model_calls": 3,
            "tokens_in": 12345,
            "tokens_out": 67,
            "seconds": 8.25,
            "cost": None,
        }
    ]


def test_the_shipped_suite_can_be_run_in_part() -> None:
    assert len(load_dataset("payments").only(("create-invoice", "refund-payment")).cases) == 2
