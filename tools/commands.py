"""Takes a shell command line apart into the programs it would run, however deep they are nested.

Bash's own grammar (tree-sitter) finds them in lists, pipes, substitutions, loops and functions; programs
that run another one (env, xargs, timeout, find -exec, bash -c, eval) are followed into their arguments.
What cannot be known before it runs is said to be unclear, never assumed to be harmless.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

DYNAMIC = "$"  # stands in a word for what is known only when it runs

_SHELLS = frozenset({"bash", "sh", "zsh", "dash", "ksh"})
_MAX_DEPTH = 5
_ASSIGNMENT = re.compile(r"^[A-Za-z_]\w*=")
_WILD = re.compile(r"[$*?\[{`]")


@dataclass(frozen=True)
class Call:
    """One program that would run.

    Attributes:
        words: its name, without folders, and its arguments, quotes removed.
        writes: the files its output is redirected to.
        fed: whether its input comes from a pipe or the command line.
    """

    words: tuple[str, ...]
    writes: tuple[str, ...] = ()
    fed: bool = False

    @property
    def name(self) -> str:
        """The program."""
        return self.words[0]


@dataclass(frozen=True)
class CommandLine:
    """The programs of a command line; `unclear` says what could not be seen, or is empty."""

    calls: tuple[Call, ...]
    unclear: str = ""


def calls_in(command: str, depth: int = 0) -> CommandLine:
    """Return every program that a command line would run, outermost first."""
    if depth > _MAX_DEPTH:
        return CommandLine((), "it is nested too deeply")
    root = _parser().parse(command.encode("utf-8", "replace")).root_node
    calls: list[Call] = []
    unclear = "it is not complete or not valid Bash" if root.has_error else ""
    for node in _nodes(root, "command"):
        call = _call(node)
        if call is None:
            continue
        if _WILD.search(call.name):
            unclear = unclear or f"the program is computed ({call.name})"
            continue
        inner = _inner(call, depth)
        calls += [call, *inner.calls]
        unclear = unclear or inner.unclear
    calls += _bare_redirections(root)
    return CommandLine(tuple(calls), unclear)


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_bash.language()))


def _nodes(node: Node, kind: str) -> Iterator[Node]:
    if node.type == kind:
        yield node
    for child in node.named_children:
        yield from _nodes(child, kind)


def _call(node: Node) -> Call | None:
    name = node.child_by_field_name("name")
    if name is None:
        return None
    words = [_text(name), *(_text(word) for word in node.children_by_field_name("argument"))]
    call = Call((words[0].rsplit("/", 1)[-1], *words[1:]), _writes(node), _is_fed(node))
    return _without_git_options(call) if call.name == "git" else call


def _text(node: Node) -> str:
    """Return a word as the program would see it, with DYNAMIC for what only the shell knows."""
    source = (node.text or b"").decode("utf-8", "replace")
    match node.type:
        case "word" | "number" | "string_content" | "special_variable_name":
            return re.sub(r"\\(.)", r"\1", source)
        case "raw_string":
            return source[1:-1]
        case "command_name" | "concatenation" | "string":
            return "".join(_text(child) for child in node.named_children) if node.named_children else ""
        case _:
            return DYNAMIC


def _writes(node: Node) -> tuple[str, ...]:
    """Return where a command's output goes: its own redirections and those around it."""
    holders = [node]
    while holders[-1].parent is not None and holders[-1].type not in ("program", "command_substitution"):
        holders.append(holders[-1].parent)
    redirects = [child for holder in holders for child in holder.children_by_field_name("redirect")]
    return tuple(target for redirect in redirects for target in _targets(redirect))


def _targets(redirect: Node) -> list[str]:
    if redirect.type != "file_redirect" or b">" not in (redirect.text or b""):
        return []
    return [_text(target) for target in redirect.children_by_field_name("destination")]


def _bare_redirections(root: Node) -> list[Call]:
    """`> file` alone empties the file: a program without a name that writes."""
    bare = [node for node in _nodes(root, "redirected_statement") if node.child_by_field_name("body") is None]
    found = [tuple(t for r in node.children_by_field_name("redirect") for t in _targets(r)) for node in bare]
    return [Call((":",), writes) for writes in found if writes]


def _is_fed(node: Node) -> bool:
    parent = node.parent
    while parent is not None and parent.type in ("redirected_statement", "negated_command"):
        if any("here" in child.type for child in parent.named_children):
            return True
        node, parent = parent, parent.parent
    if any("here" in child.type for child in node.named_children):
        return True
    if parent is None or parent.type != "pipeline":
        return parent is not None and parent.type == "heredoc_redirect"
    above = parent.parent  # in `cat <<E | sh` the rest of the pipe hangs below the here-document
    return parent.named_children[0] != node or (above is not None and above.type == "heredoc_redirect")


