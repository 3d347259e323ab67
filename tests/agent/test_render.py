"""How a run looks on a terminal."""

import io
from typing import Any

import pytest
from rich.console import Console

from agent.diff_view import FILE_LINES
from agent.render import TerminalView
from graph.events import (
    CodeFound,
    CodeRead,
    Event,
    FileChanged,
    MemoryRecalled,
    MemoryWritten,
    NodeStarted,
    Noticed,
    PlanMade,
    RunFinished,
    RunStarted,
    TestFinished,
    TestsAwaited,
    TextStreamed,
    ToolCalled,
    ToolReturned,
)
from graph.project_tests import THE_RUN

STARTED = RunStarted("s", "s.1", "Mend [b]it[/b] [/]", "/code/my[shop]", "main", "big", "ada@example.org")
RULE = {
    "id": "M3f9a",
    "text": "Errors are JSON: {code, message, details[]}.",
    "kind": "semantic",
    "label": "design_decision",
    "verified": "payments/errors.py::Problem unchanged",
    "reliability": 0.875,
    "age": "9 days old",
}
PLAN = {
    "kind": "change",
    "summary": "Refund what we hold.",
    "steps": [{"what": "Add the route", "files": ["app/[id]/api.py"], "creates": ["app/refunds.py"]}],
    "tests": ["tests/test_refunds.py"],
    "risks": ["Double refunds"],
    "memories": ["M3f9a"],
    "text": "",
}
DIFF = "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-old[0]\n+new[:b:]\n"


def finished(outcome: str, summary: str = "", **more: Any) -> RunFinished:
    values: dict[str, Any] = {
        "session": "s",
        "turn": "s.1",
        "outcome": outcome,
        "exit_code": 0,
        "summary": summary,
        "files": [],
        "diff": "",
        "memories": {},
        "tests": None,
        "model_calls": 1,
        "tokens_in": 12345,
        "tokens_out": 67,
        "first_request_tokens": 9,
        "cost": None,
        "seconds": 4.25,
        "model_seconds": 1.0,
    }
    return RunFinished(**{**values, **more})


def drawn(*events: Event, width: int = 100, verbosity: int = 0, chat: bool = False, **console: Any) -> str:
    out = io.StringIO()
    view = TerminalView(Console(file=out, width=width, emoji=False, **console), verbosity, chat=chat)
    for event in events:
        view(event)
    return out.getvalue()


def lines(*events: Event, **how: Any) -> list[str]:
    return [line.rstrip() for line in drawn(*events, **how).splitlines()]


def test_a_run_begins_with_where_who_and_what_and_words_of_a_person_are_no_markup() -> None:
    rule, task = lines(STARTED)
    assert rule.startswith("my[shop] on main · ada@example.org · big · s.1 ──")
    assert task == "  Mend [b]it[/b] [/]"
    resumed = RunStarted("s", "s.1", "x", "/shop", None, "big", "ada", resumed=True)
    assert lines(resumed)[0].startswith("shop · ada · big · s.1 (goes on) ──")


def test_a_long_look_at_the_code_has_a_bar_on_a_terminal_and_none_elsewhere() -> None:
    events = (NodeStarted("search"), CodeRead(1_200, 4_800), NodeStarted("plan"))
    shown = drawn(*events, force_terminal=True, force_interactive=True, _environ={"TERM": "xterm"})
    assert f"reading the code {'━' * 6}{'╌' * 18} 1,200 of 4,800 files" in shown
    assert drawn(*events) == drawn(NodeStarted("search"), NodeStarted("plan"))


def test_memories_are_shown_with_how_far_they_can_be_trusted() -> None:
    held = {"id": "M0001", "text": "old", "reason": "payments/csv.py is gone"}
    facts = "semantic/design_decision · 9 days old · reliability 0.88 · payments/errors.py::Problem unchanged"
    assert lines(NodeStarted("recall"), MemoryRecalled([RULE], [held], 120), width=140) == [
        "  recall    1 memory (120 tokens), 1 held back",
        f"            M3f9a {facts}",
        "                  Errors are JSON: {code, message, details[]}.",
        "            ✗ M0001 held back: payments/csv.py is gone",
    ]


def test_the_name_of_a_step_stands_beside_its_first_line_only() -> None:
    found = CodeFound([{"path": "app/[id]/page.py"}, {"path": "b.py"}], 3, 1)
    look = ToolCalled("search", "search", {"pattern": "refund", "path": "."})
    assert lines(NodeStarted("search"), found, look, NodeStarted("plan")) == [
        "  search    1 file indexed; nearest: app/[id]/page.py, b.py",
        "            search 'refund'",
    ]


def test_a_plan_shows_steps_files_risks_and_what_it_relies_on() -> None:
    assert lines(NodeStarted("plan"), PlanMade(PLAN)) == [
        "  plan      Refund what we hold.",
        "            1. Add the route app/[id]/api.py +app/refunds.py",
        "            risk: Double refunds",
        "            relies on M3f9a",
    ]
    assert lines(PlanMade({**PLAN, "kind": "answer", "text": "It is so."})) == []


