"""`oldhand mcp`."""

from typing import Any

import click

from agent.flags import folder_of, joined, place_flags, settings_of


@click.command()
@click.option("--learn", type=click.Choice(["auto", "inbox", "off"]), help="What becomes of what is written.")
@place_flags
def mcp(**values: Any) -> None:
    """Serve memory to other agents over MCP.

    It speaks the protocol on standard input and output and ends with its input. docs/mcp.md shows the
    settings for the well-known agents.
    """
    from agent.mcp_server import serve

    values = joined(values)
    serve(folder_of(values), settings_of(values))


COMMANDS = (mcp,)
