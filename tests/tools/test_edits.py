import os
import stat
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.edits import EditTools, echo_of
from tools.errors import ConsentNeeded, EditRefused, PathError, PermissionDenied
from tools.git import Git
from tools.matching import closest_lines, find_matches
from tools.permissions import Gate, Permissions
from tools.read_ledger import ReadLedger
from tools.reading import ReadTools
from tools.workspace import Workspace


def python_error(path: str, source: bytes) -> str | None:
    if not path.endswith(".py"):
        return None
    try:
        compile(source, path, "exec")
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    return None


class Desk:
    """The tools of one session on one repository."""

    def __init__(self, root: Path) -> None:
        workspace, ledger = Workspace(root), ReadLedger()
        gate = Gate(Permissions(sandboxed=True), None)
        self.root = workspace.root
        self.read = ReadTools(workspace, Git(root), gate, ledger)
        self.edit = EditTools(workspace, gate, ledger, python_error)

    def put(self, path: str, data: str | bytes) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data.encode() if isinstance(data, str) else data)
        return file


@pytest.fixture
def desk(repository: Path) -> Desk:
    return Desk(repository)


CODE = "def f():\n    return 1\n\n\ndef g():\n    return 1\n"


def test_an_exact_edit_applies_and_shows_the_changed_lines(desk: Desk) -> None:
    file = desk.put("a.py", CODE)
    said = desk.edit.replace("a.py", "def g():\n    return 1", "def g():\n    return 2")
    assert file.read_text() == CODE[:-2] + "2\n"
    assert "    return 1" not in said
    assert "+     6\t    return 2" in said


def test_an_edit_never_guesses_between_two_places(desk: Desk) -> None:
    file = desk.put("a.py", CODE)
    with pytest.raises(EditRefused, match=r"2 times in a\.py, at lines 2, 6"):
        desk.edit.replace("a.py", "return 1", "return 2")
    assert file.read_text() == CODE
    desk.edit.replace("a.py", "return 1", "return 2", all_places=True)
    assert file.read_text() == CODE.replace("1", "2")


def test_a_tolerant_edit_does_not_guess_either(desk: Desk) -> None:
    desk.put("a.py", "if a:\n    x()\nif b:\n        x()\n")
    with pytest.raises(EditRefused, match="at lines 2, 4"):
        desk.edit.replace("a.py", "  x()\n", "  y()\n")


def test_white_space_at_line_ends_is_tolerated(desk: Desk) -> None:
    file = desk.put("a.txt", "one  \ntwo\t\nthree\n")
    said = desk.edit.replace("a.txt", "one\ntwo\n", "ONE\nTWO\n")
    assert file.read_text() == "ONE\nTWO\nthree\n"
    assert "white space" in said


def test_an_indentation_that_is_off_everywhere_alike_is_shifted(desk: Desk) -> None:
    file = desk.put(
        "a.py", "class A:\n    def f(self):\n        if x:\n            return 1\n\n        return 2\n"
    )
    desk.edit.replace(
        "a.py", "if x:\n    return 1\n\nreturn 2", "if x:\n    return 3\n\nelse:\n    return 4\nreturn 2"
    )
    assert file.read_text().endswith(
        "        if x:\n            return 3\n\n        else:\n            return 4\n        return 2\n"
    )


def test_too_much_indentation_is_taken_away(desk: Desk) -> None:
    file = desk.put("a.py", "if x:\n    f()\n")
    desk.edit.replace("a.py", "        if x:\n            f()\n", "        if x:\n            g()\n")
    assert file.read_text() == "if x:\n    g()\n"


def test_a_new_text_that_is_indented_right_already_is_not_shifted(desk: Desk) -> None:
    file = desk.put("a.py", "if x:\n    f()\n    g()\n")
    desk.edit.replace("a.py", "f()\ng()\n", "    f(1)\n    g(1)\n")
    assert file.read_text() == "if x:\n    f(1)\n    g(1)\n"


def test_an_uneven_indentation_is_not_tolerated(desk: Desk) -> None:
    desk.put("a.py", "if x:\n    f()\n    g()\n")
    with pytest.raises(EditRefused, match="closest lines"):
        desk.edit.replace("a.py", "if x:\n  f()\n      g()\n", "pass\n")


def test_line_ends_of_the_file_win(desk: Desk) -> None:
    file = desk.put("a.txt", b"one\r\ntwo\r\nthree\r\n")
    desk.edit.replace("a.txt", "one\ntwo\n", "1\n2\n2a\n")
    assert file.read_bytes() == b"1\r\n2\r\n2a\r\nthree\r\n"
    desk.edit.replace("a.txt", "2a\r\nthree", "drei")
    assert file.read_bytes() == b"1\r\n2\r\ndrei\r\n"