@pytest.mark.parametrize(
    ("name", "arguments", "shown"),
    [
        ("read_file", {"path": "a.py", "start": 1}, "read_file a.py"),
        ("read_file", {"path": "a.py", "start": 40}, "read_file a.py:40"),
        ("search", {"pattern": "a[0]", "path": "src"}, "search 'a[0]' in src"),
        ("move", {"path": "a.py", "to": "b.py"}, "move a.py → b.py"),
        ("shell", {"command": "make\nmake test"}, "shell make"),
        ("list_files", {}, "list_files"),
        ("[/x]", {"path": "[bold]"}, "[/x] [bold]"),
    ],
)
def test_a_call_is_told_from_others_by_what_matters(name: str, arguments: dict[str, Any], shown: str) -> None:
    assert lines(NodeStarted("edit"), ToolCalled("edit", name, arguments), NodeStarted("test")) == [
        f"  edit      {shown}"
    ]


def test_what_tools_gave_is_shown_where_it_went_wrong_or_is_asked_for() -> None:
    good = ToolReturned("edit", "shell", True, "one\ntwo [x]\n", 0.1)
    bad = ToolReturned("edit", "replace", False, "Error: not found [0]\nmore", 0.1)
    assert lines(good) == []
    assert [line.strip() for line in lines(good, verbosity=1)] == ["one", "two [x]"]
    assert [line.strip() for line in lines(bad)] == ["✗ Error: not found [0]"]


def test_what_is_waited_for_is_said_without_a_terminal_too() -> None:
    waits = TestsAwaited("packages/api", "cd packages/api && vitest run", "before")
    assert lines(NodeStarted("edit"), waits) == [
        "  edit      waiting for the tests as they are before the change: cd packages/api && vitest run",
    ]
    assert lines(NodeStarted("edit"), waits, verbosity=-1) == []


def test_tests_are_shown_with_what_failed_and_what_had_failed_before() -> None:
    failing = [{"id": "tests/test_a.py::test_b[x]", "message": "assert 1 == 2\nmore"}]
    good = TestFinished("passed", "python -m pytest", 0, 12, 0, [], ["t::old"], 1.25)
    bad = TestFinished("failed", "python -m pytest", 1, 11, 1, failing, [], 1.25)
    hung = TestFinished("timeout", "make test", None, 0, 0, [], [], 600)
    assert lines(NodeStarted("test"), good) == [
        "  test      ✓ 12 passed, 1 failed before in 1.2 s · python -m pytest"
    ]
    assert [line.strip() for line in lines(bad)] == [
        "✗ 1 failed, 11 passed in 1.2 s · python -m pytest",
        "tests/test_a.py::test_b[x]",
        "assert 1 == 2",
    ]
    assert lines(hung)[0].strip().startswith("✗ not ended in time, ")
    silent = TestFinished("none", "npm test", 1, 0, 0, [], [THE_RUN], 0.2)
    assert lines(silent)[0].strip() == "✗ nothing was proved, as before in 0.2 s · npm test"


@pytest.mark.parametrize(
    ("event", "shown"),
    [
        ("added", "+ M3f9a learned · semantic/constraint"),
        ("proposed", "? M3f9a proposed, waiting for your approval · semantic/constraint"),
        ("helped", "▲ M3f9a helped · semantic/constraint (the tests passed)"),
        ("deprecated", "✗ M3f9a retired · semantic/constraint (the tests passed)"),
        ("an event to come", "· M3f9a an event to come · semantic/constraint"),
    ],
)
def test_what_memory_learned_is_shown_with_its_mark(event: str, shown: str) -> None:
    reason = "the tests passed" if "(" in shown else None
    written = MemoryWritten(event, "M3f9a", "Only [a] rule", "semantic", "constraint", reason)
    head, *text = [line.strip() for line in lines(written)]
    assert head == shown
    assert text == ([] if event == "helped" else ["Only [a] rule"])


def test_changed_files_and_notices_have_a_line_each() -> None:
    moved = FileChanged("core/e.py", "renamed", "app/e.py", 1, 2)
    assert lines(moved)[0].strip() == "renamed core/e.py (was app/e.py) +1 −2"
    assert lines(Noticed("Trying again in [2] s."))[0].strip() == "! Trying again in [2] s."


def test_the_end_shows_the_diff_the_outcome_and_what_it_took() -> None:
    files = [{"path": "a.py", "added": 3, "removed": 1}, {"path": "b.py", "added": 1, "removed": 0}]
    end = lines(finished("failed", "2 tests fail", files=files, diff=DIFF, model_calls=2, cost=0.1234))
    assert [line.strip() for line in end if line] == [
        *DIFF.splitlines(),
        "✗ not done  2 tests fail",
        "2 files +4 −1 · 2 model calls · 12,345 tokens in, 67 out"
        " · 4.2 s, 1.0 s of it the model · cost 0.123",
    ]


