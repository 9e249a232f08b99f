"""Runs localstripe, another implementation of Stripe's interface, and stands before it.

    stripe_local.py LOCALSTRIPE SECRET

LOCALSTRIPE is its program, and SECRET what its webhooks are signed with. What localstripe does not know and refuses,
`error_on_requires_action` and `description` of a charge, is left out on the way; all else passes as it is. The first line on
stdout is a JSON object with the address, a customer and a card of theirs; each webhook that comes is another one.
"""

import http.client
import http.server
import json
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

PROGRAM, SECRET = sys.argv[1:]
UNKNOWN = ("error_on_requires_action", "description")
KEY = "Basic c2tfdGVzdF8xMjM0NTo="


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


BEHIND = free_port()


def ask(method: str, path: str, body: bytes, headers: dict) -> tuple:
    connection = http.client.HTTPConnection("127.0.0.1", BEHIND, timeout=20)
    connection.request(method, path, body or None, headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def made(path: str, **fields) -> dict:
    headers = {"Authorization": KEY, "Content-Type": "application/x-www-form-urlencoded"}
    status, body = ask("POST", path, urllib.parse.urlencode(fields).encode(), headers)
    if status != 200:
        sys.exit(f"{path}: {status} {body!r}")
    return json.loads(body)


class Before(http.server.BaseHTTPRequestHandler):
    def pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/caught":
            caught = {"signature": self.headers["Stripe-Signature"], "body": body.decode()}
            print(json.dumps(caught), flush=True)
            self.answer(200, b"{}")
            return
        fields = urllib.parse.parse_qsl(body.decode(), keep_blank_values=True)
        kept = urllib.parse.urlencode([field for field in fields if field[0] not in UNKNOWN]).encode()
        names = ("Authorization", "Content-Type", "Idempotency-Key")
        headers = {name: self.headers[name] for name in names if self.headers[name]}
        self.answer(*ask(self.command, self.path, kept, headers))

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = pass_on

    def log_message(self, *_) -> None:
        pass


def main() -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Before)
    url = f"http://127.0.0.1:{server.server_port}"
    stand_in = subprocess.Popen(
        [PROGRAM, "--port", str(BEHIND), "--from-scratch"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(100):
            try:
                ask("GET", "/v1/balance", b"", {"Authorization": KEY})
                break
            except OSError:
                time.sleep(0.1)
        hook = {"url": f"{url}/caught", "secret": SECRET, "events": ["payment_intent.succeeded"]}
        status, body = ask("POST", "/_config/webhooks/florin", json.dumps(hook).encode(), {"Content-Type": "application/json"})
        if status != 200:
            sys.exit(f"webhooks: {status} {body!r}")
        customer = made("/v1/customers", name="Ada Example")["id"]
        card = {"type": "card", "card[number]": "4242424242424242", "card[exp_month]": 12, "card[exp_year]": 2030, "card[cvc]": "123"}
        method = made("/v1/payment_methods", **card)["id"]
        made(f"/v1/payment_methods/{method}/attach", customer=customer)
        print(json.dumps({"url": url, "customer": customer, "method": method}), flush=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        # Whoever started this closes stdin when done.
        sys.stdin.read()
    finally:
        stand_in.kill()


main()
