#!/bin/sh
# Sets up everything that `make demo` and `make test` share, once: a Python 3.11-3.13 environment in
# .venv from the lock, and Tesseract with its Polish, Portuguese, German and English data.
# A second run finds all in place and changes nothing.
set -eu
cd "$(dirname "$0")/.."
# Bytecode is wanted in the environment: without it every Airflow start compiles hundreds of packages anew.
unset PYTHONDONTWRITEBYTECODE PYTHONPATH PYTHONHOME VIRTUAL_ENV || true

UV_VERSION=0.13.8
LANGUAGES="pol por deu eng"

say() { printf '%s\n' "setup: $*" >&2; }
fail() { say "$*"; exit 1; }
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null 2>&1; then sudo "$@"
  else fail "needs root for: $*. Run that as root, then try again."
  fi
}

install_packages() { # Debian's names; each manager's own are worked out here
  if command -v apt-get >/dev/null 2>&1; then
    say "installing with apt-get: $*"
    as_root apt-get update -q >/dev/null || say "apt-get update failed; trying with the lists that are there"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >/dev/null
  elif command -v brew >/dev/null 2>&1; then
    for package in "$@"; do
      case $package in
        tesseract-ocr) brew install -q tesseract ;;
        tesseract-ocr-*) brew install -q tesseract-lang ;;
        poppler-utils) brew install -q poppler ;;
        python3*) brew install -q uv ;;
      esac
    done
  else
    fail "no apt-get or brew here. Install these by hand, then try again: $*"
  fi
}

find_uv() {
  if command -v uv >/dev/null 2>&1; then UV=$(command -v uv); return 0; fi
  if [ -x .tools/bin/uv ]; then UV=.tools/bin/uv; return 0; fi
  return 1
}

ensure_uv() {
  find_uv && return 0
  if ! command -v python3 >/dev/null 2>&1 || ! python3 -c 'import ensurepip, venv' >/dev/null 2>&1; then
    install_packages python3 python3-venv
    find_uv && return 0
  fi
  say "making .tools with uv $UV_VERSION"
  python3 -m venv .tools && .tools/bin/pip install -q --disable-pip-version-check "uv==$UV_VERSION"
  find_uv || fail "uv could not be installed: check the network, or install uv by hand."
}

ensure_environment() {
  stamp=$(cat requirements-dev.txt include/setup.sh | cksum)
  [ -x .venv/bin/python ] && [ "$(cat .venv/.stamp 2>/dev/null)" = "$stamp" ] && return 0
  ensure_uv
  if ! .venv/bin/python -c 'import sys; assert (3, 11) <= sys.version_info < (3, 14)' 2>/dev/null; then
    # UV_PYTHON names one; else the fastest that is installed, else the one that uv fetches
    python=${UV_PYTHON:-$(python3 include/fastest_python.py 2>/dev/null || true)}
    [ -n "$python" ] || say "no Python 3.11 to 3.13 on the PATH: uv looks for one"
    say "making .venv${python:+ with $python}"
    "$UV" venv -q --clear --python "${python:->=3.11,<3.14}" .venv
  fi
  say "installing the locked packages (about a gigabyte; once)"
  "$UV" pip sync -q --python .venv/bin/python --require-hashes --compile-bytecode requirements-dev.txt
  printf '%s' "$stamp" > .venv/.stamp
}

tessdata_has() { # a language in any of the places where Tesseract's data may lie
  for folder in "${TESSDATA_PREFIX:-/nonexistent}" "${TESSDATA_PREFIX:-/nonexistent}/tessdata" \
    /usr/share/tesseract-ocr/*/tessdata /usr/share/tessdata /usr/share/tesseract/tessdata \
    /usr/local/share/tessdata /opt/homebrew/share/tessdata /opt/local/share/tessdata; do
    [ -f "$folder/$1.traineddata" ] && return 0
  done
  return 1
}

ensure_tesseract() {
  wanted=""
  command -v tesseract >/dev/null 2>&1 || wanted="tesseract-ocr"
  command -v pdftoppm >/dev/null 2>&1 || wanted="$wanted poppler-utils"
  for language in $LANGUAGES; do tessdata_has "$language" || wanted="$wanted tesseract-ocr-$language"; done
  # shellcheck disable=SC2086  # a list of words on purpose
  [ -z "$wanted" ] || install_packages $wanted
  for language in $LANGUAGES; do
    tessdata_has "$language" || fail "Tesseract's data for '$language' is still missing; set TESSDATA_PREFIX to its folder."
  done
}

ensure_environment
ensure_tesseract
