import subprocess

import pytest

from tools import python_analysis
from tools.definitions import DefinitionTools
from tools.errors import PathError, SearchFailed
from tools.index import SymbolIndex
from tools.python_analysis import Answer, PythonAnalysis, Question
from tools.workspace import Workspace

FILES = {
    "money.py": (
        "class Money:\n    def __init__(self, cents):\n        self.cents = cents\n\n"
        "    def total(self):\n        return rounded(self.cents)\n\n\n"
        "def rounded(cents):\n    return int(cents)\n"
    ),
    "cart.py": "class Cart:\n    def total(self):\n        return 0\n",
    "use.py": (
        "import json\nfrom cart import Cart\nfrom money import Money\n\n\n"
        "def pay():\n    return Money(3).total()\n\n\ndef show():\n    return json.dumps(Cart().total())\n"
    ),
    "web/view.ts": (
        "export function draw(box: Box) {\n  return fill(box);\n}\nfunction fill(b: Box) { return b; }\n"
    ),
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
def tools(workspace, tmp_path):
    index = SymbolIndex(workspace, tmp_path / "index.db")
    yield DefinitionTools(workspace, index, PythonAnalysis(workspace.root, tmp_path / "jedi", timeout_s=60))
    index.close()


def test_a_definition_comes_with_its_inferred_signature_code_callers_and_callees(tools):
    assert tools.definition("Money.total") == (
        "money.py:5-6: method Money.total\n"
        "inferred: total(self) -> int\n"
        "   5\t    def total(self):\n"
        "   6\t        return rounded(self.cents)\n"
        "Called by:\n  use.py:7 in pay\n"
        "Calls:\n  money.py::rounded:9"
    )


def test_jedi_is_started_once_for_all_that_is_asked_of_a_definition(tools, monkeypatch):
    started = []
    run = python_analysis.process.run
    monkeypatch.setattr(python_analysis.process, "run", lambda *a, **k: started.append(a) or run(*a, **k))
    assert "Calls:" in tools.definition("Money.total")
    assert len(started) == 1


def test_of_several_with_one_name_the_use_tells_which_is_meant(tools):
    assert "Give path::name for one" in tools.definition("total")
    assert tools.definition("total", "use.py", 7).startswith("money.py:5-6: method Money.total")
    assert tools.definition("total", "use.py", 11).startswith("cart.py:2-3: method Cart.total")


def test_what_lies_outside_the_repository_is_described(tools):
    text = tools.definition("dumps", "use.py", 11)
    assert text.startswith("json.dumps (outside the repository)")
    assert "Serialize" in text


def test_other_languages_are_answered_from_the_index(tools):
    text = tools.definition("fill", "web/view.ts", 2)
    assert text.startswith("web/view.ts:4-4: function fill")
    assert "Called by:\n  web/view.ts:2 in draw" in text


def test_a_name_that_is_not_there_is_told_with_what_is_like_it(tools):
    assert tools.definition("tota").startswith("Nothing is named 'tota'. Similar:")
    assert "Search the text" in tools.definition("nowhere_at_all")
    with pytest.raises(SearchFailed, match="does not stand in line 1"):
        tools.definition("total", "use.py", 1)
    with pytest.raises(PathError, match="has only"):
        tools.definition("total", "use.py", 99)


def test_when_jedi_dies_or_takes_too_long_the_index_answers_alone(tools, tmp_path, monkeypatch):
    broken = tmp_path / "broken.py"
    broken.write_text("raise SystemExit(1)\n")
    monkeypatch.setattr(python_analysis, "_ANSWERS", broken)
    text = tools.definition("Money.total")
    assert "inferred" not in text
    assert "use.py:7 in pay" in text


def test_an_answer_before_a_failure_is_not_lost(workspace, tmp_path):
    asked = [Question("definition", "use.py", 7, 11), Question("definition", "missing.py", 1, 0)]
    first, second = PythonAnalysis(workspace.root, tmp_path / "jedi", timeout_s=60).answers(asked)
    assert [target.path for target in first.targets] == ["money.py"]
    assert second == Answer()


def test_what_cannot_be_resolved_by_scope_and_imports_is_not_told_as_called(tools, workspace):
    workspace.write("helpers.py", "def load():\n    pass\n\n\ndef send():\n    pass\n")
    workspace.write(
        "other.py", "class Queue:\n    def send(self):\n        pass\n\n    def load(self):\n        pass\n"
    )
    workspace.write(
        "job.py",
        "from helpers import load\nimport helpers\n\n\ndef work(thing):\n    load()\n    thing.send()\n"
        "    later()\n    return helpers.send()\n\n\n"
        "def later():\n    def send():\n        pass\n\n    return send()\n",
    )
    assert "Calls:" not in tools.definition("later")
    text = tools.definition("work")
    assert text.partition("Calls:\n")[2] == "  helpers.py::load:1\n  job.py::later:12\n  helpers.py::send:5"


def test_without_jedi_scope_and_imports_resolve_calls(tools, workspace, tmp_path, monkeypatch):
    broken = tmp_path / "broken.py"
    broken.write_text("raise SystemExit(1)\n")
    monkeypatch.setattr(python_analysis, "_ANSWERS", broken)
    workspace.write(
        "shapes.py",
        "class Box:\n    def area(self):\n        return 1\n\n"
        "    def area_twice(self):\n        return self.area()\n",
    )
    workspace.write("pay.py", "from money import rounded\n\n\ndef total():\n    return rounded(1) + area()\n")
    assert tools.definition("Box.area_twice").endswith("Calls:\n  shapes.py::Box.area:2")
    assert tools.definition("pay.py::total").endswith("Calls:\n  money.py::rounded:9")


def test_calls_of_other_languages_are_resolved_by_what_is_imported(tools, workspace):
    workspace.write("web/paint.ts", "export function paint() {}\nexport function erase() {}\n")
    workspace.write("web/noise.ts", "export function noise() {}\n")
    workspace.write(
        "web/app.ts",
        "import { paint } from './paint';\nclass App {\n"
        "  run() { paint(); this.stop(); noise(); erase(); }\n  stop() {}\n}\n",
    )
    text = tools.definition("App.run")
    assert text.partition("Calls:\n")[2] == "  web/paint.ts::paint:1\n  web/app.ts::App.stop:4"


def test_constants_and_what_is_passed_on_uncalled_have_users_too(tools, workspace):
    workspace.write(
        "limits.py", "MOST_ITEMS = 3\n\n\ndef check(items):\n    return len(items) < MOST_ITEMS\n"
    )
    workspace.write("shop.py", "from limits import MOST_ITEMS, check\n\nRULES = [check]\nprint(MOST_ITEMS)\n")
    workspace.write("noise.py", "def f(MOST_ITEMS):\n    return MOST_ITEMS\n")
    assert tools.definition("MOST_ITEMS").endswith("Used by:\n  limits.py:5 in check\n  shop.py:4")
    assert tools.definition("limits.py::check").endswith("Used by:\n  shop.py:3")


def test_who_uses_it_in_code_is_told_before_its_tests(tools, workspace):
    workspace.write("web/fill.ts", "export function fillAll() {}\n")
    uses = "import { fillAll } from './fill';\n" + "fillAll();\n" * 13
    for path in ("web/a.test.ts", "web/test/b.ts", "web/z.ts"):
        workspace.write(
            path, uses if "z" not in path else "import { fillAll } from './fill';\n\nfillAll();\n"
        )
    users = tools.definition("fillAll").partition("Called by:\n")[2].splitlines()
    assert users[:2] == ["  web/z.ts:3", "  web/a.test.ts:2"]


def test_a_function_of_a_hundred_lines_is_shown_whole_and_a_longer_one_says_how_to_read_on(tools, workspace):
    def long(name, lines):
        return f"def {name}():\n" + "".join(f"    a{n} = {n}\n" for n in range(lines)) + "    return 1\n"

    workspace.write("long.py", long("middling", 120) + "\n\n" + long("endless", 300))
    assert "return 1" in tools.definition("middling")
    text = tools.definition("endless")
    assert "a148 = 148" in text
    assert "a150 = 150" not in text
    assert "it goes on to line 426; read_file from start=275 shows more." in text


def test_a_long_class_is_shown_by_its_head_and_its_methods(tools, workspace):
    body = "".join(f"    def step_{n}(self):\n        return {n}\n\n" for n in range(60))
    workspace.write("engine.py", f'class Engine:\n    """Drives."""\n\n    kind = 1\n\n{body}')
    text = tools.definition("Engine")
    assert "   4\t    kind = 1" in text
    assert "    6-7: def step_0(self)" in text
    assert "return 30" not in text
    assert "engine.py::Engine.NAME" in text
