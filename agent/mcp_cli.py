"""`oldhand mcp`."""

from typing import Any

import click

from agent.flags import folder_of, joined, place_flags, settings_of


@click.command()
@click.option(
    "--learn",
    type=click.Choice(["auto", "inbox", "off"]),
    help="Keep what agents write, send it to the inbox, or refuse it.",
)
@place_flags
def mcp(**values: Any) -> None:
    """Serve memory to other agents over MCP.

    Speaks the protocol on standard input and output, and ends when its input does. docs/mcp.md shows the
    settings for well-known agents.
    """
    from agent.mcp_server import serve

    values = joined(values)
    serve(folder_of(values), settings_of(values))


COMMANDS = (mcp,)
