"""The tests of a repository for one turn: which projects there are, and what their tests said before."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock, Thread

from graph.project_tests import ProjectTests
from tools.testing.commands import TestCommand, TestOptions
from tools.testing.projects import owner_of, projects
from tools.testing.runner import TestRunner
from tools.testing.stated import Told
from tools.workspace import Workspace

__test__ = False

AFFORDABLE_S = 120.0  # a suite that took longer before the change is not run whole after each attempt
MOST_TOLD = 12  # projects that the model is told of, each with those that are run in the same way
FEWEST_ALIKE = 3  # projects that are told of in one line


class TestBench:
    """Finds the projects of a repository once, and runs the tests of those that a change touches.

    Args:
        workspace: The repository.
        options: What the person set: a command, an interpreter, a time limit.
        runner: Runs a command and reads its results.
        affordable_s: How long a whole suite may take to be run after each attempt.
        remembered: The commands that memory tells of; asked for when they are needed.
    """

    __test__ = False

    def __init__(
        self,
        workspace: Workspace,
        options: TestOptions,
        runner: TestRunner,
        affordable_s: float = AFFORDABLE_S,
        remembered: Callable[[], Sequence[Told]] = tuple,
    ) -> None:
        self._workspace = workspace
        self._options = options
        self._runner = runner
        self._affordable_s = affordable_s
        self._remembered = remembered
        self._found: list[ProjectTests] | None = None
        self._lock = Lock()
        self._expected: set[str] | None = None  # the folders that the plan touches, once it is known
        self._thread: Thread | None = None

    def projects(self) -> list[ProjectTests]:
        """All projects, the root first; there is always one, if only to say why there are no tests."""
        with self._lock:
            if self._found is None:
                root, told = self._workspace.root, self._remembered()
                self._found = [
                    ProjectTests(root, project, self._runner, self._affordable_s)
                    for project in projects(self._workspace, self._options, told)
                ]
            return self._found

    def of(self, paths: Collection[str]) -> list[ProjectTests]:
        """The projects that these files belong to. Where there is but one, it is that.

        A root that only has the others run their tests counts where nothing else is touched.
        """
        every = self.projects()
        if len(every) == 1 and not every[0].folder:
            return every
        owners = {owner_of(path.partition("::")[0], [one.project for one in every]) for path in paths}
        return _counting([one for one in every if one.project in owners])

    def concerned(self, paths: Collection[str]) -> list[ProjectTests]:
        """The projects that the plan touches, and those of files that are about to be changed."""
        found = [*self.expected(), *(self.of(paths) if paths else [])]
        return _counting(list(dict.fromkeys(found)))

    def only(self) -> ProjectTests | None:
        """The project that is the whole repository, where it is one."""
        every = self.projects()
        return every[0] if len(every) == 1 and not every[0].folder else None

    def command(self) -> TestCommand | None:
        """The command whose surroundings a shell shares: that of the root, or else the first of Python's."""
        every = self.projects()
        if only := self.only():
            return only.command()
        commands = (project.command() for project in every if project.project.speaks_python)
        return next((command for command in commands if command), None)

    def python(self) -> Path | None:
        """The interpreter that the tests run with, where they are Python's."""
        command = self.command()
        if command is None or command.framework not in ("pytest", "unittest"):
            return None
        return Path(command.argv[0])

    def told(self) -> str:
        """What the model is told of how its change will be tested."""
        every = self.projects()
        if len(every) == 1:
            command = every[0].command()
            if command is None:
                return f"The harness can run no tests here. {every[0].why_not()}"
            return f"The harness will run `{command.shown()}` ({command.why}) after your edits."
        ways: dict[str, list[ProjectTests]] = {}
        for project in every:
            ways.setdefault(_way_inside(project), []).append(project)
        lines = [_line(found) for found in list(ways.values())[:MOST_TOLD]]
        more = [f"- … and {len(ways) - MOST_TOLD} more"] if len(ways) > MOST_TOLD else []
        head = (
            "This repository has several projects. After your edits the harness runs the tests of those that"
        )
        return "\n".join([f"{head} they touch:", *lines, *more])

    def where(self) -> str:
        """The projects that have tests, for the person."""
        return ", ".join(f"{project.folder or '.'}/" for project in self.projects())

    def start_baseline(self) -> None:
        """Run the tests as the code is now, in the background: nobody need wait for it but an edit."""
        if self._thread is None:
            # A daemon: where the run ends first, the program need not wait.
            self._thread = Thread(target=self._measure_all, name="baseline", daemon=True)
            self._thread.start()

    def expect(self, paths: Collection[str]) -> list[ProjectTests]:
        """Say which files a plan touches: the baselines of other projects are not begun any more."""
        found = self.of(paths)
        self._expected = (self._expected or set()) | {project.folder for project in found}
        return found

    def close(self) -> None:
        """End the baselines that nobody waits for any more."""
        self._expected = set()
        for project in self._found or ():
            project.close()

    def expected(self) -> list[ProjectTests]:
        """The projects that the plan touches; all of them where nobody has said."""
        every, folders = self.projects(), self._expected
        return every if folders is None else [project for project in every if project.folder in folders]

    def _measure_all(self) -> None:
        try:
            every = self.projects()
        except Exception:  # noqa: BLE001 - whoever asks for the projects next hears of it
            return
        for project in every:
            wanted = self._expected is None and not project.project.only_passes_on
            if wanted or project.folder in (self._expected or ()):
                project.measure()


def _counting(found: list[ProjectTests]) -> list[ProjectTests]:
    """The same, without a root that only has the others run their tests; that one where it is alone."""
    return [one for one in found if not one.project.only_passes_on] or found


def _line(alike: Sequence[ProjectTests]) -> str:
    """How projects are tested that are all tested in the same way, each in its own folder."""
    if len(alike) >= FEWEST_ALIKE:
        return f"- {', '.join(f'{one.folder}/' for one in alike)}: in each of them {_way_inside(alike[0])}"
    return "\n".join(f"- {one.folder or '.'}/: {_way(one)}" for one in alike)


def _way_inside(project: ProjectTests) -> str:
    """How its tests are run, once one is in its folder."""
    command = project.command()
    return f"`{replace(command, folder='').shown()}` ({command.why})" if command else _way(project)


def _way(project: ProjectTests) -> str:
    command = project.command()
    if command:
        rarely = ", where nothing else is touched" if project.project.only_passes_on else ""
        return f"`{command.shown()}` ({command.why}){rarely}"
    reason = project.why_not().removeprefix(f"{project.folder}/: ").partition(". ")[0]
    return f"no tests can be run: {reason.rstrip('.')}"
