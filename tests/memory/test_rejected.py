import pytest

from memory.records import Draft, Kind, Record, Scope, Status
from memory.rejected import brought_back, is_rejection


def rejecting(text: str, **others: object) -> Record:
    return Record("M1", text, Kind.SEMANTIC, "rejected_pattern", Scope(group_id="shop"), **others)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "We do not use MongoDB",
        "Never use floats for money",
        "Don't mock the database in integration tests",
        "Avoid global state in the worker",
        "jQuery must not be used in new pages",
        "Event sourcing was rejected: it makes debugging harder",
        "We decided against GraphQL",
        "Wildcard imports are not allowed",
        "readline was removed because of its licence; do not bring it back",
    ],
)
def test_a_rejection_is_recognised(text):
    assert is_rejection(text)


@pytest.mark.parametrize(
    "text",
    [
        "Invoices must not change once they are sent",
        "Use httpx for outgoing requests",
        "The worker never holds two locks",
        "Amounts are rounded half up",
    ],
)
def test_an_invariant_is_no_rejection(text):
    assert not is_rejection(text)


@pytest.mark.parametrize(
    ("rejection", "plan"),
    [
        ("We do not use MongoDB", "Add a MongoDB cache for sessions"),
        ("We do not use MongoDB", "Keep sessions where they are.\nSwitch the outbox to mongodb."),
        ("Never use floats for money", "Convert money to float before summing"),
        ("Event sourcing was rejected: it makes debugging harder", "Implement event sourcing for orders"),
        ("Do not log request bodies", "Log the request body on errors"),
        ("readline was removed because of its licence; do not bring it back", "Use `readline` for history"),
        ("Use httpx rather than requests", "Call the carrier with requests"),
    ],
)
def test_a_plan_that_brings_it_back_is_named_with_its_words(rejection, plan):
    record = rejecting(rejection)
    (found,) = brought_back([record], plan)
    assert found.record == record
    assert found.words in plan


@pytest.mark.parametrize(
    ("rejection", "plan"),
    [
        ("We do not use MongoDB", "Remove the last MongoDB calls"),
        ("We do not use MongoDB", "Replace MongoDB with Postgres"),
        ("We do not use MongoDB", "Use Postgres instead of MongoDB"),
        ("We do not use MongoDB", "Do not add MongoDB"),
        ("We do not use MongoDB", "Add a cache for sessions"),
        ("Never use floats for money", "Use floats for weights"),
        ("Do not log request bodies", "Log the request id"),
        ("Do not log request bodies", "Parse the request body"),
        ("Event sourcing was rejected: it makes debugging harder", "Publish an event after each order"),
        ("Avoid global state in the worker", "Use global state in the test fixture"),
    ],
)
def test_a_plan_that_does_something_else_is_left_in_peace(rejection, plan):
    assert brought_back([rejecting(rejection)], plan) == []


def test_where_a_rejection_is_about_a_file_the_plan_must_touch_it():
    record = rejecting("Do not use floats in core/money.py")
    assert brought_back([record], "Use floats to speed it up", ["core/money.py"])
    assert brought_back([record], "Use floats to speed it up", ["core/weight.py"]) == []


def test_what_is_not_believed_or_rejects_nothing_is_passed_over():
    ended = rejecting("We do not use MongoDB", status=Status.SUPERSEDED)
    other = Record("M2", "Sessions live in MongoDB", Kind.SEMANTIC, "design_decision", Scope(group_id="shop"))
    assert brought_back([ended, other], "Add a MongoDB cache") == []


def test_a_rejection_is_labelled_when_it_is_written(memory):
    assert memory.add(Draft("We do not use MongoDB")).record.label == "rejected_pattern"
    assert memory.add(Draft("Never use floats", kind=Kind.SEMANTIC)).record.label == "rejected_pattern"
    assert memory.add(Draft("Use httpx for requests")).record.label == "design_decision"
    assert memory.add(Draft("Never retry refunds", label="constraint")).record.label == "constraint"
    assert memory.add(Draft("Don't use emojis", level="user")).record.label == "style"
