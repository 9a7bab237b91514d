"""The Merkle tree of RFC 6962: hashing, growth, proofs and their verification. Pure, knows nothing of records.

A leaf is hashed with the prefix 0x00 and an inner node with 0x01, so that neither can be taken for the other.
Sizes and indexes count leaves from 0; hashes are 32 bytes of SHA-256.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()

# The tree keeps the hash of each full subtree of 256, 65 536, … leaves, so that a proof in a log of millions reads
# a few hundred hashes and not all of them.
TILE_HEIGHT = 8


def leaf_hash(data: bytes) -> bytes:
    """Hash of one leaf."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The full subtrees at the right edge of a tree, largest first: all one needs to add leaves to it.

    `on_tile(height, index, hash)` is told of each full subtree whose height is a multiple of TILE_HEIGHT.
    """

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = (), on_tile: Callable | None = None):
        self.size = size
        self.hashes = list(hashes)
        self._on_tile = on_tile
        if len(self.hashes) != bin(size).count("1"):
            raise ValueError("the frontier does not fit the size")

    def add(self, leaf: bytes) -> None:
        """Append one leaf hash."""
        index, height, node = self.size, 0, leaf
        while index & 1:
            node = sha256(b"\x01" + self.hashes.pop() + node).digest()
            index >>= 1
            height += 1
            if not height % TILE_HEIGHT and self._on_tile:
                self._on_tile(height, index, node)
        self.hashes.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Root of the tree as it stands."""
        if not self.hashes:
            return EMPTY_ROOT
        node = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            node = node_hash(left, node)
        return node

    def dump(self) -> bytes:
        """The hashes one after another, for keeping; `load` takes it back."""
        return b"".join(self.hashes)

    @classmethod
    def load(cls, size: int, dump: bytes, on_tile: Callable | None = None) -> Frontier:
        """The frontier that `dump` kept for this size. Raises ValueError when they do not fit."""
        return cls(size, [dump[at : at + 32] for at in range(0, len(dump), 32)], on_tile)


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Root over the leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    return frontier.root()


Range = Callable[[int, int], bytes]


def over(leaves: list[bytes]) -> Range:
    """A function (start, end) -> hash of that range, for leaves held in memory."""

    def hash_range(start: int, end: int) -> bytes:
        return root_of(leaves[start:end])

    return hash_range


def _split(size: int) -> int:
    """The largest power of two below size."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_path(index: int, size: int, hash_range: Range) -> list[bytes]:
    """The sibling hashes from a leaf up to the root of a tree of this size (RFC 6962, 2.1.1)."""
    if not 0 <= index < size:
        raise ValueError("no such leaf in this tree")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(hash_range(middle, end))
            end = middle
        else:
            path.append(hash_range(start, middle))
            start = middle
    return path[::-1]


def root_from_path(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root that a leaf and its path lead to (RFC 9162, 2.1.3.2). Raises ValueError for a path of wrong length."""
    if not 0 <= index < size:
        raise ValueError("no such leaf in this tree")
    node, here, last = leaf, index, size - 1
    for sibling in path:
        if not last:
            raise ValueError("the path is too long")
        if here & 1 or here == last:
            node = node_hash(sibling, node)
            while not here & 1 and here:
                here >>= 1
                last >>= 1
        else:
            node = node_hash(node, sibling)
        here >>= 1
        last >>= 1
    if last:
        raise ValueError("the path is too short")
    return node


def verify_inclusion(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> bool:
    """Whether the leaf stands at this index of the tree with this size and root."""
    try:
        return root_from_path(leaf, index, size, path) == root
    except ValueError:
        return False


def consistency_path(old_size: int, size: int, hash_range: Range) -> list[bytes]:
    """The hashes that show that a tree of old_size is the beginning of the tree of size (RFC 6962, 2.1.2)."""
    if not 0 < old_size <= size:
        raise ValueError("the older tree must have leaves and be no larger than the newer")

    def subproof(start: int, end: int, old_end: int, whole: bool) -> list[bytes]:
        if old_end == end:
            return [] if whole else [hash_range(start, end)]
        middle = start + _split(end - start)
        if old_end <= middle:
            return [*subproof(start, middle, old_end, whole), hash_range(middle, end)]
        return [*subproof(middle, end, old_end, False), hash_range(start, middle)]

    return subproof(0, size, old_size, True)


def verify_consistency(old_size: int, old_root: bytes, size: int, root: bytes, path: list[bytes]) -> bool:
    """Whether the older tree is the beginning of the newer (RFC 9162, 2.1.4.2)."""
    if old_size == size:
        return not path and old_root == root
    if not 0 < old_size < size or not path:
        return False
    hashes = list(path)
    if old_size & (old_size - 1) == 0:  # a full tree is itself the first hash, and the proof leaves it out
        hashes.insert(0, old_root)
    here, last = old_size - 1, size - 1
    while here & 1:
        here >>= 1
        last >>= 1
    old_node = node = hashes[0]
    for sibling in hashes[1:]:
        if not last:
            return False
        if here & 1 or here == last:
            old_node = node_hash(sibling, old_node)
            node = node_hash(sibling, node)
            while not here & 1 and here:
                here >>= 1
                last >>= 1
        else:
            node = node_hash(node, sibling)
        here >>= 1
        last >>= 1
    return not last and old_node == old_root and node == root
