"""What runs teach, and what later runs make of it."""

import subprocess
from pathlib import Path

import pytest

from graph.events import MemoryRecalled, MemoryWritten, Noticed
from graph.proofs import title_of
from memory.records import Status
from tests.playing import Player, call, keep, plan
from tests.scripted_model import Answer

RULE = {
    "text": "Every price in the shop is an integer of cents, never a float.",
    "label": "invariant",
    "files": ["shop/money.py"],
    "symbols": ["shop/money.py::cents"],
}
TASTE = {
    "text": "Sentences in docstrings have commas.",
    "label": "style",
    "scope": "user",
    "stated_by_person": True,
}
COMMA = call("replace", path="shop/cart.py", old="The sum in cents.", new="The sum, in cents.")
DOUBLE = call(
    "replace", path="shop/money.py", old="return int(whole) * 100", new="return 2 * int(whole) * 100"
)
ADD = call("replace", path="shop/money.py", old='"""Write an amount', new='"""Write an amount,')

ADD_TO_CART = call("replace", path="shop/cart.py", old="Put an item into", new="Lay an item into")


@pytest.fixture
def play(shop: Path) -> Player:
    """Plays runs whose tests are not the point here."""
    return Player(shop, test_cmd="true")


def commit(root: Path) -> None:
    """Commit everything."""
    subprocess.run("git add -A && git commit -qm Work", shell=True, cwd=root, check=True)


def teach(play: Player, *lessons: dict[str, object], **settings: object) -> None:
    """A first session that ends with these lessons."""
    answers = [plan("Say it", "shop/cart.py"), COMMA, Answer("Done."), keep(*lessons)]
    assert play(answers, "Say it with a comma", **settings).finished.outcome == "passed"
    commit(play.root)


def fed(played: object) -> list[str]:
    """The ids of the memories that a run was given."""
    return [memory["id"] for memory in played.of(MemoryRecalled)[0].fed]  # type: ignore[attr-defined]


def test_the_second_session_recalls_what_the_first_one_taught_and_cites_it(play: Player) -> None:
    teach(play, RULE)
    rule = play.memories("invariant")[0]
    assert rule.scope.user_id is None or rule.scope.group_id is not None
    assert rule.anchors.symbols[0].digest is not None
    answers = [plan("Say it", "shop/money.py", memories=[rule.id]), ADD, Answer("Done."), keep()]
    task = "Write prices of the shop with a comma"
    played = play(answers, task, user="grace@example.org", test_cmd=None)
    assert rule.id in fed(played)
    assert rule.text in played.told(0)
    assert played.finished.memories["cited"] == [rule.id]
    assert played.finished.outcome == "passed"
    helped = [event for event in played.of(MemoryWritten) if event.event == "helped"]
    assert [event.id for event in helped] == [rule.id]
    stats = play.memory().get(rule.id).stats
    assert (stats.recalled, stats.cited, stats.helped, stats.hurt) == (1, 1, 1, 0)


PRACTICE = {
    "text": "The clock is always an argument, datetime.now() is never called.",
    "label": "constraint",
    "files": ["shop/receipt.py"],
    "stated_by_person": True,
}


def test_what_the_task_does_not_say_the_code_that_is_found_brings_up(play: Player) -> None:
    teach(play, PRACTICE)
    rule = play.memories("constraint")[0]
    task = "Print the tax beside every item"
    answers = [plan("Say it", "shop/receipt.py", memories=[rule.id]), ADD, Answer("Done."), keep()]
    played = play(answers, task)
    by_words, by_code = played.of(MemoryRecalled)
    assert rule.id not in [memory["id"] for memory in by_words.fed]
    assert [memory["id"] for memory in by_code.fed] == [rule.id]
    assert played.told(0).count("checked against the code just now") == 1
    assert rule.text in played.told(0)
    assert played.finished.memories["cited"] == [rule.id]
    assert play.memory().get(rule.id).stats.recalled == 1


def test_what_is_remembered_of_a_file_that_only_the_plan_names_is_told_with_its_acceptance(
    play: Player,
) -> None:
    for number in range(6):  # so that the search has other files to show
        (play.root / f"shop/tax{number}.py").write_text(f"def tax{number}(item): ...\n")
    teach(play, PRACTICE)
    rule = play.memories("constraint")[0]
    answers = [plan("Say it", "shop/receipt.py"), ADD, Answer("Done."), keep()]
    played = play(answers, "Rename tax0, tax1, tax2, tax3, tax4, tax5")
    assert rule.text not in played.told(0)
    assert "Plan accepted." in played.told(1)
    assert rule.text in played.told(1)


