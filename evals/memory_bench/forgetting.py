"""Is what was forgotten gone, byte by byte?"""

from collections.abc import Callable
from pathlib import Path
from random import Random

from evals.memory_bench.bare import NoCode
from evals.memory_bench.figures import Figure
from memory.filters import ANY_STATUS, Where
from memory.mem0_store import open_store
from memory.memory import Memory
from memory.records import Anchors, Draft, Provenance
from memory.scopes import Viewpoint
from tools.temporary import temporary_folder

TEXTS, KEPT = 100, 100
WAYS = 5
SYLLABLES = ("zor", "vex", "qua", "bim", "lud", "pax", "tyr", "gno", "fip", "wex", "jad", "kli")


def measure(report: Callable[[str], None]) -> list[Figure]:
    """A hundred memories with a life behind them, forgotten by id, path, author, commit and user."""
    rng = Random(5)
    words = [_word(rng, number) for number in range(TEXTS + KEPT)]
    with temporary_folder() as folder:
        store = open_store(folder)
        ours, theirs = (Memory(store, NoCode(), Viewpoint(user, "shop")) for user in ("ada", "bob"))
        for number, word in enumerate(words):
            _live(ours if number % WAYS else theirs, number, word, doomed=number < TEXTS)
        before = _raw(folder)
        there = sum(word.encode() in before for word in words[:TEXTS])
        _forget(ours, theirs)
        open_files = _raw(folder)
        store.close()
        closed = _raw(folder)
    left = sum(word.encode() in open_files or word.encode() in closed for word in words[:TEXTS])
    lost = sum(word.encode() not in closed for word in words[TEXTS:])
    report(f"{there} of {TEXTS} were there before, in {len(before):,} bytes; {len(closed):,} after")
    return [
        Figure(f"texts on disk before, of {TEXTS}", there, "", least=TEXTS),
        Figure(f"forgotten texts in the raw bytes, of {TEXTS}", left, "", most=0),
        Figure(f"other memories lost, of {KEPT}", lost, "", most=0),
    ]


def _word(rng: Random, number: int) -> str:
    """A word that nothing else holds; in the keyword index it stands as it is, its stem included."""
    return "".join(rng.choice(SYLLABLES) for _ in range(4)) + f"{number}x"


def _live(memory: Memory, number: int, word: str, *, doomed: bool) -> None:
    """Write a memory, change it, use it, and take a turn's change of it back and make it again."""
    way = number % WAYS if doomed else "kept"
    draft = Draft(
        f"The {word} of the shop is closed on Sundays, rule {number}",
        because=f"{word} was agreed",
        level="user" if number % WAYS == 0 else "repo",
        anchors=Anchors(paths=(f"src/{way}/{word}.py",), components=(f"{word}-service",)),
        provenance=Provenance(author=f"author {way}", commit=f"c0ffee{way}", session=f"s-{word}"),
    )
    made = memory.add(draft, turn=f"t{number}").record
    if made is None:
        raise ValueError(f"{draft.text!r} was refused")
    text = f"The {word} of the shop opens at noon, rule {number}"
    memory.edit(made.id, {"text": text}, reason=f"{word} changed", turn=f"u{number}")
    memory.credit([made.id], True, turn=f"u{number}")
    memory.undo(f"u{number}")
    if number % 2:
        memory.redo(f"u{number}")


def _forget(ours: Memory, theirs: Memory) -> None:
    """Each fifth of them in another way; the first fifth is private to another person."""
    for memory, where in (
        (theirs, Where(level=("user",), path=("src/0/",), status=ANY_STATUS)),
        (ours, Where(path=("src/1/",), status=ANY_STATUS)),
        (ours, Where(author=("author 2",), status=ANY_STATUS)),
        (ours, Where(commit=("c0ffee3",), status=ANY_STATUS)),
    ):
        memory.forget_all([record.id for record in memory.list(where)])
    ids = [record.id for record in ours.list(Where(path=("src/4/",), status=ANY_STATUS))]
    for memory_id in ids[:3]:
        ours.forget(memory_id)
    ours.forget_all(ids[3:])


def _raw(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
