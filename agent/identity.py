"""Which repository this is, and who works in it."""

import getpass
import re
from pathlib import Path

from tools.git import Git

_SCP = re.compile(r"^(?:[^@/]+@)?(?P<host>[^:/]+):(?P<path>(?!//).+)$")
_URL = re.compile(r"^[a-z+]+://(?:[^@/]+@)?(?P<host>[^:/]+)(?::\d+)?/(?P<path>.+)$", re.IGNORECASE)


def repository_id(git: Git) -> str:
    """A repository's name, the same in every clone, worktree and spelling of its remote, not in a fork.

    A remote names it (`host/owner/name`); a clone of a folder is named as that folder is; without a
    remote the first commit names it, and before the first commit the folder.
    """
    url = git.remote_url()
    if url:
        name = _name_of(url)
        if name:
            return name
        origin = Path(url.removeprefix("file://"))
        if not origin.is_absolute():
            origin = git.root / origin
        if origin.exists() and origin.resolve() != git.root:
            return repository_id(Git(origin.resolve()))
    first = git.root_commit()
    return f"commit/{first[:16]}" if first else f"folder/{git.root}"


def person_id(given: str | None, git: Git) -> str:
    """The person's name for memory: the setting, else git's email address, else the login name."""
    if given:
        return given
    author = git.author() or ""
    email = author.partition("<")[2].rstrip(">")
    return email or author.strip() or getpass.getuser()


def _name_of(url: str) -> str | None:
    match = _URL.match(url) or _SCP.match(url)
    if match is None or (len(match["host"]) == 1 and url[1:2] == ":"):  # a drive letter
        return None
    if url.startswith("file:"):
        return None
    path = match["path"].strip("/").removesuffix(".git").strip("/")
    return f"{match['host'].lower()}/{path.lower()}"
