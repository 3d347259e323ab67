import pytest

from memory.errors import InvalidMemory, UnknownMemory
from memory.filters import ANY_STATUS, Where
from memory.records import Draft, Scope, Status


def texts(memory):
    return {record.text for record in memory.list(Where(status=ANY_STATUS))}


def test_two_people_never_see_each_others_private_memories(memory_of):
    alice, bob = memory_of("alice"), memory_of("bob")
    secret = alice.add(Draft("I like short answers", level="user")).record
    shared = alice.add(Draft("The ledger is append only")).record
    assert texts(bob) == {"The ledger is append only"}
    assert [item.record.id for item in bob.search("short answers ledger")] == [shared.id]
    assert secret.id not in bob.recall("answers should be short").text
    for attempt in (bob.get, bob.forget, bob.history):
        with pytest.raises(UnknownMemory):
            attempt(secret.id)
    with pytest.raises(UnknownMemory):
        bob.edit(secret.id, {"text": "mine"}, reason="no")
    with pytest.raises(UnknownMemory):
        bob.add(Draft("I like long answers", level="user", supersedes=(secret.id,)))
    bob.note_recalled([secret.id], turn="t")
    assert alice.get(secret.id) == secret


def test_nobody_can_write_into_another_persons_memory(memory_of):
    with pytest.raises(InvalidMemory, match="private to another"):
        memory_of("bob").add(Draft("I like tabs", scope=Scope(user_id="alice")))


def test_the_same_words_of_two_people_are_two_memories(memory_of):
    first = memory_of("alice").add(Draft("I like tabs", level="user")).record
    second = memory_of("bob").add(Draft("I like tabs", level="user"))
    assert second.event == "added"
    assert second.record.id != first.id


def test_preferences_follow_the_person_and_repository_knowledge_stays(memory_of):
    here, there = memory_of(group="payments"), memory_of(group="shop")
    here.add(Draft("I like tabs", level="user"))
    here.add(Draft("Payments uses Postgres"))
    assert texts(there) == {"I like tabs"}


def test_a_related_repository_and_the_organisation_are_visible_when_a_setting_says_so(memory_of):
    memory_of(group="payments").add(Draft("Payments uses Postgres"))
    memory_of(group="payments", org="acme").add(Draft("All services log in JSON", level="org"))
    assert texts(memory_of(group="shop")) == set()
    assert texts(memory_of(group="shop", related=("payments",))) == {"Payments uses Postgres"}
    assert texts(memory_of(group="shop", org="acme")) == {"All services log in JSON"}
    assert texts(memory_of(group="shop", org="other")) == set()


def test_a_private_memory_about_one_repository_stays_with_it(memory_of):
    private = Scope(user_id="alice", group_id="payments")
    memory_of(group="payments").add(Draft("I am halfway through the refund work", scope=private))
    assert texts(memory_of(group="payments")) == {"I am halfway through the refund work"}
    assert texts(memory_of(group="shop")) == set()


@pytest.mark.parametrize("name", ["a/b", "a b", "*", "ü", "a%2Fb", "repo/payments"])
def test_odd_names_keep_owners_apart(memory_of, name):
    memory_of(name).add(Draft("I like tabs", level="user"))
    assert texts(memory_of(name)) == {"I like tabs"}
    for other in ("a", "b", "a/b", "a b", "*", "ü", "a%2Fb", "repo/payments"):
        if other != name:
            assert texts(memory_of(other)) == set()


def test_the_organisation_needs_a_setting(memory_of):
    with pytest.raises(InvalidMemory, match="No organisation"):
        memory_of().add(Draft("All services log in JSON", level="org"))


def test_a_memory_of_a_branch_shows_there_and_elsewhere_once_it_is_merged(memory, code):
    code.commits.append("f1")
    code.on = "feature"
    memory.add(Draft("Refunds use the new ledger", scope=Scope(branch="feature")))
    assert memory.recall("refunds ledger").fed
    code.on, code.commits, code.foreign = "main", ["c0"], {"f1"}
    hidden = memory.recall("refunds ledger")
    assert hidden.fed == []
    assert "branch feature" in hidden.dropped[0].reason
    code.commits, code.foreign = ["c0", "f1", "m1"], set()
    assert memory.recall("refunds ledger").fed


def test_a_memory_of_an_environment_shows_only_there(memory_of):
    memory_of().add(Draft("The queue is drained by hand", scope=Scope(environment="production")))
    assert memory_of().search("queue drained") == []
    assert len(memory_of(environment="production").search("queue drained")) == 1


def test_explicit_statuses_are_let_through_for_a_person_to_look_at(memory):
    old = memory.add(Draft("Sessions live in Redis")).record
    memory.add(Draft("Sessions live in Postgres", supersedes=(old.id,)))
    found = memory.search("sessions", Where(status=(Status.SUPERSEDED,)))
    assert [item.record.id for item in found] == [old.id]
