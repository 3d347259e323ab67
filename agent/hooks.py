"""Git hooks that keep memory up to date: install, show, uninstall.

A hook of ours starts `oldhand sync` in the background and then becomes the hook that was there before, which
keeps its arguments, its input and its exit code. Whatever happens to ours, git continues.
"""

import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agent.errors import ConfigError
from tools.git import Git

NAMES = ("post-commit", "post-merge", "post-checkout", "post-rewrite")
MARK = "# oldhand keeps memory up to date with this repository"
BEFORE = ".before-oldhand"

SCRIPT = """#!/bin/sh
{mark}: installed by `oldhand hooks install`, removed by
# `oldhand hooks uninstall`. The sync runs in the background; a hook that was here before runs next.
before="$0{suffix}"
git_dir=$(git rev-parse --git-dir 2>/dev/null)
if [ -n "$git_dir" ] && [ ! -d "$git_dir/rebase-merge" ] && [ ! -d "$git_dir/rebase-apply" ]{condition}; then
  program={program}
  [ -x "$program" ] || program=$(command -v oldhand)
  if [ -n "$program" ]; then
    (
      unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE GIT_PREFIX
      nice -n 10 "$program" sync --quiet </dev/null >/dev/null 2>&1 &
    ) 2>/dev/null
  fi
fi
[ -x "$before" ] && exec "$before" "$@"
exit 0
"""

State = Literal["installed", "missing", "other"]


@dataclass(frozen=True)
class Hook:
    """One hook of a repository.

    Attributes:
        state: "other": there is one that is not ours.
        chained: Whether ours then runs one that was there before.
    """

    name: str
    file: Path
    state: State
    chained: bool


def hooks_of(git: Git) -> list[Hook]:
    """The hooks as they are.

    Raises:
        ConfigError: Git is told to look for hooks outside of this repository.
    """
    folder = _folder(git)
    return [_hook(name, folder / name) for name in NAMES]


def install(git: Git) -> list[Hook]:
    """Install the hooks; an existing one is kept next to ours and still runs.

    Raises:
        ConfigError: The folder of the hooks cannot be written, or is shared with other repositories.
    """
    try:
        for hook in hooks_of(git):
            hook.file.parent.mkdir(parents=True, exist_ok=True)
            if hook.state == "other":
                hook.file.rename(_kept(hook.file))
            _write(hook)
    except OSError as error:
        raise ConfigError(
            f"The hooks cannot be written: {error}. Check the permissions of the folder."
        ) from error
    return hooks_of(git)


def uninstall(git: Git) -> list[Hook]:
    """Remove the hooks, and restore those that were there before.

    Raises:
        ConfigError: The folder of the hooks cannot be written.
    """
    try:
        for hook in hooks_of(git):
            if hook.state == "installed":
                hook.file.unlink()
                if _kept(hook.file).exists():
                    _kept(hook.file).rename(hook.file)
    except OSError as error:
        raise ConfigError(f"The hooks cannot be removed: {error}.") from error
    return hooks_of(git)


def _hook(name: str, file: Path) -> Hook:
    state: State = "missing"
    if file.exists() or file.is_symlink():
        ours = file.is_file() and MARK in file.read_text(encoding="utf-8", errors="replace")
        state = "installed" if ours else "other"
    return Hook(name, file, state, state == "installed" and _kept(file).exists())


def _write(hook: Hook) -> None:
    script = SCRIPT.format(
        mark=MARK,
        suffix=BEFORE,
        program=shlex.quote(str(Path(sys.executable).with_name("oldhand"))),
        condition=' && [ "$3" != 0 ]' if hook.name == "post-checkout" else "",  # 0: files, no branch
    )
    fresh = hook.file.with_name(f"{hook.file.name}.oldhand-new")
    fresh.write_text(script, encoding="utf-8")
    fresh.chmod(0o755)
    fresh.replace(hook.file)


def _kept(file: Path) -> Path:
    return file.with_name(file.name + BEFORE)


def _folder(git: Git) -> Path:
    """Where git looks for hooks: `core.hooksPath`, else the folder that all worktrees share."""
    common = _common_folder(git)
    # The last value is what our own calls of git set, to run no hooks.
    listed = git.call("config", "--type=path", "--get-all", "core.hooksPath", check=False).stdout
    paths = os.fsdecode(listed).splitlines()[:-1]
    if not paths:
        return common / "hooks"
    folder = (git.root / paths[-1]).resolve()
    if not any(folder.is_relative_to(home.resolve()) for home in (git.root, common)):
        raise ConfigError(
            f"Git takes its hooks from {folder} (core.hooksPath), outside of this repository. "
            "Add `oldhand sync --quiet &` to the hooks there yourself, or unset core.hooksPath."
        )
    return folder


def _common_folder(git: Git) -> Path:
    named = os.fsdecode(git.call("rev-parse", "--git-common-dir").stdout).strip()
    return (git.root / named).resolve()
