import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import process
from tools.errors import ProgramNotFound
from tools.process_group import CappedOutput, pump


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def gone_soon(pid: int) -> bool:
    for _ in range(40):
        if not alive(pid):
            return True
        time.sleep(0.05)
    return False


def test_output_and_exit_code_come_back(tmp_path: Path) -> None:
    done = process.run(["sh", "-c", "echo out; echo err >&2; exit 3"], cwd=tmp_path, timeout_s=10)
    assert (done.exit_code, done.stdout, done.stderr, done.timed_out) == (3, "out\n", "err\n", False)


def test_a_program_that_is_not_there_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(ProgramNotFound, match="no-such-program cannot be started"):
        process.run(["no-such-program"], cwd=tmp_path, timeout_s=10)


def test_a_folder_that_is_not_there_is_not_blamed_on_the_program(tmp_path: Path) -> None:
    with pytest.raises(ProgramNotFound, match="no such folder"):
        process.run(["true"], cwd=tmp_path / "missing", timeout_s=10)


def test_a_timeout_ends_the_whole_group_even_if_it_ignores_the_request(tmp_path: Path) -> None:
    script = 'trap "" TERM; sleep 60 & echo $! > pid; wait; sleep 60'
    started = time.monotonic()
    done = process.run(["bash", "-c", script], cwd=tmp_path, timeout_s=0.5)
    assert done.timed_out
    assert time.monotonic() - started < 5
    assert gone_soon(int((tmp_path / "pid").read_text()))


def test_what_is_left_in_the_background_is_ended_and_does_not_block(tmp_path: Path) -> None:
    started = time.monotonic()
    done = process.run(["bash", "-c", "sleep 60 & echo $!"], cwd=tmp_path, timeout_s=30)
    assert time.monotonic() - started < 5
    assert gone_soon(int(done.stdout))


class HeldUp(subprocess.Popen[bytes]):
    """A program that is looked at late, as on a busy machine."""

    def poll(self) -> int | None:
        time.sleep(0.4)
        return super().poll()


