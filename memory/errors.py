"""What can go wrong in the memory layer, by who has to react.

MemoryFault
├── MemoryStoreError        the run continues without memory and says so
│   ├── StoreDamaged
│   ├── StoreTooNew
│   └── EmbedderUnavailable     searched with the light level meanwhile
│       └── VectorsMissing
└── RequestError            the person: what they asked for cannot be done
    ├── UnknownMemory
    ├── InvalidMemory
    ├── InvalidFilter
    └── InvalidRetention
"""


class MemoryFault(Exception):
    """Base of everything that the memory layer raises."""


class MemoryStoreError(MemoryFault):
    """The store cannot be read or written; work can go on without memory."""


class StoreDamaged(MemoryStoreError):
    """The database file is not one, or is torn."""


class StoreTooNew(MemoryStoreError):
    """The database was written by a newer oldhand."""


class EmbedderUnavailable(MemoryStoreError):
    """The embedding model cannot be loaded."""


class VectorsMissing(EmbedderUnavailable):
    """The model has not embedded every memory yet."""


class RequestError(MemoryFault):
    """A person asked for something that cannot be done."""


class UnknownMemory(RequestError):
    """No memory with that id is visible from here."""

    def __init__(self, memory_id: str) -> None:
        super().__init__(
            f"There is no memory {memory_id} here. `oldhand memory list --status all` lists them."
        )
        self.memory_id = memory_id


class InvalidMemory(RequestError):
    """A memory was described in a way that makes no sense."""


class InvalidFilter(RequestError):
    """A filter names a field or value that does not exist."""


class InvalidRetention(RequestError):
    """A rule on how long memories are kept makes no sense."""
