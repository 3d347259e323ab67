"""Secrets are hidden from models, files and programs, and come back where an edit needs them."""

import json
from pathlib import Path

import pytest

from evals.memory_bench.secret_corpus import planted
from graph.vault import UnknownSecret, Vault
from graph.veil import Veil
from memory.secrets import STAND_IN
from tests.playing import Player, call, keep, plan
from tests.scripted_model import Answer

TOKEN = "gh" + "p_" + "a1B2c3D4" * 5
KEYS = [found.secret for found in planted() if "private key" in found.kind]


def test_what_is_hidden_comes_back_exactly() -> None:
    vault = Vault()
    for found in planted():
        hidden = vault.hide(found.text)
        assert not any(trace in hidden for trace in found.traces()), found.kind
        assert hidden.count("\n") == found.text.count("\n")
        assert vault.hide(hidden) == hidden
        assert vault.reveal_all(hidden, strict=True) == found.text, found.kind


def test_a_known_secret_is_hidden_wherever_it_stands_later() -> None:
    vault = Vault()
    vault.hide(f"DB_PASSWORD='{TOKEN[5:]}'")
    assert TOKEN[5:] not in vault.hide(f"the log says {TOKEN[5:]}, no more")


def test_arguments_of_calls_stay_json() -> None:
    vault = Vault()
    text = f'KEY = "{TOKEN}"\n'
    raw = json.dumps({"path": "a.py", "text": text})
    message = {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"id": "1", "function": {"arguments": raw}}],
    }
    hidden = vault.hide_message(message)["tool_calls"][0]["function"]["arguments"]
    assert TOKEN not in hidden
    assert vault.reveal_all(json.loads(hidden), strict=True) == {"path": "a.py", "text": text}
    broken = {"tool_calls": [{"id": "1", "function": {"arguments": raw[:-3]}}]}
    assert TOKEN not in json.dumps(vault.hide_message(broken))


def test_a_stand_in_of_another_session_is_never_written() -> None:
    with pytest.raises(UnknownSecret, match="is not known any more"):
        Vault().reveal_all({"new": "[secret 3f9a1c: GitHub token]"}, strict=True)
    kept = {"text": "[secret 3f9a1c: GitHub token]"}
    assert Vault().reveal_all(kept, strict=False) == kept


def test_a_file_may_hold_what_looks_like_a_stand_in() -> None:
    vault, text = Vault(), "We write [secret 3f9a1c: GitHub token] for it."
    assert vault.hide_file(text) == text
    assert vault.reveal_all(text, strict=True) == text


STUBS = """\
const tokens = { refresh_token: 'refresh123', access_token: "fake-access-token-1" };
db_password = "test-password"
password = "Password123"
"""
REAL = (
    "password = 'hunter2'",
    "password = 'Summer2024'",
    "password = 'MySecret123'",
    "db_password = 'new-secret-1'",
    "password = 'test123!'",
    "db_password = 'correct horse 9'",
    "token = 'refresh8f3a91c2'",
    "api_key = 'test_4eC39HqLyjWDarjtT1zdp7dc'",
)


@pytest.mark.parametrize(
    "path", ["packages/client/test/auth.test.ts", "tests/test_auth.py", "examples/app.ts"]
)
def test_an_obvious_stub_in_a_test_or_example_is_shown_and_told_on(path: str) -> None:
    vault = Vault()
    assert vault.hide_file(STUBS, path) == STUBS
    assert vault.hide(f"  12\t{STUBS}") == f"  12\t{STUBS}"
    assert vault.hide_all({"new": STUBS}) == {"new": STUBS}


@pytest.mark.parametrize(
    "path",
    ["src/auth.ts", "app/settings.py", "tests/settings.py", "tests/config.test.ts", "tests/.env",
     "tests/a.yaml", "setup.py", ""],
)  # fmt: skip
def test_elsewhere_the_same_words_may_be_a_password(path: str) -> None:
    vault = Vault()
    hidden = vault.hide_file(STUBS, path)
    for value in ("refresh123", "test-password", "Password123"):
        assert value not in hidden
    assert "Password123" not in vault.hide_file(STUBS, "tests/test_auth.py")  # known from there


@pytest.mark.parametrize("line", REAL)
def test_what_a_person_may_have_chosen_is_no_stub_in_a_test_either(line: str) -> None:
    vault = Vault()
    assert vault.hide_file(line, "tests/test_auth.py") != line
    assert vault.hide(line) != line


def test_no_kind_of_secret_is_taken_for_a_stub() -> None:
    for found in planted():
        vault = Vault()
        hidden = vault.hide_file(found.text, "tests/test_it.py")
        assert not any(trace in hidden + vault.hide(found.text) for trace in found.traces()), found.kind


def test_a_stub_is_told_on_only_where_it_is_set_alike_and_never_out_of_a_command() -> None:
    vault, stub = Vault(), "password = 'password123'"
    assert vault.hide_file(stub, "tests/test_auth.py") == stub
    assert "password123" not in vault.hide("DB_PASSWORD='password123'")
    vault = Vault()
    vault.hide_file(stub, "tests/test_auth.py")
    assert "password123" not in vault.hide_printed(f"app/settings.py: {stub}")
    assert "password123" not in vault.hide(stub)


