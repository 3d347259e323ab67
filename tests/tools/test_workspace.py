import os
import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.errors import NotARepository, PathError
from tools.workspace import Workspace, decode


@pytest.fixture
def workspace(repository: Path) -> Workspace:
    return Workspace.open(repository)


def test_the_repository_is_found_from_a_folder_inside(repository: Path) -> None:
    (repository / "a" / "b").mkdir(parents=True)
    assert Workspace.open(repository / "a" / "b").root == repository.resolve()


def test_no_repository_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotARepository, match="git init"):
        Workspace.open(tmp_path)
    with pytest.raises(NotARepository, match="is not a folder"):
        Workspace.open(tmp_path / "missing")


def test_a_bare_repository_and_a_git_folder_are_no_work_trees(tmp_path: Path, repository: Path) -> None:
    subprocess.run(["git", "init", "-q", "--bare", "bare"], cwd=tmp_path, check=True)
    for folder in (tmp_path / "bare", repository / ".git"):
        with pytest.raises(NotARepository, match="work tree"):
            Workspace.open(folder)


def test_a_git_hook_that_runs_us_does_not_mislead_us(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    assert Workspace.open(repository).root == repository.resolve()


@pytest.mark.parametrize(
    "path",
    ["..", "../x", "a/../../x", "/etc/passwd", "out/x", "loop/x", ".git/config", "sub/.GIT/x", "~/x", "a\0b"],
)
def test_nothing_outside_and_nothing_of_gits_is_reached(
    path: str, workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (workspace.root / "out").symlink_to(tmp_path / "elsewhere")
    (workspace.root / "loop").symlink_to("loop")
    with pytest.raises(PathError):
        workspace.resolve(path)
    with pytest.raises(PathError):
        workspace.write(path, "x")


def test_a_link_out_is_refused_as_a_file_too(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    (workspace.root / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(PathError, match="outside"):
        workspace.read("link")
    assert workspace.locate("link") == workspace.root / "link"


def test_an_absolute_path_inside_is_understood(workspace: Workspace) -> None:
    assert workspace.resolve(str(workspace.root / "a.py")) == workspace.root / "a.py"
    assert workspace.relative(workspace.root / "d" / "a.py") == "d/a.py"


@pytest.mark.parametrize(
    "data",
    [
        b"plain\n",
        b"no final newline",
        b"",
        b"a\r\nb\r\n",
        b"a\r\nb\nc\r\n",
        b"old mac\rline\r",
        b"a\r\r\nb\r\n",
        b"\xef\xbb\xbfbom\n",
        "grüße\n".encode(),
        "grüße\n".encode("latin-1"),
        b"\xff\xfe" + "wide\r\n".encode("utf-16-le"),
        b"\xfe\xff" + "wide\n".encode("utf-16-be"),
        b"form\x0cfeed\n",
    ],
)
def test_every_encoding_and_line_end_survives_a_round_trip(data: bytes, workspace: Workspace) -> None:
    (workspace.root / "f").write_bytes(data)
    file = workspace.read("f")
    workspace.write("f", file.text, like=file)
    assert (workspace.root / "f").read_bytes() == data


@given(st.binary(max_size=200))
def test_whatever_is_read_as_text_is_written_back_byte_for_byte(data: bytes) -> None:
    file = decode(data)
    assert file is None or file.encode(file.text) == data


def test_new_lines_take_the_files_own_ends(workspace: Workspace) -> None:
    (workspace.root / "f").write_bytes(b"a\r\nb\r\n")
    file = workspace.read("f")
    assert file.text == "a\nb\n"
    workspace.write("f", file.text + "c\n", like=file)
    assert (workspace.root / "f").read_bytes() == b"a\r\nb\r\nc\r\n"


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\0\0", b"a\0b", b"\xff\x01\x02"])
def test_a_binary_file_is_refused_with_a_sentence(data: bytes, workspace: Workspace) -> None:
    (workspace.root / "f").write_bytes(data)
    with pytest.raises(PathError, match="binary"):
        workspace.read("f")


def test_huge_missing_and_folders_are_refused_with_a_sentence(workspace: Workspace) -> None:
    (workspace.root / "huge").write_bytes(b"x" * 2_000_001)
    (workspace.root / "folder").mkdir()
    os.mkfifo(workspace.root / "pipe")
    for path, words in [
        ("huge", "too large"),
        ("missing", "no file"),
        ("folder", "folder"),
        ("pipe", "regular"),
    ]:
        with pytest.raises(PathError, match=words):
            workspace.read(path)


def test_a_character_that_the_encoding_lacks_is_refused_and_nothing_is_lost(workspace: Workspace) -> None:
    (workspace.root / "f").write_bytes(b"caf\xe9\n")
    file = workspace.read("f")
    with pytest.raises(PathError, match="latin-1"):
        workspace.write("f", "€\n", like=file)
    assert (workspace.root / "f").read_bytes() == b"caf\xe9\n"


def test_writing_keeps_the_mode_and_writes_through_a_link_inside(workspace: Workspace) -> None:
    script = workspace.root / "run.sh"
    script.write_text("a\n")
    script.chmod(0o750)
    (workspace.root / "link").symlink_to("run.sh")
    workspace.write("link", "b\n")
    assert (workspace.root / "link").is_symlink()
    assert script.read_text() == "b\n"
    assert stat.S_IMODE(script.stat().st_mode) == 0o750


def test_writing_makes_folders_and_leaves_nothing_beside(workspace: Workspace) -> None:
    workspace.write("a/b/c.txt", "x\n")
    assert sorted(path.name for path in (workspace.root / "a" / "b").iterdir()) == ["c.txt"]
    with pytest.raises(PathError, match="is a file, not a folder"):
        workspace.write("a/b/c.txt/d", "x")
    with pytest.raises(PathError, match="is a folder"):
        workspace.write("a/b", "x")
