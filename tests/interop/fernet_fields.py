"""Reads and writes fields as other systems do: with the Fernet of the Python package `cryptography`.

    fernet_fields.py open KEY TOKEN       prints what the token holds, in hexadecimal
    fernet_fields.py seal KEY HEX         prints a token of these bytes
    fernet_fields.py rotate KEY,OLD TOKEN prints the token written anew by the first of the keys
"""

import sys

from cryptography.fernet import Fernet, MultiFernet


def main() -> None:
    command, keys, value = sys.argv[1:]
    fernet = MultiFernet([Fernet(key) for key in keys.split(",")])
    if command == "open":
        print(fernet.decrypt(value.encode()).hex())
    elif command == "seal":
        print(fernet.encrypt(bytes.fromhex(value)).decode())
    elif command == "rotate":
        print(fernet.rotate(value.encode()).decode())
    else:
        sys.exit(f"no such command: {command}")


if __name__ == "__main__":
    main()
