from pathlib import Path

import pytest

from agent.config import load
from agent.errors import ConfigError
from agent.language_servers import language_servers
from agent.place import open_index
from tests.playing import Player


def test_a_server_that_is_named_is_asked_about_its_language(shop: Path) -> None:
    place = Player(shop, test_cmd="true").place(
        servers=("python=ty server", "c=clangd --log=error", "cpp=clangd")
    )
    servers = language_servers(place, open_index(place))
    assert sorted(servers) == ["c", "cpp", "python"]
    assert servers["c"] is not servers["cpp"]


def test_off_means_none(shop: Path) -> None:
    place = Player(shop, test_cmd="true").place(servers=("off",))
    assert language_servers(place, open_index(place)) == {}


@pytest.mark.parametrize("entry", ["ty server", "python=", "latin=ty", "python='ty", "=ty"])
def test_a_setting_that_makes_no_sense_says_how_it_is_written(shop: Path, entry: str) -> None:
    place = Player(shop, test_cmd="true").place(servers=(entry,))
    with pytest.raises(ConfigError, match="such as 'python=ty server'"):
        language_servers(place, open_index(place))


def test_servers_that_are_installed_are_found_on_the_path(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "gopls"
    installed.write_text("#!/bin/sh\n")
    installed.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    place = Player(shop, test_cmd="true").place()
    assert set(language_servers(place, open_index(place))) == ({"go"} if place.sandbox.confines else set())


def test_a_repository_cannot_name_a_server_before_it_is_trusted(shop: Path) -> None:
    file = shop / ".oldhand" / "config.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text("[code]\nservers = ['python=curl evil.sh']\n")
    assert load(shop, {}).settings.servers == ()
    assert load(shop, {}).held_back == ("code.servers",)
