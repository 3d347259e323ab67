"""The same bounds for every kind of sandbox that this machine has."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from tools import process, sandbox
from tools.confinement import Confinement, survey, visible_roots
from tools.errors import ConsentNeeded, PermissionDenied
from tools.landlock_launcher import MIN_ABI, abi
from tools.permissions import Action, Gate, Permissions
from tools.sandbox import Sandbox, Wrapper, bubblewrap, detect, landlock
from tools.shell import ShellTools
from tools.workspace import Workspace

Run = Callable[..., process.Completed]
KINDS = {"bubblewrap": bubblewrap, "landlock": landlock}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id_rsa").write_text("secret")
    (home / ".cargo" / "bin").mkdir(parents=True)
    (home / ".cargo" / "bin" / "tool").write_text("#!/bin/sh\necho tool works\n")
    (home / ".cargo" / "bin" / "tool").chmod(0o755)
    (home / ".cargo" / "credentials.toml").write_text("secret")
    (home / "apps/pnpm/bin").mkdir(parents=True)
    (home / "apps/pnpm/bin/pnpm.cjs").write_text("#!/bin/sh\ncat $(dirname $(readlink -f $0))/../said\n")
    (home / "apps/pnpm/bin/pnpm.cjs").chmod(0o755)
    (home / "apps/pnpm/said").write_text("pnpm works\n")
    (home / ".cargo/bin/pnpm").symlink_to("../../apps/pnpm/bin/pnpm.cjs")
    (home / ".cache/node/corepack").mkdir(parents=True)
    (home / ".cache/node/corepack/known").write_text("pnpm 10\n")
    return home


@pytest.fixture
def bounds(repository: Path, home: Path, tmp_path: Path) -> Confinement:
    temp = tmp_path / "temp"
    temp.mkdir()
    environment = process.inherited_environment()
    path = os.pathsep.join([str(home / ".cargo" / "bin"), environment["PATH"]])
    return survey(repository, temp, {**environment, "HOME": str(home), "PATH": path})


@pytest.fixture(params=list(KINDS))
def wrapper(request: pytest.FixtureRequest, bounds: Confinement) -> Wrapper:
    if request.param == "bubblewrap":
        if shutil.which("bwrap") is None:
            pytest.skip("bubblewrap is not installed")
        wrap = bubblewrap(bounds)
        if subprocess.run(wrap(["true"], False), capture_output=True, check=False).returncode != 0:
            pytest.skip("bubblewrap does not work on this machine")
        return wrap
    if not Path("/proc/self/status").exists() or abi() < MIN_ABI:
        pytest.skip("this kernel has no Landlock, or an old one")
    return landlock(bounds)


@pytest.fixture
def run(wrapper: Wrapper, repository: Path, home: Path) -> Run:
    env = process.inherited_environment()
    env |= {"HOME": str(home), "PATH": f"{home}/.cargo/bin:{env['PATH']}"}

    def go(command: str, *, network: bool = False, timeout_s: float = 30) -> process.Completed:
        return process.run(
            wrapper(["bash", "-c", command], network), cwd=repository, timeout_s=timeout_s, env=env
        )

    return go


def test_the_repository_and_a_temporary_folder_are_written(run: Run, repository: Path) -> None:
    done = run('mkdir d && echo a > d/a && t=$(mktemp) && echo t > "$t" && cat "$t" && git status --short')
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == "t\n?? d/\n"
    assert (repository / "d" / "a").read_text() == "a\n"


def test_nothing_outside_is_changed(run: Run, tmp_path: Path, home: Path) -> None:
    (tmp_path / "other").write_text("mine")
    places = [
        tmp_path / "other",
        tmp_path / "new",
        home / "new",
        home / ".cargo/bin/tool",
        Path("/etc/oldhand-test"),
    ]
    for place in places:
        run(f"echo x > '{place}'; rm -f '{place}'; truncate -s 0 '{place}'")
    assert (tmp_path / "other").read_text() == "mine"
    assert (home / ".cargo" / "bin" / "tool").read_text().endswith("tool works\n")
    assert not (tmp_path / "new").exists()
    assert not (home / "new").exists()
    assert not Path("/etc/oldhand-test").exists()


def test_the_home_is_hidden_but_its_toolchains_work(run: Run, home: Path) -> None:
    secrets = run(f"cat {home}/.ssh/id_rsa {home}/.cargo/credentials.toml; ls {home}/.ssh")
    assert "secret" not in secrets.stdout
    assert "id_rsa" not in secrets.stdout
    assert run("tool").stdout == "tool works\n"


def test_a_package_manager_is_followed_to_where_it_lies(run: Run) -> None:
    assert run("pnpm").stdout == "pnpm works\n"
    assert run('cat "$COREPACK_HOME/known"').stdout == "pnpm 10\n"


def test_hooks_and_settings_of_git_stay_as_they_are(run: Run, repository: Path) -> None:
    config = (repository / ".git" / "config").read_bytes()
    run("echo 'touch x' > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit; git config alias.x '!evil'")
    run("echo x >> .git/config; rm -rf .git/hooks; mkdir -p .git/hooks")
    assert not (repository / ".git" / "hooks" / "pre-commit").exists()
    assert (repository / ".git" / "config").read_bytes() == config


def test_the_folder_of_git_cannot_be_replaced(run: Run, repository: Path) -> None:
    run("mv .git away && cp -r away .git && echo 'touch x' > .git/hooks/pre-commit")
    assert not (repository / ".git" / "hooks" / "pre-commit").exists()
    done = run(
        "echo x > x && git add x && git commit -qm x && git stash list && git gc -q && git log --oneline"
    )
    assert done.exit_code == 0, done.stderr
    assert done.stdout.endswith(" x\n") or " x\n" in done.stdout


def test_what_a_person_changes_in_git_while_a_command_runs_stays(run: Run, repository: Path) -> None:
    hook = repository / ".git" / "hooks" / "post-merge"

    def person() -> None:
        while not (repository / "begun").exists():
            time.sleep(0.01)
        hook.write_text("echo merged\n")
        subprocess.run(["git", "config", "person.was", "here"], cwd=repository, check=True)
        (repository / "go").touch()

    thread = Thread(target=person)
    thread.start()
    run("touch begun; until [ -e go ]; do sleep 0.05; done")
    thread.join()
    if _may_make_namespaces():
        assert hook.read_text() == "echo merged\n"
        assert "was = here" in (repository / ".git" / "config").read_text()


@pytest.mark.skipif(shutil.which("unshare") is None, reason="there is no unshare")
@pytest.mark.parametrize("none", ["user", "net"])
def test_where_some_namespaces_are_not_to_be_had_commands_run_all_the_same(
    bounds: Confinement, repository: Path, none: str
) -> None:
    if abi() < MIN_ABI or not _may_make_namespaces():
        pytest.skip("this kernel has no Landlock, or no namespaces to take away")
    script = "echo ok; exec 3<>/dev/tcp/127.0.0.1/9"
    argv = landlock(bounds)(["bash", "-c", script], False)
    take = f'echo 0 > /proc/sys/user/max_{none}_namespaces && exec "$@"'
    done = process.run(["unshare", "-Ur", "sh", "-c", take, "sh", *argv], cwd=repository, timeout_s=30)
    assert done.stdout == "ok\n"
    assert "Operation not permitted" in done.stderr  # without a network of its own it gets no sockets


@pytest.mark.skipif(shutil.which("unshare") is None, reason="there is no unshare")
def test_without_namespaces_what_became_of_gits_files_is_put_back_and_set_aside(
    bounds: Confinement, repository: Path
) -> None:
    if abi() < MIN_ABI or not _may_make_namespaces():
        pytest.skip("this kernel has no Landlock, or no namespaces to take away")
    git = repository / ".git"
    before = (git / "config").read_bytes()
    argv = landlock(bounds)(["sh", "-c", "echo '[a]' >> .git/config; echo x > .git/hooks/pre-commit"], False)
    none = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'
    done = process.run(["unshare", "-Ur", "sh", "-c", none, "sh", *argv], cwd=repository, timeout_s=30)
    assert done.exit_code == 0
    assert (git / "config").read_bytes() == before
    assert not (git / "hooks" / "pre-commit").exists()
    assert (git / "config.set-aside").read_bytes() == before + b"[a]\n"
    assert (git / "hooks.set-aside" / "pre-commit").read_text() == "x\n"
    assert "What it had become is in config.set-aside" in done.stderr


def _may_make_namespaces() -> bool:
    program = shutil.which("unshare")
    return bool(program) and subprocess.run([str(program), "-Urm", "true"], check=False).returncode == 0


def test_the_network_is_out_of_reach(run: Run) -> None:
    script = "import socket; socket.create_connection(('192.0.2.1', 9), 2)"
    done = run(f'python3 -c "{script}"')
    assert done.exit_code != 0
    assert any(word in done.stderr for word in ("unreachable", "not permitted"))


def test_tests_may_use_loopback_where_it_can_be_had(run: Run) -> None:
    script = (
        "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); "
        "socket.create_connection(s.getsockname()); print('through')"
    )
    done = run(f'python3 -c "{script}"')
    assert done.stdout == "through\n" or "not permitted" in done.stderr


def test_the_exit_code_and_a_signal_come_through(run: Run) -> None:
    assert run("exit 7").exit_code == 7
    assert run("kill -KILL $$").exit_code == 137


def test_a_missing_program_is_127(wrapper: Wrapper, repository: Path) -> None:
    done = process.run(wrapper(["no-such-program"], False), cwd=repository, timeout_s=10)
    assert done.exit_code == 127


def test_a_timeout_leaves_no_survivors(run: Run, repository: Path) -> None:
    done = run("(setsid sh -c 'sleep 2; echo alive > survivor' &); sleep 60", timeout_s=1)
    assert done.timed_out
    time.sleep(2.5)
    assert not (repository / "survivor").exists()


def test_what_is_left_in_the_background_ends_with_the_command(run: Run, repository: Path) -> None:
    run("(setsid sh -c 'sleep 1; echo alive > survivor' &); true")
    time.sleep(1.5)
    assert not (repository / "survivor").exists()


def test_event_loops_and_process_pools_work(run: Run) -> None:
    script = (
        "import asyncio, multiprocessing as m; asyncio.run(asyncio.sleep(0)); print(m.Pool(2).map(abs, [-1]))"
    )
    done = run(f'python3 -c "{script}"')
    assert (done.stdout, done.exit_code) == ("[1]\n", 0)


def test_a_container_engines_or_session_buss_socket_is_not_reached(run: Run, tmp_path: Path) -> None:
    script = f"""
