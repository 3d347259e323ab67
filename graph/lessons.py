"""What the model thinks is worth keeping, before curation has its say."""

from collections.abc import Iterable
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

    @field_validator("files", "symbols", "replaces", mode="before")
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

    def keep(self, lessons: list[Lesson]) -> list[Lesson]:
        """Write lessons down.

        Args:
            lessons: `text`, one statement. `scope`: "repo" for what holds for everyone in this repository,
                "user" for this person's taste in any repository. `stated_by_person`: the person said so.
                `files`: paths it is about. `symbols`: as path/to/file.py::Class.method. `replaces`: ids of
                memories that it corrects.
        """
        return lessons


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
