import pytest

from memory.belief import EXPERIMENT, confirmed, reliability_of
from memory.records import Draft, Origin, Provenance, Status


def add(memory, text: str, **fields):
    return memory.add(Draft(text, **fields)).record


def fed(memory, task: str) -> set[str]:
    return {item.record.id for item in memory.recall(task).fed}


def test_a_narrower_scope_overrides_a_wider_one_and_says_so(memory):
    wide = add(memory, "Retry webhooks 5 times")
    mine = add(memory, "Retry webhooks 2 times", level="user")
    recollection = memory.recall("how often are webhooks retried")
    assert [item.record.id for item in recollection.fed] == [mine.id]
    assert [(item.record.id, item.reason) for item in recollection.dropped] == [
        (wide.id, f"{mine.id} overrides it here: it holds for a narrower scope")
    ]


def test_what_an_incident_taught_overrides_even_a_narrower_scope(memory):
    rule = add(memory, "Retry webhooks 5 times", label="incident_rule")
    mine = add(memory, "Retry webhooks 2 times", level="user")
    assert fed(memory, "how often are webhooks retried") == {rule.id}
    assert memory.get(mine.id).status is Status.ACTIVE


def test_what_does_not_contradict_stands_beside_each_other(memory):
    both = {
        add(memory, "Retry webhooks 5 times").id,
        add(memory, "Sign webhooks with SHA-256", level="user").id,
    }
    assert fed(memory, "how are webhooks retried and signed") == both


@pytest.mark.parametrize(
    "text",
    [
        "We are trying out uv instead of pip",
        "Experiment: invoices are rendered in the browser",
        "The cache might be the cause of slow refunds",
    ],
)
def test_what_is_only_being_tried_starts_low(memory, text):
    assert add(memory, text).confidence == EXPERIMENT


def test_what_a_person_confirms_or_says_in_their_own_words_is_believed_more(memory):
    drawn = add(memory, "Refunds are posted at night", provenance=Provenance(Origin.RUN))
    yes = memory.edit(drawn.id, {"status": "active"}, reason="yes")
    assert yes.confidence == confirmed(drawn.confidence) > drawn.confidence
    corrected = memory.edit(drawn.id, {"text": "Refunds are posted at noon"}, reason="no, at noon")
    assert corrected.confidence == 0.9


def test_code_that_has_changed_speaks_against_a_memory_until_it_is_confirmed(memory, code, about):
    record = memory.add(about("Totals include VAT", "payments/api.py::create_invoice")).record
    changed = {**code.files["payments/api.py"], "create_invoice": "quite another body"}
    code.commit(write={"payments/api.py": changed})
    memory.sync()
    stale = memory.get(record.id)
    assert stale.status is Status.STALE
    assert reliability_of(stale) < reliability_of(record)