def test_mixed_line_ends_outside_the_edit_stay(desk: Desk) -> None:
    file = desk.put("a.txt", b"one\r\ntwo\nthree\r\nfour\r\n")
    desk.edit.replace("a.txt", "three\nfour\n", "3\n4\n5\n")
    assert file.read_bytes() == b"one\r\ntwo\n3\r\n4\r\n5\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encoding_mode_and_missing_final_newline_survive(encoding: str, desk: Desk) -> None:
    file = desk.put("a.txt", "grüße\nname".encode(encoding))
    file.chmod(0o755)
    desk.edit.replace("a.txt", "name", "öl")
    assert file.read_bytes() == "grüße\nöl".encode(encoding)
    assert stat.S_IMODE(file.stat().st_mode) == 0o755


def test_an_edit_that_breaks_the_syntax_is_refused_with_the_place(desk: Desk) -> None:
    file = desk.put("a.py", CODE)
    before = file.stat()
    with pytest.raises(EditRefused, match=r"would not parse any more: line 5.*Nothing was changed"):
        desk.edit.replace("a.py", "def g():", "def g(:")
    assert file.read_text() == CODE
    assert file.stat().st_mtime_ns == before.st_mtime_ns
    with pytest.raises(EditRefused, match="would not parse"):
        desk.edit.write_file("new.py", "def (")
    assert not (desk.root / "new.py").exists()


def test_a_file_that_was_broken_may_be_edited(desk: Desk) -> None:
    file = desk.put("a.py", "def f(:\n    return 1\n")
    desk.edit.replace("a.py", "return 1", "return 2")
    desk.edit.replace("a.py", "def f(:", "def f():")
    assert file.read_text() == "def f():\n    return 2\n"


def test_what_is_not_found_comes_with_the_closest_lines(desk: Desk) -> None:
    desk.put("a.py", CODE)
    with pytest.raises(EditRefused, match=r"(?s)not in a\.py.*closest lines are:\n    5\tdef g\(\):\n    6"):
        desk.edit.replace("a.py", "def g():\n    return 17\n", "x")
    with pytest.raises(EditRefused, match="Read the file"):
        desk.edit.replace("a.py", "nothing like it", "x")


def test_empty_and_unchanged_edits_are_refused(desk: Desk) -> None:
    desk.put("a.py", CODE)
    with pytest.raises(EditRefused, match="empty"):
        desk.edit.replace("a.py", "", "x")
    with pytest.raises(EditRefused, match="same"):
        desk.edit.replace("a.py", "return", "return")


def test_a_file_is_created_with_its_folders_and_a_final_newline(desk: Desk) -> None:
    assert desk.edit.write_file("new/pkg/a.py", "x = 1") == "Created new/pkg/a.py (1 lines)."
    assert (desk.root / "new/pkg/a.py").read_text() == "x = 1\n"


def test_a_file_is_overwritten_only_when_it_was_read_whole_and_as_it_is(desk: Desk) -> None:
    file = desk.put("a.txt", "".join(f"{n}\n" for n in range(500)))
    with pytest.raises(EditRefused, match="was not read"):
        desk.edit.write_file("a.txt", "new")
    desk.read.read_file("a.txt")
    with pytest.raises(EditRefused, match="only in part"):
        desk.edit.write_file("a.txt", "new")
    desk.read.read_file("a.txt", 401)
    file.write_text("changed by someone\n")
    with pytest.raises(EditRefused, match="changed since it was read"):
        desk.edit.write_file("a.txt", "new")
    assert file.read_text() == "changed by someone\n"
    desk.read.read_file("a.txt")
    desk.edit.write_file("a.txt", "new")
    desk.edit.write_file("a.txt", "newer")
    assert file.read_text() == "newer\n"


def test_an_edit_keeps_what_is_known_of_the_rest(desk: Desk) -> None:
    desk.put("read.txt", "a\nb\n")
    desk.put("unread.txt", "a\nb\n")
    desk.read.read_file("read.txt")
    for path in ("read.txt", "unread.txt"):
        desk.edit.replace(path, "a", "A")
    desk.edit.write_file("read.txt", "all new")
    with pytest.raises(EditRefused, match="in part"):
        desk.edit.write_file("unread.txt", "all new")


def test_overwriting_keeps_the_habits_of_the_file(desk: Desk) -> None:
    file = desk.put("a.txt", b"a\r\nb")
    desk.read.read_file("a.txt")
    desk.edit.write_file("a.txt", "c\nd\n")
    assert file.read_bytes() == b"c\r\nd"
    assert "nothing was changed" in desk.edit.write_file("a.txt", "c\nd\n")


