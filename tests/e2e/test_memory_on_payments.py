"""What a run on the sample service is told by memory, whatever became of code, branches and people."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evals.repos import lay_out
from tests.e2e.program import Program
from tests.scripted_model import Answer, ScriptedModel

ANSWER = Answer(tool_calls=[("answer", {"text": "Told."})])
QUESTION = "How are invoices, refunds, money, errors, the ledger and the legacy export meant to work?"
ANN, BEN = ("--user", "ann"), ("--user", "ben")

Git = Callable[..., str]


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """The sample service, committed."""
    return lay_out("payments", tmp_path / "payments")


@pytest.fixture
def git(service: Path) -> Git:
    """Runs git in the service, as somebody."""

    def run(*arguments: str) -> str:
        identity = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "commit.gpgsign=false")
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=service, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    return run


def remember(oldhand: Program, text: str, *flags: str, user: tuple[str, str] = ANN) -> str:
    """Add a memory as a person does, and return its id."""
    ended = oldhand("memory", "add", text, *flags, *user, "--json")
    assert ended.exit_code == 0, ended.err
    return str(ended.json()["id"])


class Told:
    """What memory told a run."""

    def __init__(self, oldhand: Program, task: str = QUESTION, user: tuple[str, str] = ANN) -> None:
        with ScriptedModel([ANSWER]) as model:
            ended = oldhand("run", task, *user, "--output", "stream-json", "--model", "scripted", model=model)
        assert ended.exit_code == 0, ended.out
        (event,) = [event for event in ended.events() if event["type"] == "memory.recalled"]
        self.fed: dict[str, dict[str, Any]] = {item["id"]: item for item in event["fed"]}
        self.dropped: dict[str, str] = {item["id"]: item["reason"] for item in event["dropped"]}
        self.prompt = "\n".join(str(message["content"]) for message in model.requests[0]["messages"])

    def knows(self, memory_id: str) -> bool:
        """Whether it was fed, and stood in the prompt."""
        assert (memory_id in self.fed) == (f"**{memory_id}**" in self.prompt)
        return memory_id in self.fed


def test_memories_follow_what_became_of_the_code(service: Path, git: Git) -> None:
    oldhand = Program(service)
    gone = remember(oldhand, "The legacy export rounds half up", "--path", "payments/legacy_export.py")
    kept = remember(oldhand, "Errors carry code, message and details", "--path", "payments/errors.py")
    moved = remember(
        oldhand, "An invoice number is never given twice", "--symbol", "payments/domain/invoices.py::Invoice"
    )
    changed = remember(oldhand, "Money is compared in minor units", "--symbol", "core/money.py::Money")
    git("rm", "-q", "payments/legacy_export.py", "tests/test_legacy_export.py")
    git("mv", "payments/errors.py", "payments/problems.py")
    invoices = service / "payments/domain/invoices.py"
    (service / "payments/domain/billing.py").write_text(invoices.read_text())
    invoices.write_text('"""Moved to billing."""\n')
    money = service / "core/money.py"
    money.write_text(money.read_text().replace("class Money:", "class Money:\n    places = 2\n", 1))
    git("add", "-A")
    git("commit", "-q", "-m", "Clean up")

    told = Told(oldhand)
    assert not told.knows(gone)
    assert "legacy_export.py" in told.dropped.get(gone, "legacy_export.py")
    assert told.knows(kept)
    assert told.fed[kept]["anchors"]["paths"] == ["payments/problems.py"]
    assert told.knows(moved)
    assert told.fed[moved]["anchors"]["symbols"] == ["payments/domain/billing.py::Invoice"]
    assert told.knows(changed)
    assert "changed since" in told.fed[changed]["warning"]
    assert {"kind", "age", "reliability", "verified"} <= told.fed[kept].keys()
    shown = oldhand("memory", "show", gone, "--json").json()
    assert (shown["status"], "legacy_export.py" in shown["reason"]) == ("deprecated", True)


def test_what_replaces_narrows_or_was_taught_by_an_incident_is_what_counts(service: Path) -> None:
    oldhand = Program(service)
    old = remember(oldhand, "Invoice numbers are given by the database sequence")
    new = remember(oldhand, "Invoice numbers are given by the clerk on duty", "--supersedes", old)
    tried = remember(oldhand, "We are trying out whether refunds may be batched by the hour")
    sure = remember(oldhand, "Refunds are settled with the bank one by one")
    usual = remember(oldhand, "Retry webhooks 5 times")
    burnt = remember(oldhand, "Retry webhooks 2 times", "--label", "incident_rule", "--scope", "user")

    told = Told(oldhand, "How are invoice numbers given, refunds settled or batched, and webhooks retried?")
    assert told.knows(new)
    assert not told.knows(old)
    assert told.knows(tried)
    assert told.fed[tried]["reliability"] < 0.5 < told.fed[sure]["reliability"]
    assert told.knows(burnt)
    assert not told.knows(usual)
    assert "overrides" in told.dropped[usual]


def test_what_was_learned_on_a_branch_is_known_elsewhere_once_it_is_squashed_in(
    service: Path, git: Git
) -> None:
    oldhand = Program(service)
    git("switch", "-q", "-c", "payouts")
    payouts = service / "payments/domain/payouts.py"
    payouts.write_text(
        '"""Money that leaves."""\n\n\ndef payout(ledger, amount):\n'
        "    if amount.minor <= 0:\n        raise ValueError('nothing to pay out')\n"
        "    return ledger.post(debit='payouts', credit='cash', amount=amount)\n"
    )
    git("add", "-A")
    git("commit", "-q", "-m", "Payouts")
    learned = remember(
        oldhand, "Payouts are posted to the ledger against cash", "--symbol",
        "payments/domain/payouts.py::payout", "--branch", "payouts",
    )  # fmt: skip
    task = "How are payouts posted to the ledger?"
    assert Told(oldhand, task).knows(learned)
    git("switch", "-q", "main")
    assert not Told(oldhand, task).knows(learned)
    git("merge", "-q", "--squash", "payouts")
    git("commit", "-q", "-m", "Payouts, squashed")
    git("branch", "-q", "-D", "payouts")
    assert Told(oldhand, task).knows(learned)


def test_people_share_a_repository_but_not_their_preferences_and_repositories_share_nothing(
    service: Path, tmp_path: Path
) -> None:
    oldhand = Program(service)
    private = remember(oldhand, "I want refunds explained with an example", "--scope", "user")
    shared = remember(oldhand, "Refunds never exceed what was captured")
    other = lay_out("payments", tmp_path / "fork")
    (other / "README.md").write_text("A fork.\n")
    for arguments in (["remote", "add", "origin", "https://example.org/fork/payments.git"],):
        subprocess.run(["git", *arguments], cwd=other, check=True)

    task = "How are refunds limited, and explained?"
    to_ann, to_ben = Told(oldhand, task), Told(oldhand, task, BEN)
    assert (to_ann.knows(private), to_ann.knows(shared)) == (True, True)
    assert (to_ben.knows(private), to_ben.knows(shared)) == (False, True)
    elsewhere = Told(Program(other), task)
    assert (elsewhere.knows(private), elsewhere.knows(shared)) == (True, False)
