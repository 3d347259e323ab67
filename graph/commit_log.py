"""What commits did to the files of a repository, for a whole span in one git process."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from memory.code_view import CommitChanges
from tools.git import FileChange, Git, parse_changes

_RENAMES = ("-M", "-l2000")
_ID = 40


def span(git: Git, since: str) -> list[CommitChanges]:
    """The changes from a commit to HEAD, oldest first.

    Where HEAD contains the commit, one entry for each commit on a way from there to HEAD, along first
    parents where that is possible, each compared with the one before it on that way. Elsewhere (another
    branch, history rewritten) one entry for the whole difference of the two.

    Raises:
        GitFailed: The commit is not known here.
    """
    head = git.head()
    if head is None or head == since:
        return []
    listed = git.call("rev-list", "--ancestry-path", "--parents", "--topo-order", f"{since}..HEAD", "--")
    parents = {line[0]: line[1:] for line in map(str.split, listed.stdout.decode().splitlines())}
    way = _way(parents, head, since) if head in parents else [(head, since)]
    found = list(_diffs(git, way))
    return [as_changes(commit, changes, base) for (commit, base), changes in zip(way, found, strict=True)]


def as_changes(commit: str | None, changes: Sequence[FileChange], base: str | None = None) -> CommitChanges:
    """Changes of files in the words of memory.

    Args:
        commit: None for the work tree.
        changes: What became of the files.
        base: What they are compared with.
    """
    told = [replace(c, path=legible(c.path), old_path=c.old_path and legible(c.old_path)) for c in changes]
    return CommitChanges(
        commit=commit,
        renamed=tuple((c.old_path, c.path) for c in told if c.status == "renamed" and c.old_path),
        deleted=tuple(c.path for c in told if c.status == "deleted"),
        modified=tuple(
            c.path for c in told if c.status == "modified" or (c.status == "renamed" and c.similarity < 100)
        ),
        added=tuple(c.path for c in told if c.status == "added"),
        base=base,
    )


def legible(path: str) -> str:
    """A path as it can be told and kept: bytes of a name that are no text become question marks."""
    return path.encode("utf-8", "replace").decode()


def _way(parents: dict[str, list[str]], head: str, since: str) -> list[tuple[str, str]]:
    """Pairs of commit and predecessor from `since` to `head`."""
    way = []
    commit = head
    while commit != since:
        before = next(parent for parent in parents[commit] if parent == since or parent in parents)
        way.append((commit, before))
        commit = before
    return way[::-1]


def _diffs(git: Git, way: Sequence[tuple[str, str]]) -> Iterator[list[FileChange]]:
    """What each commit changed against its predecessor.

    Finding renames reads contents, which a partial clone may not have: git then stops in the middle,
    that one commit is compared by names alone, and the rest goes on.
    """
    start = 0
    while start < len(way):
        done = 0
        for changes in _stream(git, way[start:], _RENAMES):
            yield changes
            done += 1
        start += done
        if start < len(way):
            yield from _stream(git, way[start : start + 1], ("-M100%",), check=True)
            start += 1


def _stream(
    git: Git, way: Sequence[tuple[str, str]], options: Sequence[str], *, check: bool = False
) -> Iterator[list[FileChange]]:
    lines = "".join(f"{commit} {before}\n" for commit, before in way).encode()
    done = git.call(
        "diff-tree", "--stdin", "-r", "-z", "--raw", "--always", *options, check=check, stdin=lines
    )
    if done.exit_code == 0:
        yield from _in_order(done.stdout, [commit for commit, _ in way])
        return
    whole = list(_in_order(done.stdout, [commit for commit, _ in way]))
    yield from whole[:-1]  # the last one may be cut off


def _in_order(output: bytes, commits: Sequence[str]) -> Iterator[list[FileChange]]:
    """Cut the output of `diff-tree --stdin -z` at the commits' names."""
    heads = [f"{commit}\0".encode() for commit in commits]
    position = 0
    for number, head in enumerate(heads):
        start = output.find(head, position)
        if start < 0:
            return
        body = start + len(head)
        following = heads[number + 1] if number + 1 < len(heads) else None
        end = _next_head(output, following, body) if following else len(output)
        yield parse_changes(output[body:end])
        position = end


def _next_head(output: bytes, head: bytes, start: int) -> int:
    found = output.find(head, start)
    return len(output) if found < 0 else found


def known(git: Git, commit: str) -> bool:
    """Whether the repository has a commit at all: a shallow or rewritten one may not."""
    return git.call("cat-file", "-e", f"{commit}^{{commit}}", check=False).exit_code == 0
