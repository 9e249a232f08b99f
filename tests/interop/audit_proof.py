#!/usr/bin/env python3
"""Checks an inclusion proof of the audit trail with hashlib and `cryptography` alone.

Usage: audit_proof.py PROOF.json [PUBLIC_KEY_HEX]

Ends with 0 when the record is one of those that the seal seals and the key signed the seal. Written from
docs/audit-proof.md, without a look at Florin's own program.
"""

import hashlib
import json
import sys
import uuid

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

COLUMNS = "seq at_us action resource_kind resource_id actor_kind user_id session_id operator ip user_agent request_id outcome error detail"
IDENTIFIERS = {"resource_id", "user_id", "session_id"}


def varying(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def number(n: int) -> bytes:
    return n.to_bytes(8, "big", signed=True)


def column(name: str, value) -> bytes:
    if value is None:
        return b"\0"
    if isinstance(value, int):
        return b"\1" + number(value)
    if name in IDENTIFIERS:
        return b"\3" + uuid.UUID(value).bytes
    return b"\2" + varying(value.encode())


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\0" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def root_of(index: int, size: int, at: bytes, path: list[bytes]) -> bytes:
    last = size - 1
    for neighbour in path:
        if last == 0:
            sys.exit("the path is too long")
        if index & 1 or index == last:
            at = node(neighbour, at)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            at = node(at, neighbour)
        index, last = index >> 1, last >> 1
    if last != 0:
        sys.exit("the path is too short")
    return at


def main() -> None:
    proof = json.load(open(sys.argv[1]))
    assert proof["format"] == "florin-audit-inclusion-1", "another format"
    record, seal = proof["record"], proof["seal"]
    encoded = varying(b"florin-audit-record-1") + b"".join(column(name, record[name]) for name in COLUMNS.split())
    path = [bytes.fromhex(step) for step in proof["path"]]
    if root_of(proof["index"], seal["count"], leaf(encoded), path).hex() != seal["root"]:
        sys.exit("the record is not one of the seal's")

    raw = bytes.fromhex
    body = varying(b"florin-audit-seal-1") + number(seal["number"]) + raw(seal["previous"])
    for field in ("first_seq", "last_seq", "count", "earliest_at_us", "latest_at_us"):
        body += number(seal[field])
    body += raw(seal["root"]) + number(seal["sealed_at_us"]) + raw(seal["key_id"])
    statement = varying(b"florin-audit-log-1") + number(seal["number"]) + leaf(body) + raw(seal["log_root"])
    key = raw(proof["public_key"])
    if hashlib.sha256(key).digest()[:16].hex() != seal["key_id"]:
        sys.exit("the seal names another key")
    if len(sys.argv) > 2 and key != raw(sys.argv[2]):
        sys.exit("the key is not the one that counts")
    Ed25519PublicKey.from_public_bytes(key).verify(raw(seal["signature"]), statement)
    print(f"record {record['seq']} is in seal {seal['number']}")


if __name__ == "__main__":
    main()
