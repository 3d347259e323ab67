"""Eight processes write, recall and sync on one store; two are killed. Nothing may be lost or torn."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

from evals.memory_bench.bare import NoCode
from evals.memory_bench.figures import Figure, lost_and_doubled
from memory.filters import ANY_STATUS, Where
from memory.mem0_store import open_store
from memory.memory import Memory
from memory.records import Draft
from memory.scopes import Viewpoint
from tools.temporary import temporary_folder

PROCESSES, KILLED = 8, 2
SECONDS = 60.0


def measure(report: Callable[[str], None], seconds: float = SECONDS) -> list[Figure]:
    """Run them for a while, kill two in the middle, and count what was acknowledged against what is there."""
    with temporary_folder() as folder:
        workers = [_Worker(folder, number, seconds) for number in range(PROCESSES)]
        for worker in workers:
            worker.start()
        time.sleep(seconds / 2)
        for worker in workers[:KILLED]:
            worker.process.send_signal(signal.SIGKILL)
        acknowledged = [text for worker in workers for text in worker.ended()]
        failed = sum(worker.process.returncode != 0 for worker in workers[KILLED:])
        report(f"{len(acknowledged):,} writes acknowledged in {seconds:.0f} s")
        memory = _memory(folder)
        records = memory.list(Where(status=ANY_STATUS))
        texts = [record.text for record in records]
        torn = sum(
            memory.history(record.id)[-1].uses is None and _differs(memory, record.id) for record in records
        )
        with closing(connect(folder / "memory.db")) as database:
            sound = database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    return [
        *lost_and_doubled("records", acknowledged, texts, "acknowledged"),
        Figure("records torn, or files damaged", torn + (not sound), "", most=0),
        Figure("processes that failed", failed, "", most=0),
    ]


class _Worker:
    """One process, and what it said it had written."""

    def __init__(self, folder: Path, number: int, seconds: float) -> None:
        argv = [sys.executable, "-m", "evals.memory_bench.processes", str(folder), str(number), str(seconds)]
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._said: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)

    def start(self) -> None:
        """Wait until it has loaded everything, and let it go."""
        if self.process.stdout and self.process.stdin:
            self.process.stdout.readline()
            self.process.stdin.write("go\n")
            self.process.stdin.flush()
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            if line.endswith("\n"):
                self._said.append(line.strip())

    def ended(self) -> list[str]:
        """Wait for its end; the texts it acknowledged."""
        self.process.wait()
        self._reader.join()
        return self._said


def _memory(folder: Path) -> Memory:
    return Memory(open_store(folder), NoCode(), Viewpoint("bench", "bench"))


def _differs(memory: Memory, memory_id: str) -> bool:
    """Whether a record is not what its history says it is."""
    after = [change.after for change in memory.history(memory_id) if change.after]
    return not after or after[-1].text != memory.get(memory_id).text


def _work(folder: Path, number: int, seconds: float) -> None:
    memory = _memory(folder)
    memory.add(Draft(f"process {number} is ready", level="repo"))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    end = time.monotonic() + seconds
    count = 0
    while time.monotonic() < end:
        text = f"process {number} learned fact {count} about module{count % 7}"
        written = memory.add(Draft(text, level="repo"), turn=f"{number}-{count}")
        if written.record:
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()
        if count % 5 == 0:
            found = memory.recall(f"fact {count} of module{count % 7}").fed
            memory.note_recalled([item.record.id for item in found[:3]], turn=f"{number}-{count}")
        if count % 10 == 0:
            memory.sync()
        count += 1


if __name__ == "__main__":
    _work(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