def test_a_run_sees_the_stubs_of_a_test_and_no_password_of_the_settings(play: Player, shop: Path) -> None:
    (shop / "tests/test_login.py").write_text(
        "STUB = {'refresh_token': 'refresh123'}\nPASSWORD = 'password123'\n"
    )
    (shop / "shop/settings.py").write_text("PASSWORD = 'password123'\n")
    looks = [call("read_file", path="tests/test_login.py"), call("search", pattern="PASSWORD")]
    played = play([*looks, call("answer", text="So.")], "What is the stub?")
    assert "'refresh_token': 'refresh123'" in played.told(1)
    assert "PASSWORD = 'password123'" in played.told(1)
    assert "password123" not in played.told(2)


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_what_is_said_piece_by_piece_is_hidden_too(size: int) -> None:
    for found in planted():
        said = f"It is so.\n{found.text}\nAnd that was all."
        told: list[str] = []
        veil = Veil(Vault(), told.append)
        for start in range(0, len(said), size):
            veil.hear(said[start : start + size])
        veil.end()
        assert not any(trace in "".join(told) for trace in found.traces()), found.kind


def test_words_without_a_secret_go_on_at_once() -> None:
    told: list[str] = []
    veil = Veil(Vault(), told.append)
    for piece in ("The sum ", "is kept in ", "cents"):
        veil.hear(piece)
    assert "".join(told) == "The sum is kept in "
    veil.end()
    assert "".join(told) == "The sum is kept in cents"


@pytest.fixture
def settings_file(shop: Path) -> Path:
    """A file with a token, a key of many lines and something to edit between them."""
    file = shop / "shop/settings.py"
    dashes = "-" * 5
    key = f"{dashes}BEGIN RSA PRIV" + f"ATE KEY{dashes}\n{KEYS[0]}\n{dashes}END RSA PRIV" + f"ATE KEY{dashes}"
    file.write_text(f'TOKEN = "{TOKEN}"\nRETRIES = 3\nPEM = """{key}"""\nLAST = 1\n')
    return file


def test_a_file_is_edited_around_and_across_its_secrets(
    play: Player, shop: Path, home: Path, settings_file: Path
) -> None:
    before = settings_file.read_text()
    shown: list[str] = []

    def answers(body: dict, _headers: object) -> Answer:  # type: ignore[type-arg]
        shown.append(str(body["messages"][-1]["content"]))
        lines = [line.partition("\t")[2] for line in shown[1].splitlines()[1:]] if len(shown) > 1 else []
        script = [
            lambda: call("read_file", path="shop/settings.py"),
            lambda: plan("Retry more", "shop/settings.py"),
            lambda: call("replace", path="shop/settings.py", old=f"{lines[0]}\nRETRIES = 3",
                         new=f"{lines[0]}\nRETRIES = 5"),
            lambda: call("write_file", path="shop/copy.py", text="\n".join(lines) + "\n"),
            lambda: call("shell", command=f"printf %s '{STAND_IN.search(lines[0])[0]}' > shop/raw.txt; "  # type: ignore[index]
                         "cat shop/settings.py"),
            lambda: Answer(f"Done; the token was {TOKEN}."),
            keep,
        ]  # fmt: skip
        return script[len(shown) - 1]()

    played = play(answers, f"Retry more, with {TOKEN} as the token", test_cmd="true")
    assert played.finished.outcome == "passed"
    assert settings_file.read_text() == before.replace("RETRIES = 3", "RETRIES = 5")
    assert (shop / "shop/copy.py").read_text() == before
    assert (shop / "shop/raw.txt").read_text() == TOKEN
    told = json.dumps([event.to_json() for event in played.events]) + json.dumps(played.requests)
    kept = b"".join(
        path.read_bytes() for path in (home / ".local/share/oldhand").rglob("*") if path.is_file()
    )
    for trace in [TOKEN, *KEYS[0].split("\n")]:
        assert trace not in told
        assert trace.encode() not in kept
    assert play.undo().files.removed


def test_what_was_hidden_before_a_stop_is_not_guessed_afterwards(
    play: Player, shop: Path, settings_file: Path
) -> None:
    before = settings_file.read_text()
    read = [
        call("read_file", path="shop/settings.py"),
        plan("Retry more", "shop/settings.py"),
        Answer(status=401),
    ]
    stopped = play(read, "Retry more", test_cmd="true")
    shown = str(stopped.requests[1]["messages"][-1]["content"])
    line = shown.splitlines()[1].partition("\t")[2]
    edit = call("replace", path="shop/settings.py", old=f"{line}\nRETRIES = 3", new=f"{line}\nRETRIES = 5")
    played = play.resume([edit, Answer("Nothing."), Answer("Nothing, really.")], test_cmd="true")
    assert "is not known any more" in played.told(1)
    assert settings_file.read_text() == before
