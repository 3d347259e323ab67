"""The results of an evaluation, as a table for people and as JSON for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from evals.checks import Arm, Verdict


@dataclass(frozen=True)
class Result:
    """One case in one arm.

    Attributes:
        passed: every check holds.
        outcome: the program's own word for how the run ended.
        problem: why there is no proper end; empty where there is one.
        seconds: of all runs of the case; `model_seconds` of them were spent waiting for the model.
        cost: in US dollars; None where the price of the model is not known.
    """

    case: str
    arm: Arm
    passed: bool
    verdicts: tuple[Verdict, ...]
    exit_code: int | None
    outcome: str
    problem: str
    model_calls: int
    tokens_in: int
    tokens_out: int
    seconds: float
    model_seconds: float
    cost: float | None

    @classmethod
    def of(
        cls,
        case: str,
        arm: Arm,
        verdicts: Sequence[Verdict],
        ends: Sequence[Mapping[str, Any]],
        exit_code: int | None,
        problem: str,
    ) -> "Result":
        """Put a result together from the verdicts and the last event of each run that the case took.

        Args:
            case: its name.
            arm: with memory or without.
            verdicts: of all checks.
            ends: one `run.finished` for each earlier task and for the task itself, which is the last;
                empty where a run did not get that far. What they cost is added up.
            exit_code: of the task's run.
            problem: why that run has no proper end.
        """
        return cls(
            case=case,
            arm=arm,
            passed=not problem and all(verdict.passed for verdict in verdicts),
            verdicts=tuple(verdicts),
            exit_code=exit_code,
            outcome=str(ends[-1].get("outcome", "")),
            problem=problem,
            model_calls=sum(end.get("model_calls", 0) for end in ends),
            tokens_in=sum(end.get("tokens_in", 0) for end in ends),
            tokens_out=sum(end.get("tokens_out", 0) for end in ends),
            seconds=sum(end.get("seconds", 0.0) for end in ends),
            model_seconds=sum(end.get("model_seconds", 0.0) for end in ends),
            cost=_known_sum([end.get("cost") for end in ends]),
        )

    def complaints(self) -> list[str]:
        """Why it did not pass, a sentence each."""
        failed = [f"{verdict.check}: {verdict.reason}" for verdict in self.verdicts if not verdict.passed]
        return [self.problem, *failed] if self.problem else failed


@dataclass(frozen=True)
class Totals:
    """The sums over the results of one arm; the cost is None where one of them is not known."""

    arm: Arm
    cases: int
    passed: int
    model_calls: int
    tokens_in: int
    tokens_out: int
    seconds: float
    cost: float | None


@dataclass(frozen=True)
class Report:
    """All results of a dataset."""

    dataset: str
    results: tuple[Result, ...]

    def totals(self) -> list[Totals]:
        """The sums, one for each arm that was run."""
        arms = dict.fromkeys(result.arm for result in self.results)
        return [_sum(arm, [result for result in self.results if result.arm is arm]) for arm in arms]

    def to_json(self) -> dict[str, Any]:
        """The report as one JSON document."""
        return {
            "dataset": self.dataset,
            "results": [asdict(result) for result in self.results],
            "totals": [asdict(total) for total in self.totals()],
        }


def render(report: Report) -> RenderableType:
    """Lay a report out for the terminal: a row for each case and arm, the sums, and what failed."""
    table = Table(title=f"oldhand eval {report.dataset}", title_justify="left", header_style="bold")
    for heading in ("case", "arm", "passed"):
        table.add_column(heading, no_wrap=True)
    for heading in ("calls", "tokens in", "tokens out", "seconds", "cost"):
        table.add_column(heading, justify="right", no_wrap=True)
    last = None
    for result in report.results:
        if last not in (None, result.case):
            table.add_section()
        name = "" if result.case == last else result.case
        mark = Text("yes", "green") if result.passed else Text("no", "red")
        table.add_row(name, result.arm.value, mark, *_figures(result))
        last = result.case
    table.add_section()
    for total in report.totals():
        table.add_row(
            "all", total.arm.value, f"{total.passed} of {total.cases}", *_figures(total), style="bold"
        )
    return Group(table, *_failures(report))


def _failures(report: Report) -> list[Text]:
    lines = []
    for result in report.results:
        for complaint in result.complaints():
            line = Text.assemble((f"{result.case}, {result.arm.value}: ", "bold"), complaint)
            lines.append(line)
    return lines


def _figures(row: Result | Totals) -> list[str]:
    return [
        str(row.model_calls),
        f"{row.tokens_in:,}",
        f"{row.tokens_out:,}",
        f"{row.seconds:.1f}",
        "–" if row.cost is None else f"${row.cost:.3f}",
    ]


def _sum(arm: Arm, results: Sequence[Result]) -> Totals:
    return Totals(
        arm=arm,
        cases=len(results),
        passed=sum(result.passed for result in results),
        model_calls=sum(result.model_calls for result in results),
        tokens_in=sum(result.tokens_in for result in results),
        tokens_out=sum(result.tokens_out for result in results),
        seconds=sum(result.seconds for result in results),
        cost=_known_sum([result.cost for result in results]),
    )


def _known_sum(costs: Sequence[float | None]) -> float | None:
    """The sum, or None where one of them is not known."""
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None
