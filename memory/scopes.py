"""Who owns a memory, and who may see it."""

from dataclasses import dataclass
from urllib.parse import quote

from memory.code_view import CodeView
from memory.errors import InvalidMemory
from memory.filters import Filter
from memory.records import Kind, Record, Scope

LEVELS = ("user", "repo", "org")


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """Who is looking.

    Attributes:
        user_id: The person.
        group_id: The repository (or team, or service) that they work in.
        org: The organisation whose standards hold here.
        related: Other groups whose memories are visible here, by a setting.
        environment: Such as "ci" or "production"; memories of other environments are hidden.
    """

    user_id: str
    group_id: str
    org: str | None = None
    related: tuple[str, ...] = ()
    environment: str | None = None

    def owners(self) -> tuple[str, ...]:
        """The owner keys whose memories this viewpoint sees, narrowest first."""
        scopes = [Scope(user_id=self.user_id)]
        scopes += [Scope(group_id=group) for group in (self.group_id, *self.related)]
        if self.org:
            scopes.append(Scope(org=self.org))
        return tuple(dict.fromkeys(owner_of(scope) for scope in scopes))


def owner_of(scope: Scope) -> str:
    """The key that isolates memories from one another: `user/…`, `repo/…` or `org/…`.

    Names are percent-encoded: mem0 takes no white space in an id, and a slash in a name must not
    make one owner look like another.

    Raises:
        InvalidMemory: The scope names no owner.
    """
    owners = (("user", scope.user_id), ("repo", scope.group_id), ("org", scope.org))
    for level, name in owners:
        if name:
            return f"{level}/{quote(name, safe='@:._-+')}"
    raise InvalidMemory("A memory needs an owner: a person, a repository or an organisation.")


def scope_for(level: str, view: Viewpoint) -> Scope:
    """The scope that a level means, seen from here.

    Raises:
        InvalidMemory: There is no such level, or no organisation is set.
    """
    if level == "user":
        return Scope(user_id=view.user_id)
    if level == "repo":
        return Scope(group_id=view.group_id)
    if level != "org":
        raise InvalidMemory(f"{level!r} is not a scope. Use user, repo or org.")
    if not view.org:
        raise InvalidMemory("No organisation is set here: set `org` in the settings, or use --scope repo.")
    return Scope(org=view.org)


def default_level(kind: Kind) -> str:
    """Preferences follow the person; everything else belongs to the repository."""
    return "user" if kind is Kind.PREFERENCE else "repo"


def visible_filter(view: Viewpoint) -> Filter:
    """The filter that keeps owners apart; every read of the store carries it."""
    return {"user_id": list(view.owners())}


def may_see(record: Record, view: Viewpoint) -> bool:
    """Whether the owner, and the group that narrows a private memory, admit this viewpoint."""
    scope = record.scope
    if owner_of(scope) not in view.owners():
        return False
    return scope.user_id is None or scope.group_id in (None, view.group_id, *view.related)


def hidden_because(record: Record, view: Viewpoint, code: CodeView) -> str | None:
    """Why a memory does not apply to the code at hand; None when it does.

    A memory of a branch is visible on that branch, and elsewhere once the work of the commit that it
    was born with is part of the history. So is a memory of the repository, whatever branch it names:
    a commit that is not known here (a shallow clone, another repository) hides nothing.
    """
    scope = record.scope
    if not may_see(record, view):
        return "belongs to another person or repository"
    if scope.environment and scope.environment != view.environment:
        return f"only holds in environment {scope.environment}"
    if scope.branch is not None:
        if scope.branch == code.branch():
            return None
        merged = record.valid_from is not None and code.has_work_of(record.valid_from)
        return None if merged else f"learned on branch {scope.branch}, which is not merged here"
    born = record.valid_from or record.provenance.commit
    if scope.group_id and born and code.has_work_of(born) is False:
        return f"learned at {born[:10]}, on a branch that is not merged here"
    return None


def breadth(scope: Scope) -> int:
    """How wide a scope is: 0 a branch or environment, 1 a person, 2 a repository, 3 an organisation."""
    if scope.branch or scope.environment:
        return 0
    return 1 if scope.user_id else 2 if scope.group_id else 3
