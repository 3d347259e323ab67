"""The plan: what the model says it will do."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class PlanStep(BaseModel):
    """One step of a plan; files may be followed by `::` and a symbol in them."""

    model_config = ConfigDict(extra="ignore")

    what: str = Field(min_length=1)
    files: list[str] = Field(default_factory=list)
    creates: list[str] = Field(default_factory=list)


class Plan(BaseModel):
    """A checked answer to a task: a change, an answer, or a question to the person.

    Attributes:
        tests: What is to be run, new tests included.
        new_tests: Those of them that are to be written.
        questions: What stays open, each with what is taken for granted meanwhile.
        text: Of an answer or a question.
    """

    model_config = ConfigDict(extra="ignore")

    kind: Literal["change", "answer", "question"] = "change"
    summary: str = ""
    steps: list[PlanStep] = Field(default_factory=list)
    tests: list[str] = Field(default_factory=list)
    new_tests: list[str] = Field(default_factory=list)
    risks: list[str] = Field(default_factory=list)
    questions: list[str] = Field(default_factory=list)
    memories: list[str] = Field(default_factory=list)
    text: str = ""

    def files(self) -> list[str]:
        """Every file that the plan names, each once, in order."""
        named = (path for step in self.steps for path in step.files + step.creates)
        return list(dict.fromkeys(path_of(path) for path in named))

    def words(self) -> str:
        """What it says will be done, a sentence a line."""
        return "\n".join([self.summary, *(step.what for step in self.steps)])


def path_of(named: str) -> str:
    """The file of a name that may go on with a symbol or a test in it."""
    return named.partition("::")[0]
