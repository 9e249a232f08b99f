#!/usr/bin/env bash
# Builds Florin and serves it with demonstration data; arguments go to `florin serve`.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")"
cargo build --release --package florin
exec "${CARGO_TARGET_DIR:-target}/release/florin" serve --demo "$@"