def test_binary_and_huge_files_are_refused_with_a_sentence(desk: Desk) -> None:
    desk.put("b.png", b"\x89PNG\0")
    desk.put("big.txt", "x" * 2_100_000)
    for path, words in (("b.png", "binary"), ("big.txt", "too large")):
        with pytest.raises(PathError, match=words):
            desk.edit.replace(path, "x", "y")
        with pytest.raises(PathError, match=words):
            desk.read.read_file(path)


def test_files_and_folders_move_but_never_over_something(desk: Desk) -> None:
    desk.put("d/a.py", CODE)
    desk.put("b.py", "b = 1\n")
    assert desk.edit.move("d/a.py", "e/f/c.py") == "Moved d/a.py to e/f/c.py."
    assert not (desk.root / "d").exists()
    desk.edit.move("e", "g")
    assert (desk.root / "g/f/c.py").read_text() == CODE
    with pytest.raises(EditRefused, match="exists already"):
        desk.edit.move("b.py", "g/f/c.py")
    assert desk.edit.move("b.py", "g") == "Moved b.py to g/b.py."
    with pytest.raises(EditRefused, match="into itself"):
        desk.edit.move("g", "g/x")
    with pytest.raises(PathError, match="There is no missing"):
        desk.edit.move("missing", "x")


def test_a_file_is_deleted_and_a_link_without_its_target(desk: Desk) -> None:
    target = desk.put("a.txt", "a")
    (desk.root / "link").symlink_to("a.txt")
    assert desk.edit.delete("link") == "Deleted link."
    assert target.exists()
    desk.edit.delete("a.txt")
    assert not target.exists()
    with pytest.raises(PathError, match="There is no file"):
        desk.edit.delete("a.txt")
    desk.put("d/x", "x")
    with pytest.raises(PathError, match="folder"):
        desk.edit.delete("d")


def test_a_file_that_changed_since_it_was_read_is_not_deleted(desk: Desk) -> None:
    file = desk.put("a.txt", "a\n")
    desk.read.read_file("a.txt")
    file.write_text("mine\n")
    with pytest.raises(EditRefused, match="changed since"):
        desk.edit.delete("a.txt")
    assert file.exists()