def _without_git_options(call: Call) -> Call:
    """`git -C folder -c a=b push` is a `git push`; a setting that names a program is kept as a word."""
    words = list(call.words[1:])
    kept: list[str] = []
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option in ("-C", "-c", "--git-dir", "--work-tree", "--namespace") and words:
            value = words.pop(0)
            kept += [f"-c={value}"] if option == "-c" else []
    return replace(call, words=("git", *words, *kept))


# --- programs that run another one --------------------------------------------------------------------


def _inner(call: Call, depth: int) -> CommandLine:
    """Return what a program runs in its turn."""
    arguments = list(call.words[1:])
    if call.name in _SHELLS:
        return _shell_script(arguments, depth)
    if call.name == "eval":
        return _script(" ".join(arguments), depth)
    if call.name == "trap" and arguments:
        return _script(arguments[0], depth)
    if call.name in ("source", "."):
        return CommandLine(())
    if call.name == "find":
        return _join([_follow(words, call, depth) for words in _found_programs(arguments)])
    skip = _RUNNERS.get(call.name)
    if skip is None:
        return CommandLine(())
    return _follow(skip(arguments) + ([DYNAMIC] if call.name == "xargs" else []), call, depth)


def _follow(words: Sequence[str], outer: Call, depth: int) -> CommandLine:
    if not words or words == [DYNAMIC]:
        return CommandLine(())
    if _WILD.search(words[0]):
        return CommandLine((), f"the program is computed ({words[0]})")
    call = replace(outer, words=(words[0].rsplit("/", 1)[-1], *words[1:]))
    call = _without_git_options(call) if call.name == "git" else call
    return _join([CommandLine((call,)), _inner(call, depth + 1)])


def _join(lines: Sequence[CommandLine]) -> CommandLine:
    calls = tuple(call for line in lines for call in line.calls)
    return CommandLine(calls, next((line.unclear for line in lines if line.unclear), ""))


def _shell_script(arguments: Sequence[str], depth: int) -> CommandLine:
    for place, word in enumerate(arguments):
        if re.fullmatch(r"-\w*c\w*", word):
            following = [later for later in arguments[place + 1 :] if not later.startswith("-")]
            return _script(following[0], depth) if following else CommandLine(())
    return CommandLine(())


def _script(script: str, depth: int) -> CommandLine:
    if DYNAMIC in script and not re.search(r"\s", script.strip()):
        return CommandLine((), "a script is computed")
    return calls_in(script, depth + 1)


def _found_programs(arguments: Sequence[str]) -> list[list[str]]:
    """Return what `find` executes: the words from each -exec up to ; or +."""
    found: list[list[str]] = []
    collecting = False
    for word in arguments:
        if word in ("-exec", "-execdir", "-ok", "-okdir"):
            found.append([])
            collecting = True
        elif word in (";", "+"):
            collecting = False
        elif collecting:
            found[-1].append(DYNAMIC if word == "{}" else word)
    return found


def _after_options(with_value: str = "", values: int = 0) -> Callable[[Sequence[str]], list[str]]:
    """Skip options, then assignments, then a number of values: what is left is the program."""

    def skip(arguments: Sequence[str]) -> list[str]:
        words = list(arguments)
        while words and words[0].startswith("-"):
            option = words.pop(0)
            if option == "--":
                break
            if option in with_value.split() and words:
                words.pop(0)
        while words and _ASSIGNMENT.match(words[0]):
            words.pop(0)
        return words[values:]

    return skip


_RUNNERS: dict[str, Callable[[Sequence[str]], list[str]]] = {
    "builtin": _after_options(),
    "command": _after_options(),
    "doas": _after_options("-u -C"),
    "env": _after_options("-u -C -S --unset --chdir"),
    "exec": _after_options("-a"),
    "flock": _after_options("-w -E", values=1),
    "ionice": _after_options("-c -n -p"),
    "nice": _after_options("-n --adjustment"),
    "nohup": _after_options(),
    "setsid": _after_options(),
    "stdbuf": _after_options("-i -o -e"),
    "sudo": _after_options("-u -g -C -h -p"),
    "time": _after_options("-f -o"),
    "timeout": _after_options("-s -k --signal --kill-after", values=1),
    "watch": _after_options("-n --interval"),
    "xargs": _after_options("-I -n -P -d -L -s -E -a --max-args --max-procs --delimiter --replace"),
}
