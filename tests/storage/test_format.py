"""The blob format: what is put comes back, and every tampering is found."""

import hashlib
import io

import pytest

from portal.storage import blob_format as bf

KEY = bf.WrappingKey(b"k" * 32)
OTHER = bf.WrappingKey(b"o" * 32)
CHUNK = bf.CHUNK_BYTES
STEP = CHUNK + 16


def _stored(plain):
    out = io.BytesIO()
    address, size = bf.encode(io.BytesIO(plain), out, KEY)
    assert (address, size) == (hashlib.sha256(plain).hexdigest(), len(plain))
    return address, bytearray(out.getvalue())


def _read(address, data, start=0, end=None, keys=(KEY,)):
    header = bf.read_header(address, bytes(data), keys)
    end = header.size_bytes if end is None else end
    stream = io.BytesIO(bytes(data))
    stream.seek(header.offset_of(start // CHUNK))
    return b"".join(bf.decode(header, stream, start, end))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7])
@pytest.mark.req("14.1")
def test_what_was_put_comes_back_and_the_length_is_known_beforehand(app, size):
    plain = bytes(i * 7 % 251 for i in range(size))
    address, data = _stored(plain)
    assert _read(address, data) == plain
    assert len(data) == bf.stored_size(size)


def test_any_range_is_read_from_the_chunks_it_lies_in(app):
    plain = bytes(i % 256 for i in range(3 * CHUNK + 100))
    address, data = _stored(plain)
    for start, end in ((0, 1), (CHUNK - 1, CHUNK + 1), (CHUNK, 2 * CHUNK), (2 * CHUNK + 5, 3 * CHUNK + 100), (5, 5)):
        assert _read(address, data, start, end) == plain[start:end]


def test_the_plain_text_is_nowhere_in_the_file(app):
    address, data = _stored(b"Iesniegums par celu" * 100)
    assert b"Iesniegums" not in data


def _exchange(data):
    a, b = bf.HEADER_BYTES, bf.HEADER_BYTES + STEP
    data[a : a + STEP], data[b : b + STEP] = data[b : b + STEP], data[a : a + STEP]


def _size_in_header(data):
    data[23] ^= 1


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda d: d.__setitem__(bf.HEADER_BYTES + 5, d[bf.HEADER_BYTES + 5] ^ 1), id="a changed byte"),
        pytest.param(_exchange, id="exchanged chunks"),
        pytest.param(lambda d: d.__delitem__(slice(-STEP, None)), id="cut off"),
        pytest.param(lambda d: d.__delitem__(slice(bf.HEADER_BYTES, bf.HEADER_BYTES + STEP)), id="a chunk left out"),
        pytest.param(_size_in_header, id="another size in the header"),
        pytest.param(lambda d: d.__delitem__(slice(100, None)), id="a torn header"),
    ],
)
def test_tampering_is_found_and_the_blob_is_named(app, damage):
    address, data = _stored(bytes(4 * CHUNK))
    damage(data)
    with pytest.raises(bf.DamagedBlob) as found:
        _read(address, data)
    assert found.value.address == address and address in found.value.message


def test_a_blob_under_the_name_of_another_is_found(app):
    address, _data = _stored(b"one")
    _other, data = _stored(b"two")
    with pytest.raises(bf.DamagedBlob):
        _read(address, data)


def test_truncating_at_a_chunk_and_lying_about_the_size_is_found(app):
    address, data = _stored(bytes(2 * CHUNK))
    del data[-STEP:]
    data[16:24] = CHUNK.to_bytes(8, "big")
    with pytest.raises(bf.DamagedBlob):
        _read(address, data)


def test_another_wrapping_key_takes_over_without_the_content_being_rewritten(app):
    address, data = _stored(b"x" * 100_000)
    content = bytes(data[bf.HEADER_BYTES :])
    with pytest.raises(bf.DamagedBlob):
        _read(address, data, keys=(OTHER,))
    offset, slot = bf.rewrap(address, bytes(data), [KEY], OTHER)
    data[offset : offset + len(slot)] = slot
    assert _read(address, data, keys=(KEY,)) == _read(address, data, keys=(OTHER,)) == b"x" * 100_000
    for offset, blank in bf.drop_other_slots(bytes(data), OTHER):
        data[offset : offset + len(blank)] = blank
    assert _read(address, data, keys=(OTHER,)) == b"x" * 100_000
    with pytest.raises(bf.DamagedBlob):
        _read(address, data, keys=(KEY,))
    assert bytes(data[bf.HEADER_BYTES :]) == content
    assert bf.rewrap(address, bytes(data), [KEY], OTHER) is None
