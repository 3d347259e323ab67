"""Does a secret reach the disk, by whatever path? And are innocent texts left alone?"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import anyio
from mcp import Client

from evals import wire
from evals.errors import EvalError
from evals.loopback import LoopbackServer, Reply, Request
from evals.memory_bench.bare import NoCode
from evals.memory_bench.colleagues import server
from evals.memory_bench.figures import Figure, percent
from evals.memory_bench.house import House, program
from evals.memory_bench.innocent_texts import innocents
from evals.memory_bench.secret_corpus import Planted, planted
from evals.recorder import Recorder
from evals.repos import commit_all, lay_out
from memory.mem0_store import open_store
from memory.memory import Memory
from memory.records import Anchors, Draft
from memory.scopes import Viewpoint
from memory.secrets import mask
from tools.process import inherited_environment, run
from tools.temporary import temporary_folder

TIMEOUT_S = 300.0
ANSWERS = 6  # that the run must have asked for
FILES = 6  # over which the secrets are spread
Calls = Sequence[tuple[str, Mapping[str, Any]]]


class Careless(LoopbackServer):
    """An endpoint whose model repeats every secret: in its words, its plan, its edits and its lessons."""

    def __init__(self, secrets: Sequence[Planted], files: Sequence[str]) -> None:
        super().__init__()
        self.requests: list[str] = []
        self._answers = iter(_answers(secrets, files))

    def respond(self, request: Request, reply: Reply) -> None:
        """Give the next answer of the script."""
        if request.path != "/v1/chat/completions":
            reply.json(404, wire.error("There is nothing else here."))
            return
        body = request.json()
        self.requests.append(json.dumps(body, ensure_ascii=False))
        text, calls = next(self._answers, ("Nothing more.", ()))
        made = [wire.ToolCall(f"c{n}", name, json.dumps(given)) for n, (name, given) in enumerate(calls)]
        reason = "tool_calls" if made else "stop"
        answer = wire.Completion(text, tuple(made), reason, wire.Usage(100, 20))
        reply.events(wire.streamed(answer, "careless", include_usage=wire.wants_usage(body)))


def _answers(secrets: Sequence[Planted], files: Sequence[str]) -> Iterator[tuple[str, Calls]]:
    said = "\n".join(found.text for found in secrets)
    step = {"what": said, "files": [files[0]], "creates": ["made.txt"]}
    yield said, [("read_file", {"path": path}) for path in files]
    yield (
        "",
        [
            ("search", {"pattern": "[a-zA-Z0-9]{12}", "regex": True}),
            ("outline", {"path": "payments/values.py"}),
            ("definition", {"name": "VALUE_3"}),
            ("read_file", {"path": "payments/values.py"}),
        ],
    )
    plan = {"summary": said, "steps": [step], "tests": [], "memories": [], "risks": [said]}
    yield said, [("submit_plan", plan)]
    yield (
        said,
        [
            ("write_file", {"path": "made.txt", "text": said}),
            ("replace", {"path": files[0], "old": "RETRIES = 3", "new": f"RETRIES = 5\n# {secrets[0].text}"}),
            ("shell", {"command": f"cat {' '.join(files)}"}),
            ("shell", {"command": f"cat <<'E'\n{said}\nE\n"}),
        ],
    )
    yield said, [("done", {"summary": said})]
    lessons = [{"text": found.text, "label": "constraint"} for found in secrets]
    yield said, [("keep", {"lessons": lessons})]


def measure(report: Callable[[str], None]) -> list[Figure]:
    """The figures: secrets on disk or told after each path, and innocent texts masked."""
    secrets = planted()
    figures = []
    with temporary_folder() as folder:
        for name, act in (("memory add", _add), ("memory import", _import), ("MCP", _mcp), ("a run", _run)):
            root = folder / name.replace(" ", "-")
            house = House(lay_out("payments", root / "work"), root / "homes" / "data")
            told = act(house, secrets)
            kept = "".join(_raw(house.data.parent)) + told
            leaked = [found.kind for found in secrets if any(trace in kept for trace in found.traces())]
            report(f"{name}: {len(secrets)} kinds, {len(leaked)} left {', '.join(leaked[:5])}")
            figures.append(Figure(f"planted secrets on disk or told after {name}", len(leaked), "", most=0))
    figures.append(Figure("kinds of planted secrets", len(secrets), "", least=60))
    return [*figures, _innocent()]


def _innocent() -> Figure:
    texts = innocents()
    masked = sum(bool(mask(text).found) for text in texts)
    return Figure(f"innocent memories masked, of {len(texts):,}", percent(masked, len(texts)), "%", most=2)


def _raw(folder: Path) -> Iterator[str]:
    """Every byte of every file: databases, their logs, journals, transcripts, and what else there is."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.read_bytes().decode("latin-1")


