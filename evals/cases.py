"""Cases and datasets: what is asked of the agent, on which repository, and what is checked.

A dataset is one TOML file under `suites/` (or of the person's own), with a folder of the same name
beside it for hidden tests and memories. The nouns are those of pydantic_evals: Case, Dataset, Report.
"""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals.checks import Arm, Check, HiddenTests
from evals.errors import SuiteError
from evals.repos import source_of

SUITES = Path(__file__).parent / "suites"


class Case(BaseModel):
    """One task with its circumstances and its checks.

    Attributes:
        name: unique in its dataset.
        task: what is asked, word for word.
        earlier: tasks that are run and committed before it, in sessions of their own.
        memories: a JSON Lines file of the dataset's folder that is imported before it.
        checks: what has to hold afterwards.
        recordings: for each arm the recording to replay instead of asking a model.
        timeout_s: seconds that one run of the program may take.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern="^[a-z0-9-]+$")
    task: str = Field(min_length=1)
    earlier: tuple[str, ...] = ()
    memories: str | None = None
    checks: tuple[Check, ...] = Field(min_length=1)
    recordings: dict[Arm, str] = Field(default_factory=dict)
    timeout_s: float = Field(default=1800.0, gt=0)

    def files(self) -> list[str]:
        """The files of the dataset's folder that the case needs."""
        hidden = [name for check in self.checks if isinstance(check, HiddenTests) for name in check.files]
        return [*hidden, *([self.memories] if self.memories else []), *self.recordings.values()]


class Dataset(BaseModel):
    """A suite of cases on one sample repository.

    Attributes:
        folder: where the files lie that its cases name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    repository: str
    folder: Path
    cases: tuple[Case, ...] = Field(min_length=1)

    def live(self) -> "Dataset":
        """Return the dataset without its recordings: a model is asked in every case."""
        cases = tuple(case.model_copy(update={"recordings": {}}) for case in self.cases)
        return self.model_copy(update={"cases": cases})

    def only(self, names: tuple[str, ...]) -> "Dataset":
        """Return the dataset with some of its cases.

        Raises:
            SuiteError: there is no case of such a name.
        """
        known = {case.name for case in self.cases}
        if unknown := [name for name in names if name not in known]:
            raise SuiteError(
                f"The suite {self.name} has no case {unknown[0]!r}. It has: {', '.join(sorted(known))}."
            )
        return self.model_copy(update={"cases": tuple(case for case in self.cases if case.name in names)})


def load_dataset(name: str) -> Dataset:
    """Load a suite that is shipped, by its name, or any other by the path of its TOML file.

    Raises:
        SuiteError: there is no such suite, or it does not make sense; the text says where.
        UnknownRepository: it is about a sample repository that does not exist.
    """
    path = Path(name) if name.endswith(".toml") else SUITES / f"{name}.toml"
    if not path.is_file():
        shipped = ", ".join(sorted(suite.stem for suite in SUITES.glob("*.toml")))
        raise SuiteError(f"There is no suite {name!r}. Shipped: {shipped}; or give the path of a .toml file.")
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        dataset = Dataset(name=path.stem, folder=path.with_suffix(""), **document)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError) as error:
        raise SuiteError(f"The suite {path} cannot be read: {error}.") from error
    except ValidationError as error:
        raise SuiteError(f"The suite {path} does not make sense: {_first_of(error, document)}.") from error
    _check(dataset, path)
    return dataset


def _check(dataset: Dataset, path: Path) -> None:
    pristine = source_of(dataset.repository)
    names = [case.name for case in dataset.cases]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise SuiteError(f"The suite {path} has two cases called {doubled[0]}.")
    for case in dataset.cases:
        guards = [name for check in case.checks if isinstance(check, HiddenTests) for name in check.guards]
        needed = [*(dataset.folder / name for name in case.files()), *(pristine / name for name in guards)]
        if missing := [file for file in needed if not file.is_file()]:
            raise SuiteError(f"Case {case.name} of {path} needs {missing[0]}, which does not exist.")


def _first_of(error: ValidationError, document: dict[str, Any]) -> str:
    """The first thing that is wrong, with the case's name instead of its number."""
    first = error.errors()[0]
    place = [str(step) for step in first["loc"]]
    if len(place) > 1 and place[0] == "cases":
        case = document["cases"][int(place[1])]
        place[:2] = [f"case {case.get('name', place[1])}"]
    return f"{', '.join(place)}: {first['msg']}"
