#!/usr/bin/env bash
# Builds Telegraf from its Go module, with the plugins that the tests and the bench need, and prints the binary's path.
# It needs Go >= 1.25 and no C compiler. The first run takes about a minute on 2 cores; later runs find the binary in the cache.
set -euo pipefail
cd "$(dirname "$0")"

cache="${TELEGRAF_CACHE:-$HOME/.cache/predictionx}"
# The plugins belong to the program as much as the version does.
version=$(cat go.mod go.sum main.go | sha256sum | cut -c 1-12)
binary="$cache/telegraf-$version"

if [[ ! -x $binary ]]; then
  mkdir -p "$cache"
  CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$binary.tmp" . >&2
  mv "$binary.tmp" "$binary"
fi
echo "$binary"
