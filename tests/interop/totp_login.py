#!/usr/bin/env python3
"""Enrols an authenticator app and logs in with its codes, as `pyotp` computes them.

Usage: totp_login.py http://127.0.0.1:8080

Ends with 0 when a running server agrees with pyotp about the secret, the address, the codes and what must be refused.
It needs nothing but pyotp and Python's own library.
"""

import sys
import time

import pyotp
from server import Server, expect


def in_the_middle_of_a_step() -> None:
    """Waits until a code cannot turn into the next between here and the server."""
    into = time.time() % 30
    if into > 20:
        time.sleep(30 - into + 1)


def main() -> None:
    server = Server(sys.argv[1])
    credentials = server.somebody()
    token = expect(server.post("/login", credentials), 200)["access_token"]

    enrolment = expect(server.post("/mfa/setup", {}, token), 200)
    app = pyotp.parse_uri(enrolment["provisioning_uri"])
    assert app.secret == enrolment["secret"], "the address and the secret differ"
    assert app.name == credentials["email"], "the address names somebody else"
    assert (app.digits, app.interval) == (6, 30), "the address asks for other codes than were agreed"

    in_the_middle_of_a_step()
    now = time.time()
    code = app.at(now)
    codes = expect(server.post("/mfa/enable", {"code": code}, token), 200)["backup_codes"]
    assert len(set(codes)) == 10, "there are ten backup codes"

    waiting = expect(server.post("/login", credentials), 401, "mfa_required")["mfa_token"]
    used = {"mfa_token": waiting, "code": code}
    expect(server.post("/login/2fa", used), 401, "invalid_credentials")
    far = {"mfa_token": waiting, "code": app.at(now + 300)}
    expect(server.post("/login/2fa", far), 401, "invalid_credentials")
    # The next step's code is one early, which the server bears; waiting for it would take half a minute.
    good = {"mfa_token": waiting, "code": app.at(now + 30)}
    user = expect(server.post("/login/2fa", good), 200)["user"]
    assert user["mfa_enabled"] is True
    expect(server.post("/2fa/backup-code", {**credentials, "backup_code": codes[0]}), 200)
    expect(server.post("/2fa/backup-code", {**credentials, "backup_code": codes[0]}), 401, "invalid_credentials")
    print("pyotp and the server agree")


if __name__ == "__main__":
    main()
