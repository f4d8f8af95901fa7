# shellcheck shell=bash
# Sourced by the scripts beside it: finds a Python, makes .venv once, and knows when it has to be made again.
# Nothing here needs the network when the environment is up to date.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV="$ROOT/.venv"
# What is in .venv tells how far set-up came: the interpreter's name, and one stamp for each set of packages.
CHOSEN="$VENV/.oneapi-python"
UNFINISHED="$VENV/.oneapi-unfinished"

say() { printf 'oneapi: %s\n' "$*" >&2; }
fail() {
  say "$*"
  exit 1
}

# A name on the PATH proves nothing (pyenv's shims answer "command not found"): run it.
usable() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
can_make_environments() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }
version_of() { "$1" -c 'import platform; print(platform.python_version())'; }
is_older_than_3_12() { "$1" -c 'import sys; sys.exit(sys.version_info >= (3, 12))'; }

find_python() {
  if [ -n "${ONEAPI_PYTHON:-}" ]; then
    usable "$ONEAPI_PYTHON" || fail "ONEAPI_PYTHON=$ONEAPI_PYTHON is not a Python of 3.11 or newer."
    can_make_environments "$ONEAPI_PYTHON" || fail "ONEAPI_PYTHON=$ONEAPI_PYTHON lacks the venv module."
    echo "$ONEAPI_PYTHON"
    return
  fi
  local name without_venv=''
  for name in python3.14 python3.13 python3.12 python3 python python3.11; do
    usable "$name" || continue
    can_make_environments "$name" && { echo "$name" && return; }
    without_venv="$name"
  done
  [ -z "$without_venv" ] || fail "$without_venv lacks the venv module (Debian, Ubuntu: apt-get install ${without_venv}-venv)."
  fail "no Python of 3.11 or newer found. Install one, or name it: ONEAPI_PYTHON=/path/to/python3.13 $0"
}

stamp() { printf '%s\n%s\n' "$(cksum <"$ROOT/pyproject.toml")" "$ROOT"; }

# The environment is there, whole, at this place, and made with the interpreter that was asked for.
sound() {
  [ -x "$VENV/bin/python" ] && [ -f "$CHOSEN" ] && [ ! -e "$UNFINISHED" ] || return 1
  [ "$(sed -n 2p "$CHOSEN")" = "$ROOT" ] || return 1
  [ -z "${ONEAPI_PYTHON:-}" ] || [ "$(sed -n 1p "$CHOSEN")" = "$ONEAPI_PYTHON" ]
}

has() { [ -f "$VENV/.oneapi-$1" ] && [ "$(cat "$VENV/.oneapi-$1")" = "$(stamp)" ]; }

make_environment() {
  local python
  python=$(find_python)
  if is_older_than_3_12 "$python"; then
    say "Python $(version_of "$python") gets mitmproxy 11, without the fix of GHSA-847f-9342-265h (HTTP/2); install Python 3.12 or newer and remove .venv to get it."
  fi
  [ ! -e "$VENV" ] || say "the environment in .venv was not finished, or belongs elsewhere: making it anew"
  rm -rf "$VENV"
  mkdir "$VENV" && touch "$UNFINISHED"
  "$python" -m venv "$VENV" || fail "$python could not make an environment in $VENV"
  printf '%s\n%s\n' "$python" "$ROOT" >"$CHOSEN"
}

# pip_install PYTHON WHAT.. : quietly; when it fails, its last words and what to do.
pip_install() {
  local log python=$1
  shift
  log=$(mktemp)
  if ! PIP_DISABLE_PIP_VERSION_CHECK=1 "$python" -m pip install --quiet "$@" >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    rm -f "$log"
    fail "pip could not install what is needed (above). Is the network there? Behind a proxy set HTTPS_PROXY, for a mirror PIP_INDEX_URL; then run this again."
  fi
  rm -f "$log"
}

# ensure_environment run|dev : `dev` has all that `run` has.
ensure_environment() {
  if sound && { has "$1" || { [ "$1" = run ] && has dev; }; }; then
    return
  fi
  sound || make_environment
  case $1 in
    run) say "installing into .venv with Python $(version_of "$VENV/bin/python") (a minute or two, this once) .." ;;
    dev) say "installing the tools for tests into .venv (a minute or two, this once) .." ;;
  esac
  local what="$ROOT"
  [ "$1" = run ] || what="$ROOT[dev]"
  (cd "$ROOT" && pip_install "$VENV/bin/python" --editable "$what")
  stamp >"$VENV/.oneapi-$1"
  rm -f "$UNFINISHED"
}