def test_a_memory_that_was_relied_on_when_the_tests_failed_is_hurt(play: Player) -> None:
    teach(play, RULE)
    rule = play.memories("invariant")[0]
    answers = [plan("Double", "shop/money.py", memories=[rule.id]), DOUBLE, Answer("Done."), keep()]
    played = play(answers, "Double the prices of the shop in cents", attempts=1, test_cmd=None)
    assert played.finished.outcome == "failed"
    stats = play.memory().get(rule.id).stats
    assert (stats.cited, stats.helped, stats.hurt) == (1, 0, 1)
    assert "hurt" in [event.event for event in played.of(MemoryWritten)]


def test_a_persons_taste_is_theirs_alone(play: Player) -> None:
    teach(play, TASTE)
    taste = play.memories("style")[0]
    task = "Put commas into the sentences of docstrings"
    assert taste.id in fed(play([call("answer", text="So.")], task))
    assert taste.id not in fed(play([call("answer", text="So.")], task, user="grace@example.org"))


def test_lessons_of_a_run_wait_in_the_inbox_where_that_is_wished(play: Player) -> None:
    teach(play, RULE, learn="inbox")
    rule = play.memories("invariant")[0]
    assert rule.status is Status.PROPOSED
    played = play([call("answer", text="So.")], "How are prices of the shop kept, in cents?")
    assert rule.id not in fed(played)
    assert rule.text not in played.told(0)


def test_with_learning_off_nothing_is_written(play: Player) -> None:
    answers = [plan("Say it", "shop/cart.py"), COMMA, Answer("Done.")]
    assert play(answers, "Say it with a comma", learn="off").finished.outcome == "passed"
    assert play.memories() == []


def test_a_run_without_memory_neither_recalls_nor_writes(play: Player) -> None:
    rule = play.teach(RULE["text"], "shop/money.py")
    answers = [plan("Say it", "shop/cart.py"), COMMA, Answer("Done.")]
    played = play(answers, "Say in the cart that prices are in cents", memory=False)
    assert (played.of(MemoryRecalled), played.of(MemoryWritten)) == ([], [])
    assert rule.text not in played.told(0)
    assert len(played.requests) == 3
    assert [memory.id for memory in play.memories()] == [rule.id]
    assert play.memory().get(rule.id).stats.recalled == 0


def test_a_memory_of_a_file_that_the_run_deletes_is_retired_and_of_one_that_it_moves_follows(
    play: Player, shop: Path
) -> None:
    gone = play.teach("The README names each part of the shop.", "README.md")
    moved = play.teach("Receipts are plain text.", "shop/receipt.py")
    played = play(
        [
            plan("Tidy up", "shop/receipt.py", "README.md"),
            Answer(
                tool_calls=[
                    ("move", {"path": "shop/receipt.py", "to": "shop/paper.py"}),
                    ("delete", {"path": "README.md"}),
                ]
            ),
            Answer("Done."),
            keep(),
        ],
        "Tidy the shop up",
    )
    events = {event.id: event.event for event in played.of(MemoryWritten)}
    assert (events[gone.id], events[moved.id]) == ("deprecated", "reanchored")
    assert play.memory().get(gone.id).status is Status.DEPRECATED
    assert play.memory().get(moved.id).anchors.paths == ("shop/paper.py",)
    commit(shop)
    later = play(
        [call("answer", text="So.")], "What does the README of the shop say, and are receipts plain text?"
    )
    assert moved.id in fed(later)
    assert gone.id not in fed(later)


def test_a_memory_that_was_not_shown_is_left_out_of_a_lesson_and_that_is_told(play: Player) -> None:
    bad = {**RULE, "text": "Prices are rounded half up.", "replaces": ["Mffff"], "repeats": ["Meeee"]}
    answers = [plan("Say it", "shop/cart.py"), COMMA, Answer("Done."), keep(bad, RULE)]
    played = play(answers, "Say it with a comma")
    assert played.finished.outcome == "passed"
    told = "A lesson named Mffff, Meeee, which was not shown; that is left out."
    assert told in [event.text for event in played.of(Noticed)]
    assert {memory.text for memory in play.memories("invariant")} == {RULE["text"], bad["text"]}


