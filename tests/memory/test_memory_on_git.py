"""Memory over a real repository: real git, the real parser."""

import subprocess

import pytest

from graph.code_view import RepositoryCode
from memory.memory import Memory
from memory.records import Draft, Scope, Status
from memory.scopes import Viewpoint
from tools.git import Git
from tools.index import SymbolIndex
from tools.workspace import Workspace

INVOICES = '''
from core.money import Money


def total(lines):
    """Sum of the lines, VAT included."""
    amount = Money(0)
    for line in lines:
        amount += line.net * (1 + line.vat)
    return amount


class Invoice:
    def send(self, mailer):
        if self.sent_at:
            raise ValueError("already sent")
        mailer.send(self.customer.email, self.render())
        self.sent_at = mailer.now()
'''


class Repository:
    def __init__(self, root):
        self.root = root
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.name", "Ann")
        self.git("config", "user.email", "ann@example.org")

    def git(self, *arguments):
        done = subprocess.run(["git", *arguments], cwd=self.root, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def commit(self, message):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path):
    root = tmp_path / "repository"
    root.mkdir()
    made = Repository(root)
    made.write("payments/invoices.py", INVOICES)
    made.write("core/money.py", "class Money:\n    def __init__(self, cents):\n        self.cents = cents\n")
    made.commit("start")
    return made


@pytest.fixture
def on_git(repository, store, clock, tmp_path):
    workspace = Workspace.open(repository.root)
    view = RepositoryCode(workspace, Git(repository.root), SymbolIndex(workspace, tmp_path / "index.db"))
    return Memory(store, view, Viewpoint("ann", "payments"), clock)


def test_formatting_and_comments_do_not_count_as_change(on_git, repository, about):
    on_git.add(about("Totals include VAT", "payments/invoices.py::total"))
    repository.write(
        "payments/invoices.py", INVOICES.replace("    for line", "    # every line\n\n    for  line")
    )
    repository.commit("format")
    assert on_git.sync().stale == []
    (fed,) = on_git.recall("do totals include VAT").fed
    assert (fed.verified, fed.warning) == ("payments/invoices.py::total unchanged", None)


def test_a_change_of_code_warns_and_a_deletion_ends(on_git, repository, about):
    total = on_git.add(about("Totals include VAT", "payments/invoices.py::total")).record
    money = on_git.add(about("Money is kept in cents", "core/money.py")).record
    repository.write("payments/invoices.py", INVOICES.replace("(1 + line.vat)", "1"))
    (fed,) = on_git.recall("do totals include VAT").fed
    assert "changed since" in fed.warning
    (repository.root / "core/money.py").unlink()
    dropped = [item.record.id for item in on_git.recall("money kept in cents").dropped]
    assert dropped == [money.id]
    commit = repository.commit("no money")
    report = on_git.sync()
    assert [item.record.id for item in report.stale] == [total.id]
    assert [item.record.valid_until for item in report.deprecated] == [commit]
    assert report.commit == commit


def test_file_renames_symbol_moves_and_renames_are_followed_across_commits(on_git, repository, about):
    total = on_git.add(about("Totals include VAT", "payments/invoices.py::total")).record
    send = on_git.add(about("Sending twice is an error", "payments/invoices.py::Invoice.send")).record
    repository.git("mv", "payments", "billing")
    repository.commit("payments is billing now")
    head, _, invoice = INVOICES.partition("class Invoice:")
    repository.write("billing/totals.py", head.replace("def total", "def total"))
    repository.write("billing/invoices.py", "class Bill:" + invoice)
    repository.commit("split")
    on_git.sync()
    assert on_git.get(total.id).anchors.symbols[0].symbol == "billing/totals.py::total"
    assert on_git.get(send.id).anchors.symbols[0].symbol == "billing/invoices.py::Bill.send"
    assert {on_git.get(record.id).status for record in (total, send)} == {Status.ACTIVE}


GETTERS = """
class Job:
    def _get_state(self):
        code = self._code if self._code is not None else self.queue.code_of(self.name)
        return self.states.get(code, "unknown")

    def _set_state(self, value):
        if isinstance(value, str) and value in self.codes:
            self._code = self.codes[value]
        else:
            raise ValueError(f"{value} is no state of {self.name}")

    state = property(_get_state, _set_state)
"""


