from dataclasses import dataclass

from memory.filters import Where
from memory.memory import Memory
from memory.records import Kind, Origin, Status
from memory.structure import note_structure


@dataclass(frozen=True)
class Told:
    label: str
    text: str
    paths: tuple[str, ...]


LAYOUT = Told("layout", "Top-level folders: core/ (Python code).", ("core",))
BUILD = Told("build_system", "pyproject.toml: built with hatchling.", ("pyproject.toml",))


def structural(memory: Memory):
    return {record.text: record for record in memory.list(Where(kind=(Kind.STRUCTURAL,)))}


def test_what_the_repository_says_is_kept_as_it_says_it_now(memory, code):
    code.files |= {"pyproject.toml": {}, "web/app.tsx": {}}
    first = note_structure(memory, [LAYOUT, BUILD])
    assert (len(first.added), first.changed, first.ended) == (2, [], [])
    assert {record.provenance.origin for record in first.added} == {Origin.INDEXED}
    assert not note_structure(memory, [LAYOUT, BUILD])

    wider = Told("layout", "Top-level folders: core/ (Python code), web/ (Tsx code).", ("core", "web"))
    second = note_structure(memory, [wider])
    assert [record.id for record in second.changed] == [structural(memory)[wider.text].id]
    assert [record.status for record in second.ended] == [Status.DEPRECATED]
    assert set(structural(memory)) == {wider.text}

    back = note_structure(memory, [wider, BUILD])
    assert [record.text for record in back.changed] == [BUILD.text]
    assert set(structural(memory)) == {wider.text, BUILD.text}