def again(play: Player, lesson: dict[str, object]) -> tuple[str, str]:
    """A second session that is shown the rule and draws this lesson: what became of it, and what was told."""
    answers = [plan("Round it", "shop/money.py"), ADD, Answer("Done."), keep(lesson)]
    played = play(answers, "Round the prices of the shop")
    (event,) = (event.event for event in played.of(MemoryWritten) if event.label == "invariant")
    return event, played.told(-1)


def test_what_the_model_reads_as_the_same_is_merged_where_rules_cannot_see_it(play: Player) -> None:
    teach(play, RULE)
    (rule,) = play.memories("invariant")
    words = {**RULE, "text": "Money is never a float, it is whole cents.", "repeats": [rule.id]}
    event, told = again(play, words)
    assert event == "merged"
    assert f"- {rule.id}: {rule.text}" in told
    assert [(memory.id, memory.text) for memory in play.memories("invariant")] == [(rule.id, rule.text)]


@pytest.mark.parametrize(
    "text",
    ["Every price in the shop is an integer of 2 cents.", "Prices in `shop/till.py` are never a float."],
    ids=["a number that it does not have", "a name that it does not have"],
)
def test_what_rules_see_to_be_another_thing_is_kept_whatever_the_model_reads(play: Player, text: str) -> None:
    teach(play, RULE)
    (rule,) = play.memories("invariant")
    event, _ = again(play, {**RULE, "text": text, "repeats": [rule.id]})
    assert event == "added"
    assert {memory.text for memory in play.memories("invariant")} == {RULE["text"], text}


def test_what_the_model_reads_as_a_contradiction_replaces_what_it_names(play: Player) -> None:
    teach(play, RULE)
    (rule,) = play.memories("invariant")
    event, _ = again(play, {**RULE, "text": "Money has a type of its own now.", "replaces": [rule.id]})
    assert event == "superseded"
    assert play.memory().get(rule.id).status is Status.SUPERSEDED


@pytest.mark.parametrize(
    "lessons",
    [
        {"lessons": [{"text": "Too much.", "label": "no_such_label"}, RULE]},
        {"lessons": [RULE, {"label": "invariant"}, "nonsense", 7]},
        {"lessons": [{**RULE, "files": None}, {**RULE, "text": "Too far.", "scope": "galaxy"}]},
    ],
    ids=["an unknown label", "missing text and nonsense", "wrong values"],
)
def test_one_lesson_that_makes_no_sense_does_not_cost_the_others(
    play: Player, lessons: dict[str, object]
) -> None:
    answers = [plan("Say it", "shop/cart.py"), COMMA, Answer("Done."), call("keep", **lessons)]
    played = play(answers, "Say it with a comma")
    assert played.finished.outcome == "passed"
    assert [memory.text for memory in play.memories("invariant")] == [RULE["text"]]


@pytest.mark.parametrize(
    "answer",
    [
        Answer("I learned nothing."),
        Answer(),
        Answer(tool_calls=[("keep", "{broken")]),
        Answer("no", status=400),
    ],
    ids=["prose", "nothing", "broken JSON", "an error"],
)
def test_a_model_that_fails_at_its_lessons_costs_only_them(play: Player, answer: Answer) -> None:
    played = play([plan("Say it", "shop/cart.py"), COMMA, Answer("Done."), answer], "Say it")
    assert (played.finished.outcome, played.finished.exit_code) == ("passed", 0)
    assert [memory.label for memory in play.memories()] == ["task_log"]


def doubt(play: Player) -> str:
    """A memory whose code has changed since it was learned; its id."""
    teach(play, RULE)
    money = play.root / "shop/money.py"
    money.write_text(money.read_text().replace('text.partition(".")', 'text.strip().partition(".")'))
    commit(play.root)
    return play.memories("invariant")[0].id


