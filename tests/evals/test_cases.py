"""Suites are read with a sentence for every mistake, and no check of a shipped suite is empty.

Each check of the payments suite is tried in both directions: it fails where nothing was done, and
holds for a solution that is kept beside this file.
"""

import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from evals.cases import Case, Dataset, load_dataset
from evals.checks import Arm, Check, Outcome
from evals.errors import SuiteError, UnknownRepository
from evals.repos import lay_out, source_of

SOLUTIONS = Path(__file__).parent / "solutions"
PAYMENTS = load_dataset("payments")
PREFERENCE = "New endpoints return errors as structured JSON with code, message and details"


@dataclass(frozen=True)
class Solution:
    """How a case is solved: by a patch, by an answer, with a memory."""

    patch: str | None = None
    answer: str = ""
    memory: str = ""


SOLVED = {
    "create-invoice": Solution("create-invoice"),
    "refund-payment": Solution("refund-payment"),
    "fix-lost-payments": Solution("fix-lost-payments"),
    "move-bookkeeping": Solution("move-bookkeeping"),
    "where-is-it-booked": Solution(answer="In payments/bookkeeping.py:18: customer_funds is credited."),
    "remembered-error-form": Solution("void-invoice", memory=PREFERENCE),
    "second-session": Solution("refund-structured", memory=PREFERENCE),
}


def outcome_in(folder: Path, solution: Solution, exit_code: int | None) -> Outcome:
    fed = [{"id": "M1234", "text": solution.memory}] if solution.memory else []
    return Outcome(
        folder=folder,
        pristine=source_of("payments"),
        hidden=PAYMENTS.folder,
        exit_code=exit_code,
        answer=solution.answer,
        events=({"type": "memory.recalled", "fed": fed},),
    )


def apply(folder: Path, patch: str) -> None:
    subprocess.run(["git", "apply", str(SOLUTIONS / f"{patch}.patch")], cwd=folder, check=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return lay_out("payments", tmp_path / "payments")


def test_there_are_cases_of_every_kind() -> None:
    assert len(PAYMENTS.cases) >= 6
    assert {case.name for case in PAYMENTS.cases} == SOLVED.keys()


@pytest.mark.parametrize("case", PAYMENTS.cases, ids=lambda case: case.name)
def test_every_check_holds_for_the_solution(case: Case, folder: Path) -> None:
    solution = SOLVED[case.name]
    if solution.patch:
        apply(folder, solution.patch)
    files = sorted(folder.rglob("*"))
    outcome = outcome_in(folder, solution, exit_code=0)
    verdicts = [check.judge(outcome) for check in case.checks]
    assert [verdict for verdict in verdicts if not verdict.passed] == []
    assert sorted(folder.rglob("*")) == files  # hidden tests stay hidden


@pytest.mark.parametrize("case", PAYMENTS.cases, ids=lambda case: case.name)
def test_no_check_holds_where_nothing_was_done(case: Case, folder: Path) -> None:
    outcome = outcome_in(folder, Solution(), exit_code=1)
    checks = [check for check in case.checks if check.kind != "unchanged"]
    held = [check for check in checks if check.judge(outcome).passed]
    assert held == []
    assert all(check.judge(outcome).reason for check in checks[:1])


def test_a_guard_that_the_run_has_weakened_still_counts(folder: Path) -> None:
    apply(folder, "refund-without-ledger")
    (folder / "tests" / "test_ledger_invariants.py").write_text("def test_nothing():\n    pass\n")
    hidden_tests = check_of("refund-payment", "hidden_tests")
    verdict = hidden_tests.judge(outcome_in(folder, Solution(), exit_code=0))
    assert not verdict.passed
    assert "moves money but posted nothing to the ledger" in verdict.reason


def check_of(case_name: str, kind: str) -> Check:
    case = next(case for case in PAYMENTS.cases if case.name == case_name)
    return next(check for check in case.checks if check.kind == kind)


def test_a_question_that_led_to_a_change_is_seen(folder: Path) -> None:
    unchanged = check_of("where-is-it-booked", "unchanged")
    outcome = outcome_in(folder, Solution(), exit_code=0)
    assert unchanged.judge(outcome).passed
    (folder / "notes.txt").write_text("a note")
    assert "notes.txt" in unchanged.judge(outcome).reason


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("It is in bookkeeping.", "it cites no line of payments/bookkeeping.py"),
        ("See payments/bookkeeping.py:400.", "it cites line 400"),
        ("See payments/storage.py:18.", "it cites no line"),
    ],
)
def test_a_wrong_citation_is_seen(folder: Path, answer: str, reason: str) -> None:
    cites = check_of("where-is-it-booked", "cites")
    outcome = outcome_in(folder, Solution(answer=answer), exit_code=0)
    assert reason in cites.judge(outcome).reason


