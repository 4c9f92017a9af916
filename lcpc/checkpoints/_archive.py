"""Files of torch.save, checked before torch reads them: sizes, packing, and the names inside.

torch's own `weights_only` runs no code, but unpacks what a small file claims, and takes types that
no weights need.
"""

import pickletools
import zipfile
from pathlib import Path
from typing import Any

import torch

from lcpc.errors import DataError

LIMIT_BYTES = 2 << 30
PICKLE_BYTES = 1 << 24
"""Names, shapes and plain values of all weights together."""
NAMES = frozenset({
    "collections OrderedDict", "torch Size", "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter",
})
"""All that is called when weights are read, beside torch's storages."""


def load(path: Path) -> Any:
    """Content of a file of torch.save: plain values and tensors of the processor.

    Raises DataError for a file that claims more than it holds, or names other types; else what
    torch raises.
    """
    if path.stat().st_size > LIMIT_BYTES:
        raise DataError(f"{path} has more than {LIMIT_BYTES} bytes; fetch or train it again")
    if zipfile.is_zipfile(path):
        _check_archive(path)
    return torch.load(path, map_location="cpu", weights_only=True)


def _check_archive(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if entry.compress_type != zipfile.ZIP_STORED or entry.file_size > entry.compress_size:
                raise ValueError(f"{entry.filename!r:.80} is packed, which weights never are")
            if entry.filename.endswith(".pkl"):
                if entry.file_size > PICKLE_BYTES:
                    raise ValueError(f"its names take {entry.file_size} bytes")
                _check_names(archive.read(entry))


def _check_names(pickled: bytes) -> None:
    for opcode, name, _ in pickletools.genops(pickled):
        is_storage = str(name).startswith("torch ") and str(name).endswith("Storage")
        if opcode.name in ("GLOBAL", "INST") and name not in NAMES and not is_storage:
            raise ValueError(f"it names {name!r:.80}, which weights never do")
        if opcode.name == "STACK_GLOBAL":
            raise ValueError("it names types in a way that weights never do")
