"""What cannot be undone, reaches beyond the repository, or touches secrets: it always needs consent."""

import re
from collections.abc import Callable, Sequence
from fnmatch import translate
from pathlib import PurePosixPath

from tools.commands import DYNAMIC, Call

_SECRET_NAMES = (
    ".env", ".env.*", "*.env", "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "*.pem", "*.key",
    "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", ".netrc", ".npmrc", ".pypirc", ".pgpass",
    ".htpasswd", ".git-credentials", "credentials", "credentials.json", "service-account*.json", "*.tfstate",
)  # fmt: skip
_PUBLIC_NAMES = (
    "*.example", "*.sample", "*.template", "*.dist", "*.pub", "*.md", ".env.test", "example.env",
)  # fmt: skip
# One expression each: every file of a repository is asked about.
_SECRET_NAME = re.compile("|".join(map(translate, _SECRET_NAMES)))
_PUBLIC_NAME = re.compile("|".join(map(translate, _PUBLIC_NAMES)))
_SECRET_FOLDERS = frozenset({".ssh", ".gnupg", ".aws", ".azure", ".kube"})

_PROGRAMS = {
    name: reason
    for reason, names in {
        "It acts with another person's rights.": "sudo doas su pkexec runas",
        "It overwrites disks or file systems.": "dd fdisk parted wipefs mount umount shred mkswap",
        "It stops or changes the machine.":
            "shutdown reboot halt poweroff systemctl service launchctl crontab at",
        "It ends other programs.": "kill killall pkill xkill",
        "It changes users or the network of the machine.":
            "useradd userdel usermod passwd iptables nft ip ifconfig",
        "It reaches another machine.": "ssh scp sftp rsync telnet nc ncat socat ftp",
        "It acts on containers or a cloud, beyond the repository.":
            "docker podman nerdctl docker-compose kubectl helm terraform tofu pulumi aws gcloud az doctl "
            "fly heroku vercel",
        "It acts on the code host.": "gh glab hub",
        "It publishes.": "twine",
        "It deletes a database.": "dropdb dropuser",
    }.items()
    for name in names.split()
}  # fmt: skip
_PUBLISHING = {
    "cargo": "publish yank login",
    "flit": "publish",
    "gem": "push yank",
    "hatch": "publish",
    "mvn": "deploy",
    "npm": "publish unpublish deprecate login adduser",
    "pnpm": "publish",
    "poetry": "publish",
    "uv": "publish",
    "yarn": "publish",
}
_GIT_SAFE = frozenset(
    ["add", "annotate", "apply", "blame", "cat-file", "check-attr", "check-ignore", "cherry",
     "count-objects", "describe", "diff", "diff-files", "diff-index", "diff-tree", "for-each-ref",
     "format-patch", "fsck", "grep", "help", "log", "ls-files", "ls-tree", "merge-base", "merge-file", "mv",
     "name-rev", "range-diff", "rev-list", "rev-parse", "rm", "shortlog", "show", "show-branch", "show-ref",
     "status", "var", "version", "whatchanged"]
)  # fmt: skip
_GIT_LISTING: dict[str, tuple[str, ...]] = {
    "branch": ("-a", "-r", "-v", "-vv", "-l", "--list", "--all", "--show-current", "--contains", "--merged"),
    "tag": ("-l", "--list", "-n", "--contains", "--points-at"),
    "remote": ("-v", "--verbose", "show", "get-url"),
    "stash": ("list", "show"),
    "worktree": ("list",),
    "config": ("--get", "--get-all", "--get-regexp", "--list", "-l", "get", "list"),
    "reflog": ("show",),
    "submodule": ("status", "summary"),
    "notes": ("list", "show"),
    "bisect": ("log", "view"),
}
_GIT_RUNS = re.compile(r"-c=(alias|core|diff|filter|credential|include|pager|protocol)", re.IGNORECASE)
_BARE_LISTING = frozenset({"branch", "tag", "remote", "reflog", "submodule"})
_SHELLS = frozenset({"bash", "sh", "zsh", "dash", "ksh"})
_LOOKING = frozenset(
    {"ls", "cat", "test", "[", "stat", "file", "find", "grep", "rg", "head", "tail", "wc", "echo"}
)


