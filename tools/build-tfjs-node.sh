#!/usr/bin/env bash
# Makes @tensorflow/tfjs-node in a folder of its own, from source, for the check of the gradient engine on native kernels:
#
#   bash tools/build-tfjs-node.sh FOLDER
#   SORDINO_TFJS_NODE=FOLDER npx vitest run src/gradients/golden.test.ts
#
# The package's own installation fetches a prebuilt libtensorflow. Here the library and its C headers come out of the
# tensorflow-cpu wheel, and the addon is compiled against them. Needs npm, python3 with pip, a C++ compiler, Node's headers.
set -euo pipefail

folder=${1:?usage: build-tfjs-node.sh FOLDER}
package_version=4.22.0
library_version=2.15.1
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
package=$folder/node_modules/@tensorflow/tfjs-node
addon=$package/lib/napi-v8/tfjs_binding.node

node_home=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
if [ ! -e "$node_home/include/node/node_api.h" ]; then
  echo "Node's headers were wanted in $node_home/include/node and are not there" >&2
  exit 3
fi

fetch_package() {
  [ -e "$package/binding.gyp" ] && return
  npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --no-save "@tensorflow/tfjs-node@$package_version"
}

fetch_library() {
  [ -e "$folder/tensorflow/libtensorflow_cc.so.2" ] && return
  local wheels=$folder/wheels
  python3 -m pip download --quiet --no-deps --only-binary=:all: --python-version 3.11 --dest "$wheels" \
    "tensorflow-cpu==$library_version"
  python3 - "$wheels" "$folder" <<'EOF'
import pathlib, sys, zipfile
wheels, folder = map(pathlib.Path, sys.argv[1:])
with zipfile.ZipFile(next(wheels.glob("*.whl"))) as wheel:
    names = [n for n in wheel.namelist() if n.startswith(("tensorflow/libtensorflow", "tensorflow/include/"))]
    c_api = ("/tensorflow/c/", "/core/platform/ctstring", "/tsl/")
    wheel.extractall(folder, [n for n in names if ".so" in n or any(part in n for part in c_api)])
EOF
  rm -r "$wheels"
}

compile() {
  [ -e "$addon" ] && return
  mkdir -p "$package/deps/lib"
  ln -sfn "$folder/tensorflow/include" "$package/deps/include"
  for name in cc framework; do ln -sfn "$folder/tensorflow/libtensorflow_$name.so.2" "$package/deps/lib/"; done
  # the addon asks the linker for these two names
  ln -sfn libtensorflow_cc.so.2 "$package/deps/lib/libtensorflow.so"
  ln -sfn libtensorflow_framework.so.2 "$package/deps/lib/libtensorflow_framework.so"
  (cd "$package" && CXXFLAGS=-std=c++17 node "$(npm root -g)/npm/node_modules/node-gyp/bin/node-gyp.js" rebuild \
    --nodedir="$node_home" --napi_version=8 --napi_build_version=8 \
    --module_name=tfjs_binding --module_path="$package/lib/napi-v8")
}

fetch_package
fetch_library
compile
cd "$folder"
TF_CPP_MIN_LOG_LEVEL=2 node -e '
  // tfjs-node 4.22.0 calls functions that Node 23 took out of util
  const util = require("node:util");
  util.isNullOrUndefined ??= (x) => x === null || x === undefined;
  util.isArray ??= Array.isArray;
  const tf = require("@tensorflow/tfjs-node");
  const product = tf.matMul([[2, 1]], [[3], [4]]).dataSync()[0];
  if (tf.getBackend() !== "tensorflow" || product !== 10) throw new Error("the native backend does not work");
  console.log("native backend:", tf.version.tfjs, "with libtensorflow", tf.backend().binding.TF_Version);'