def test_what_is_said_while_nobody_looks_is_not_lost() -> None:
    heard = CappedOutput(None)
    with HeldUp(["sh", "-c", "sleep 0.15; echo late"], stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert pump(program, {program.stdout: heard}, time.monotonic() + 10)
    assert heard.value() == b"late\n"


def test_a_stream_loses_nothing_while_nobody_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", HeldUp)
    with process.stream(["sh", "-c", "sleep 0.15; echo late"], cwd=tmp_path, timeout_s=10) as lines:
        assert list(lines) == [b"late"]


def test_a_program_that_closes_its_output_and_goes_on_is_still_timed(tmp_path: Path) -> None:
    done = process.run(["bash", "-c", "exec >&- 2>&-; sleep 60"], cwd=tmp_path, timeout_s=0.5)
    assert done.timed_out


def test_a_flood_keeps_head_and_tail(tmp_path: Path) -> None:
    done = process.run(["seq", "1000000"], cwd=tmp_path, timeout_s=30, output_limit=1000)
    assert done.truncated
    assert done.stdout.startswith("1\n2\n")
    assert done.stdout.endswith("999999\n1000000\n")
    assert "bytes left out" in done.stdout
    assert len(done.stdout) < 1100


def test_a_large_input_to_a_program_that_does_not_read_it_does_not_block(tmp_path: Path) -> None:
    done = process.run(["true"], cwd=tmp_path, timeout_s=10, stdin="x" * 5_000_000)
    assert done.exit_code == 0


def test_input_and_floods_on_both_outputs_go_together(tmp_path: Path) -> None:
    done = process.run(
        ["bash", "-c", "tee /dev/stderr"], cwd=tmp_path, timeout_s=30, stdin="line\n" * 200_000
    )
    assert not done.timed_out
    assert done.truncated


def test_bytes_that_are_not_utf8_are_replaced(tmp_path: Path) -> None:
    done = process.run(["printf", r"a\377b"], cwd=tmp_path, timeout_s=10)
    assert done.stdout == "a�b"


def test_no_zombie_is_left(tmp_path: Path) -> None:
    for _ in range(5):
        process.run(["bash", "-c", "true & true"], cwd=tmp_path, timeout_s=10)
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    for pid in children.read_text().split() if children.exists() else []:
        assert alive(int(pid))


def test_a_stream_gives_lines_and_then_the_exit_code(tmp_path: Path) -> None:
    with process.stream(
        ["bash", "-c", "echo a; echo b >&2; printf c; exit 2"], cwd=tmp_path, timeout_s=10
    ) as lines:
        assert list(lines) == [b"a", b"c"]
        assert (lines.exit_code, lines.stderr, lines.timed_out) == (2, "b\n", False)


def test_a_reader_may_stop_and_the_program_is_ended(tmp_path: Path) -> None:
    with process.stream(["bash", "-c", "echo $$; exec yes"], cwd=tmp_path, timeout_s=30) as lines:
        pid = int(next(lines))
    assert gone_soon(pid)


def test_a_stream_that_takes_too_long_keeps_its_lines(tmp_path: Path) -> None:
    with process.stream(["bash", "-c", "echo a; sleep 60"], cwd=tmp_path, timeout_s=0.3) as lines:
        assert list(lines) == [b"a"]
        assert lines.timed_out


def test_an_endless_line_is_cut(tmp_path: Path) -> None:
    script = "head -c 3000000 /dev/zero; echo; echo after"
    with process.stream(["bash", "-c", script], cwd=tmp_path, timeout_s=30) as lines:
        found = list(lines)
    assert [len(line) for line in found] == [1_000_000, 5]
    assert found[-1] == b"after"


@given(st.lists(st.binary(max_size=50), max_size=20), st.integers(0, 60))
def test_capped_output_is_exact_below_its_limit_and_keeps_both_ends_above(
    chunks: list[bytes], room: int
) -> None:
    output = CappedOutput(room * 2)
    for chunk in chunks:
        output.feed(chunk)
    whole = b"".join(chunks)
    if len(whole) <= room * 2:
        assert output.value() == whole
        assert not output.truncated
    else:
        assert output.truncated
        assert output.value().startswith(whole[:room])
        assert output.value().endswith(whole[len(whole) - room :])


def test_a_projects_commands_see_neither_us_nor_secrets() -> None:
    base = {
        "PATH": os.pathsep.join([str(Path(sys.prefix) / "bin"), "/usr/bin"]),
        "HOME": "/home/ada",
        "LANG": "C.UTF-8",
        "KEYBOARD": "de",
        "TOKENIZERS_PARALLELISM": "false",
        "DATABASE_URL": "postgres://test:test@localhost/test",
        "PYTHONPATH": "/x",
        "PYTHONHOME": "/x",
        "VIRTUAL_ENV": "/x",
        "OLDHAND_MODEL": "x",
        "OPENAI_API_KEY": "x",
        "GITHUB_TOKEN": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "DB_PASSWORD": "x",
        "SSH_AUTH_SOCK": "/x",
        "GIT_DIR": "/x",
        "PIP_INDEX_URL": "https://me:hunter2@example.org/simple",
    }
    seen = process.user_environment(base)
    assert set(seen) == {"PATH", "HOME", "LANG", "KEYBOARD", "TOKENIZERS_PARALLELISM", "DATABASE_URL"}
    assert seen["PATH"] == "/usr/bin" or sys.prefix == sys.base_prefix
    assert "GITHUB_TOKEN" in process.user_environment(base, keep=["GITHUB_TOKEN"])


def test_an_environment_that_the_user_activated_stays_on_the_path() -> None:
    path = str(Path(sys.prefix) / "bin")
    seen = process.user_environment({"PATH": path, "VIRTUAL_ENV": sys.prefix})
    assert seen == {"PATH": path}