def test_memory_is_not_asked_of_a_run_without_one() -> None:
    used = check_of("remembered-error-form", "memory_used")
    assert used.arms == (Arm.MEMORY,)


def test_a_program_that_had_to_be_stopped_has_no_exit_code(folder: Path) -> None:
    outcome = replace(outcome_in(folder, Solution(), exit_code=0), exit_code=None)
    assert check_of("create-invoice", "exit_code").judge(outcome).reason == "it was None"


def load(tmp_path: Path, text: str) -> Dataset:
    suite = tmp_path / "mine.toml"
    suite.write_text(text)
    return load_dataset(str(suite))


CASE = 'repository = "payments"\n[[cases]]\nname = "one"\ntask = "Do it."\n'


def test_a_persons_own_suite_is_read_from_its_file(tmp_path: Path) -> None:
    dataset = load(tmp_path, CASE + 'checks = [{ kind = "exit_code" }]')
    assert (dataset.name, dataset.folder, dataset.cases[0].task) == ("mine", tmp_path / "mine", "Do it.")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("repository = ", "cannot be read"),
        ('repository = "payments"', "cases: Field required"),
        (CASE, "case one, checks: Field required"),
        (CASE + "checks = []", "case one, checks"),
        (CASE + 'checks = [{ kind = "magic" }]', "case one, checks, 0: .*magic"),
        (CASE + 'checks = [{ kind = "exit_code", cod = 1 }]', "Extra inputs"),
        (CASE + 'checks = [{ kind = "answers", pattern = "(" }]', "no regular expression"),
        (CASE + 'checks = [{ kind = "hidden_tests", files = ["test_x.py"] }]', "case one.*test_x.py|one of"),
        (CASE + 'checks = [{ kind = "exit_code" }]\nmemories = "m.jsonl"', "needs .*m.jsonl"),
        (CASE + 'checks = [{ kind = "exit_code" }]\nrecordings = { both = "r" }', "recordings"),
        (
            CASE
            + 'checks = [{ kind = "exit_code" }]\n'
            + CASE.split("\n", 1)[1]
            + 'checks = [{ kind = "exit_code" }]',
            "two cases",
        ),
        ('name = "x"\n' + CASE + 'checks = [{ kind = "exit_code" }]', "cannot be read"),
    ],
)
def test_a_mistake_in_a_suite_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(SuiteError, match=sentence):
        load(tmp_path, text)


def test_an_unknown_suite_case_or_repository_is_refused_with_those_that_exist(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=r"no suite 'billing'. Shipped: payments"):
        load_dataset("billing")
    with pytest.raises(SuiteError, match=r"no case 'magic'. It has: create-invoice"):
        PAYMENTS.only(("magic",))
    with pytest.raises(UnknownRepository):
        load(tmp_path, CASE.replace("payments", "nowhere") + 'checks = [{ kind = "exit_code" }]')


def test_some_cases_can_be_chosen() -> None:
    assert [case.name for case in PAYMENTS.only(("refund-payment",)).cases] == ["refund-payment"]
