import pytest

from memory.filters import ANY_STATUS, Where
from memory.inbox import REJECTED
from memory.records import Draft, Kind, Origin, Provenance, Status

EVERYTHING = Where(status=ANY_STATUS)
PROPOSED = Where(status=(Status.PROPOSED,))
BY_RUN = Provenance(origin=Origin.RUN)


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("Sessions are stored in Redis", "We keep sessions in Redis"),
        ("Retries of the gateway are capped at 3", "Never retry the gateway more than three times"),
        ("Do not use floats in core/money.py", "core/money.py must not use floats"),
        ("Entries must balance to zero per currency", "Per currency, entries have to balance to zero"),
        ("The stock service calls the catalogue", "The catalogue is called by the stock service"),
        ("Use `make test` for the tests", "Tests: use make test"),
        ("Exports are limited to 10,000 rows", "An export contains at most 10000 rows"),
        ("Old sessions are purged every Sunday", "Every Sunday we delete old sessions"),
        ("Uploads are scanned for viruses", "Uploads get checked for malware"),
        ("Large PDFs are rendered in the background", "Render large PDF files in the background"),
        ("The map view is lazily loaded", "Lazy loading is used for the map view"),
        ("Each release needs a changelog entry", "No release without a changelog entry"),
        ("Metrics are pushed every 15 seconds", "Every 15 s the metrics are pushed"),
    ],
)  # fmt: skip
def test_a_paraphrase_is_the_same_memory_with_its_count_and_source(memory, text, again):
    first = memory.add(Draft(text, provenance=Provenance(session="one"))).record
    written = memory.add(Draft(again, provenance=Provenance(session="two")))
    assert (written.event, written.record.id) == ("merged", first.id)
    assert written.record.stats.restated == 1
    assert [source.session for source in written.record.sources] == ["two"]


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Process 3 owns queue 5 of the pool", "Process 5 owns queue 3 of the pool"),
        ("Retries of the mailer are capped at 10", "Retries of the geocoder are capped at 10"),
        ("a.py depends on b.py", "b.py depends on a.py"),
        ("core/a.py holds the routes", "core/b.py holds the routes"),
        ("Worker 1 writes the index", "Worker 2 writes the index"),
        ("Admins may delete accounts", "Admins must confirm that accounts are deleted"),
        ("domain/ must not import web/", "domain/ must not import cli/"),
        ("Keep the cache small", "Keep the cache warm"),
        ("Attachments are limited to 20 MB", "Payloads are limited to 20 MB"),
        ("Invoices are immutable once they are sent", "Invoices are immutable once they are not sent"),
        ("Pass keys as bytes, never as text", "Never pass keys as bytes, never as text"),
        ("Log in UTC", "Log in with UTC"),
        ("Unit tests run first", "Joined tests run first"),
        ("Active users are listed first", "Enabled users are listed first"),
        ("API errors are logged as JSON", "API errors are returned as JSON"),
    ],
)
def test_what_says_something_else_stays_beside_it(memory, text, other):
    first = memory.add(Draft(text)).record
    assert memory.add(Draft(other)).event == "added"
    assert memory.get(first.id).status is Status.ACTIVE


@pytest.mark.parametrize(
    ("text", "against"),
    [
        ("Sessions are stored in Redis", "Sessions are stored in Postgres"),
        ("Retries of the mailer are capped at 10", "Retries of the mailer are capped at 20"),
        ("Use black for formatting", "Do not use black for formatting"),
        ("Prefer pathlib over os.path", "Prefer os.path over pathlib"),
        ("Background jobs run on Celery", "Background jobs moved from Celery to RQ"),
        ("Indent with tabs", "Indent with spaces"),
        ("Payments are stored in memory", "Payments are stored in Postgres"),
    ],
)
def test_a_contradiction_replaces_and_is_linked_both_ways(memory, text, against):
    old = memory.add(Draft(text)).record
    written = memory.add(Draft(against))
    assert written.event == "superseded"
    assert written.record.supersedes == (old.id,)
    ended = memory.get(old.id)
    assert (ended.status, ended.superseded_by) == (Status.SUPERSEDED, written.record.id)


def test_what_is_said_of_other_code_ends_nothing(memory, about):
    first = memory.add(about("`count(self)` is defined in `a/utils.py`", "a/utils.py::Pages.count")).record
    other = memory.add(about("`count(self)` is defined in `b/utils.py`", "b/utils.py::Pages.count"))
    assert other.event == "added"
    assert memory.get(first.id).status is Status.ACTIVE


def test_what_rested_on_it_is_put_up_for_review_however_far_away(memory):
    old = memory.add(Draft("Sessions are stored in Redis")).record
    ttl = memory.add(Draft("Session expiry is a TTL", because="Sessions are stored in Redis")).record
    named = memory.add(Draft("The health check pings the session store", because=f"see {old.id}")).record
    deep = memory.add(Draft("Logout deletes one key", depends_on=(ttl.id,))).record
    said = memory.add(Draft("Tests start a container because sessions are stored in Redis")).record
    apart = memory.add(Draft("Money is kept in cents")).record
    assert ttl.depends_on == named.depends_on == said.depends_on == (old.id,)
    new = memory.add(Draft("Sessions are stored in Postgres")).record
    waiting = {record.id: record.reason for record in memory.list(PROPOSED)}
    assert set(waiting) == {ttl.id, named.id, deep.id, said.id}
    assert waiting[ttl.id] == f"rests on {old.id}, which {new.id} replaced"
    assert waiting[deep.id] == f"rests on {ttl.id}, which rests on {old.id}, which {new.id} replaced"
    assert memory.get(apart.id).status is Status.ACTIVE
    fed = {item.record.id for item in memory.recall("sessions, logout and the health check").fed}
    assert fed & set(waiting) == set()


