"""The tree against the published vectors of RFC 6962's reference implementation, and against its own definition."""

from hashlib import sha256

import pytest

from portal.audit import merkle

# The eight leaves of the test tree that Certificate Transparency's implementations share, and its roots by size.
DATA = [bytes.fromhex(item) for item in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [merkle.leaf_hash(data) for data in DATA]


def leaves(count):
    return [merkle.leaf_hash(str(n).encode()) for n in range(count)]


def test_empty_tree_has_the_hash_of_nothing():
    assert merkle.root_of([]) == sha256(b"").digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_published_vectors(size):
    assert merkle.root_of(LEAVES[:size]).hex() == ROOTS[size - 1]


@pytest.mark.req("6.1")
def test_every_leaf_of_every_size_is_proven_and_no_other_passes():
    for size in range(1, 40):
        all_leaves = leaves(size)
        root = merkle.root_of(all_leaves)
        for index, leaf in enumerate(all_leaves):
            path = merkle.inclusion_path(index, size, merkle.over(all_leaves))
            assert merkle.verify_inclusion(leaf, index, size, path, root)
            assert not merkle.verify_inclusion(merkle.leaf_hash(b"other"), index, size, path, root)
            if size > 1:
                assert not merkle.verify_inclusion(leaf, (index + 1) % size, size, path, root)
                assert not merkle.verify_inclusion(leaf, index, size, path[:-1], root)
            assert not merkle.verify_inclusion(leaf, index, size, [*path, root], root)


def test_every_older_tree_is_shown_to_be_the_beginning_of_every_newer():
    all_leaves = leaves(33)
    for size in range(1, 34):
        root = merkle.root_of(all_leaves[:size])
        for old_size in range(1, size + 1):
            old_root = merkle.root_of(all_leaves[:old_size])
            path = merkle.consistency_path(old_size, size, merkle.over(all_leaves))
            assert merkle.verify_consistency(old_size, old_root, size, root, path)
            if old_size < size:
                assert not merkle.verify_consistency(old_size, merkle.leaf_hash(b"x"), size, root, path)
                assert not merkle.verify_consistency(old_size, old_root, size, merkle.leaf_hash(b"x"), path)
                assert not merkle.verify_consistency(old_size, old_root, size, root, path[:-1])


def test_frontier_grows_from_what_was_kept():
    all_leaves = leaves(700)
    frontier = merkle.Frontier()
    for start in range(0, 700, 100):
        frontier = merkle.Frontier.load(frontier.size, frontier.dump())
        for leaf in all_leaves[start : start + 100]:
            frontier.add(leaf)
        assert frontier.root() == merkle.root_of(all_leaves[: start + 100])


def test_frontier_of_another_size_is_refused():
    with pytest.raises(ValueError):
        merkle.Frontier.load(3, bytes(32))


def test_frontier_tells_of_each_full_tile():
    seen = []
    frontier = merkle.Frontier(on_tile=lambda *tile: seen.append(tile))
    all_leaves = leaves(600)
    for leaf in all_leaves:
        frontier.add(leaf)
    assert [(height, index) for height, index, _ in seen] == [(8, 0), (8, 1)]
    assert seen[1][2] == merkle.root_of(all_leaves[256:512])
