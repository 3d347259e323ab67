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
        return prunings(self._believed(), self._clock())

    def prune(self, turn: str | None) -> list[Pruning]:
        """Take out of use what :meth:`look` finds; it stays as expired, or as superseded by its summary."""
        found = self.look()
        if any(pruning.summary for pruning in found):
            self._store.ready_to_write()
        with self._store.transaction():
            for pruning in found:
                self._carry_out(pruning, turn)
        return found

    def _believed(self) -> list[Record]:
        """Every memory that is believed and may be seen from here."""
        believed = {**visible_filter(self._view), "status": [status.value for status in FEEDABLE]}
        return [record for record in self._store.find(believed) if may_see(record, self._view)]

    def _carry_out(self, pruning: Pruning, turn: str | None) -> None:
        code = self._code.settled()
        writer = Writer(self._store, self._view, code.head(), turn)
        if pruning.summary is not None:
            writer.write(complete(pruning.summary, self._view, code, self._clock()), pruning.records)
            return
        reason = f"{EVENT}: {pruning.why}"
        for record in pruning.records:
            after: Record = replace(record, status=Status.EXPIRED, reason=reason, updated_at=self._clock())
            self._ledger.save(EVENT, record, after, turn=turn, reason=reason)
            writer.settle(record, after)
