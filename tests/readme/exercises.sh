#!/usr/bin/env bash
# The commands of exercises/README.md, for a learner who writes the solution down.   exercises.sh SOURCE BUILD
# ctest: LABELS exercises
set -euo pipefail
[ -x "$2/gradus" ] || { echo "skipped: the program is not part of this build"; exit 77; }
export PATH="$2:$PATH" GRADUS_WORK=$PWD/work
# Fails unless the command ends with this exit code.
expect() { [ "$1" -eq "$2" ] || { echo "expected exit code $2, got $1"; exit 1; }; }
gradus exercise
status=0
gradus exercise check 5.5 || status=$?
expect $status 1
gradus exercise hint 5.5
gradus exercise list
cp "$1"/exercises/5.05-*/solution/exercise.cpp work/5.05-*/
gradus exercise reset 5.5
cp work/.backup/5.05-*/exercise.cpp work/5.05-*/
gradus exercise check 5.5
gradus exercise solution 5.5
