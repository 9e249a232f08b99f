#!/usr/bin/env python3
"""Signs somebody in through a real OpenID provider, `oidc-provider`, which this script starts, as it starts the server.

Usage: oidc_login.py FLORIN PROVIDER_SCRIPT DATA_DIRECTORY

FLORIN is the program; PROVIDER_SCRIPT is oidc_provider.mjs beside its packages. Ends with 0 when somebody is signed in by
what the provider tells of them, comes in again as the same person, and a used way back is worth nothing.
"""

import html
import http.client
import json
import os
import re
import socket
import subprocess
import sys
from urllib.parse import urlencode, urljoin, urlsplit


class Browser:
    """Follows no redirects and keeps cookies of one host by name."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, url: str, form: dict | None = None) -> tuple[int, str, str]:
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=30)
        headers = {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, path, urlencode(form) if form is not None else None, headers)
        answer = connection.getresponse()
        for cookie in answer.headers.get_all("set-cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, urljoin(url, answer.headers.get("location", "")), answer.read().decode()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def started(command: list[str], environment: dict, ready: str) -> subprocess.Popen:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    if not line.startswith(ready):
        process.kill()
        sys.exit(f"{command[0]} did not start: {line}")
    return process


def consent(at_provider: Browser, url: str) -> str:
    """Goes through the provider's pages, to where it sends people back."""
    status, location, page = at_provider.ask("GET", url)
    for _ in range(12):
        if status in (302, 303):
            if "/oauth/acme/callback" in location:
                return location
            status, location, page = at_provider.ask("GET", location)
            continue
        form = re.search(r'<form[^>]*action="([^"]+)"', page)
        assert status == 200 and form, f"the provider answered with {status}"
        fields = {"prompt": re.search(r'name="prompt" value="([^"]+)"', page).group(1)}
        if fields["prompt"] == "login":
            fields |= {"login": "248289761001", "password": "any"}
        status, location, page = at_provider.ask("POST", html.unescape(form.group(1)), fields)
    sys.exit("the provider does not come to an end")


def main() -> None:
    florin, provider_script, data = sys.argv[1:]
    provider_port, port = free_port(), free_port()
    server, issuer = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{provider_port}"
    settings = {
        "PATH": os.environ["PATH"],
        "FLORIN_OIDC__ACME__ISSUER": issuer,
        "FLORIN_OIDC__ACME__CLIENT_ID": "florin",
        "FLORIN_OIDC__ACME__CLIENT_SECRET": "a secret: of the interop test",
    }
    node = ["node", provider_script, str(provider_port), f"{server}/api/v1/auth/oauth/acme/callback"]
    processes = [started(node, {"PATH": os.environ["PATH"]}, "ready")]
    try:
        serve = [florin, "serve", "--listen", f"127.0.0.1:{port}", "--data", data]
        processes.append(started(serve, settings, "listening"))

        def sign_in() -> tuple[dict, str, Browser]:
            here = Browser()
            status, to_provider, _ = here.ask("GET", f"{server}/api/v1/auth/oauth/acme/start")
            assert status == 303 and to_provider.startswith(issuer), f"{status}: people are sent elsewhere"
            back = consent(Browser(), to_provider)
            status, _, body = here.ask("GET", back)
            assert status == 200, f"{status} {json.loads(body).get('code')}"
            return json.loads(body), back, here

        first, back, here = sign_in()
        user = first["user"]
        assert (user["email"], user["full_name"]) == ("grace@example.org", "Grace Hopper"), "somebody else came in"
        assert user["is_verified"] is True
        status, _, body = here.ask("GET", back)
        assert status == 400 and json.loads(body)["code"] == "oauth_failed", "a way back was taken twice"
        second, _, _ = sign_in()
        assert second["user"]["id"] == user["id"], "the same person came in as somebody else"
    finally:
        for process in processes:
            process.terminate()
            process.wait()
    print("oidc-provider and the server agree")


if __name__ == "__main__":
    main()
