"""Seeds: a random stream follows from the identity of what it makes, not from the order of work."""

import hashlib


def seed_of(*identity: str | int) -> int:
    """Seed in [0, 2^63) of the thing named by `identity`, e.g. seed_of("shapes40", 1, "train", 7).

    The parts are separated and typed, so ("a", "bc"), ("ab", "c") and (1,), ("1",) all differ.
    """
    typed = [f"{type(part).__name__}:{part}" for part in identity]
    text = "\x1f".join(typed)
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
