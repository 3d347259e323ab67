"""The second witness: what it takes for the same, what never, and that nothing is lost by a mistake."""

import pytest

from memory.light import Light
from memory.paraphrase import SIGNALS, Witness, comparable, doubts, fitted
from memory.records import Draft, Origin, Provenance
from memory.senses import are_contrasts, are_kin, senses_shared
from memory.wording import read

BY_RUN = Provenance(origin=Origin.RUN)
SAID = "The checkout locks stock for 15 minutes"
FREELY = "During checkout, stock is held for 15 minutes"


@pytest.mark.parametrize(
    ("text", "again"),
    [
        (SAID, FREELY),
        ("Workouts are uploaded when the watch is charging", "The watch sends workouts while it charges"),
        ("Every night old carts disappear from the cache", "Old carts vanish from the cache each night"),
        ("Leaked passwords are flagged in red", "We mark passwords that have leaked in red"),
        ("The base manager hides soft-deleted rows", "The base manager excludes rows that were soft-deleted"),
    ],
)  # fmt: skip
def test_what_somebody_puts_in_quite_other_words_is_the_same_memory(memory, text, again):
    first = memory.add(Draft(text)).record
    written = memory.add(Draft(again))
    assert (written.event, written.record.id) == ("merged", first.id)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Sessions are dropped when the password changes", "Sessions are extended when the password changes"),
        ("The rate limiter counts requests per API key", "The rate limiter delays requests per API key"),
        ("Null countries are mapped to ZZ", "Null regions are mapped to ZZ"),
        ("Certificates are renewed before they expire", "Licences are renewed before they expire"),
        ("Rules run before the model", "Rules expire before the model"),
        ("Object names must not contain personal data", "Object tags must not contain personal data"),
        ("The release job needs a signed tag", "The benchmark job needs a signed tag"),
        ("Zephyr holds the sessions of guests", "Borealis keeps the sessions of guests"),
        ("Variables are escaped unless marked as safe", "Variables are escaped when marked as safe"),
        ("Variables are errors, imports are warnings", "Variables are warnings, imports are errors"),
        ("If albums are deleted, images are deleted too", "If albums are created, images are deleted too"),
        ("setup() has to be called before load()", "Call load before setup"),
        ("Do not import web/ in domain/", "web/ must not import from domain/"),
        ("Diagnostics are sorted by position", "Diagnostics are grouped by position"),
        ("Sessions of guests are dropped nightly", "Sessions of guests are archived nightly"),
        ("Keep pull requests below 400 lines", "Keep pull requests below 400 files"),
    ],
)  # fmt: skip
def test_an_ordinary_word_that_matters_makes_another_memory(memory, text, other):
    first = memory.add(Draft(text)).record
    written = memory.add(Draft(other))
    assert written.record.id != first.id


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Retries are capped at 3", "We cap retries at 5"),
        ("`core.auth` logs every refusal", "`core.tokens` logs each rejection"),
        ("Uploads go to Glacier", "Uploads are sent to Meltano"),
        ("Guests may comment", "Guests may not comment"),
    ],
)
def test_it_is_not_asked_where_names_numbers_or_denials_differ(one, two):
    assert not comparable(read(one), read(two))
    assert Witness(Light()).likelihood(read(one), read(two)) == 0


def test_the_history_keeps_the_words_that_were_merged(memory):
    first = memory.add(Draft(SAID)).record
    memory.add(Draft(FREELY))
    memory.add(Draft(f"{SAID}."))
    changes = memory.history(first.id)
    assert [change.reason for change in changes[1:]] == [f"said again: {FREELY}", "said again"]


def test_what_a_run_was_told_and_says_otherwise_stays_in_the_history_and_adds_nothing(memory):
    first = memory.add(Draft(SAID)).record
    memory.note_recalled([first.id], turn="t")
    written = memory.add(Draft(FREELY, provenance=BY_RUN), turn="t")
    assert (written.event, written.record.id) == ("merged", first.id)
    assert memory.get(first.id).stats.restated == 0
    assert memory.history(first.id)[-1].reason == f"said again: {FREELY}"


def test_undo_takes_a_merge_and_its_words_back(memory):
    first = memory.add(Draft(SAID)).record
    memory.add(Draft(FREELY), turn="t")
    memory.undo("t")
    assert memory.get(first.id) == first
    assert [change.reason for change in memory.history(first.id)] == [None]


def test_what_was_told_in_the_turn_is_taken_for_a_restatement_sooner():
    assert 0.5 < fitted().likely_fed < fitted().likely < 1


def test_each_word_that_differs_is_one_doubt_with_every_signal():
    found = doubts(read("The proxy strips the header"), read("The header is cut away by the proxy"), Light())
    assert [doubt.words for doubt in found] == ["strips~cut", "away"]
    assert {len(doubt.signals) for doubt in found} == {len(SIGNALS)} == {len(fitted().signals)}


def test_a_sense_in_common_speaks_against_a_contrast():
    assert senses_shared("wipe", "erase") > senses_shared("publish", "store") == 0
    assert are_contrasts("rows", "columns")
    assert not are_contrasts("order", "sort")
    assert are_kin("random", "randomness")
    assert not are_kin("upload", "update")


def test_a_word_said_twice_in_two_forms_can_be_written(memory):
    memory.add(Draft("Duplicate ancestors are suggested for merging, never merged by themselves"))
    other = Draft("Duplicate photos are suggested for merging, never merged by themselves")
    assert memory.add(other).event == "added"
