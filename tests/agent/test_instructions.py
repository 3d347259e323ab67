"""What a repository says to agents."""

from pathlib import Path

from agent.instructions import MAX_CHARS, read_instructions
from tests.agent.conftest import Cli
from tests.receipt_task import ANSWER, QUESTION
from tests.scripted_model import ScriptedModel
from tools.workspace import Workspace


def test_both_files_are_read_and_what_they_share_only_once(shop: Path) -> None:
    assert read_instructions(Workspace(shop)) == ""
    (shop / "AGENTS.md").write_text("Use tabs.\n")
    (shop / "CLAUDE.md").write_text("Use tabs.\n")
    assert read_instructions(Workspace(shop)) == "Use tabs."
    (shop / "CLAUDE.md").write_text("Never push.\n")
    assert read_instructions(Workspace(shop)) == "Use tabs.\n\nNever push."
    (shop / "CLAUDE.md").write_text("@AGENTS.md\n\nNever push.\n")
    assert read_instructions(Workspace(shop)) == "Use tabs.\n\nNever push."


def test_a_link_out_of_the_repository_is_not_followed(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the key is 42")
    (shop / "AGENTS.md").symlink_to(tmp_path / "secret")
    assert "42" not in read_instructions(Workspace(shop))


def test_they_are_cut_to_a_sane_length(shop: Path) -> None:
    (shop / "AGENTS.md").write_text("x" * 3 * MAX_CHARS)
    assert len(read_instructions(Workspace(shop))) < MAX_CHARS + 100


def test_they_reach_the_model(cli: Cli, shop: Path) -> None:
    (shop / "AGENTS.md").write_text("All amounts are cents.\n")
    with ScriptedModel([ANSWER]) as model:
        cli("run", QUESTION, model=model)
    assert "All amounts are cents." in model.requests[0]["messages"][1]["content"]
