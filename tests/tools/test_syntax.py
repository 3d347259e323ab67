import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.syntax import first_error, language_of, outline_of, symbols_in
from tools.uses import uses_in

PYTHON = b'''"""Money."""
from decimal import Decimal
from .errors import BadAmount

LIMIT = 3


@total_ordering
class Money(Base):
    """An amount.

    Never a float.
    """

    @property
    def cents(self) -> int:
        """In cents."""
        return self.amount

    def add(
        self, other,
    ):
        return Money(self.amount + other.amount)


# parses "3.50"
def parse(text): return parse(text.strip())
'''


def named(path, source):
    return {symbol.qualname: symbol for symbol in symbols_in(path, source)}


def test_python_definitions_have_their_place_head_and_first_line_of_doc():
    found = named("money.py", PYTHON)
    assert [(s.qualname, s.kind, s.start_line, s.end_line) for s in found.values()] == [
        ("LIMIT", "constant", 5, 5),
        ("Money", "class", 8, 23),
        ("Money.cents", "method", 15, 18),
        ("Money.add", "method", 20, 23),
        ("parse", "function", 27, 27),
    ]
    assert found["Money"].doc == "An amount."
    assert found["Money.add"].signature == "def add(self, other)"
    assert found["parse"].doc == 'parses "3.50"'
    assert found["Money.add"].id() == "money.py::Money.add"


def test_imports_and_names_of_a_file_are_found_outside_comments_and_strings():
    outline = outline_of("money.py", PYTHON)
    assert outline.imports == ["decimal", ".errors"]
    assert outline.names["amount"] == 3
    assert "parses" not in outline.names
    assert "float" not in outline.names


def test_a_digest_ignores_formatting_comments_and_docstrings():
    loose = b"def f(a, b=1):\n    '''Old.'''\n    # why\n    return g(a,\n             'x')\n"
    tight = b'def f(\n    a,\n    b=1,\n):\n    """New."""\n    return g(a, "x")\n'
    assert named("a.py", loose)["f"].digest == named("a.py", tight)["f"].digest


@pytest.mark.parametrize(
    "changed",
    [
        b"def f(a):\n    if a:\n        g()\n    h()\n",  # h has left the if
        b"def f(a):\n    if a:\n        g()\n        h(1)\n",
        b"@cached\ndef f(a):\n    if a:\n        g()\n        h()\n",
        b"def f(b):\n    if b:\n        g()\n        h()\n",
    ],
)
def test_a_digest_notices_what_changes_the_meaning(changed):
    before = b"def f(a):\n    if a:\n        g()\n        h()\n"
    assert named("a.py", before)["f"].digest != named("a.py", changed)["f"].digest


def test_white_space_within_a_string_counts():
    assert named("a.py", b"X = 'a b'")["X"].digest != named("a.py", b"X = 'a  b'")["X"].digest


def test_the_body_digest_survives_a_rename_with_its_recursion_and_a_move_to_another_file():
    before = named("a.py", b"def walk(n):\n    return walk(n.left) + 1\n")["walk"]
    after = named("b/c.py", b"X = 1\n\ndef descend(n):\n    return descend(n.left) + 1\n")["descend"]
    assert before.body_digest == after.body_digest
    assert before.digest != after.digest


def test_an_overload_stub_is_not_the_definition():
    source = (
        b"@overload\ndef f(x: int) -> int: ...\n@typing.overload\ndef f(x: str) -> str: ...\n"
        b"def f(x):\n    return x\n"
    )
    assert [s.start_line for s in symbols_in("a.py", source)] == [5]


@pytest.mark.parametrize(
    ("source", "line", "what"),
    [
        (b"x = = 1\n", 1, "invalid syntax"),
        (b"def f(:\n    pass\n", 1, "invalid syntax"),
        (b"def f():\nreturn 1\n", 2, "expected an indented block after function definition on line 1"),
        (b"x = 1\nx = (1,\n", 2, "'(' was never closed"),
        (b"x = 1\nreturn 2\n", 2, "'return' outside function"),
    ],
)
def test_the_first_error_in_python_is_said_as_python_says_it(source, line, what):
    problem = first_error("a.py", source)
    assert problem is not None
    assert (problem.line, problem.what) == (line, what)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python's compiler knows the syntax")
@pytest.mark.parametrize(
    "source", [b"type Id = int\n", b"def f[T](x: T) -> T:\n    return x\n", b"f'{x!r:{'>'}10} {'a' + 'b'}'\n"]
)
def test_syntax_newer_than_our_own_python_is_not_refused(source):
    assert first_error("a.py", source) is None


def test_the_first_error_in_another_language_has_its_place():
    problem = first_error("a.js", b"function f() {\n  return 1 +;\n}\n")
    assert problem is not None
    assert problem.line == 2
    missing = first_error("a.go", b"package p\nfunc f( {\n}\n")
    assert missing is not None


def test_an_unknown_language_has_no_symbols_and_no_errors():
    assert language_of("notes.txt") is None
    assert symbols_in("notes.txt", b"def f(): pass") == []
    assert first_error("notes.txt", b"(((") is None


def test_broken_code_still_gives_the_definitions_that_can_be_made_out():
    source = b"def good():\n    return 1\n\nx = = (\n\nclass Also:\n    pass\n"
    assert "good" in named("a.py", source)


LADDER = b"if a:\n" + b"".join(b" " * n + b"if a:\n" for n in range(1, 300))


@pytest.mark.parametrize("source", [b"(" * 5000, b"x = " + b"[" * 3000 + b"]" * 3000, LADDER])
def test_deep_nesting_is_survived(source):
    symbols_in("a.py", source)
    first_error("a.py", source)


@given(st.binary(max_size=200), st.sampled_from(sorted({"a.py", "b.js", "c.ts", "d.go", "e.rs", "F.java"})))
def test_any_bytes_are_survived(source, path):
    symbols_in(path, source)
    first_error(path, source)


def test_uses_of_a_name_are_told_apart_and_comments_are_not_code():
    source = b"from m import go\n\ndef go2():\n    # go\n    x = 'go'\n    return go(1) or go\n"
    assert [(u.line, u.kind) for u in uses_in("a.py", source, "go")] == [
        (1, "import"),
        (6, "call"),
        (6, "use"),
    ]
    assert [u.kind for u in uses_in("a.py", source, "go2")] == ["definition"]
