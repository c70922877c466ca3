#!/usr/bin/env bash
# The README's first command, on a short training run.   start.sh SOURCE BUILD
# ctest: RUN_SERIAL ON
set -euo pipefail
folder=$PWD
[ "$2" = "$1/build" ] || { echo "skipped: tools/start builds in $1/build, and these tests are in $2"; exit 77; }
[ -x "$2/gradus" ] || { echo "skipped: the program is not part of this build"; exit 77; }
cd "$1"
tools/start --steps 20 --out "$folder/run"
test -s "$folder/run/model.safetensors"
test -s "$folder/run/attention/report.html"