@pytest.mark.parametrize("how", ["forget", "edit", "deprecate"])
def test_what_rested_on_a_memory_that_is_gone_or_changed_is_put_up_for_review(memory, how):
    ground = memory.add(Draft("The queue keeps the order of messages")).record
    leaning = memory.add(Draft("Consumers need no sequence numbers", depends_on=(ground.id,))).record
    if how == "forget":
        memory.forget(ground.id)
    elif how == "edit":
        memory.edit(ground.id, {"text": "The queue loses the order of messages"}, reason="seen")
    else:
        memory.edit(ground.id, {"status": "deprecated"}, reason="wrong")
    found = memory.get(leaning.id)
    assert found.status is Status.PROPOSED
    assert ground.id in found.reason


def test_undo_of_the_turn_that_replaced_gives_everything_back(memory):
    old = memory.add(Draft("Sessions are stored in Redis")).record
    ttl = memory.add(Draft("Session expiry is a TTL", depends_on=(old.id,))).record
    memory.add(Draft("Sessions are stored in Postgres"), turn="t")
    memory.undo("t")
    assert {record.id for record in memory.list(EVERYTHING)} == {old.id, ttl.id}
    assert memory.get(ttl.id) == ttl
    assert memory.get(old.id) == old


def test_a_proposal_replaces_nothing_before_it_is_approved(memory):
    old = memory.add(Draft("Sessions are stored in Redis")).record
    waits = memory.add(Draft("Sessions are stored in Postgres", status=Status.PROPOSED, provenance=BY_RUN))
    assert memory.get(old.id).status is Status.ACTIVE
    assert waits.record.supersedes == (old.id,)
    memory.edit(waits.record.id, {"status": "active"}, reason="approved")
    assert memory.get(old.id).superseded_by == waits.record.id


def test_a_run_does_not_end_what_a_person_said(memory):
    old = memory.add(Draft("Sessions are stored in Redis")).record
    written = memory.add(Draft("Sessions are stored in Postgres", provenance=BY_RUN))
    assert written.record.status is Status.PROPOSED
    assert old.id in written.record.reason
    assert memory.get(old.id).status is Status.ACTIVE


def test_a_rejected_proposal_does_not_come_back_in_other_words_either(memory):
    draft = Draft("Sessions are stored in Redis", status=Status.PROPOSED, provenance=BY_RUN)
    waits = memory.add(draft).record
    memory.edit(waits.id, {"status": "deprecated", "reason": REJECTED}, reason=REJECTED)
    for text in (draft.text, "We keep sessions in Redis"):
        for status in (Status.PROPOSED, Status.ACTIVE):
            written = memory.add(Draft(text, status=status, provenance=BY_RUN))
            assert (written.event, written.record) == ("refused", None)
            assert waits.id in written.reason
    assert memory.add(Draft("We keep sessions in Redis")).record.status is Status.ACTIVE


def test_what_was_recalled_and_is_written_back_counts_for_nothing(memory):
    record = memory.add(Draft("Sessions are stored in Redis")).record
    fed = memory.recall("sessions")
    memory.note_recalled([item.record.id for item in fed.fed], turn="t")
    for text in (record.text, "We keep sessions in Redis", f"{record.id}: sessions are stored in Redis"):
        written = memory.add(Draft(text, provenance=BY_RUN), turn="t")
        assert (written.event, written.record.id) == ("merged", record.id)
    assert memory.get(record.id).stats.restated == 0
    quoted = fed.text[fed.text.index("- **M") :]
    assert memory.add(Draft(quoted.split("\n\n")[0], provenance=BY_RUN), turn="t").record.id == record.id


@pytest.mark.parametrize(
    "text",
    [
        "I just added the missing import to api.py",
        "The file now contains the new class",
        "The error is on line 42",
        "There is a typo in README.md:17",
        "All 32 tests passed in 1.2s",
        "The output is in /tmp/tmpab12/out.txt",
    ],
)
def test_what_holds_for_a_moment_is_refused(memory, text):
    assert memory.add(Draft(text)).event == "refused"
    assert memory.list(EVERYTHING) == []


def test_a_log_of_work_may_say_what_was_done(memory):
    assert memory.add(Draft("Fixed the rounding in core/money.py", kind=Kind.TASK)).event == "added"


def test_what_a_guide_says_is_refused_unless_a_reason_is_added(memory, code):
    code.texts["AGENTS.md"] = "# Rules\n\n- Run the tests with `make test` before you commit.\n- Ask first."
    written = memory.add(Draft("Tests are run with make test before committing"))
    assert (written.event, written.reason) == ("refused", "AGENTS.md says so already")
    reason = "the hook does not run them"
    assert memory.add(Draft("Run the tests with make test before you commit", because=reason)).record
    assert memory.add(Draft("Run the linter with make check before you commit")).record


def test_numbers_of_things_are_names_and_no_values(memory):
    for number in range(1, 6):
        assert memory.add(Draft(f"Rule number {number} of the ledger")).event == "added"
        assert memory.add(Draft(f"ann learned fact {number} about module7")).event == "added"
    assert len(memory.list()) == 10
