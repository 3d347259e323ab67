"""Short, stable ids: the same memory gets the same id on every machine."""

import hashlib
import re
import unicodedata

from memory.records import Kind

ID_PATTERN = re.compile(r"M[0-9a-f]{4,64}")
SHORTEST = 4


def normalised(text: str) -> str:
    """Text as duplicates are told: case, spacing, quotes and a final full stop do not count."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = re.sub(r"[\s`'\"‘’“”]+", " ", folded).strip()
    return words.rstrip(".!; ")


def fingerprint(kind: Kind, text: str, owner: str) -> str:
    """Hash (64 hexadecimal digits) of what makes a memory this memory: kind, text and owner."""
    return hashlib.sha256(f"{kind.value}\0{owner}\0{normalised(text)}".encode()).hexdigest()


def candidate_ids(digest: str) -> list[str]:
    """Ids for a fingerprint, shortest first; a longer one is for when the shorter is taken."""
    return [f"M{digest[:length]}" for length in range(SHORTEST, len(digest) + 1)]
