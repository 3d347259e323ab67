"""The few lines of a failure that matter, whatever printed it."""

import re
from pathlib import Path

MESSAGE = 300
_EXCERPT_LINES = 16
_EXCERPT = 1_500
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_FRAME = re.compile(r"^\s*(at\s.+|\d+: .+|❯ .+|>? ?\d+ \|.*)$")  # of JavaScript, Java and Rust
_FOREIGN = re.compile(
    r"node_modules|node:|\(<anonymous>\)$|\[native code\]|site-packages|/rustc/|/go/src/|/go-[\d.]+/src/"
    r"|\bat (java|javax|jdk|sun|kotlin|org\.(junit|opentest4j|testng|gradle|apache\.maven))[./]"
)


def plain(text: str) -> str:
    """A text without the colours of a terminal."""
    return _ANSI.sub("", text).replace("\r\n", "\n")


def one_line(text: str, root: Path) -> str:
    """What a failure says, in one line: everything before its stack trace."""
    lines: list[str] = []
    for line in _seen_from(root, plain(text)).strip().splitlines():
        if _FRAME.match(line) or len(lines) == 4:
            break
        if line.strip():
            lines.append(line.strip())
    return " ".join(lines)[:MESSAGE]


def own_lines(text: str, root: Path) -> str:
    """A failure without the frames of other people's code, its paths relative to the project."""
    lines = [
        line.rstrip()
        for line in _seen_from(root, plain(text)).strip("\n").splitlines()
        if not (_FRAME.match(line) and _FOREIGN.search(line))
    ]
    kept = [line for before, line in zip(["", *lines], lines, strict=False) if line or before]
    if len(kept) > _EXCERPT_LINES:
        half = _EXCERPT_LINES // 2
        kept = [*kept[:half], "...", *kept[-half:]]
    return "\n".join(kept).strip("\n")[:_EXCERPT]


def _seen_from(root: Path, text: str) -> str:
    base = str(root).rstrip("/") + "/"
    return text.replace(f"file://{base}", "").replace(base, "")


def relative(path: str, root: Path) -> str:
    """A path as seen from the project, where it lies in it."""
    path = path.removeprefix("file://").replace("\\", "/")
    base = root.as_posix().rstrip("/") + "/"
    return path.removeprefix(base)
