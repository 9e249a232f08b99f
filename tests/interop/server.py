"""A running server as the scripts beside this file see it; Python's own library alone."""

import json
import sys
import time
import urllib.error
import urllib.request

PASSWORD = "velvet tundra orbit lantern"


class Server:
    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")

    def ask(self, method: str, path: str, body: dict | None = None, token: str | None = None) -> tuple[int, dict]:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        content = None
        if body is not None:
            headers["content-type"] = "application/json"
            content = json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}{path}", content, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.load(refusal)

    def get(self, path: str, token: str | None = None) -> tuple[int, dict]:
        return self.ask("GET", path, None, token)

    def post(self, path: str, body: dict, token: str | None = None) -> tuple[int, dict]:
        """A request to the routes of identity."""
        return self.ask("POST", f"/api/v1/auth{path}", body, token)

    def somebody(self) -> dict:
        """The credentials of somebody who has just registered."""
        email = f"interop-{time.time_ns()}@example.org"
        credentials = {"email": email, "password": PASSWORD}
        expect(self.post("/register", {**credentials, "full_name": "Ada Example"}), 201)
        return credentials


def expect(answer: tuple[int, dict], status: int, code: str | None = None) -> dict:
    told_status, body = answer
    if told_status != status or (code is not None and body.get("code") != code):
        # What a body holds besides its code may be secret.
        sys.exit(f"expected {status} {code or ''}, got {told_status} {body.get('code', '')}")
    return body
