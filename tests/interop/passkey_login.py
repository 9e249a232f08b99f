#!/usr/bin/env python3
"""Registers a passkey and signs in with it, as the software authenticator `soft-webauthn` makes them.

Usage: passkey_login.py http://127.0.0.1:8080 ORIGIN

ORIGIN is the origin of which the server takes passkeys. Ends with 0 when the server takes what the authenticator signed,
and refuses it for another challenge or origin.
"""

import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.utils import sha256
from server import Server, expect
from soft_webauthn import SoftWebauthnDevice

# The bit of the authenticator's data that says that its user was verified; soft-webauthn verifies nobody.
VERIFIED = 0x04
FLAGS_AT = 32


def from_text(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def to_text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def verified(data: bytes) -> bytes:
    return data[:FLAGS_AT] + bytes([data[FLAGS_AT] | VERIFIED]) + data[FLAGS_AT + 1 :]


class Device(SoftWebauthnDevice):
    """An authenticator whose user has typed a PIN."""

    def create(self, options: dict, origin: str) -> dict:
        made = super().create(options, origin)
        attestation = cbor.decode(made["response"]["attestationObject"])
        attestation["authData"] = verified(attestation["authData"])
        made["response"]["attestationObject"] = cbor.encode(attestation)
        return made

    def get(self, options: dict, origin: str) -> dict:
        answer = super().get(options, origin)
        response = answer["response"]
        response["authenticatorData"] = verified(response["authenticatorData"])
        signed = response["authenticatorData"] + sha256(response["clientDataJSON"])
        response["signature"] = self.private_key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return answer


def as_json(credential: dict) -> dict:
    """A credential as browsers write it down."""
    response = {name: to_text(value) for name, value in credential["response"].items() if value is not None}
    identifier = to_text(credential["rawId"])
    return {"id": identifier, "rawId": identifier, "type": "public-key", "response": response, "extensions": {}}


def options_of(ceremony: dict) -> dict:
    """What a browser hands to an authenticator."""
    public = dict(ceremony["publicKey"])
    public["challenge"] = from_text(public["challenge"])
    if "user" in public:
        public["user"] = {**public["user"], "id": from_text(public["user"]["id"])}
        public["attestation"] = None
    return {"publicKey": public}


def main() -> None:
    server, origin = Server(sys.argv[1]), sys.argv[2]
    credentials = server.somebody()
    token = expect(server.post("/login", credentials), 200)["access_token"]
    device = Device()

    ceremony = expect(server.post("/passkeys/register/start", {}, token), 200)
    elsewhere = Device().create(options_of(ceremony), "https://evil.example")
    body = {"challenge_token": ceremony["challenge_token"], "credential": as_json(elsewhere), "name": "stolen"}
    expect(server.post("/passkeys/register/finish", body, token), 422)
    ceremony = expect(server.post("/passkeys/register/start", {}, token), 200)
    body = {"challenge_token": ceremony["challenge_token"], "credential": as_json(device.create(options_of(ceremony), origin))}
    expect(server.post("/passkeys/register/finish", {**body, "name": "soft-webauthn"}, token), 201)

    ceremony = expect(server.post("/passkeys/login/start", {}), 200)
    answer = as_json(device.get(options_of(ceremony), origin))
    signed_in = expect(
        server.post("/passkeys/login/finish", {"challenge_token": ceremony["challenge_token"], "credential": answer}), 200
    )
    assert signed_in["user"]["email"] == credentials["email"], "somebody else was signed in"
    again = expect(server.post("/passkeys/login/start", {}), 200)
    expect(server.post("/passkeys/login/finish", {"challenge_token": again["challenge_token"], "credential": answer}), 401)
    print("soft-webauthn and the server agree")


if __name__ == "__main__":
    main()
