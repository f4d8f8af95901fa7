# shellcheck shell=bash
# Sourced by scripts/test after environment.sh: other programs and services that tests talk to.
# Without CI=true a thing that cannot be had is said in a line, and its tests are skipped.

# The providers' own clients are other programs: beside mitmproxy on 3.11 pip could not install today's versions.
# The extras lend them HTTP/2 and WebSockets.
CLIENTS=('openai[realtime]' anthropic google-genai cozepy 'httpx[http2]' boto3 zai-sdk tencentcloud-sdk-python-hunyuan
  cohere groq mistralai together ollama dashscope)

give_up_or_go_on() {
  [ "${CI:-}" != true ] || fail "$1"
  say "$1; its tests will be skipped"
}

ensure_clients() {
  local place="$ROOT/.venv-clients" wanted="$ROOT ${CLIENTS[*]}"
  if [ -x "$place/bin/python" ] && [ "$(cat "$place/.oneapi-clients" 2>/dev/null)" = "$wanted" ]; then
    return
  fi
  say "installing ${CLIENTS[*]} into .venv-clients .."
  rm -rf "$place"
  if "$VENV/bin/python" -m venv "$place" && (pip_install "$place/bin/python" "${CLIENTS[@]}"); then
    echo "$wanted" >"$place/.oneapi-clients"
  else
    rm -rf "$place"
    give_up_or_go_on "the providers' clients could not be installed"
  fi
}

# undici lends node's fetch a proxy; the 7 line is the last that runs on node 20.
NODE_PACKAGES=(openai undici@7)

ensure_node_client() {
  local place="$ROOT/.venv-node" wanted="${NODE_PACKAGES[*]}"
  if ! command -v npm >/dev/null && [ "${CI:-}" = true ]; then
    apt_install nodejs npm
  fi
  command -v npm >/dev/null || { say "no Node.js here; its client's tests will be skipped" && return; }
  [ "$(cat "$place/.oneapi-node" 2>/dev/null)" != "$wanted" ] || return 0
  say "installing npm's $wanted into .venv-node .."
  rm -rf "$place"
  mkdir -p "$place"
  if npm install --silent --no-audit --no-fund --prefix "$place" "${NODE_PACKAGES[@]}" >/dev/null 2>&1; then
    echo "$wanted" >"$place/.oneapi-node"
  else
    rm -rf "$place"
    give_up_or_go_on "npm could not install $wanted"
  fi
}

# What is below runs with CI=true only.

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

apt_install() {
  command -v apt-get >/dev/null || fail "CI=true: $* is missing, and there is no apt-get to install it with"
  say "installing $* .."
  as_root apt-get update -qq >/dev/null
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

missing() { (cd "$ROOT" && "$VENV/bin/python" -m tests.services) | grep -qx "$1"; }

ensure_services() {
  ! missing mysql || make_mysql
  ! missing postgres || make_postgres
  ! missing redis || make_redis
  ! missing chromium || apt_install chromium
  ! missing namespaces || apt_install iproute2
  ! missing curl || apt_install curl
  local still
  still=$(cd "$ROOT" && "$VENV/bin/python" -m tests.services)
  [ -z "$still" ] || say "still missing, although CI=true: $(echo "$still" | tr '\n' ' ')"
}

make_mysql() {
  command -v mariadbd >/dev/null || apt_install mariadb-server
  as_root service mariadb start >/dev/null || true
  wait_for 3306
  as_root mariadb -e "CREATE DATABASE IF NOT EXISTS oneapi_test CHARACTER SET utf8mb4;
    CREATE USER IF NOT EXISTS 'oneapi_test'@'localhost' IDENTIFIED BY 'fake-password';
    CREATE USER IF NOT EXISTS 'oneapi_test'@'127.0.0.1' IDENTIFIED BY 'fake-password';
    GRANT ALL ON *.* TO 'oneapi_test'@'localhost'; GRANT ALL ON *.* TO 'oneapi_test'@'127.0.0.1';"
}

make_postgres() {
  command -v pg_ctlcluster >/dev/null || apt_install postgresql
  as_root service postgresql start >/dev/null || true
  wait_for 5432
  local admin=(psql -q -v ON_ERROR_STOP=0 -c "CREATE ROLE oneapi_test SUPERUSER LOGIN PASSWORD 'fake-password'"
    -c "CREATE DATABASE oneapi_test OWNER oneapi_test")
  # Psql goes on after an error: the role may be there from the last run.
  if [ "$(id -u)" -eq 0 ]; then
    (cd / && runuser -u postgres -- "${admin[@]}") || true
  else
    (cd / && sudo -n -u postgres "${admin[@]}") || true
  fi
}

make_redis() {
  command -v redis-server >/dev/null || apt_install redis-server
  as_root service redis-server start >/dev/null || true
  wait_for 6379
}

wait_for() {
  local tries
  for tries in $(seq 60); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
    sleep 0.5
  done
  fail "CI=true: nothing answers on 127.0.0.1:$1 after $((tries / 2)) s"
}
