"""Does what a memory says about code still hold? Anchors are compared with the code as it is now."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from memory.code_view import CodeView
from memory.records import Anchors, Record, SymbolAnchor

Standing = Literal["same", "there", "changed", "moved", "gone"]
Outcome = Literal["unanchored", "holds", "changed", "gone"]
UNANCHORED = "not tied to code"
NOTHING: Mapping[str, str | None] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one anchor.

    Attributes:
        standing: "same" by digest, "there" where no digest is known, "moved" to where `now` says.
        now: The anchor as it should be from here on; as it was where nothing better is known.
    """

    anchor: str | SymbolAnchor
    standing: Standing
    now: str | SymbolAnchor

    @property
    def name(self) -> str:
        """The anchor as a person would write it."""
        return name_of(self.anchor)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at the code says about a memory.

    Attributes:
        outcome: "gone" when nothing is left of what the memory is about.
        phrase: How it was verified, for people.
        brief: What it says beyond the names of the anchors and the warning.
        warning: What to beware of; None when it holds.
        anchors: The anchors, with those that moved put right.
    """

    outcome: Outcome
    phrase: str
    warning: str | None
    anchors: Anchors
    findings: tuple[Finding, ...] = ()
    brief: str = ""


def verify(record: Record, code: CodeView, ended: Mapping[str, str | None] = NOTHING) -> Verdict:
    """Compare a memory's anchors with the code.

    The subjects of a memory are its symbols, and those of its paths that are not just the files of
    these symbols.

    Args:
        record: The memory.
        code: The code as it is now.
        ended: Anchors that are known to have come to an end, with the commit (None: not committed): what
            has their name now is them only if it is much the same.
    """
    findings = tuple(
        [_symbol_finding(anchor, code, ended) for anchor in record.anchors.symbols]
        + [_path_finding(path, code, ended) for path in free_paths(record.anchors)]
    )
    anchors = settled(record.anchors, findings)
    if not findings:
        return Verdict("unanchored", UNANCHORED, None, anchors, brief=UNANCHORED)
    gone = [finding.name for finding in findings if finding.standing == "gone"]
    changed = [finding.name for finding in findings if finding.standing == "changed"]
    if len(gone) == len(findings):
        return Verdict("gone", f"{_listing(gone)} {_is(gone)} gone", None, anchors, findings)
    if gone or changed:
        notes = [f"{_listing(gone)} {_is(gone)} gone"] if gone else []
        notes += [f"{_listing(changed)} changed since"] if changed else []
        warning = " and ".join(notes)
        return Verdict(
            "changed", warning, f"{warning}: check the code before relying on this", anchors, findings
        )
    return Verdict("holds", _phrase(findings), None, anchors, findings, _brief(findings))


def free_paths(anchors: Anchors) -> list[str]:
    """The paths that are anchors of their own, not just the files that anchored symbols lie in."""
    files = {anchor.path for anchor in anchors.symbols}
    return [path for path in anchors.paths if path not in files]


def moved_to(anchor: SymbolAnchor, code: CodeView, *, ended: bool = False) -> str | None:
    """Where the code of a symbol is now, if there is one best answer.

    The same name elsewhere is a move; another name in the same file is a rename, and so is the only
    place that has the body at all, unless its end is known: then that is other code.
    """
    body = anchor.seen_body or anchor.body_digest
    places = [place for place in code.symbols_with_body(body) if place != anchor.symbol] if body else []
    for same in (_qualname, _path):
        alike = [place for place in places if same(place) == same(anchor.symbol)]
        if len(alike) == 1:
            return alike[0]
    return places[0] if len(places) == 1 and not ended else None


def settled(anchors: Anchors, findings: tuple[Finding, ...]) -> Anchors:
    """The anchors with moved symbols put right, and the path of a file that only they stood for."""
    now = {finding.anchor: finding.now for finding in findings}
    symbols = tuple(_as_symbol(now.get(anchor, anchor)) for anchor in anchors.symbols)
    file_now = {old.path: new.path for old, new in zip(anchors.symbols, symbols, strict=True)}
    paths = tuple(dict.fromkeys(file_now.get(path, path) for path in anchors.paths))
    return replace(anchors, paths=paths, symbols=tuple(dict.fromkeys(symbols)))


def with_digests(anchors: Anchors, code: CodeView) -> Anchors:
    """The anchors with the digests of symbols that have none, taken from the code as it is now."""
    return replace(
        anchors,
        symbols=tuple(
            anchor if anchor.digest else _known(anchor.symbol, code) or anchor for anchor in anchors.symbols
        ),
    )


def name_of(anchor: str | SymbolAnchor) -> str:
    """The anchor as a person would write it."""
    return anchor if isinstance(anchor, str) else anchor.symbol


def _path_finding(path: str, code: CodeView, ended: Mapping[str, str | None]) -> Finding:
    there = code.has_path(path) and (path not in ended or code.is_as_before(path, ended[path]))
    return Finding(path, "there" if there else "gone", path)


def _symbol_finding(anchor: SymbolAnchor, code: CodeView, ended: Mapping[str, str | None]) -> Finding:
    fact = code.symbol(anchor.symbol)
    if fact is None:
        return _moved(anchor, code, ended=anchor.symbol in ended) or Finding(anchor, "gone", anchor)
    if anchor.digest is None:
        return Finding(anchor, "there", SymbolAnchor(anchor.symbol, fact.digest, fact.body_digest))
    if fact.digest == anchor.digest:
        return Finding(anchor, "same", replace(anchor, seen_body=None))
    if fact.body_digest == anchor.body_digest:  # it has got another name
        return Finding(anchor, "same", SymbolAnchor(anchor.symbol, fact.digest, fact.body_digest))
    if anchor.symbol in ended and not code.is_as_before(anchor.symbol, ended[anchor.symbol]):
        return Finding(anchor, "gone", anchor)
    return Finding(anchor, "changed", replace(anchor, seen_body=fact.body_digest))


def _moved(anchor: SymbolAnchor, code: CodeView, *, ended: bool) -> Finding | None:
    place = moved_to(anchor, code, ended=ended)
    now = _known(place, code) if place else None
    if now is None:
        return None
    if anchor.seen_body is None:
        return Finding(anchor, "moved", now)
    return Finding(anchor, "changed", replace(anchor, symbol=now.symbol))


def _known(symbol: str, code: CodeView) -> SymbolAnchor | None:
    fact = code.symbol(symbol)
    return SymbolAnchor(symbol, fact.digest, fact.body_digest) if fact else None


def _as_symbol(anchor: str | SymbolAnchor) -> SymbolAnchor:
    return SymbolAnchor(anchor) if isinstance(anchor, str) else anchor


def _moves(findings: tuple[Finding, ...]) -> list[str]:
    return [
        f"{finding.name} is now {name_of(finding.now)}" for finding in findings if finding.standing == "moved"
    ]


def _phrase(findings: tuple[Finding, ...]) -> str:
    same = [finding.name for finding in findings if finding.standing == "same"]
    there = [finding.name for finding in findings if finding.standing == "there"]
    parts = _moves(findings)
    parts += [f"{_listing(same)} unchanged"] if same else []
    parts += [f"{_listing(there)} {'exist' if len(there) > 1 else 'exists'}"] if there else []
    return "; ".join(parts)


def _brief(findings: tuple[Finding, ...]) -> str:
    """The phrase without the names of what is where it was."""
    standings = {finding.standing for finding in findings}
    words = [word for standing, word in (("same", "unchanged"), ("there", "exists")) if standing in standings]
    return "; ".join([*_moves(findings), *words])


def _listing(names: list[str], most: int = 3) -> str:
    shown = names if len(names) <= most else [*names[:most], f"{len(names) - most} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _qualname(symbol: str) -> str:
    return symbol.partition("::")[2]


def _path(symbol: str) -> str:
    return symbol.partition("::")[0]
