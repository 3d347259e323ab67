"""What the model thinks is worth keeping, before curation has its say."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from graph.reply import Call
from graph.toolset import explain
from memory.records import LABELS, Kind

PREFERENCES = LABELS[Kind.PREFERENCE]
TAUGHT = (*LABELS[Kind.SEMANTIC], *PREFERENCES)  # what a model may conclude; the rest is measured


class Lesson(BaseModel):
    """One statement to keep."""

    model_config = ConfigDict(extra="ignore")

    text: str = Field(min_length=8)
    label: str = Field(json_schema_extra={"enum": list(TAUGHT)})
    scope: Literal["repo", "user"] = "repo"
    stated_by_person: bool = False
    files: list[str] = Field(default_factory=list)
    symbols: list[str] = Field(default_factory=list)
    replaces: list[str] = Field(default_factory=list)
    repeats: list[str] = Field(default_factory=list)

    @field_validator("files", "symbols", "replaces", "repeats", mode="before")
    @classmethod
    def _none_is_empty(cls, names: Any) -> Any:
        return [] if names is None else names

    @field_validator("label")
    @classmethod
    def _known(cls, label: str) -> str:
        if label not in TAUGHT:
            raise ValueError(f"use one of {', '.join(TAUGHT)}")
        return label


class LessonTools:
    """The one call of the remember step."""

    def keep(
        self, lessons: list[Lesson], confirmed: list[str] | None = None, refuted: list[str] | None = None
    ) -> list[Lesson]:
        """Write lessons down, and say what became of doubtful memories.

        Args:
            lessons: `text`, one statement. `scope`: "repo" for what holds for everyone in this repository,
                "user" for this person's taste in any repository. `stated_by_person`: the person said so.
                `files`: paths it is about. `symbols`: as path/to/file.py::Class.method. `replaces`: ids of
                memories that it corrects or contradicts. `repeats`: ids of memories that say the same.
            confirmed: Ids of memories marked as doubtful whose code you have read here: they still hold.
            refuted: Ids of such memories that do not hold any more.
        """
        return lessons


@dataclass(frozen=True)
class Verdicts:
    """What the model found of memories whose code has changed: those that hold, and those that do not."""

    confirmed: tuple[str, ...] = ()
    refuted: tuple[str, ...] = ()


def read_verdicts(calls: Iterable[Call], doubtful: Collection[str]) -> Verdicts:
    """The verdicts of an answer on the memories that were marked as doubtful; others are not up for one."""
    arguments = [call.arguments or {} for call in calls if call.name == "keep"]

    def named(name: str) -> list[str]:
        lists = (found for given in arguments if isinstance(found := given.get(name), list))
        return [memory_id for found in lists for memory_id in found if memory_id in doubtful]

    refuted = tuple(dict.fromkeys(named("refuted")))
    return Verdicts(tuple(name for name in dict.fromkeys(named("confirmed")) if name not in refuted), refuted)


def read_lessons(calls: Iterable[Call]) -> tuple[list[Lesson], list[str]]:
    """The lessons of an answer, each by itself: one that makes no sense does not cost the others.

    Returns:
        The lessons, and for what is none a sentence that says why.
    """
    lessons: list[Lesson] = []
    refused: list[str] = []
    for call in calls:
        offered = (call.arguments or {}).get("lessons")
        if call.name != "keep" or not isinstance(offered, list):
            refused.append(
                f"{call.name or 'a call without a name'} with {call.raw[:80]!r} is no list of lessons."
            )
            continue
        for item in offered:
            try:
                lessons.append(Lesson.model_validate(item))
            except ValidationError as error:
                refused.append(f"{explain(error)}.")
    return lessons, refused
