#!/usr/bin/env bash
# What a command needs of the machine, checked before anything else happens: `prerequisites.sh make|python|chromium|test|proxies|kubernetes|image`.
# On Debian, as root, what is missing is installed by apt. Everywhere else it ends with one line that names what to install.
# PYTHON names the interpreter, as in the Makefile.
set -euo pipefail

PYTHON=${PYTHON:-python3}
missing=()

# Whether one of the named programs can be found.
found() {
  local program
  for program in "$@"; do
    if command -v "$program" >/dev/null 2>&1; then return 0; fi
  done
  return 1
}

# Without any font a browser measures every text as nothing, and the console's pages are looked at for their contrast and size.
has_font() {
  local folder
  for folder in /usr/share/fonts /usr/local/share/fonts "${HOME:-/}/.local/share/fonts" /System/Library/Fonts; do
    if [ -d "$folder" ] && [ -n "$(find -L "$folder" -name '*.[to]tf' -print -quit 2>/dev/null)" ]; then return 0; fi
  done
  return 1
}

need_python() {
  if ! found "$PYTHON"; then
    missing+=(python3 python3-venv)
  elif ! "$PYTHON" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
    echo "beckon: needs Python 3.11 to 3.13 as $PYTHON; name another with PYTHON=..." >&2
    exit 1
  elif ! "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; then
    missing+=(python3-venv)
  fi
}

need_chromium() {
  if ! found chromium chromium-browser; then missing+=(chromium); fi
  if ! has_font; then missing+=(fonts-liberation); fi
}

# kubectl renders the manifests. Debian 13's is new enough; Debian 12 has none that is.
check_kubectl() {
  local minor
  minor=$(kubectl version --client -o json 2>/dev/null | sed -n 's/.*"minor": "\([0-9]*\).*/\1/p' | head -n 1) || true
  if [ "${minor:-0}" -lt "$1" ]; then
    echo "beckon: install kubectl 1.$1 or newer (kubernetes.io/docs/tasks/tools): it renders the manifests" >&2
    exit 1
  fi
}

need_all_of_the_tests() {
  [ -x .venv/bin/python ] || need_python
  found git || missing+=(git)
  found ps || missing+=(procps)
  need_chromium
  if ! found firefox-esr firefox; then missing+=(firefox-esr); fi
  found kubectl || missing+=(kubernetes-client)
}

need_proxies() {
  need_chromium
  PATH="$PATH:/usr/sbin" found nginx || missing+=(nginx)
  found caddy || missing+=(caddy)
}

# A node is made of namespaces of this kernel, which only root may make; etcd and two small programs are downloaded by apt.
need_kubernetes() {
  if [ "$(uname -s)" != Linux ] || [ "$(id -u)" -ne 0 ] || ! found apt-get; then
    echo "beckon: a Kubernetes of one node needs Debian as root" >&2
    exit 1
  fi
  check_kubectl 32
  found containerd || missing+=(containerd)
  PATH="$PATH:/usr/sbin" found runc || missing+=(runc)
  PATH="/usr/lib/cni" found bridge || missing+=(containernetworking-plugins)
  PATH="$PATH:/usr/sbin" found ip || missing+=(iproute2)
  PATH="$PATH:/usr/sbin" found iptables || missing+=(iptables)
  PATH="$PATH:/usr/sbin" found ipset || missing+=(ipset)
  found openssl || missing+=(openssl)
}

# podman builds and runs; runc is the runtime that needs nothing of systemd; catatonit makes podman's pause image.
need_image() {
  local program
  for program in podman runc catatonit; do PATH="$PATH:/usr/sbin" found "$program" || missing+=("$program"); done
  PATH="$PATH:/usr/sbin" found iptables || missing+=(iptables)
  found newuidmap || missing+=(uidmap)
  found git || missing+=(git)
}

install_missing() {
  if ! found apt-get || [ "$(id -u)" -ne 0 ]; then
    echo "beckon: install this first: ${missing[*]} (Debian's names; as root on Debian it is done for you)" >&2
    exit 1
  fi
  echo "  installing ${missing[*]}"
  local log
  log=$(mktemp)
  # RUNLEVEL=1: no server that comes with a package is started by its installation.
  if ! { apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}"; } >"$log" 2>&1; then
    echo "beckon: apt could not install ${missing[*]}: $(grep -m1 '^E:' "$log" || tail -n 1 "$log")" >&2
    rm -f "$log"
    exit 1
  fi
  rm -f "$log"
}

# Chromium's engine without its windows makes the browser tests a quarter cheaper; without it they take the whole browser.
install_headless_shell() {
  if found chromium-headless-shell || ! found apt-get || [ "$(id -u)" -ne 0 ]; then return; fi
  if apt-cache show chromium-headless-shell >/dev/null 2>&1; then
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium-headless-shell >/dev/null 2>&1 || true
  fi
}

case "${1:-}" in
  make) found make || missing+=(make) ;;
  python) need_python ;;
  chromium) need_chromium ;;
  test) need_all_of_the_tests ;;
  proxies) need_proxies ;;
  kubernetes) need_kubernetes ;;
  image) need_image ;;
  *) echo "usage: $0 make|python|chromium|test|proxies|kubernetes|image" >&2; exit 2 ;;
esac
if [ "${#missing[@]}" -gt 0 ]; then install_missing; fi
if [ "${1:-}" = test ]; then
  check_kubectl 27
  install_headless_shell
fi
