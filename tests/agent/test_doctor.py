"""`oldhand doctor`: what is there, what is missing, and what to do."""

import subprocess
import sys
from pathlib import Path

import pytest

from evals.loopback import Reply, Request
from tests.agent.conftest import Cli, Ended
from tests.scripted_model import Answer, ScriptedModel


def findings(ended: Ended) -> dict[str, dict[str, str]]:
    return {finding["name"]: finding for finding in ended.json()}


def test_where_everything_is_there_nothing_is_to_be_done(cli: Cli) -> None:
    with ScriptedModel([]) as model:
        found = cli("doctor", "--json", model=model)
        shown = cli("doctor", model=model)
    assert found.exit_code == shown.exit_code == 0
    names = "Python,git,repository,ripgrep,model endpoint,memory store,sessions,embedder,sandbox"
    assert list(findings(found)) == [*names.split(","), "language servers", "tests"]
    wrong = {name for name, finding in findings(found).items() if finding["grade"] != "ok"}
    assert not wrong or (wrong <= {"sandbox", "language servers"} and "sandbox" in wrong)
    assert f"{model.base_url}, model scripted" in shown.out
    assert "✓  model endpoint" in shown.out


def test_each_thing_that_is_missing_has_a_remedy(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setenv("XDG_DATA_HOME", "/dev/null/data")
    ended = cli("doctor", "-C", tmp_path, "--json")
    assert ended.exit_code == 1
    found = findings(ended)
    wrong = {name for name, finding in found.items() if finding["grade"] != "ok"}
    assert wrong >= {"git", "repository", "model endpoint", "memory store", "sessions", "sandbox"}
    assert all(found[name]["remedy"] for name in wrong)
    assert found["model endpoint"]["found"] == "No model endpoint is set."
    assert "OPENAI_BASE_URL" in found["model endpoint"]["remedy"]
    assert "→ Install git" in cli("doctor", "-C", tmp_path).out


def test_language_servers_that_would_be_asked_are_listed(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(chosen: str) -> tuple[str, str]:
        monkeypatch.setenv("OLDHAND_SERVERS", chosen)
        finding = findings(cli("doctor", "-C", tmp_path, "--json"))["language servers"]
        return finding["grade"], finding["found"]

    python = f"{sys.executable} -m server"
    assert told(f"python={python}, go={python}") == ("ok", f"{python} (python, go)")
    assert told("go=no-such-server --stdio") == ("warning", "not found: no-such-server --stdio")
    assert told("off") == ("ok", "switched off")
    grade, found = told("go gopls")
    assert grade == "warning"
    assert "code.servers must hold" in found


class Endpoint(ScriptedModel):
    """Lists two models, or none because it does not know how."""

    lists = True

    def respond(self, request: Request, reply: Reply) -> None:
        if request.path == "/v1/models" and self.lists:
            reply.json(200, {"data": [{"id": "big"}, {"id": "small"}]})
        else:
            reply.json(404, {"error": {"message": "not here"}})


def test_the_choice_of_a_model_is_checked_against_what_the_endpoint_offers(cli: Cli) -> None:
    with Endpoint([]) as model:

        def told(*flags: str) -> tuple[str, str, str]:
            finding = findings(cli("doctor", "--json", *flags, model=model))["model endpoint"]
            return finding["grade"], finding["found"], finding["remedy"]

        assert told() == (
            "warning",
            f"{model.base_url} answers; no model is chosen",
            "Set OLDHAND_MODEL to one of: big, small.",
        )
        assert told("--model", "small") == ("ok", f"{model.base_url}, model small", "")
        grade, said, remedy = told("--model", "huge")
        assert (grade, remedy) == ("warning", "It offers big, small.")
        assert said.endswith("does not list huge")
        model.lists = False
        assert told("--model", "huge") == ("ok", f"{model.base_url}, model huge (it lists none)", "")
        assert told()[0] == "warning"
        assert "--model NAME" in told()[2]


def test_a_refused_key_and_a_dead_endpoint_are_told_apart(cli: Cli) -> None:
    class Locked(ScriptedModel):
        def respond(self, request: Request, reply: Reply) -> None:
            reply.json(401, {"error": {"message": "no"}})

    with Locked([Answer()]) as model:
        refused = findings(cli("doctor", "--json", model=model))["model endpoint"]
    assert refused["grade"] == "missing"
    assert "refused the key" in refused["found"]
    assert refused["remedy"] == "Check OPENAI_API_KEY."
    dead = findings(cli("doctor", "--json", "--base-url", "http://127.0.0.1:9/v1"))["model endpoint"]
    assert "http://127.0.0.1:9/v1 cannot be reached" in dead["found"]
    assert dead["remedy"]


def test_how_tests_are_run_is_said_or_what_to_set(
    cli: Cli, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OLDHAND_TEST_CMD")
    tests = findings(cli("doctor", "--json"))["tests"]
    assert tests["grade"] == "ok"
    assert tests["found"].startswith(f"{sys.executable} -m pytest")
    subprocess.run(["git", "rm", "-rq", "tests"], cwd=shop, check=True)
    without = findings(cli("doctor", "--json"))["tests"]
    assert without["grade"] == "warning"
    assert "--test-cmd" in without["remedy"]
