"""Taking memories out of use that are not worth their place any more."""

from dataclasses import replace

from memory.caretaker import Caretaker
from memory.pruning import Pruning, prunings
from memory.records import FEEDABLE, Record, Status
from memory.scopes import may_see, visible_filter
from memory.writer import Writer
from memory.writing import complete

EVENT = "pruned"


class Pruner(Caretaker):
    """Finds what is to be pruned, and prunes it."""

    def look(self) -> list[Pruning]:
        """What is to be pruned, and why; nothing is changed."""
        believed = {**visible_filter(self._view), "status": [status.value for status in FEEDABLE]}
        records = [record for record in self._store.find(believed) if may_see(record, self._view)]
        return prunings(records, self._clock())

    def prune(self, turn: str | None) -> list[Pruning]:
        """Take out of use what :meth:`look` finds; it stays as expired, or as superseded by its summary."""
        found = self.look()
        code = self._code.settled()
        if any(pruning.summary for pruning in found):
            self._store.ready_to_write()
        with self._store.transaction():
            writer = Writer(self._store, self._view, code.head(), turn)
            for pruning in found:
                if pruning.summary is None:
                    self._retire(pruning, writer, turn)
                else:
                    record = complete(pruning.summary, self._view, code, self._clock())
                    writer.write(record, pruning.records)
        return found

    def _retire(self, pruning: Pruning, writer: Writer, turn: str | None) -> None:
        reason = f"{EVENT}: {pruning.why}"
        for record in pruning.records:
            after: Record = replace(record, status=Status.EXPIRED, reason=reason, updated_at=self._clock())
            self._ledger.save(EVENT, record, after, turn=turn, reason=reason)
            writer.settle(record, after)