@pytest.mark.parametrize(
    ("verdict", "status"), [("confirmed", Status.ACTIVE), ("refuted", Status.DEPRECATED)]
)
def test_the_model_settles_what_changed_code_had_made_doubtful(
    play: Player, verdict: str, status: Status
) -> None:
    doubtful = doubt(play)
    end = call("keep", lessons=[], **{verdict: [doubtful, "Mffff"]})
    played = play(
        [plan("Say it", "shop/cart.py"), ADD_TO_CART, Answer("Done."), end], "Write prices in cents"
    )
    (shown,) = [memory for memory in played.of(MemoryRecalled)[0].fed if memory["id"] == doubtful]
    assert "changed since" in shown["warning"]
    assert f"{doubtful}: {RULE['text']} (doubtful: " in played.told(-1)
    after = play.memory().get(doubtful)
    assert (after.status, after.confidence) == (status, 0.65)


def test_a_memory_that_was_not_doubtful_is_not_up_for_a_verdict(play: Player) -> None:
    teach(play, RULE)
    rule = play.memories("invariant")[0]
    end = call("keep", lessons=[], refuted=[rule.id])
    play([plan("Say it", "shop/cart.py"), ADD_TO_CART, Answer("Done."), end], "Write prices in cents")
    assert play.memory().get(rule.id).status is Status.ACTIVE


def test_what_the_files_say_of_the_repository_is_among_what_was_written(play: Player, shop: Path) -> None:
    played = play([plan("Say it", "shop/cart.py"), COMMA, Answer("Done."), keep()], "Say it with a comma")
    written = played.finished.memories["written"]
    assert {"indexed", "added"} == {event["event"] for event in written}
    layout = next(event for event in written if event["label"] == "layout")
    assert layout["text"].startswith("Top-level folders: ")
    assert not any("repository says" in event.text for event in played.of(Noticed))


def test_a_log_of_work_names_the_task_by_its_first_sentence_and_says_how_and_what_was_proved(
    play: Player,
) -> None:
    task = "# Say it with a comma.\nThe docstring of `total` wants one.\n\nDetails:\n" + "- and more\n" * 40
    answers = [plan("Put a comma into the docstring", "shop/cart.py"), COMMA, Answer("Done."), keep()]
    play(answers, task, test_cmd=None)
    [log] = play.memories("task_log")
    assert log.text == (
        "Done, 3 tests passing: Say it with a comma. Plan: Put a comma into the docstring. "
        "Changed shop/cart.py."
    )


def test_a_log_of_work_is_not_doubted_for_a_note_that_was_merged_otherwise(play: Player, shop: Path) -> None:
    note = call("write_file", path=".changeset/odd-name.md", text="The total counts each item.\n")
    page = call("write_file", path="shop/refund.py", text="REFUNDS = True\n")
    planned = plan("Say it", "shop/cart.py", creates=[".changeset/odd-name.md", "shop/refund.py"])
    play([planned, COMMA, note, page, Answer("Done."), keep()], "Say it with a comma")
    [log] = play.memories("task_log")
    assert log.text.endswith("Changed .changeset/odd-name.md, shop/cart.py, shop/refund.py.")
    assert set(log.anchors.paths) == {"shop/cart.py", "shop/refund.py"}
    (shop / ".changeset/odd-name.md").unlink()
    commit(shop)
    assert play.memory().sync().stale == []
    (shop / "shop/refund.py").unlink()  # of the work itself it is told
    assert [dropped.record.id for dropped in play.memory().sync().stale] == [log.id]


def test_a_log_of_work_on_notes_alone_stands_on_them(play: Player) -> None:
    note = call("write_file", path="docs/totals.md", text="The total counts each item.\n")
    play([plan("Write it down", creates=["docs/totals.md"]), note, Answer("Done."), keep()], "Write it down")
    [log] = play.memories("task_log")
    assert log.anchors.paths == ("docs/totals.md",)


@pytest.mark.parametrize(
    ("task", "title"),
    [
        ("Mend it", "Mend it."),
        (
            "Add a route that\nrefunds, e.g. a payment. Then test it.",
            "Add a route that refunds, e.g. a payment.",
        ),
        ("Take two flags (e.g. '--ws') vs. --one. Now.", "Take two flags (e.g. '--ws') vs. --one."),
        ("Why? `a.py` says so.", "Why?"),
        ("word " * 60, "word " * 23 + "word…"),
        ("## Title\n\nMore", "Title."),
    ],
)
def test_a_title_is_the_first_sentence_of_a_task(task: str, title: str) -> None:
    assert title_of(task) == title
