"""Whether a plan can be carried out: checked before anyone edits, by rules only.

What is wrong is told to the model once, with the reason. A model that submits the same again is taken at its
word where that does no harm: the plan is mended, and the person is told.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from graph.plan import Plan, PlanStep, path_of

_PATH = re.compile(r"[\w.@+~-]+(?:/[\w.@+~-]+)*/?")
_ENDING = re.compile(r"\.\w{1,5}$")

Mend = Callable[[Plan], Plan]


class Code(Protocol):
    """What a plan is checked against."""

    def exists(self, path: str) -> bool:
        """Whether a file or folder is there."""
        ...

    def has_symbol(self, symbol: str) -> bool | None:
        """Whether `path::Name` is defined; None where that cannot be told."""
        ...

    def names_like(self, symbol: str) -> Sequence[str]:
        """Symbols of the same file that may have been meant."""
        ...


@dataclass(frozen=True)
class Rejection:
    """A memory that rejects what a plan would do.

    Attributes:
        words: The part of the plan that does it.
    """

    id: str
    text: str
    words: str


@dataclass(frozen=True)
class Problem:
    """What is wrong with a plan.

    Attributes:
        sentence: For the model.
        notice: For the person, where the model insists.
        mend: What is made of the plan then; None where it cannot be carried out at all.
    """

    sentence: str
    notice: str = ""
    mend: Mend | None = None


def problems(
    plan: Plan, code: Code, recalled: Collection[str], rejections: Sequence[Rejection] = ()
) -> list[Problem]:
    """What is wrong with a plan; empty when it can be carried out.

    Args:
        plan: The plan.
        code: The code as it is now.
        recalled: The ids of the memories that the model was told of.
        rejections: What the plan would bring back.
    """
    if plan.kind != "change":
        return [] if plan.text.strip() else [Problem("the text is empty")]
    if not plan.steps:
        return [Problem("a plan needs at least one step")]
    created = {path_of(path) for step in plan.steps for path in step.creates}
    named = dict.fromkeys(path for step in plan.steps for path in step.files)
    return [
        *_missing(named, created, code),
        *_unwritten(plan, created, code),
        *_unrecalled(plan, {*recalled, *(rejection.id for rejection in rejections)}),
        *_brought_back(rejections),
    ]


def _missing(named: Iterable[str], created: Collection[str], code: Code) -> Iterator[Problem]:
    """Files and symbols that are not there and are not to be made."""
    for place in named:
        path = path_of(place)
        if path in created:
            continue
        if not code.exists(path):
            sentence = f"{path} does not exist: name it under `creates` if you mean to make it"
        elif "::" in place and code.has_symbol(place) is False:
            near = ", ".join(code.names_like(place))
            meant = f" (there is {near})" if near else ""
            sentence = f"{place} is not defined{meant}: name it under `creates` if you mean to make it"
        else:
            continue
        yield Problem(sentence, f"The plan names {place}, which is not there yet.", _to_be_created(place))


def _unwritten(plan: Plan, created: Collection[str], code: Code) -> Iterator[Problem]:
    """Test files that are not there and are not to be written."""
    written = {path_of(test) for test in plan.new_tests}
    for path in dict.fromkeys(path_of(test) for test in plan.tests):
        if path in written or path in created or not _is_file_name(path) or code.exists(path):
            continue
        yield Problem(
            f"{path} does not exist: name it under `new_tests` if you mean to write it",
            f"The plan wants to run {path}, which is not there.",
            _without_tests_in(path),
        )


def _unrecalled(plan: Plan, known: Collection[str]) -> Iterator[Problem]:
    unknown = [memory for memory in plan.memories if memory not in known]
    if unknown:
        kept = [memory for memory in plan.memories if memory in known]
        yield Problem(
            f"{', '.join(unknown)} was not recalled (recalled: {', '.join(sorted(known)) or 'none'})",
            f"The plan cites {', '.join(unknown)}, which was not recalled; that is left out.",
            lambda plan: plan.model_copy(update={"memories": kept}),
        )


def _brought_back(rejections: Sequence[Rejection]) -> Iterator[Problem]:
    for rejection in rejections:
        said = " ".join(rejection.text.split()).rstrip(".")
        yield Problem(
            f'"{rejection.words}" brings back what {rejection.id} rejects: {said}. Plan without it; where '
            "the task itself asks for it, submit the plan again and say under `risks` why it is right now",
            f"The plan brings back what {rejection.id} rejects: {said}.",
            _with_risk(f"Against {rejection.id}: {said}"),
        )


def _to_be_created(place: str) -> Mend:
    def mend(plan: Plan) -> Plan:
        steps = [
            PlanStep(
                what=step.what,
                files=[path for path in step.files if path != place],
                creates=[*step.creates, place],
            )
            if place in step.files
            else step
            for step in plan.steps
        ]
        return plan.model_copy(update={"steps": steps})

    return mend


def _without_tests_in(path: str) -> Mend:
    def mend(plan: Plan) -> Plan:
        return plan.model_copy(update={"tests": [test for test in plan.tests if path_of(test) != path]})

    return mend


def _with_risk(risk: str) -> Mend:
    def mend(plan: Plan) -> Plan:
        return plan.model_copy(update={"risks": [*plan.risks, risk]})

    return mend


def _is_file_name(text: str) -> bool:
    """Whether a text can only be a path: not a test's name, a pattern or a package of Go or Java."""
    return _PATH.fullmatch(text) is not None and _ENDING.search(text) is not None and "/" in text