def _oldhand(house: House, *arguments: str, **more: str) -> str:
    """What the program says, on both streams; how it ends is not the point here."""
    environment = {**inherited_environment(), **house.environment, **more}
    done = run([str(program()), *arguments], cwd=house.repository, timeout_s=TIMEOUT_S, env=environment)
    return done.stdout + done.stderr


def _add(house: House, secrets: Sequence[Planted]) -> str:
    """Each text as a memory, as its reason, and in the fields beside it; changed, undone and redone."""
    store = open_store(house.data / "oldhand/memory")
    memory = Memory(store, NoCode(), Viewpoint("bench", "bench"))
    said = []
    for number, found in enumerate(secrets):
        anchors = Anchors(components=(found.text,))
        draft = Draft(f"{number}: {found.text}", because=found.text, anchors=anchors)
        written = memory.add(draft, turn=f"t{number}").record
        if written:
            edited = memory.edit(written.id, {"text": f"Of {number}, {found.text}"}, reason=found.text)
            said.append(json.dumps(edited.to_json(), ensure_ascii=False))
        memory.undo(f"t{number}")
        memory.redo(f"t{number}")
    store.close()
    return "\n".join(said)


def _import(house: House, secrets: Sequence[Planted]) -> str:
    lines = []
    for number, found in enumerate(secrets):
        provenance = {"author": found.text, "session": found.text}
        record = {"text": f"{number}: {found.text}", "because": found.text, "reason": found.text}
        lines.append(json.dumps({**record, "provenance": provenance, "depends_on": [found.text]}))
    file = house.repository.parent / "memories.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    return _oldhand(house, "memory", "import", str(file), "--json") + _shown(house)


def _mcp(house: House, secrets: Sequence[Planted]) -> str:
    async def remember() -> list[str]:
        async with Client(server(house)) as client:
            heard = []
            for number, found in enumerate(secrets):
                answer = await client.call_tool("remember", {"text": f"{number}: {found.text}"})
                heard.append(str(answer))
            return heard

    return "\n".join(anyio.run(remember)) + _shown(house)


def _run(house: House, secrets: Sequence[Planted]) -> str:
    """A run whose task, files, tool output, answers, plan, edits, failing tests and lessons hold them all."""
    files = []
    for number in range(FILES):
        name = f"settings{number}.txt"
        text = "\n\n".join(found.text for found in secrets[number::FILES])
        (house.repository / name).write_text(f"RETRIES = 3\n\n{text}\n", encoding="utf-8")
        files.append(name)
    code = "".join(f"VALUE_{number} = {found.text!r}\n" for number, found in enumerate(secrets))
    (house.repository / "payments/values.py").write_text(code, encoding="utf-8")
    commit_all(house.repository, "Settings")
    recording = house.data.parent / "recording.jsonl"
    recording.parent.mkdir(parents=True, exist_ok=True)
    task = "Look at this:\n" + "\n".join(found.text for found in secrets)
    with Careless(secrets, files) as model, Recorder(model.base_url, recording) as recorder:
        flags = (
            "--model",
            "careless",
            "--yes",
            "--learn",
            "auto",
            "--attempts",
            "1",
            "--output",
            "stream-json",
        )
        tests = f"cat {' '.join(files)}; exit 1"
        words = ("run", task, *flags, "--output", "stream-json", "--test-cmd", tests)
        told = _oldhand(house, *words, OPENAI_BASE_URL=recorder.base_url, OPENAI_API_KEY=secrets[0].secret)
        asked = "\n".join(model.requests)
    if len(model.requests) < ANSWERS or len(recording.read_text().splitlines()) < ANSWERS:
        raise EvalError(f"The run asked only {len(model.requests)} times: {told[-500:]}")
    _made_whole(house, secrets)
    return "\n".join([told, asked, _oldhand(house, "sessions", "--json"), _shown(house)])


def _made_whole(house: House, secrets: Sequence[Planted]) -> None:
    """The files hold what was meant: a mask in one of them would be damage.

    Raises:
        EvalError: Something is missing, or masked.
    """
    made = (house.repository / "made.txt").read_text(encoding="utf-8")
    for found in secrets:
        if found.text.strip() not in made:
            raise EvalError(f"The file that the model wrote lacks what it was given: {found.kind}.")
    if f"RETRIES = 5\n# {secrets[0].text}" not in (house.repository / "settings0.txt").read_text():
        raise EvalError("The file beside a secret was not edited.")


def _shown(house: House) -> str:
    """What the program tells of its memories afterwards."""
    commands = (("list", "--json", "--status", "all"), ("export",))
    return "".join(_oldhand(house, "memory", *words) for words in commands)
