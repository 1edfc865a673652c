#!/usr/bin/env bash
# What checkov has against the manifests of every overlay. It brings 300 MB, so its environment is made once for each pin, in the cache.
set -euo pipefail
cd "$(dirname "$0")/../.."

pins=requirements/manifests.txt
environment=${XDG_CACHE_HOME:-$HOME/.cache}/beckon/checkov-$(sha256sum "$pins" | cut -c1-12)
if [ ! -e "$environment/made" ]; then
  echo "  installing checkov, two to four minutes"
  "${PYTHON:-python3}" -m venv --clear "$environment"
  "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r "$pins"
  touch "$environment/made"
fi

rendered=$(mktemp -d)
trap 'rm -rf "$rendered"' EXIT
for overlay in deploy/kubernetes/overlays/*/; do
  kubectl kustomize "$overlay" >"$rendered/$(basename "$overlay").yaml"
done
"$environment/bin/checkov" --config-file deploy/kubernetes/checkov.yaml --framework kubernetes --directory "$rendered" --compact --quiet --skip-download
echo "  checkov has nothing against $(find "$rendered" -name '*.yaml' | wc -l) overlays"
