"""The plan: what the model says it will do, and how that is checked before anyone edits."""

from collections.abc import Callable, Collection
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class PlanStep(BaseModel):
    """One step of a plan."""

    model_config = ConfigDict(extra="ignore")

    what: str = Field(min_length=1)
    files: list[str] = Field(default_factory=list)
    creates: list[str] = Field(default_factory=list)


class Plan(BaseModel):
    """A checked answer to a task: a change, an answer, or a question to the person."""

    model_config = ConfigDict(extra="ignore")

    kind: Literal["change", "answer", "question"] = "change"
    summary: str = ""
    steps: list[PlanStep] = Field(default_factory=list)
    tests: list[str] = Field(default_factory=list)
    risks: list[str] = Field(default_factory=list)
    memories: list[str] = Field(default_factory=list)
    text: str = ""  # of an answer or a question

    def files(self) -> list[str]:
        """Every file that the plan names, each once, in order."""
        return list(dict.fromkeys(path for step in self.steps for path in step.files + step.creates))


def problems(plan: Plan, exists: Callable[[str], bool], recalled: Collection[str]) -> list[str]:
    """What is wrong with a plan, one sentence each; empty when it can be carried out.

    Args:
        plan: The plan.
        exists: Whether a path is in the repository.
        recalled: The ids of the memories that were in the prompt.
    """
    if plan.kind != "change":
        return [] if plan.text.strip() else ["the text is empty"]
    found = [] if plan.steps else ["a plan needs at least one step"]
    created = {path for step in plan.steps for path in step.creates}
    for path in dict.fromkeys(path for step in plan.steps for path in step.files):
        if path not in created and not exists(path.split("::")[0]):
            found.append(f"{path} does not exist: name it under `creates` if you mean to make it")
    unknown = [memory for memory in plan.memories if memory not in recalled]
    if unknown:
        known = ", ".join(sorted(recalled)) or "none"
        found.append(f"{', '.join(unknown)} was not recalled (recalled: {known})")
    return found
