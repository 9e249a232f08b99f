"""Reads a directory of documents with other people's programs, and holds them against their JSON.

    documents.py DIRECTORY SCHEMA

DIRECTORY has one statement of account in each format (statement.json, .csv, .ofx, .xml, .pdf) and PDFs of other kinds;
SCHEMA is that of camt.053. Prints the text of each PDF into DIRECTORY, beside it.
"""

import csv
import io
import json
import pathlib
import sys
from decimal import Decimal

import ofxparse
import xmlschema
from ofxtools.Parser import OFXTree
from pdfminer.high_level import extract_text
from pypdf import PdfReader

DIRECTORY = pathlib.Path(sys.argv[1])
TRUTH = json.loads((DIRECTORY / "statement.json").read_text())
CREDITS, DEBITS = (Decimal(TRUTH[side]["sum"]["amount"]) for side in ("credits", "debits"))
OPENING, CLOSING = (Decimal(TRUTH[side]["amount"]) for side in ("opening", "closing"))
IDS = [entry["id"] for entry in TRUTH["entries"]]


def check(is_so: bool, what: str) -> None:
    if not is_so:
        sys.exit(f"the documents and another program disagree: {what}")


def read_camt053(schema: str) -> None:
    path = str(DIRECTORY / "statement.xml")
    reader = xmlschema.XMLSchema(schema)
    errors = list(reader.iter_errors(path))
    check(not errors, f"camt.053 is not valid: {errors[:1]}")
    statement = reader.to_dict(path, decimal_type=Decimal)["BkToCstmrStmt"]["Stmt"][0]

    def signed(item: dict) -> Decimal:
        return Decimal(item["Amt"]["$"]) * (1 if item["CdtDbtInd"] == "CRDT" else -1)

    balances = {item["Tp"]["CdOrPrtry"]["Cd"]: signed(item) for item in statement["Bal"]}
    entries = statement.get("Ntry", [])
    check(balances == {"OPBD": OPENING, "CLBD": CLOSING}, f"camt.053 balances {balances}")
    check(OPENING + sum(map(signed, entries)) == CLOSING, "camt.053 entries lead elsewhere")
    references = [entry["AcctSvcrRef"] for entry in entries]
    check(references == [one.replace("-", "") for one in IDS], "camt.053 references")
    summary = statement["TxsSummry"]
    check(Decimal(summary["TtlCdtNtries"]["Sum"]) == CREDITS, "camt.053 sum of credits")
    check(Decimal(summary["TtlDbtNtries"]["Sum"]) == DEBITS, "camt.053 sum of debits")
    check(int(summary["TtlNtries"]["NbOfNtries"]) == len(entries), "camt.053 number of entries")


def read_ofx() -> None:
    tree = OFXTree()
    with open(DIRECTORY / "statement.ofx", "rb") as file:
        tree.parse(file)
    statement = tree.convert().statements[0]
    check(statement.balance.balamt == CLOSING, "OFX ledger balance")
    check([one.fitid for one in statement.transactions] == IDS, "OFX identifiers")
    check(sum(one.trnamt for one in statement.transactions) == CREDITS - DEBITS, "OFX amounts")
    check(statement.curdef == TRUTH["currency"], "OFX currency")
    days = [one.dtposted.date().isoformat() for one in statement.transactions]
    check(days == [entry["booked_on"] for entry in TRUTH["entries"]], "OFX days")

    # This one knows the headers of OFX 1 alone and takes anything else for ASCII.
    plain = (DIRECTORY / "statement.ofx").read_text(encoding="utf-8").encode("ascii", "xmlcharrefreplace")
    account = ofxparse.OfxParser.parse(io.BytesIO(plain)).account
    check(account.statement.balance == CLOSING, "OFX balance by ofxparse")
    check(len({one.id for one in account.statement.transactions}) == len(IDS), "OFX identifiers by ofxparse")


def read_csv() -> None:
    with open(DIRECTORY / "statement.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    def total(column: str) -> Decimal:
        return sum((Decimal(row[column]) for row in rows if row[column]), Decimal())

    check((total("paid_in"), total("paid_out")) == (CREDITS, DEBITS), "CSV sums")
    check(Decimal(rows[-1]["balance"]) == CLOSING, "CSV closing balance")
    check([row["reference"] for row in rows[1:-1]] == IDS, "CSV references")


def tags(node, found: list) -> list:
    """The types of the structure tree's elements, in reading order."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for one in node:
            tags(one, found)
    elif isinstance(node, dict):
        if "/S" in node:
            found.append(str(node["/S"])[1:])
        if "/K" in node:
            tags(node["/K"], found)
    return found


def read_pdf(path: pathlib.Path) -> None:
    reader = PdfReader(path)
    root = reader.trailer["/Root"]
    check(bool(reader.metadata.title), f"{path.name} has no title")
    check(root["/Lang"] == "en", f"{path.name} has no language")
    check(bool(root["/MarkInfo"]["/Marked"]), f"{path.name} is not tagged")
    check(bool(root["/ViewerPreferences"]["/DisplayDocTitle"]), f"{path.name} does not show its title")
    xmp = root["/Metadata"].get_data().decode()
    check("<pdfuaid:part>1<" in xmp and "<pdfaid:part>2<" in xmp, f"{path.name} does not name its standards")

    found = tags(root["/StructTreeRoot"], [])
    check(found.count("H1") == 1, f"{path.name} has {found.count('H1')} first headings")
    check(found.count("Table") >= 1 and found.count("TH") >= 1, f"{path.name} has no table with headings")
    check(found.count("TR") <= found.count("TD") + found.count("TH"), f"{path.name} has rows without cells")
    if path.name == "statement.pdf":
        check(found.count("THead") == 1, "headings that repeat are told more than once")
        wanted = len(IDS) + 2 + 1 + 4  # entries, two balances, the headings, and four particulars
        check(found.count("TR") == wanted, f"the statement has {found.count('TR')} rows, not {wanted}")

    texts = [page.extract_text() for page in reader.pages]
    for number, text in enumerate(texts, start=1):
        check(f"Page {number} of {len(texts)}" in text, f"{path.name}: page {number} has no number")
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            descendant = font.get_object()["/DescendantFonts"][0].get_object()
            check("/FontFile2" in descendant["/FontDescriptor"], f"{path.name} embeds no font")
    path.with_suffix(".txt").write_text("\f\n".join(texts) + "\n")
    mined = " ".join(extract_text(path).split())
    check(reader.metadata.title in mined, f"{path.name}: pdfminer does not find the title")
    if path.name == "statement.pdf":
        check(f"{CLOSING:,.2f}" in mined, "pdfminer does not find the closing balance")


def main() -> None:
    read_camt053(sys.argv[2])
    read_ofx()
    read_csv()
    for path in sorted(DIRECTORY.glob("*.pdf")):
        read_pdf(path)


if __name__ == "__main__":
    main()
