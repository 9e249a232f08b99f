#!/usr/bin/env python3
"""Verifies the server's access tokens as another service would: PyJWT, and the keys that the server publishes.

Usage: token_verify.py http://127.0.0.1:8080

Ends with 0 when PyJWT accepts what the server issued and nothing else, and the server refuses what PyJWT forged.
"""

import sys

import jwt
from jwt.algorithms import OKPAlgorithm
from server import Server, expect


def refused(what: str, token: str, key: object, issuer: str, **more: object) -> None:
    asked = {"algorithms": ["EdDSA"], "audience": issuer, "issuer": issuer, **more}
    try:
        jwt.decode(token, key, **asked)
    except jwt.PyJWTError:
        return
    sys.exit(f"PyJWT took a token with {what}")


def main() -> None:
    server = Server(sys.argv[1])
    credentials = server.somebody()
    answer = expect(server.post("/login", credentials), 200)
    token = answer["access_token"]

    key = jwt.PyJWKClient(f"{server.address}/.well-known/jwks.json").get_signing_key_from_jwt(token).key
    header = jwt.get_unverified_header(token)
    assert header["alg"] == "EdDSA" and header["typ"] in ("JWT", "at+jwt"), header
    # The public address is both who issues tokens and whom they are for.
    issuer = jwt.decode(token, options={"verify_signature": False})["iss"]
    claims = jwt.decode(token, key, algorithms=["EdDSA"], audience=issuer, issuer=issuer, options={
        "require": ["exp", "iat", "iss", "aud", "sub", "jti", "sid"],
    })
    assert claims["sub"] == answer["user"]["id"], "the token is somebody else's"
    assert claims["exp"] - claims["iat"] == answer["expires_in"], "the token ends at another time than was said"

    head, body, signature = token.split(".")
    other = ("A" if signature[0] != "A" else "B") + signature[1:]
    refused("another signature", f"{head}.{body}.{other}", key, issuer)
    refused("another audience", token, key, issuer, audience="another-service")
    refused("another issuer", token, key, "https://evil.example", audience=issuer)

    jwk = expect(server.get("/.well-known/jwks.json"), 200)["keys"]
    assert all(not {"d", "k", "p", "q"} & set(one) for one in jwk), "a secret was published"
    public = key.public_bytes_raw()
    forged = {
        "no algorithm": jwt.encode(claims, None, algorithm="none", headers={"kid": header["kid"]}),
        "the public key as a shared secret": jwt.encode(claims, public, algorithm="HS256", headers={"kid": header["kid"]}),
        "a key of its own": jwt.encode(claims, OWN_KEY, algorithm="EdDSA", headers={"kid": header["kid"]}),
        "a key that it brings along": jwt.encode(claims, OWN_KEY, algorithm="EdDSA", headers={"jwk": OWN_JWK}),
    }
    for what, token_of in forged.items():
        answer = server.get("/api/v1/auth/profile", token_of)
        assert answer[0] == 401, f"the server took a token with {what}"
    expect(server.get("/api/v1/auth/profile", token), 200)
    print("PyJWT and the server agree")


if __name__ == "__main__":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    OWN_KEY = Ed25519PrivateKey.generate()
    OWN_JWK = OKPAlgorithm.to_jwk(OWN_KEY.public_key(), as_dict=True)
    main()
