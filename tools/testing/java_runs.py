"""Maven and Gradle: both leave JUnit files behind, one for each class."""

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from tools.testing.adapter import Ended, Launch, Setting
from tools.testing.commands import TestCommand
from tools.testing.excerpts import one_line, own_lines, relative
from tools.testing.junit import outcome_in
from tools.testing.results import TestCase, merged

_FOLDERS = ("target/surefire-reports", "target/failsafe-reports", "build/test-results/*")
_MOST_FILES = 5_000
_CLOCK_S = 0.05  # the clock of a file system is coarser than ours
_COMPILER = re.compile(
    r"^(?:\[ERROR\] )?(?P<path>/\S+?\.(?:java|kt|groovy|scala)):"
    r"(?:\[(?P<line>\d+)(?:,\d+)?\]|(?P<row>\d+):)(?: error:)? (?P<what>.+)$",
    re.MULTILINE,
)
_SOURCE = (".java", ".kt", ".groovy", ".scala")


class Maven:
    """Maven with Surefire and Failsafe."""

    def launch(self, command: TestCommand, select: Sequence[str], setting: Setting) -> Launch | None:
        """Without colours and questions; in the sandbox without network either."""
        argv = [*command.argv, "-B", *(["-o"] if setting.confined else [])]
        if select:
            chosen = [_maven_name(name) for name in select]
            if None in chosen:
                return None
            argv += [f"-Dtest={','.join(filter(None, chosen))}", "-DfailIfNoTests=false",
                     "-Dsurefire.failIfNoSpecifiedTests=false"]  # fmt: skip
        return Launch(argv, _java(setting))

    def read(self, ended: Ended) -> tuple[list[TestCase], str | None]:
        """The tests of the files that this run wrote, or what did not compile."""
        return _read(ended), None


class Gradle:
    """Gradle, by its wrapper or not."""

    def launch(self, command: TestCommand, select: Sequence[str], setting: Setting) -> Launch | None:
        """No daemon outlives the run; in the sandbox there is no network, and the user's folder is ours."""
        argv = [*command.argv, "--no-daemon", "--continue", *(["--offline"] if setting.confined else [])]
        for name in select:
            path, _, rest = name.partition("::")
            if not path.endswith(_SOURCE):
                return None
            inner = rest.replace("::", ".").partition("[")[0].partition("(")[0]
            argv += ["--tests", f"*{Path(path).stem}" + (f".{inner}" if inner else "")]
        return Launch(argv, _java(setting) | _gradle_home(setting))

    def read(self, ended: Ended) -> tuple[list[TestCase], str | None]:
        """The tests of the files that this run wrote, or what did not compile.

        What Gradle finds up to date it does not run again: the files of an earlier run then count.
        """
        cases = _read(ended)
        if not cases and ended.done.exit_code == 0:
            cases = new_reports(ended.setting.root, since=0.0)
        return cases, None


def _java(setting: Setting) -> dict[str, str]:
    """Java takes no word from TMPDIR, and /tmp may not be written in a sandbox."""
    return {"JAVA_TOOL_OPTIONS": f"-Djava.io.tmpdir={setting.scratch}"} if setting.confined else {}


def _gradle_home(setting: Setting) -> dict[str, str]:
    """In the sandbox, a folder that Gradle may write, with what it has downloaded before."""
    if not setting.confined:
        return {}
    own, users = setting.scratch / "gradle", Path.home() / ".gradle"
    for installed in users.glob("wrapper/dists/*/*"):
        there = own / installed.relative_to(users)
        there.mkdir(parents=True)
        for part in installed.iterdir():
            if not part.name.endswith(".lck"):  # its own lock it must be able to take
                (there / part.name).symlink_to(part)
    own.mkdir(exist_ok=True)
    return {"GRADLE_USER_HOME": str(own), "GRADLE_RO_DEP_CACHE": str(users / "caches")}


def new_reports(root: Path, since: float) -> list[TestCase]:
    """The tests of all JUnit files, in the places of Maven and Gradle, that are not older than a moment."""
    files: list[tuple[Path, Path]] = []
    for module in ("", "*/", "*/*/"):
        for folder in _FOLDERS:
            for file in root.glob(f"{module}{folder}/TEST-*.xml"):
                if file.stat().st_mtime >= since - _CLOCK_S:
                    depth = folder.count("/") + 1
                    files.append((file, file.parents[depth]))
    cases = [
        case for file, module_root in sorted(files)[:_MOST_FILES] for case in _cases(file, module_root, root)
    ]
    return merged(cases)


def _read(ended: Ended) -> list[TestCase]:
    cases = new_reports(ended.setting.root, ended.started)
    if cases or ended.done.exit_code == 0:
        return cases
    return _not_compiled(f"{ended.done.stdout}\n{ended.done.stderr}", ended.setting.root)


def _cases(file: Path, module: Path, root: Path) -> list[TestCase]:
    try:
        tree = ElementTree.parse(file)
    except (OSError, ElementTree.ParseError):
        return []
    found = []
    for element in tree.iter("testcase"):
        outcome, message, details = outcome_in(element)
        bad = outcome in ("failed", "error")
        found.append(
            TestCase(
                id=_test_id(element.get("classname", ""), element.get("name", ""), module, root),
                outcome=outcome,
                message=(message or one_line(details, root))[:300] if outcome != "passed" else "",
                excerpt=own_lines(details, root) if bad else "",
                seconds=float((element.get("time") or "0").replace(",", "")),
            )
        )
    return found


def _test_id(classname: str, name: str, module: Path, root: Path) -> str:
    """`src/test/java/com/shop/MoneyTest.java::Deep::adds`, or the class where its file is not found."""
    outer, *inner = classname.split("$")
    inside = outer.replace(".", "/")
    for language in ("java", "kotlin", "groovy", "scala"):
        for folder in ("src/test", "src/integrationTest", "src/it"):
            for end in _SOURCE:
                file = module / folder / language / f"{inside}{end}"
                if file.is_file():
                    return "::".join([relative(str(file), root), *inner, name])
    return "::".join([outer, *inner, name])


def _not_compiled(output: str, root: Path) -> list[TestCase]:
    cases = [
        TestCase(
            relative(found["path"], root),
            "uncollected",
            f"does not compile: {found['what']}"[:300],
            f"{relative(found['path'], root)}:{found['line'] or found['row']}: {found['what']}",
        )
        for found in _COMPILER.finditer(output)
    ]
    return merged(cases)


def _maven_name(name: str) -> str | None:
    path, _, rest = name.partition("::")
    if not path.endswith(_SOURCE):
        return None
    *inner, method = rest.split("::") if rest else [""]
    outer = "$".join([Path(path).stem, *inner])
    method = method.partition("[")[0].partition("(")[0]
    return f"{outer}#{method}" if method else outer
