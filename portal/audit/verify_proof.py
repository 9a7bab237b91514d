#!/usr/bin/env python3
"""Check a proof file of the audit log. Needs Python 3 and nothing else: no library, no network, no part of the system.

Usage: python3 verify_proof.py PROOF.json [KEY]

PROOF.json  the proof file that the municipality handed out
KEY         the public key of its log, as the municipality publishes it (one line). Without it, the key in the file is
            used, and the answer says only that the file agrees with itself.

Exit code 0: every record stands unchanged in the signed log. 1: it does not. 2: called wrongly, or not a proof file.
"""

import base64
import hashlib
import json
import sys

# --- Ed25519 (RFC 8032, 5.1) ---

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def add_points(a, b):
    """Sum of two points in extended coordinates."""
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    i, j, k, m = f - e, h - g, h + g, f + e
    return i * j % P, k * m % P, j * k % P, i * m % P


def times(number, point):
    """The point added to itself so many times."""
    result = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = add_points(result, point)
        point = add_points(point, point)
        number >>= 1
    return result


def point_from(data):
    """The point that 32 bytes stand for. Raises ValueError."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if len(data) != 32 or y >= P:
        raise ValueError("not a point")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (not x and sign):
        raise ValueError("not a point")
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = point_from(BASE_Y.to_bytes(32, "little"))


def signature_holds(public, text, signature):
    """Whether the Ed25519 signature over the text is of this key."""
    if len(signature) != 64:
        return False
    try:
        key, nonce = point_from(public), point_from(signature[:32])
    except ValueError:
        return False
    factor = int.from_bytes(signature[32:], "little")
    if factor >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + text).digest(), "little") % ORDER
    left, right = times(factor, BASE), add_points(nonce, times(challenge, key))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# --- the signed checkpoint (C2SP signed-note and tlog-checkpoint) ---


def opened(note, key):
    """(size, root) of the checkpoint, when the key has signed it. Raises ValueError with the reason."""
    name, stated, encoded = key.strip().split("+", 2)
    data = base64.b64decode(encoded, validate=True)
    key_id = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
    if data[:1] != b"\x01" or key_id.hex() != stated:
        raise ValueError("the key is not an Ed25519 key of a log")
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    for line in signatures.splitlines():
        if line.startswith("— " + name + " "):
            signature = base64.b64decode(line.rsplit(" ", 1)[1], validate=True)
            if signature[:4] == key_id and signature_holds(data[1:], text.encode(), signature[4:]):
                lines = text.split("\n")
                if lines[0] != name:
                    raise ValueError("the checkpoint is of another log")
                return int(lines[1]), base64.b64decode(lines[2], validate=True)
    raise ValueError("the checkpoint is not signed by the key")


# --- the tree (RFC 6962) ---


def node(left, right):
    """Hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def climbed(leaf, index, size, path):
    """The root that a leaf and its path lead to, from the definition of RFC 6962. Raises ValueError."""
    if not 0 <= index < size:
        raise ValueError("no such place in the log")
    if size == 1:
        if path:
            raise ValueError("the path is too long")
        return leaf
    if not path:
        raise ValueError("the path is too short")
    half = 1
    while half * 2 < size:
        half *= 2
    if index < half:
        return node(climbed(leaf, index, half, path[:-1]), path[-1])
    return node(path[-1], climbed(leaf, index - half, size - half, path[:-1]))


def checked(entry, size, root):
    """The record as a dict, when it stands in the log. Raises ValueError with the reason."""
    leaf = hashlib.sha256(b"\x00" + entry["leaf"].encode()).digest()
    path = [bytes.fromhex(item) for item in entry["path"]]
    if climbed(leaf, entry["index"], size, path) != root:
        raise ValueError("the record was changed or does not stand in the log")
    record = json.loads(entry["leaf"])
    personal = entry.get("personal")
    if personal:
        digest = hashlib.sha256(bytes.fromhex(personal["salt"]) + personal["text"].encode()).hexdigest()
        if digest != record.get("personal_digest"):
            raise ValueError("the personal data do not belong to the record")
        record["personal"] = json.loads(personal["text"])
    return record


def main(arguments):
    """Print a line for each record; return the exit code."""
    if len(arguments) not in (1, 2):
        print(__doc__)
        return 2
    try:
        with open(arguments[0], encoding="utf-8") as file:
            proof = json.load(file)
        if proof["format"] != "pkip-audit-proof/1":
            raise ValueError("unknown format")
        entries, note, own_key = proof["records"], proof["checkpoint"], proof["key"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"not a proof file: {error}")
        return 2
    try:
        size, root = opened(note, arguments[1] if len(arguments) == 2 else own_key)
    except (ValueError, IndexError) as error:
        print(f"FAILED  checkpoint: {error}")
        return 1
    failed = 0
    for entry in entries:
        try:
            record = checked(entry, size, root)
            print(f"ok      {entry['index'] + 1}  {record['at']}  {record['action']}  {record.get('label', '')}")
        except (ValueError, KeyError, TypeError) as error:
            failed += 1
            print(f"FAILED  {entry.get('index')}: {error}")
    print(f"{len(entries) - failed} of {len(entries)} records stand unchanged in the log of {size} records")
    if len(arguments) == 1:
        print("The key was taken from the file itself: compare it with the one that the municipality publishes:")
        print(own_key)
    return 1 if failed or not entries else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