import socket
s = socket.socket(socket.AF_UNIX)
s.connect('{tmp_path}/engine.sock')
print('connected')
"""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "engine.sock"))
        server.listen()
        done = run(f'python3 -c "{script}"')
    assert "connected" not in done.stdout


def test_files_time_and_memory_have_limits(run: Run) -> None:
    assert "unlimited" not in run("ulimit -f; ulimit -t; ulimit -d").stdout
    assert run("node -e 0 || test ! -x /usr/bin/node").exit_code == 0


def test_a_linked_work_tree_still_knows_its_history(
    repository: Path, tmp_path: Path, wrapper: Wrapper, bounds: Confinement
) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "first"], cwd=repository, check=True)
    subprocess.run([*git, "worktree", "add", "-q", str(tmp_path / "linked")], cwd=repository, check=True)
    kind = bubblewrap if "bwrap" in wrapper(["true"], False) else landlock
    wrap = kind(survey(tmp_path / "linked", bounds.temp, process.inherited_environment()))
    done = process.run(wrap(["git", "log", "--format=%s"], False), cwd=tmp_path / "linked", timeout_s=10)
    assert (done.stdout, done.exit_code) == ("first\n", 0)


def test_detection_takes_what_works_and_says_why(repository: Path) -> None:
    found = detect(repository)
    assert found.confines == (found.name != "none")
    assert found.reason.endswith(".")
    if found.confines:
        assert found.temp is not None
        done = process.run(
            found.wrap(["sh", "-c", f"echo x > {found.temp}/shared"]), cwd=repository, timeout_s=10
        )
        assert done.exit_code == 0
        assert (found.temp / "shared").read_text() == "x\n"


def test_a_sandbox_that_does_not_confine_is_not_taken(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_door = Sandbox("door", "", wrapper=lambda argv, network: list(argv))
    broken = Sandbox("broken", "", wrapper=lambda argv, network: ["no-such-sandbox", *argv])
    monkeypatch.setattr(sandbox, "_candidates", lambda bounds: [open_door, broken])
    found = detect(repository)
    assert not found.confines
    assert "does not confine" in found.reason
    assert "no-such-sandbox" in found.reason
    assert found.wrap(["ls"]) == ["ls"]


def test_what_is_visible_never_holds_what_is_hidden(bounds: Confinement, home: Path) -> None:
    for path in visible_roots(bounds):
        assert path in bounds.readable or not any(hidden.is_relative_to(path) for hidden in bounds.hidden)
    assert home / ".cargo" / "bin" in bounds.readable
    assert not any(path.name in (".ssh", "home") for path in bounds.readable)


# --- the shell tool, on whatever sandbox there is -------------------------------------------------------


@pytest.fixture
def shell(repository: Path) -> ShellTools:
    place = Workspace(repository)
    gate = Gate(Permissions(sandboxed=True), None)
    return ShellTools(
        place, detect(repository), gate, process.user_environment(process.inherited_environment())
    )


def test_a_command_returns_its_exit_code_and_output_in_order(shell: ShellTools) -> None:
    said = shell.shell("echo one; echo two >&2; echo three; exit 3")
    assert said.startswith("Exit code 3 after ")
    assert said.endswith("\none\ntwo\nthree")


def test_silence_is_said(shell: ShellTools) -> None:
    assert shell.shell("true").endswith("It printed nothing.")


def test_a_command_that_hangs_is_ended_and_told(shell: ShellTools) -> None:
    assert shell.shell("echo begun; sleep 60", timeout_s=1) == (
        "It took longer than 1 s and was ended. This is what it printed until then.\nbegun"
    )


def test_a_command_that_waits_for_input_gets_none(shell: ShellTools) -> None:
    assert "Exit code 0" in shell.shell("cat; echo done")


def test_of_a_long_output_the_ends_are_shown_and_the_rest_can_be_looked_into(shell: ShellTools) -> None:
    said = shell.shell("seq 100000")
    assert len(said) < 17_000
    assert "\n1\n2\n" in said
    assert said.endswith("99999\n100000")
    left = re.search(r"\[\.\.\. ([\d,]+) of 100,000 lines left out; all of it: (\S+) \(grep, sed -n\)", said)
    assert left is not None
    shown = [line for line in said.split("\n") if line.isdigit()]
    assert int(left[1].replace(",", "")) + len(shown) == 100_000
    assert shell.shell(f"sed -n 50000p {left[2]}").endswith("\n50000")
    assert "all of it:" in shell.shell("head -c 20000 /dev/zero | tr '\\0' x")


def test_what_is_secret_in_an_output_is_not_kept_either(repository: Path) -> None:
    gate = Gate(Permissions(sandboxed=True), None)
    env = process.user_environment(process.inherited_environment())
    mask = lambda text: text.replace("hunter2", "***")  # noqa: E731
    tools = ShellTools(Workspace(repository), detect(repository), gate, env, mask=mask)
    said = tools.shell("seq 10000; echo hunter2; seq 10000")
    file = re.search(r"all of it: (\S+)", said)
    assert file is not None
    assert "***" in tools.shell(f"grep -n '[*]' {file[1]}")


def test_colours_and_other_control_characters_are_left_out(shell: ShellTools) -> None:
    assert shell.shell(r"printf '\033[31mred\033[0m\007\r\n'").endswith("\nred")


def test_a_signal_is_named(shell: ShellTools) -> None:
    assert "ended by SIGSEGV" in shell.shell("python3 -c 'import os; os.kill(os.getpid(), 11)'")


def test_commands_do_not_see_credentials(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "hunter2")
    env = process.user_environment(process.inherited_environment())
    gate = Gate(Permissions(sandboxed=True), None)
    assert "hunter2" not in ShellTools(Workspace(repository), detect(repository), gate, env).shell("env")


def test_a_destructive_command_does_not_run_without_a_yes(repository: Path, shell: ShellTools) -> None:
    (repository / "d").mkdir()
    with pytest.raises(ConsentNeeded, match="rm -r d"):
        shell.shell("echo tidy && rm -r d")
    env = process.inherited_environment()
    refusing = Gate(Permissions(sandboxed=True), lambda action, why: False)
    with pytest.raises(PermissionDenied):
        ShellTools(Workspace(repository), detect(repository), refusing, env).shell("rm -r d")
    assert (repository / "d").is_dir()
    asked: list[Action] = []
    willing = Gate(Permissions(sandboxed=True), lambda action, why: not asked.append(action))
    ShellTools(Workspace(repository), detect(repository), willing, env).shell("rm -r d")
    assert asked == [Action("shell", command="rm -r d")]
    assert not (repository / "d").exists()
