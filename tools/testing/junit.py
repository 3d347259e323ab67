"""Reads pytest's JUnit file (family xunit1, which names the file of each test)."""

import re
from pathlib import Path
from xml.etree import ElementTree

from tools.testing.results import CaseOutcome, TestCase, merged

_MESSAGE = 300
_EXCERPT_LINES = 16
_EXCERPT = 1_500
_NOT_COLLECTED = "collection failure"
_PLACE = re.compile(r"^\S+:\d+: \S")


def read_junit(file: Path, root: Path) -> list[TestCase]:
    """The tests a JUnit file tells of; none where it is missing or was cut off.

    Args:
        file: the XML file.
        root: where the tests were run.
    """
    try:
        tree = ElementTree.parse(file)
    except (OSError, ElementTree.ParseError):
        return []
    return merged([_case(element, root) for element in tree.iter("testcase")])


def outcome_in(element: ElementTree.Element) -> tuple[CaseOutcome, str, str]:
    """What became of a test: its outcome, its message, and what was printed of the failure."""
    kinds: tuple[tuple[CaseOutcome, str], ...] = (
        ("error", "error"), ("failed", "failure"), ("skipped", "skipped"),
    )  # fmt: skip
    for outcome, tag in kinds:
        child = element.find(tag)
        if child is not None:
            return outcome, child.get("message", ""), child.text or ""
    return "passed", "", ""


def _case(element: ElementTree.Element, root: Path) -> TestCase:
    outcome, message, details = outcome_in(element)
    name = _test_id(element, root)
    if outcome == "error" and message == _NOT_COLLECTED:
        outcome = "uncollected"
    return TestCase(
        id=name,
        outcome=outcome,
        message=_message(message, details) if outcome != "passed" else "",
        excerpt=excerpt_of(details, root) if outcome in ("failed", "error", "uncollected") else "",
        seconds=float(element.get("time") or 0),
    )


def _test_id(element: ElementTree.Element, root: Path) -> str:
    """The test as the command line takes it, from `file`, `classname` and `name`."""
    name, classname = element.get("name", ""), element.get("classname", "")
    path = (element.get("file") or "").replace("\\", "/")
    if not path:  # a file that could not be collected is named as a module
        module = f"{classname}.{name}".strip(".")
        as_path = f"{module.replace('.', '/')}.py"
        return as_path if (root / as_path).is_file() else module
    module = path.removesuffix(".py").replace("/", ".")
    classes = classname.removeprefix(module).strip(".") if classname.startswith(module) else ""
    if not name or (not classname and module.endswith(name)):  # a file that could not be collected
        return path
    return "::".join([path, *filter(None, classes.split(".")), name])


def _message(message: str, details: str) -> str:
    """The failure in one line. "failed on setup with ..." and the like keep what they say."""
    first = next((line.strip() for line in message.splitlines() if line.strip()), "")
    if first in ("", _NOT_COLLECTED):
        said = [line[1:].strip() for line in details.splitlines() if line.startswith("E ")]
        first = said[-1] if said else first
    return first[:_MESSAGE]


def excerpt_of(details: str, root: Path) -> str:
    """The lines of a failure that matter: the failing statement, what was compared, and the place.

    Places in installed packages are left out: what is to be mended lies in the project.
    """
    lines = details.rstrip().splitlines()
    kept = [
        line
        for line in lines
        if line.startswith(("E  ", ">")) or (_PLACE.match(line) and not _is_foreign(line, root))
    ]
    if not kept:
        kept = lines[-_EXCERPT_LINES:]
    if len(kept) > _EXCERPT_LINES:
        half = _EXCERPT_LINES // 2
        kept = [*kept[:half], "...", *kept[-half:]]
    return "\n".join(kept)[:_EXCERPT]


def _is_foreign(place: str, root: Path) -> bool:
    return "site-packages" in place or (place.startswith("/") and not place.startswith(f"{root}/"))