def is_gits_own(path: str) -> bool:
    """Say whether a path lies in a .git folder."""
    return any(part.lower() == ".git" for part in PurePosixPath(path).parts)


def holds_secrets(path: str) -> bool:
    """Say whether a file is of a kind that holds passwords or keys, by its name."""
    parts = path.split("/")
    name = parts[-1].lower()
    if _PUBLIC_NAME.match(name):
        return False
    return not _SECRET_FOLDERS.isdisjoint(parts) or _SECRET_NAME.match(name) is not None


def hazard_of(call: Call) -> str | None:
    """Return why a program needs a person's yes, in one sentence; None when it does not."""
    special = _SPECIAL.get(call.name)
    return (
        _PROGRAMS.get(call.name)
        or ("It overwrites disks or file systems." if call.name.startswith("mkfs") else None)
        or (special(call) if special else None)
        or _publishing(call)
        or _feeding(call)
        or _touching(call)
    )


def _removing(call: Call) -> str | None:
    recursive = _has(call, "rR", "--recursive")
    unknown = any(DYNAMIC in word or "*" in word for word in call.words[1:])
    return "It deletes folders, or files that are only known when it runs." if recursive or unknown else None


def _of_whole_trees(call: Call) -> str | None:
    return "It changes the rights of whole folders." if _has(call, "R", "--recursive") else None


def _finding(call: Call) -> str | None:
    return "It deletes whatever it finds." if "-delete" in call.words else None


def _git(call: Call) -> str | None:
    words = [word for word in call.words[1:] if not word.startswith("-c=")]
    if any(
        re.match(r"-c=(alias|core|diff|filter|credential|include|pager|protocol)", word)
        for word in call.words
    ):
        return "It gives git a setting that may run a program."
    if not words or words[0] in _GIT_SAFE:
        return None
    command, options = words[0], words[1:]
    if command == "clean" and _has(call, "n", "--dry-run"):
        return None
    if command in _BARE_LISTING and not options:
        return None
    if options and options[0].split("=")[0] in _GIT_LISTING.get(command, ()):
        return None
    return (
        f"git {command} changes history, branches, settings or uncommitted work, which undo does not cover."
    )


def _has(call: Call, letters: str, *names: str) -> bool:
    """Say whether an option is given, alone or in a bundle such as -rf."""
    bundle = re.compile(rf"-\w*[{letters}]\w*")
    return any(bundle.fullmatch(word) or word in names for word in call.words[1:])


def _publishing(call: Call) -> str | None:
    commands = _PUBLISHING.get(call.name, "").split()
    return "It publishes." if any(word in commands for word in call.words[1:2]) else None


def _feeding(call: Call) -> str | None:
    script = [word for word in call.words[1:] if not word.startswith("-") or word == "-c"]
    if call.name in _SHELLS and call.fed and (not script or "-s" in call.words):
        return "A shell runs whatever it is fed."
    return None


def _touching(call: Call) -> str | None:
    if any(word.startswith("/dev/") and not _is_harmless_device(word) for word in call.writes):
        return "It writes to a device."
    if any(is_gits_own(word) for word in call.writes):
        return "It writes into git's own files."
    named = [*call.writes, *_paths(call.words[1:])]
    secret = next((word for word in named if holds_secrets(word)), None)
    if secret:
        return f"{secret} may hold secrets."
    if call.name not in _LOOKING | {"git"} and any(is_gits_own(word) for word in _paths(call.words[1:])):
        return "It may change git's own files."
    return None


def _is_harmless_device(path: str) -> bool:
    return path.startswith("/dev/fd/") or path in {"/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty"}


def _paths(words: Sequence[str]) -> list[str]:
    """Return what may be paths among arguments, `--file=path` included; words with spaces are prose."""
    plain = (word.rpartition("=")[2] for word in words if not re.search(r"\s", word))
    return [word for word in plain if word]


_SPECIAL: dict[str, Callable[[Call], str | None]] = {
    "chgrp": _of_whole_trees,
    "chmod": _of_whole_trees,
    "chown": _of_whole_trees,
    "find": _finding,
    "git": _git,
    "rm": _removing,
    "unlink": _removing,
}
