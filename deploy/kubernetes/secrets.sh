#!/bin/sh
# Prints every Secret that Beckon needs, newly made, for `kubectl create --filename -`, which overwrites none that is there.
# Keep what it prints in your vault: contacts can be read with these keys alone, and nobody can make them a second time.
#
#   secrets.sh [ADDRESS]
#
# ADDRESS is that of PostgreSQL as it stands in a DSN behind the @: postgres:5432/beckon where none is given, as overlay small has it.
set -eu

database=${1:-postgres:5432/beckon}

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
new_key() { openssl genpkey -algorithm X25519; }
private_half() { printf '%s\n' "$1" | openssl pkey -outform DER | tail -c 32 | base64url; }
public_half() { printf '%s\n' "$1" | openssl pkey -pubout -outform DER | tail -c 32 | base64url; }
new_password() { openssl rand -hex 24; }

secret() {  # NAME TYPE, then KEY VALUE pairs
  printf -- '---\napiVersion: v1\nkind: Secret\ntype: %s\nmetadata:\n  name: %s\n' "$2" "$1"
  case $1 in database-*) printf '  labels:\n    cnpg.io/reload: "true"\n' ;; esac  # CloudNativePG sets a changed password at once
  printf 'stringData:\n'
  shift 2
  while [ $# -gt 0 ]; do
    printf '  %s: "%s"\n' "$1" "$2"
    shift 2
  done
}

# Each on a line of its own: a shell goes on after the failure of all but the last.
ingest=$(new_key)
sources=$(new_key)
notify=$(new_key)
console=$(new_key)
sources_password=$(new_password)
orders_password=$(new_password)
notify_password=$(new_password)
onboarding_password=$(new_password)

dsn() { printf 'postgresql://beckon_%s:%s@%s' "$1" "$2" "$database"; }

secret beckon-ingest Opaque \
  reader-keys "g1:$(private_half "$ingest")" notify-public-key "n1:$(public_half "$notify")"
secret beckon-sources Opaque \
  postgres "$(dsn sources "$sources_password")" \
  reader-keys "g1:$(private_half "$ingest"),s1:$(private_half "$sources")" notify-public-key "n1:$(public_half "$notify")"
secret beckon-orders Opaque \
  postgres "$(dsn orders "$orders_password")"
secret beckon-notify Opaque \
  postgres "$(dsn notify "$notify_password")" reader-keys "n1:$(private_half "$notify")" \
  link-key "$(openssl rand 32 | base64url)" console-public-key "o1:$(public_half "$console")"
secret beckon-onboarding Opaque \
  postgres "$(dsn onboarding "$onboarding_password")" reader-keys "o1:$(private_half "$console")" \
  notify-public-key "n1:$(public_half "$notify")" ingest-public-key "g1:$(public_half "$ingest")" sources-public-key "s1:$(public_half "$sources")"

# What the database itself is given.
secret database-superuser kubernetes.io/basic-auth username postgres password "$(new_password)"
secret database-sources kubernetes.io/basic-auth username beckon_sources password "$sources_password"
secret database-orders kubernetes.io/basic-auth username beckon_orders password "$orders_password"
secret database-notify kubernetes.io/basic-auth username beckon_notify password "$notify_password"
secret database-onboarding kubernetes.io/basic-auth username beckon_onboarding password "$onboarding_password"
