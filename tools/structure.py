"""What a repository is made of, told without a model: layout, build, frameworks, entry points, roles."""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tools.errors import PathError
from tools.languages import language_of
from tools.listing import Listing
from tools.manifests import Said, is_manifest, said_by
from tools.paths import is_aside, role_of
from tools.workspace import Workspace

_MOST_FOLDERS = 24
_MOST_MANIFESTS = 12
_MOST_ROLES = 24
_DEEPEST = 3
_LARGEST = 200_000
_LONGEST = 300
_PLAIN = {"code": "code", "test": "tests", "example": "examples"}
_SPELT = {
    "javascript": "JavaScript", "typescript": "TypeScript", "tsx": "TypeScript", "php": "PHP", "cpp": "C++",
    "csharp": "C#",
}  # fmt: skip
_MAIN_FILES = ("src/main.rs", "Dockerfile")
_MAIN_NAMES = ("__main__.py", "manage.py", "main.go")
_PACKAGE_FILES = ("__init__.py", "mod.rs", "lib.rs", "doc.go", "package-info.java", "README.md")
_LOCK = re.compile(r"[.-]lockb?(\.|$)")
_HEADING = re.compile(r"^\s*#.*$|^\s*[=-]{3,}\s*$|^\s*(\[!?\[|<|!\[).*$", re.MULTILINE)
_LEADING_COMMENT = re.compile(r"\A(?:#!.*\n)?\s*(?:(?:[ \t]*(?://|#).*\n)+|/\*[\s\S]*?\*/)")
_COMMENT_MARK = re.compile(r"^[ \t]*(?:#!.*|//[/!]?|#+|/\*+!?|\*+/?)|\*/\s*$", re.MULTILINE)
_LEGAL = re.compile(r"(?i)copyright|licen[sc]e|spdx|generated|eslint|@ts-")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that the files themselves say about a repository.

    Attributes:
        label: layout, build_system, framework, entrypoint or module_role.
        text: a sentence.
        paths: the files or folders that say so.
    """

    label: str
    text: str
    paths: tuple[str, ...]


def survey(workspace: Workspace) -> list[Fact]:
    """Look a repository over.

    The sentences hold no counts and no dates: they change only when the thing itself does.

    Raises:
        GitFailed: git cannot list the files.
    """
    paths = Listing(workspace.root).paths()
    facts = [*_layout(paths), *_manifests(workspace, paths), *_mains(paths), *_roles(workspace, paths)]
    return [fact for fact in facts if fact.text]


def _layout(paths: Sequence[str]) -> Iterator[Fact]:
    """One sentence on the folders at the top, with what is in each."""
    nested = (path for path in paths if "/" in path and not path.startswith("."))
    folders = [(top, list(files)) for top, files in groupby(nested, key=lambda path: path.partition("/")[0])]
    folders = sorted(folders, key=lambda item: -len(item[1]))[:_MOST_FOLDERS]
    if folders:
        named = ", ".join(f"{top}/ ({_content(files)})" for top, files in sorted(folders))
        yield Fact("layout", f"Top-level folders: {named}.", tuple(top for top, _ in sorted(folders)))


def _content(files: Sequence[str]) -> str:
    """What a folder holds for the most part: `Python code`, `Python tests`, `Markdown`."""
    roles = Counter(role_of(path) for path in files)
    code = [path for path in files if language_of(path)]
    if not code or roles["other"] > 4 * len(code):
        return "other files"
    language = Counter(language_of(path) for path in code).most_common(1)[0][0] or ""
    role = Counter(role_of(path) for path in code).most_common(1)[0][0]
    return f"{_SPELT.get(language, language.capitalize())} {_PLAIN.get(role, 'code')}"


def _manifests(workspace: Workspace, paths: Sequence[str]) -> Iterator[Fact]:
    found = [path for path in paths if is_manifest(_name(path)) and _is_central(path)]
    whole: set[Said] = set()  # what the manifests at the top say
    for path in sorted(found, key=_depth)[:_MOST_MANIFESTS]:
        for said in said_by(_name(path), _text(workspace, path), _beside(workspace.root, path)):
            if said.label == "framework" and said in whole:
                continue  # a package that stands on what the whole repository stands on
            whole.update([said] if _depth(path) == 0 else [])
            yield Fact(said.label, _cut(f"{path}: {said.sentence}."), (path,))


def _beside(root: Path, path: str) -> list[str]:
    """The files beside a manifest, and the lock of the whole repository where it has none of its own.

    Lock files are no source, so no listing names them.
    """
    own, top = ([entry.name for entry in folder.iterdir()] for folder in ((root / path).parent, root))
    return own if any(map(_is_lock, own)) else [*own, *filter(_is_lock, top)]


def _is_lock(name: str) -> bool:
    return _LOCK.search(name) is not None


def _mains(paths: Sequence[str]) -> Iterator[Fact]:
    """Files whose name makes them an entry point."""
    for path in sorted(paths, key=_depth):
        if path in _MAIN_FILES or (_name(path) in _MAIN_NAMES and _is_central(path)):
            yield Fact("entrypoint", f"{path}: an entry point, by its name.", (path,))


def _roles(workspace: Workspace, paths: Sequence[str]) -> Iterator[Fact]:
    """What each package says about itself; what a module says the search finds when it is asked for."""
    known = set(paths)
    code = (path for path in paths if "/" in path and role_of(path) == "code" and _is_central(path))
    folders = dict.fromkeys(_folder(path) for path in code)
    for folder in sorted(folders, key=_depth)[:_MOST_ROLES]:
        own = (f"{folder}/{name}" for name in _PACKAGE_FILES if f"{folder}/{name}" in known)
        sentences = ((path, first_sentence(path, _text(workspace, path))) for path in own)
        told = next(((path, sentence) for path, sentence in sentences if sentence), None)
        if told:
            yield Fact("module_role", f"{folder}/: {told[1]}", (folder, told[0]))


def first_sentence(path: str, text: str) -> str:
    """How a file begins to explain itself: its docstring, first comment or paragraph; "" if not at all."""
    if path.endswith((".py", ".pyi")):
        said = _docstring(text)
    elif language_of(path):
        block = _LEADING_COMMENT.match(text)
        said = _COMMENT_MARK.sub("", block.group()) if block else ""
    else:
        said = _HEADING.sub("", text)
    paragraph = next((" ".join(part.split()) for part in re.split(r"\n\s*\n", said) if part.strip()), "")
    if _LEGAL.search(paragraph) or not re.match(r"[\w`*\"']", paragraph):
        return ""
    sentence = re.split(r"(?<=[.!?])\s", paragraph, maxsplit=1)[0]
    return "" if sentence.endswith((":", "?")) else _cut(sentence)


def _docstring(text: str) -> str:
    with suppress(SyntaxError, ValueError, RecursionError):
        return ast.get_docstring(ast.parse(text)) or ""
    return ""


def _cut(sentence: str) -> str:
    return sentence if len(sentence) <= _LONGEST else sentence[:_LONGEST].rpartition(" ")[0] + " …"


def _is_central(path: str) -> bool:
    return _depth(path) <= _DEEPEST and not path.startswith(".") and not is_aside(path)


def _text(workspace: Workspace, path: str) -> str:
    try:
        return workspace.read_bytes(path).decode("utf-8", "replace")[:_LARGEST]
    except (PathError, OSError):
        return ""


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _depth(path: str) -> int:
    return path.count("/")
