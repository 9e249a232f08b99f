"""Holds a Nacha file against other people's programs, and prints what they read of it.

    nacha_files.py ACHLENS FILE

ACHLENS is the program of that name. On stdout is a JSON array: of each entry the transaction code, the routing number, the
account, the cents and the trace number.
"""

import json
import pathlib
import subprocess
import sys

import achkit
from ach.parser import Parser

ACHLENS, FILE = sys.argv[1:]
TEXT = pathlib.Path(FILE).read_text()

report = achkit.validate(TEXT)
if not report["ok"]:
    sys.exit(f"achkit: {report['errors']}")
said = subprocess.run([ACHLENS, "validate", FILE], capture_output=True, text=True)
if said.returncode != 0:
    sys.exit(f"achlens: {said.stdout}{said.stderr}")

read = achkit.parse(TEXT)
ours = [
    [entry["txn_code"], entry["routing"], entry["account"].strip(), entry["amount_cents"], int(entry["trace_number"])]
    for batch in read["batches"]
    for entry in batch["entries"]
]
# The third one parses on its own; both must have found the same.
parsed = json.loads(Parser(TEXT).as_json())
entries = [entry["entry_detail"] for batch in parsed["batches"] for entry in batch["entries"]]
theirs = [
    [
        int(entry["transaction_code"]),
        entry["recv_dfi_id"] + entry["check_digit"],
        entry["dfi_acnt_num"].strip(),
        int(entry["amount"]),
        int(entry["trace_num"]),
    ]
    for entry in entries
]
if ours != theirs:
    sys.exit(f"achkit reads {ours}, and carta-ach {theirs}")
print(json.dumps(ours))
