#!/bin/bash
# Everything PKIP needs on this machine; quick when nothing changed. `setup.sh tests` also brings what the tests use.
set -euo pipefail
cd "$(dirname "$0")"

packages="libldap2-dev libsasl2-dev xmlsec1 fonts-dejavu-core libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 build-essential tesseract-ocr tesseract-ocr-lav ghostscript"
[ "${1:-}" = tests ] && packages="$packages chromium postgresql redis-server slapd ldap-utils poppler-utils"
python="${PYTHON:-python3}"

say() { echo "pkip: $*" >&2; }

missing=""
for package in $packages; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
done
"$python" -c 'import venv, ensurepip' 2>/dev/null || missing="$missing python3-venv"
"$python" - <<'P' || missing="$missing python3-dev"
import os, sys, sysconfig
sys.exit(not os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")))
P
if [ -n "$missing" ]; then
  if [ "$(id -u)" != 0 ]; then
    say "trūkst sistēmas pakotņu; uzstādiet tās: sudo apt-get install$missing"
    exit 1
  fi
  say "uzstāda sistēmas pakotnes:$missing"
  export DEBIAN_FRONTEND=noninteractive
  # services that the packages bring must not start: the tests start their own on free ports
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then printf '#!/bin/sh\nexit 101\n' > $policy; chmod +x $policy; trap 'rm -f $policy' EXIT; fi
  (apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing) > /tmp/pkip-apt.$$ 2>&1 \
    || { cat /tmp/pkip-apt.$$ >&2; say "sistēmas pakotnes neizdevās uzstādīt"; exit 1; }
  rm -f /tmp/pkip-apt.$$
fi
command -v node >/dev/null && command -v npm >/dev/null || { say "trūkst Node.js 20 un npm"; exit 1; }

stamp() { cat "$@" setup.sh | sha256sum | cut -c1-32; }

want="$(stamp requirements/base.txt requirements/dev.txt pyproject.toml) $("$python" -V)"
if [ "$(cat .venv/.stamp 2>/dev/null)" != "$want" ]; then
  say "uzstāda Python pakotnes"
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  .venv/bin/python -m pip install -q --disable-pip-version-check uv==0.13.9
  .venv/bin/uv pip sync -q --compile-bytecode --python .venv/bin/python --require-hashes requirements/base.txt requirements/dev.txt
  .venv/bin/python -m pip install -q --disable-pip-version-check uv==0.13.9
  .venv/bin/uv pip install -q --python .venv/bin/python --no-deps -e .
  echo "$want" > .venv/.stamp
fi

want="$(stamp package.json package-lock.json)"
if [ "$(cat node_modules/.stamp 2>/dev/null)" != "$want" ] || [ ! -e static/vendor/htmx.min.js ]; then
  say "uzstāda pārlūka datnes"
  npm ci --silent --no-audit --no-fund
  rm -rf static/vendor && mkdir -p static/vendor
  cp node_modules/@tabler/core/dist/css/tabler.min.css node_modules/htmx.org/dist/htmx.min.js \
     node_modules/idiomorph/dist/idiomorph-ext.min.js static/vendor/
  mkdir static/vendor/dictionary-lv
  cp node_modules/dictionary-lv/index.aff node_modules/dictionary-lv/index.dic node_modules/dictionary-lv/license static/vendor/dictionary-lv/
  mkdir static/vendor/bpmn
  cp node_modules/bpmn-js/dist/bpmn-modeler.production.min.js node_modules/bpmn-js/dist/bpmn-navigated-viewer.production.min.js \
     node_modules/bpmn-js/dist/assets/{bpmn-js,diagram-js}.css node_modules/bpmn-js/dist/assets/bpmn-font/css/bpmn-embedded.css static/vendor/bpmn/
  mkdir static/vendor/swagger
  cp node_modules/swagger-ui-dist/{swagger-ui.css,swagger-ui-bundle.js} static/vendor/swagger/
  .venv/bin/python -m whitenoise.compress -q static/vendor  # ours are small, and a copy that grows old misleads
  echo "$want" > node_modules/.stamp
fi

catalogue=portal/translations/lv/LC_MESSAGES/messages
if [ ! -e $catalogue.mo ] || [ $catalogue.po -nt $catalogue.mo ]; then
  .venv/bin/pybabel -q compile -d portal/translations
fi