@pytest.mark.parametrize("path", ["../outside", "link/outside", ".git/config", "/etc/passwd"])
def test_every_tool_is_confined(path: str, desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("x\n")
    desk.put("a", "a\n")
    (desk.root / "link").symlink_to(tmp_path)
    calls = [
        (desk.read.read_file, [path]),
        (desk.edit.replace, [path, "x", "y"]),
        (desk.edit.write_file, [path, "y"]),
        (desk.edit.delete, [path]),
        (desk.edit.move, ["a", path]),
        (desk.edit.move, [path, "b"]),
    ]
    for call, arguments in calls:
        with pytest.raises((PathError, PermissionDenied)):
            call(*arguments)
    assert (tmp_path / "outside").read_text() == "x\n"
    assert (desk.root / "a").exists()


def test_secrets_are_not_read_and_not_changed_without_a_yes(desk: Desk) -> None:
    desk.put(".env", "KEY=1\n")
    (desk.root / "harmless.txt").symlink_to(".env")
    for path in (".env", "harmless.txt"):
        with pytest.raises(PermissionDenied, match="secrets"):
            desk.read.read_file(path)
        with pytest.raises(ConsentNeeded):
            desk.edit.replace(path, "KEY", "K")
    desk.put(".env.example", "KEY=\n")
    assert "KEY=" in desk.read.read_file(".env.example")


def test_reading_shows_numbers_and_how_to_see_the_rest(desk: Desk) -> None:
    desk.put("a.txt", "".join(f"line {n}\n" for n in range(1, 1001)))
    shown = desk.read.read_file("a.txt").split("\n")
    assert shown[0] == "a.txt (lines 1 to 400 of 1000; read on with start=401)"
    assert shown[1] == "    1\tline 1"
    assert shown[-1] == "  400\tline 400"
    assert desk.read.read_file("a.txt", 990, 991).split("\n") == [
        "a.txt (lines 990 to 991 of 1000)",
        "  990\tline 990",
        "  991\tline 991",
    ]
    with pytest.raises(PathError, match="only 1000 lines"):
        desk.read.read_file("a.txt", 1001)


def test_long_lines_and_long_files_stay_within_the_budget(desk: Desk) -> None:
    desk.put("min.js", "x" * 100_000 + "\n" + ("y" * 400 + "\n") * 300)
    shown = desk.read.read_file("min.js")
    assert len(shown) < 26_000
    assert "[99500 more characters]" in shown
    assert "read on with start=" in shown


def test_nothing_is_left_out_that_is_shorter_than_the_word_that_it_is(desk: Desk) -> None:
    desk.put("wide.txt", "x" * 530 + "\n")
    assert "x" * 530 in desk.read.read_file("wide.txt")
    desk.put("long.txt", "".join(f"line {n}\n" for n in range(1, 421)))
    assert desk.read.read_file("long.txt").endswith("  420\tline 420")


def test_a_definition_is_read_below_the_imports_of_its_file(desk: Desk) -> None:
    filler = "".join(f"A{n} = {n}\n" for n in range(20))
    desk.put(
        "a.py",
        f'"""A."""\n\nimport re\nfrom os import (\n    path,\n)\n\n{filler}\n\ndef f():\n    return re\n',
    )
    assert desk.read.read_file("a.py::f").split("\n") == [
        "a.py (lines 30 to 31 of 31)",
        "    3\timport re",
        "    4\tfrom os import (",
        "    5\t    path,",
        "    6\t)",
        "    …",
        "   30\tdef f():",
        "   31\t    return re",
    ]


def test_an_edit_of_fifteen_lines_is_shown_back_whole(desk: Desk) -> None:
    desk.put("a.txt", "a\nb\nc\n")
    shown = desk.edit.replace("a.txt", "b\n", "".join(f"new {n}\n" for n in range(15)))
    assert [line for line in shown.split("\n") if "new" in line][7].endswith("new 7")
    assert "..." not in shown
    desk.put("b.txt", "a\nb\nc\n")
    assert "  ... " in desk.edit.replace("b.txt", "b\n", "".join(f"new {n}\n" for n in range(40)))


def test_an_empty_file_is_said_to_be_empty_and_may_be_overwritten(desk: Desk) -> None:
    desk.put("a.txt", "")
    assert desk.read.read_file("a.txt") == "a.txt is empty."
    desk.edit.write_file("a.txt", "x")
    assert (desk.root / "a.txt").read_text() == "x\n"


def test_listing_leaves_out_what_git_ignores(desk: Desk) -> None:
    for path in ("a.py", "pkg/b.py", "pkg/sub/c.py", "build/out"):
        desk.put(path, "x")
    desk.put(".gitignore", "build/\n")
    assert desk.read.list_files() == "./ (4 files)\n.gitignore\na.py\npkg/\n  b.py\n  sub/\n    c.py"
    assert desk.read.list_files("pkg") == "pkg/ (2 files)\nb.py\nsub/\n  c.py"
    with pytest.raises(PathError, match="not a folder"):
        desk.read.list_files("a.py")


def test_a_large_listing_shows_counts_instead(desk: Desk) -> None:
    for number in range(300):
        desk.put(f"big/f{number}", "x")
    desk.put("small/a", "x")
    shown = desk.read.list_files().split("\n")
    assert "big/ (300 files)" in shown
    assert "  a" in shown
    assert len(desk.read.list_files("big").split("\n")) <= 203


def test_finding_the_closest_lines_of_a_huge_file_is_quick() -> None:
    text = "".join(f"value_{n} = compute({n}, name_{n % 7})\n" for n in range(50_000))
    started = time.monotonic()
    found = closest_lines(text, "".join(f"value_{n} = compute({n}, other)\n" for n in range(777, 830)))
    assert found is not None
    assert found.first == 778
    assert time.monotonic() - started < 15


def test_a_diff_of_a_rewritten_file_is_cut() -> None:
    shown = echo_of("".join(f"{n}\n" for n in range(3000)), "".join(f"x{n}\n" for n in range(3000)))
    assert len(shown.split("\n")) < 70


LINES = st.lists(st.sampled_from(["a", "  b", "    c", "", "d  ", "\te"]), min_size=1, max_size=8)


@given(LINES, st.integers(0, 7), st.integers(1, 4), st.sampled_from(["", "  ", "\t"]))
def test_a_shifted_piece_is_found_and_put_back_as_it_was(
    lines: list[str], start: int, size: int, by: str
) -> None:
    """A piece that is replaced by itself, however it is indented, leaves the text as it is."""
    text = "\n".join(lines)
    piece = "\n".join(by + line if line.strip() else line for line in lines[start : start + size])
    for match in find_matches(text, piece, piece):
        replaced = text[: match.start] + match.replacement + text[match.end :]
        assert [line.rstrip() for line in replaced.split("\n")] == [
            line.rstrip() for line in text.split("\n")
        ]


def test_a_file_that_cannot_be_written_is_a_sentence(desk: Desk) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    desk.put("d/a.txt", "a\n").parent.chmod(0o500)
    with pytest.raises(PathError, match="cannot be written"):
        desk.edit.replace("d/a.txt", "a", "b")
