#!/bin/sh
# Builds and runs train.cpp with nothing but a compiler and pkg-config.   build.sh FOLDER
set -eu
source=$(dirname "$0")/../train.cpp
mkdir -p "$1"
${CXX:-c++} -std=c++20 -O2 "$source" -o "$1/train" $(pkg-config --cflags --libs gradus) ${EXTRA_FLAGS:-}
"$1/train"