def test_the_end_says_where_what_was_learned_waits() -> None:
    lesson = MemoryWritten("proposed", "M3f9a", "Only a rule", "semantic", "constraint", None)
    end = drawn(lesson, lesson, finished("passed")).splitlines()[-1]
    assert end == "  2 memories will be used once you approve them: oldhand memory inbox"
    assert "once you approve" not in drawn(finished("passed"))


def test_a_result_that_goes_to_standard_output_is_not_told_twice() -> None:
    assert "  ✓ done, tests passing" in lines(finished("passed", "Mended."))
    assert "  ✗ nothing was changed  It is right already." in lines(
        finished("unchanged", "It is right already.")
    )


def test_calls_in_a_row_are_told_together_and_what_is_said_between_them_is_told() -> None:
    def call(name: str, path: str) -> ToolCalled:
        return ToolCalled("edit", name, {"path": path})

    told = lines(
        NodeStarted("edit"),
        call("replace", "a.py"),
        call("replace", "b.py"),
        call("replace", "a.py"),
        TextStreamed("edit", "Now the cause."),
        call("delete", "c.py"),
        TextStreamed("edit", "Done."),
        NodeStarted("test"),
    )
    assert told == [
        "  edit      replace a.py ×2, b.py",
        "            Now the cause.",
        "            delete c.py",
    ]


def test_a_changed_file_is_told_again_only_when_it_has_changed_again() -> None:
    first = FileChanged("a.py", "modified", None, 1, 0)
    told = lines(NodeStarted("test"), first, first, FileChanged("a.py", "modified", None, 2, 0))
    assert told == ["  test      modified a.py +1 −0", "            modified a.py +2 −0"]


def test_a_long_diff_is_cut() -> None:
    diff = DIFF + "".join(f"+line {n}\n" for n in range(2 * FILE_LINES))
    end = "\n".join(lines(finished("passed", diff=diff)))
    assert f"line {FILE_LINES - 10}" in end
    assert f"line {FILE_LINES + 10}" not in end
    assert "more lines" in end


def test_quiet_draws_the_end_and_what_must_be_known() -> None:
    told = lines(
        STARTED,
        NodeStarted("plan"),
        PlanMade(PLAN),
        Noticed("Mind."),
        finished("passed", diff=DIFF),
        verbosity=-1,
    )
    assert [line.strip() for line in told if line][:2] == ["! Mind.", "✓ done, tests passing"]


def test_a_chat_streams_the_answer_and_repeats_neither_task_nor_answer() -> None:
    answer = (TextStreamed("plan", "It is at "), TextStreamed("plan", "`a[:b:].py:3`."))
    told = lines(
        STARTED, NodeStarted("plan"), *answer, finished("answered", "It is at `a[:b:].py:3`."), chat=True
    )
    assert told == [
        "",
        "It is at `a[:b:].py:3`.",
        "",
        "  1 model call · 12,345 tokens in, 67 out · 4.2 s, 1.0 s of it the model",
    ]
    quiet = lines(*answer, verbosity=-1, chat=True)
    assert "It is at `a[:b:].py:3`." in quiet


def test_a_chat_shows_a_question_and_leaves_a_plan_that_waits_to_the_person() -> None:
    assert "  ? a question for you  Which one?" in lines(
        STARTED, finished("question", "Which one?"), chat=True
    )
    assert lines(STARTED, finished("planned", "the plan waits"), chat=True) == []


@pytest.mark.parametrize("width", [30, 60, 200])
def test_nothing_is_lost_on_a_narrow_window(width: int) -> None:
    events = (
        STARTED,
        NodeStarted("recall"),
        MemoryRecalled([RULE], [], 12),
        NodeStarted("plan"),
        PlanMade(PLAN),
    )
    words = "".join(drawn(*events, width=width).split())
    for said in (RULE["text"], RULE["verified"], PLAN["summary"], "app/refunds.py"):
        assert "".join(str(said).split()) in words


def test_colours_are_left_out_where_nobody_wants_them(monkeypatch: pytest.MonkeyPatch) -> None:
    events = (STARTED, NodeStarted("plan"), PlanMade(PLAN), finished("passed", diff=DIFF))
    coloured = drawn(*events, force_terminal=True, color_system="truecolor")
    assert "\x1b[" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    plain = drawn(*events, force_terminal=True)
    assert not [code for code in ("\x1b[31m", "\x1b[32m", "[36m", ";36m") if code in plain]
    assert "\x1b" not in drawn(*events)


def test_what_the_files_say_is_counted_in_one_line_that_is_no_warning() -> None:
    notes = [
        MemoryWritten(event, f"M{number}", "core/: Money.", "structural", "module_role", None)
        for number, event in enumerate(("indexed", "indexed", "unindexed"))
    ]
    lines = drawn(NodeStarted("remember"), *notes, finished("passed")).splitlines()
    told = [line.strip() for line in lines if "repository" in line]
    assert told == ["remember  what the repository says of itself: 2 noted, 1 retired"]
    assert not any("!" in line or "core/" in line for line in lines)
