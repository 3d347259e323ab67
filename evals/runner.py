"""Runs the cases of a dataset: each in a fresh copy, each arm by itself, the program as a user starts it."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evals.cases import Case, Dataset
from evals.checks import Arm, Outcome, Verdict
from evals.recording import read_recording
from evals.replayer import Replayer
from evals.report import Report, Result
from evals.repos import commit_all, lay_out, require_packages, source_of
from tools.process import run, stream
from tools.temporary import temporary_folder

USER = "evals"
PROGRAM = (
    sys.executable,
    "-P",
    "-m",
    "oldhand",
)  # -P: nothing in the work tree is taken for a module of ours
COMMAND_TIMEOUT_S = 120.0
TAIL = 600  # characters of stderr that are quoted where the program said nothing else

ARMS = (Arm.MEMORY, Arm.NO_MEMORY)


@dataclass(frozen=True)
class Played:
    """One run of the program: what it said and how it ended."""

    exit_code: int | None
    events: tuple[Mapping[str, Any], ...]
    stderr: str
    timed_out: bool
    seconds: float

    @property
    def finished(self) -> Mapping[str, Any]:
        """The event that ends every run; empty where the program did not get that far."""
        last = self.events[-1] if self.events else {}
        return last if last.get("type") == "run.finished" else {}

    @property
    def problem(self) -> str:
        """Why there is no proper end, in a sentence; empty where there is one."""
        if self.timed_out:
            return "the time for this case was over"
        if not self.finished:
            return f"no run.finished came; exit code {self.exit_code}: {self.stderr.strip()[-TAIL:]}"
        return ""


@dataclass(frozen=True)
class Place:
    """Where one case is played: a repository, and data folders that nothing else uses."""

    repository: Path
    environment: Mapping[str, str] = field(repr=False)
    program: Sequence[str] = PROGRAM

    @classmethod
    def prepare(
        cls, repository: str, folder: Path, environment: Mapping[str, str], program: Sequence[str] = PROGRAM
    ) -> "Place":
        """Lay a sample repository out in an empty folder."""
        homes = {
            f"XDG_{kind}_HOME": str(folder / kind.lower()) for kind in ("DATA", "CONFIG", "CACHE", "STATE")
        }
        # The interpreter of this program has what the sample repositories' tests need: activate it.
        programs = os.pathsep.join([str(Path(sys.executable).parent), environment.get("PATH", os.defpath)])
        # What it has besides, such as pytest plugins, is not theirs.
        ours = {"PATH": programs, "VIRTUAL_ENV": sys.prefix, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        return cls(lay_out(repository, folder / "repository"), {**environment, **homes, **ours}, program)

    def play(self, task: str, timeout_s: float, options: Sequence[str] = ()) -> Played:
        """Run the program on a task and gather what it says."""
        started = time.monotonic()
        argv = [*self.program, "run", task, "-C", str(self.repository), "--output", "stream-json", "--yes"]
        argv += ["--user", USER, *options]
        with stream(argv, cwd=self.repository, timeout_s=timeout_s, env=self.environment) as lines:
            events = tuple(read_events(lines))
        seconds = time.monotonic() - started
        exit_code = None if lines.timed_out else lines.exit_code
        return Played(exit_code, events, lines.stderr, lines.timed_out, seconds)

    def import_memories(self, file: Path) -> None:
        """Import memories from a JSON Lines file.

        Raises:
            RuntimeError: the program refused them: the suite and the program do not fit.
        """
        argv = [*self.program, "memory", "import", str(file), "-C", str(self.repository), "--user", USER]
        done = run(argv, cwd=self.repository, timeout_s=COMMAND_TIMEOUT_S, env=self.environment)
        if done.exit_code != 0:
            raise RuntimeError(f"the memories of {file} were not imported: {done.stderr.strip()}")


def read_events(lines: Iterable[bytes]) -> Iterable[Mapping[str, Any]]:
    """Read the events of a run; a line that is none is dropped, as every reader of events should."""
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and "type" in event:
            yield event


def run_dataset(
    dataset: Dataset,
    environment: Mapping[str, str],
    arms: Sequence[Arm] = ARMS,
    told: Callable[[Result], None] = lambda result: None,
    program: Sequence[str] = PROGRAM,
) -> Report:
    """Run every case in every arm.

    Args:
        dataset: what to run.
        environment: what the program is started with; it names the model's endpoint.
        arms: with memory, without, or both.
        told: called with each result when it is there.
        program: how it is started; another version of it can be measured beside this one.

    Raises:
        MissingRequirements: the tests of the sample repository could not run.
        RecordingError: a recording that a case names cannot be read.
    """
    require_packages(dataset.repository)
    results = []
    for case in dataset.cases:
        for arm in arms:
            result = run_case(case, arm, dataset, environment, program)
            told(result)
            results.append(result)
    return Report(dataset.name, tuple(results))


def run_case(
    case: Case,
    arm: Arm,
    dataset: Dataset,
    environment: Mapping[str, str],
    program: Sequence[str] = PROGRAM,
) -> Result:
    """Play one case in one arm, in a folder of its own, and judge it."""
    with temporary_folder() as scratch, ExitStack() as stack:
        replayer = None
        if arm in case.recordings:
            replayer, environment = replaying(dataset.folder / case.recordings[arm], environment)
            stack.enter_context(replayer)
        place = Place.prepare(dataset.repository, scratch, environment, program)
        earlier = _prepare(case, arm, dataset, place)
        played = place.play(case.task.strip(), case.timeout_s, _options(arm))
        outcome = Outcome(
            folder=place.repository,
            pristine=source_of(dataset.repository),
            hidden=dataset.folder,
            exit_code=played.exit_code,
            answer=_answer(played),
            events=played.events,
        )
        verdicts = [_ended(number, each) for number, each in enumerate(earlier, start=1)]
        verdicts += [check.judge(outcome) for check in case.checks if arm in check.arms]
    if replayer:
        verdicts.append(_followed(replayer))
    ends = [each.finished for each in (*earlier, played)]
    return Result.of(case.name, arm, verdicts, ends, played.exit_code, played.problem)


def replaying(recording: Path, environment: Mapping[str, str]) -> tuple[Replayer, dict[str, str]]:
    """Make a replayer, not started yet, and the environment in which the program asks it.

    Raises:
        RecordingError: the recording cannot be read.
    """
    exchanges = read_recording(recording)
    server = Replayer(exchanges)
    kept = {
        name: value for name, value in environment.items() if not name.startswith(("OLDHAND_", "OPENAI_"))
    }
    model = exchanges[0].model if exchanges else "recorded"
    endpoint = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "recorded", "OLDHAND_MODEL": model}
    return server, {**kept, **endpoint}


def _prepare(case: Case, arm: Arm, dataset: Dataset, place: Place) -> list[Played]:
    """Do what comes before the task; return the runs that it took."""
    if case.memories and arm is Arm.MEMORY:
        place.import_memories(dataset.folder / case.memories)
    earlier = []
    for number, task in enumerate(case.earlier, start=1):
        earlier.append(place.play(task.strip(), case.timeout_s, _options(arm)))
        commit_all(place.repository, f"Earlier task {number}")
    return earlier


def _ended(number: int, played: Played) -> Verdict:
    """What follows on a task that never ended properly says little about memory."""
    return Verdict(f"earlier task {number} came to an end", not played.problem, played.problem)


def _options(arm: Arm) -> list[str]:
    return ["--no-memory"] if arm is Arm.NO_MEMORY else ["--learn", "auto"]


def _answer(played: Played) -> str:
    """What the person was told: the summary, and what was streamed to them."""
    streamed = "".join(str(event.get("text", "")) for event in played.events if event["type"] == "text")
    return "\n".join(part for part in (str(played.finished.get("summary") or ""), streamed) if part)


def _followed(replayer: Replayer) -> Verdict:
    """A run that left the recording behind proves nothing, whatever else holds."""
    reasons = [*replayer.mismatches, *(f"{step} was not asked for" for step in replayer.unused)]
    return Verdict("the recording was followed to its end", not reasons, "; ".join(reasons))
