"""After updates, forgetting and what follows from them: is what is fed still right?

In the manner of MEME: a sequence of writes about a sample repository, then questions whose answer needs
the update, the forgetting, or the cascade through what rested on the old fact. Judged by what
would enter a prompt, without a model. Beside oldhand: plain mem0 as it comes.
"""

import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from evals import repos
from evals.memory_bench.bare import plain_mem0
from evals.memory_bench.figures import Figure, percent
from evals.memory_bench.noise import Split
from graph.code_view import RepositoryCode
from memory.embedding import WordLlamaEmbedder
from memory.mem0_store import open_store
from memory.memory import Memory
from memory.records import Anchors, Draft
from memory.scopes import Viewpoint
from tools.git import Git
from tools.index import SymbolIndex
from tools.temporary import temporary_folder
from tools.workspace import Workspace

Step = Mapping[str, Any]
Answers = Callable[[str], Sequence[str]]
"""The texts that a prompt about a question would get."""
REPOSITORY = "payments"


def measure(report: Callable[[str], None], splits: Sequence[Split] = ("dev", "heldout")) -> list[Figure]:
    """The share of right answers, by what they need."""
    figures: list[Figure] = []
    for split in splits:
        right: Counter[str] = Counter()
        asked: Counter[str] = Counter()
        by_mem0 = 0
        for episode in episodes(split):
            with temporary_folder() as folder:
                ours = _by_oldhand(episode, folder)
                plain = _by_mem0(episode, folder / "mem0")
                texts = _texts(episode)
                for ask in episode["ask"]:
                    asked[episode["kind"]] += 1
                    is_right = _is_right(ask, texts, ours(ask["question"]))
                    right[episode["kind"]] += is_right
                    by_mem0 += _is_right(ask, texts, plain(ask["question"]))
                    if not is_right and split == "dev":
                        report(f"  wrong: {ask['question']} {ours(ask['question'])}")
        count = asked.total()
        report(f"{split}: {count} questions")
        figures += [
            Figure(f"{split}: right of {count} questions", percent(right.total(), count), "%", least=90),
            *(
                Figure(f"{split}: … of {asked[kind]} on {kind}", percent(right[kind], asked[kind]), "%")
                for kind in asked
            ),
            Figure(f"{split}: plain mem0, right", percent(by_mem0, count), "%"),
        ]
    return figures


def episodes(split: Split) -> list[dict[str, Any]]:
    """The episodes of one part."""
    file = Path(__file__).parent / "data" / f"cascade_{split}.toml"
    found: list[dict[str, Any]] = tomllib.loads(file.read_text(encoding="utf-8"))["episode"]
    return found


def _texts(episode: Mapping[str, Any]) -> dict[str, str]:
    return {step["as"]: step["add"] for step in episode["steps"] if "add" in step}


def _is_right(ask: Mapping[str, Any], texts: Mapping[str, str], fed: Sequence[str]) -> bool:
    wanted = all(texts[name] in fed for name in ask.get("fed", ()))
    spared = all(texts[name] not in fed for name in ask.get("not", ()))
    said = "says" not in ask or any(ask["says"] in text for text in fed)
    unsaid = "never" not in ask or not any(ask["never"] in text for text in fed)
    return wanted and spared and said and unsaid


def _by_oldhand(episode: Mapping[str, Any], folder: Path) -> Answers:
    root = repos.lay_out(REPOSITORY, folder / REPOSITORY)
    workspace = Workspace.open(root)
    code = RepositoryCode(workspace, Git(root), SymbolIndex(workspace, folder / "index.db"))
    memory = Memory(open_store(folder / "memory"), code, Viewpoint("bench", REPOSITORY))
    ids: dict[str, str] = {}
    for number, step in enumerate(episode["steps"]):
        _do(memory, root, step, ids, number)

    def fed(question: str) -> Sequence[str]:
        return [item.record.text for item in memory.recall(question).fed]

    return fed


def _do(memory: Memory, root: Path, step: Step, ids: dict[str, str], number: int) -> None:
    if "add" in step:
        draft = Draft(
            step["add"],
            level="repo",
            anchors=Anchors(paths=(step["path"],)) if "path" in step else Anchors(),
            because=step.get("because"),
            depends_on=tuple(ids[name] for name in step.get("on", ())),
            supersedes=tuple(ids[name] for name in step.get("replaces", ())),
        )
        written = memory.add(draft, turn=f"step {number}")
        ids[step["as"]] = written.record.id if written.record else ""
    elif "edit" in step:
        memory.edit(ids[step["edit"]], {"text": step["text"]}, reason="corrected")
    elif "approve" in step:
        memory.edit(ids[step["approve"]], {"status": "active"}, reason="approved by a person")
    elif "forget" in step:
        memory.forget(ids[step["forget"]])
    elif "undo" in step:
        memory.undo(f"step {number - 1}")
    else:
        _change_code(root, step)
        memory.sync()


def _change_code(root: Path, step: Step) -> None:
    if "delete" in step:
        (root / step["delete"]).unlink()
    else:
        old, new = step["rename"]
        (root / old).rename(root / new)
    repos.commit_all(root, "Change the code")


def _by_mem0(episode: Mapping[str, Any], folder: Path) -> Answers:
    """mem0 with its default embedded store: what is written stays until it is deleted by its id."""
    mem0 = plain_mem0(folder, WordLlamaEmbedder())
    ids: dict[str, str] = {}
    for number, step in enumerate(episode["steps"]):
        if "add" in step:
            done = mem0.add(step["add"], user_id="bench", infer=False)
            ids[step["as"]] = done["results"][0]["id"]
        elif "edit" in step:
            mem0.update(ids[step["edit"]], data=step["text"])
        elif "forget" in step:
            mem0.delete(ids[step["forget"]])
        elif "undo" in step:
            mem0.delete(ids[episode["steps"][number - 1]["as"]])

    def found(question: str) -> Sequence[str]:
        results = mem0.search(question, filters={"user_id": "bench"}, top_k=20, threshold=0.0)["results"]
        return [item["memory"] for item in results]

    return found