def test_of_a_property_and_its_setter_the_getter_is_the_heir_of_the_name(on_git, repository, about):
    repository.write("jobs.py", GETTERS)
    repository.commit("jobs")
    kept = on_git.add(about("A job without a code asks its queue", "jobs.py::Job._get_state")).record
    gone = on_git.add(about("States are set by name", "jobs.py::Job._set_state")).record
    decorated = GETTERS.replace("    def _get_state", "    @property\n    def state")
    decorated = decorated.replace("    def _set_state", "    @state.setter\n    def state")
    repository.write("jobs.py", decorated.replace("\n    state = property(_get_state, _set_state)\n", ""))
    repository.commit("decorators")
    on_git.sync()
    assert on_git.get(kept.id).anchors.symbols[0].symbol == "jobs.py::Job.state"
    assert on_git.get(gone.id).status is Status.DEPRECATED


def test_a_name_that_still_stands_keeps_its_memories_whatever_its_code_has_become(on_git, repository, about):
    body = INVOICES.partition("def total")[2].partition("\n\n")[0]
    record = on_git.add(about("Totals include VAT", "payments/invoices.py::total")).record
    shim = f"def total(lines):\n    return grand_total(lines)\n\n\ndef grand_total{body}\n\n"
    repository.write("payments/invoices.py", INVOICES.replace(f"def total{body}", shim))
    repository.commit("shim")
    on_git.sync()
    record = on_git.get(record.id)
    assert record.anchors.symbols[0].symbol == "payments/invoices.py::total"
    assert record.status is Status.STALE


def test_what_was_learned_on_a_branch_shows_after_the_merge(on_git, repository, about):
    repository.git("switch", "-q", "-c", "refunds")
    repository.write("payments/refunds.py", "def refund(invoice):\n    return -invoice.total\n")
    repository.commit("refunds")
    draft = about(
        "Refunds are negative invoices", "payments/refunds.py::refund", scope=Scope(branch="refunds")
    )
    record = on_git.add(draft).record
    repository.git("switch", "-q", "main")
    on_git.sync()
    assert on_git.recall("how do refunds work").fed == []
    assert on_git.get(record.id).status is Status.ACTIVE
    repository.git("merge", "-q", "--no-ff", "-m", "merge", "refunds")
    on_git.sync()
    assert [item.record.id for item in on_git.recall("how do refunds work").fed] == [record.id]


def test_what_was_learned_in_uncommitted_work_of_a_branch_waits_for_its_commit(on_git, repository):
    repository.git("switch", "-q", "-c", "refunds")
    repository.write("payments/refunds.py", "def refund(invoice):\n    return -invoice.total\n")
    record = on_git.add(Draft("Refunds are negative invoices", scope=Scope(branch="refunds"))).record
    assert on_git.recall("how do refunds work").fed
    repository.git("stash", "-q", "-u")
    repository.git("switch", "-q", "main")
    on_git.sync()
    assert on_git.recall("how do refunds work").fed == []
    repository.git("switch", "-q", "refunds")
    repository.git("stash", "pop", "-q")
    commit = repository.commit("refunds")
    on_git.sync()
    assert on_git.get(record.id).valid_from == commit
    repository.git("switch", "-q", "main")
    assert on_git.recall("how do refunds work").fed == []
    repository.git("merge", "-q", "refunds")
    assert on_git.recall("how do refunds work").fed


def test_an_amended_commit_is_no_loss(on_git, repository, about):
    repository.write("payments/new.py", "def fresh():\n    return 1\n")
    repository.commit("new")
    record = on_git.add(about("Fresh is one", "payments/new.py::fresh")).record
    repository.git("mv", "payments/new.py", "payments/newer.py")
    repository.git("commit", "-q", "-a", "--amend", "-m", "newer")
    on_git.sync()
    assert on_git.get(record.id).anchors.symbols[0].symbol == "payments/newer.py::fresh"


@pytest.mark.parametrize("way", ["squash", "rebase"])
def test_what_was_learned_on_a_branch_shows_when_its_work_is_merged_by_content(on_git, repository, way):
    repository.git("switch", "-q", "-c", "refunds")
    repository.write("payments/refunds.py", "def refund(invoice):\n    return -invoice.total\n")
    repository.commit("refunds")
    record = on_git.add(Draft("Refunds are negative invoices")).record
    repository.git("switch", "-q", "main")
    repository.write("README.md", "another commit\n")
    repository.commit("main goes on")
    on_git.sync()
    dropped = on_git.recall("how do refunds work").dropped
    assert [item.record.id for item in dropped] == [record.id]
    assert "not merged here" in dropped[0].reason
    if way == "squash":
        repository.git("merge", "-q", "--squash", "refunds")
        repository.commit("refunds, squashed")
    else:
        repository.git("cherry-pick", "refunds")
    repository.git("branch", "-D", "refunds")
    on_git.sync()
    assert [item.record.id for item in on_git.recall("how do refunds work").fed] == [record.id]
