"""The loop.

Two switches must be set before LangGraph and LangChain are first imported: checkpoints may
only bring back plain data (else a crafted one could call any function), and no run is ever traced to an
outside service, whatever the environment says.
"""

import os

os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"
for _switch in ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2"):
    os.environ[_switch] = "false"
