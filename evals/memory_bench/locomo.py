"""Evidence recall on LoCoMo (snap-research/locomo): are the turns that answer a question among the first ten?

Each conversation is one repository's memory; each turn, with its date and speaker, is one memory. The
questions of categories 1 to 4 are searched for, without a model. Beside both levels of oldhand: keywords
alone (SQLite FTS5 with a stemmer), and mem0 as it comes, with its default embedded store and the light
level's embedding model.
"""

import json
import re
import sqlite3
import statistics
import time
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from evals.memory_bench.bare import NoCode, plain_mem0
from evals.memory_bench.figures import Figure
from memory.deep import Deep
from memory.errors import EmbedderUnavailable
from memory.levels import Level
from memory.light import Light
from memory.mem0_store import open_store
from memory.memory import Memory
from memory.records import Draft
from memory.scopes import Viewpoint
from tools.temporary import temporary_folder

CATEGORIES = (1, 2, 3, 4)
FIRST = 10

Search = Callable[[str], Sequence[str]]
"""The ids of the first ten turns for a question, best first."""
GOALS = {"oldhand, light": (66.0, 51.0), "oldhand, deep": (73.0, 63.0)}


@dataclass(frozen=True)
class Conversation:
    """Turns as (id, text), and questions with the ids of the turns that hold the answer."""

    name: str
    turns: tuple[tuple[str, str], ...]
    questions: tuple[tuple[str, frozenset[str]], ...]


Build = Callable[[Conversation, Path], Search]


def measure(archive: Path, report: Callable[[str], None], only: int = 0) -> list[Figure]:
    """Recall, reciprocal rank and time of each.

    Args:
        archive: locomo10.zip.
        report: Takes a line on what goes on.
        only: How many conversations; 0 for all.
    """
    conversations = read(archive)[: only or None]
    figures = []
    for name, build in (
        ("oldhand, light", by_light),
        ("oldhand, deep", by_deep),
        ("FTS5 alone", by_words),
        ("mem0 alone", by_mem0),
    ):
        try:
            measured = [_answers(conversation, build) for conversation in conversations]
        except EmbedderUnavailable as error:
            report(f"LoCoMo, {name}: not measured. {error}")
            continue
        figures += _figures(name, [answer for answers in measured for answer in answers])
        report(f"LoCoMo, {name}: {sum(len(answers) for answers in measured)} questions")
    return figures


def _answers(conversation: Conversation, build: Build) -> list[tuple[float, float, float]]:
    """Recall, reciprocal rank and seconds of each question."""
    answers = []
    with temporary_folder() as folder:
        search = build(conversation, folder)
        for question, gold in conversation.questions:
            began = time.perf_counter()
            found = search(question)
            answers.append((*score(found, gold), time.perf_counter() - began))
    return answers


def _figures(name: str, answers: Sequence[tuple[float, float, float]]) -> list[Figure]:
    recalls, ranks, seconds = zip(*answers, strict=True)
    recall_goal, rank_goal = GOALS.get(name, (None, None))
    return [
        Figure(f"LoCoMo evidence recall@10, {name}", 100 * statistics.mean(recalls), "%", least=recall_goal),
        Figure(f"LoCoMo MRR (first ten), {name}", 100 * statistics.mean(ranks), "%", least=rank_goal),
        Figure(f"LoCoMo search p50, {name}", 1000 * statistics.median(seconds), "ms"),
    ]


def read(archive: Path) -> list[Conversation]:
    """The conversations of the archive."""
    with zipfile.ZipFile(archive) as zipped:
        names = sorted(name for name in zipped.namelist() if name.endswith(".json"))
        return [_conversation(name, json.loads(zipped.read(name))) for name in names]


def score(found: Sequence[str], gold: frozenset[str]) -> tuple[float, float]:
    """The share of the evidence among what was found, and 1 over the rank of the first of it."""
    first = next((rank for rank, turn in enumerate(found, 1) if turn in gold), 0)
    return len(gold & set(found)) / len(gold), 1 / first if first else 0.0


def by_light(conversation: Conversation, folder: Path) -> Search:
    """What `memory search` finds as it comes."""
    return _by_oldhand(conversation, folder, None)


def by_deep(conversation: Conversation, folder: Path) -> Search:
    """What `memory search` finds with `memory.recall = "deep"`.

    Raises:
        EmbedderUnavailable: The extra `deep` is not installed.
    """
    return _by_oldhand(conversation, folder, _deep())


def _by_oldhand(conversation: Conversation, folder: Path, finer: Level | None) -> Search:
    memory = Memory(open_store(folder, finer=finer), NoCode(), Viewpoint("bench", conversation.name))
    turns: dict[str, list[str]] = {}
    for turn, text in conversation.turns:
        written = memory.add(Draft(text, level="repo"))
        if written.record:
            turns.setdefault(written.record.id, []).append(turn)
    memory.embed_all()

    def search(question: str) -> Sequence[str]:
        found = memory.search(question, limit=FIRST)
        if notices := memory.notices():
            raise EmbedderUnavailable(notices[0])  # light answered: that is not what is measured
        return [turn for item in found for turn in turns[item.record.id]][:FIRST]

    return search


@cache
def _deep() -> Deep:
    return Deep()


def by_words(conversation: Conversation, _: Path) -> Search:
    """SQLite's own ranking by keywords, stemmed."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE turns USING fts5(id UNINDEXED, text, tokenize='porter unicode61')")
    database.executemany("INSERT INTO turns VALUES (?, ?)", conversation.turns)

    def search(question: str) -> Sequence[str]:
        query = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", question))
        sql = "SELECT id FROM turns WHERE turns MATCH ? ORDER BY rank LIMIT ?"
        return [turn for (turn,) in database.execute(sql, (query, FIRST))]

    return search


def by_mem0(conversation: Conversation, folder: Path) -> Search:
    """mem0 with its default embedded store; nothing is extracted, as in ours."""
    mem0 = plain_mem0(folder, Light())
    for turn, text in conversation.turns:
        mem0.add(text, user_id="bench", metadata={"turn": turn}, infer=False)

    def search(question: str) -> Sequence[str]:
        found = mem0.search(question, filters={"user_id": "bench"}, top_k=FIRST, threshold=0.0)
        return [item["metadata"]["turn"] for item in found["results"]]

    return search


def _conversation(name: str, data: dict[str, Any]) -> Conversation:
    sessions = sorted(
        (key for key in data if re.fullmatch(r"session_\d+", key)), key=lambda key: int(key[8:])
    )
    turns = tuple(
        (turn["dia_id"], f"{data[f'{key}_date_time']} {turn['speaker']}: {turn['text']}")
        for key in sessions
        for turn in data[key]
    )
    known = {turn for turn, _ in turns}
    questions = []
    for item in data["qa"]:
        gold = frozenset(_ids(item.get("evidence", ()))) & known
        if item["category"] in CATEGORIES and gold:
            questions.append((item["question"], gold))
    return Conversation(Path(name).stem, turns, tuple(questions))


def _ids(evidence: Iterable[str]) -> list[str]:
    """Ids of turns; some entries hold several."""
    return [found for entry in evidence for found in re.findall(r"D\d+:\d+", entry)]
