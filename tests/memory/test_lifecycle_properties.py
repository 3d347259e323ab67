"""Random histories of a repository: every memory ends where its code ended, or is not believed."""

from dataclasses import dataclass
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory.filters import ANY_STATUS, Where
from memory.records import Status

FILES = ("a/one.py", "a/two.py", "b/three.py")
OPERATIONS = ("rename file", "delete file", "move", "rename", "edit", "delete", "touch")
HISTORIES = st.lists(
    st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 99), st.integers(0, 99)), max_size=14
)
_fresh = count()


@dataclass
class Subject:
    """A symbol's true story: where it is, and whether it is what it was."""

    place: str | None
    edited: bool = False
    followable: bool = True


class History:
    """A repository of three files with two symbols each, and the truth about every one of them."""

    def __init__(self, code) -> None:
        self.code = code
        # Every name occurs once: a name that another symbol takes over is read as an edit.
        names = {path: [f"f{2 * place + i}" for i in range(2)] for place, path in enumerate(FILES)}
        code.files = {path: {name: f"body of {name}" for name in names[path]} for path in FILES}
        code.commits, code.log = [f"start{next(_fresh)}"], []
        places = [f"{path}::{name}" for path in FILES for name in names[path]]
        self.symbols = {place: Subject(place) for place in places}
        self.files: dict[str, str | None] = {path: path for path in FILES}

    def play(self, operation: str, pick: int, other: int) -> None:
        live = sorted(self.code.files)
        if not live:
            return
        path = live[pick % len(live)]
        if operation == "rename file":
            self._rename_file(path, f"{'abc'[other % 3]}/new{next(_fresh)}.py")
        elif operation == "delete file":
            self._delete_file(path)
        elif operation == "touch":
            self.code.commit(write={path: dict(self.code.files[path])})
        elif names := sorted(self.code.files[path]):
            self._change_symbol(operation, path, names[other % len(names)], live[other % len(live)])

    def _rename_file(self, path: str, new: str) -> None:
        self.code.commit(rename=[(path, new)])
        for subject in self._inside(path):
            subject.place = subject.place.replace(path, new)
        self.files = {name: new if now == path else now for name, now in self.files.items()}

    def _delete_file(self, path: str) -> None:
        self.code.commit(delete=[path])
        for subject in self._inside(path):
            subject.place = None
        self.files = {name: None if now == path else now for name, now in self.files.items()}

    def _change_symbol(self, operation: str, path: str, name: str, target: str) -> None:
        contents = dict(self.code.files[path])
        subject = next(s for s in self.symbols.values() if s.place == f"{path}::{name}")
        body = contents.pop(name)
        write = {path: contents}
        if operation == "edit":
            contents[name] = f"edited {next(_fresh)}"
            subject.edited = True
        elif operation == "delete":
            subject.place = None
        else:
            subject.followable = subject.followable and not subject.edited
            new = f"g{next(_fresh)}" if operation == "rename" else name
            target = path if operation == "rename" else target
            write = write if target == path else {**write, target: dict(self.code.files[target])}
            write[target][new] = body
            subject.place = f"{target}::{new}"
        self.code.commit(write=write)

    def _inside(self, path: str) -> list[Subject]:
        return [s for s in self.symbols.values() if s.place and s.place.startswith(f"{path}::")]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORIES, leap=st.booleans())
def test_memories_end_where_their_code_ended(memory_of, code, about, history, leap):
    memory = memory_of(group=f"repository {next(_fresh)}")
    story = History(code)
    by_symbol = {memory.add(about(f"On {name}", name)).record.id: name for name in story.symbols}
    by_file = {memory.add(about(f"On {name}", name)).record.id: name for name in story.files}
    for operation, pick, other in history:
        story.play(operation, pick, other)
        if not leap:
            memory.sync()
    memory.sync()
    for record in memory.list(Where(status=ANY_STATUS)):
        if record.id in by_file:
            _check_file(record, story.files[by_file[record.id]])
        else:
            _check_symbol(record, story.symbols[by_symbol[record.id]], leap)
    fed = {
        item.record.id
        for item in memory.recall("what is on f0 f1 f2 f3 f4 f5 one two three", budget_tokens=9000).fed
    }
    assert not fed & {i for i, name in by_symbol.items() if story.symbols[name].place is None}
    assert not fed & {i for i, name in by_file.items() if story.files[name] is None}
    assert memory.sync().reanchored == []


def _check_file(record, now) -> None:
    if now is None:
        assert record.status is Status.DEPRECATED
    else:
        assert (record.status, record.anchors.paths) == (Status.ACTIVE, (now,))


def _check_symbol(record, subject, leap) -> None:
    here = record.anchors.symbols[0].symbol
    if subject.place is None:
        assert record.status is Status.DEPRECATED
    elif not subject.edited:
        assert (record.status, here) == (Status.ACTIVE, subject.place)
    elif record.status is not Status.DEPRECATED:
        assert (record.status, here) == (Status.STALE, subject.place)
    else:
        assert leap or not subject.followable
