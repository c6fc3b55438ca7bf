#!/usr/bin/env bash
# Packs Node, Dawn for linux-x64, a Vulkan loader and the built package into one archive that runs `swizzle` and the
# benchmark on a Linux machine that has a GPU driver and nothing else:
#   bench/bundle.sh [ARCHIVE]          # default: build/swizzle-linux-x64.tar.xz
#   tar xf swizzle-linux-x64.tar.xz && swizzle-bundle/bin/bench --case pair --json
set -euo pipefail
cd "$(dirname "$0")/.."
archive=$(realpath -m "${1:-build/swizzle-linux-x64.tar.xz}")
most=$((45 * 1024 * 1024))
[ "$(uname -sm)" = 'Linux x86_64' ] || { echo 'bundle: needs Linux on x86-64' >&2; exit 2; }

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
root=$stage/swizzle-bundle
mkdir -p "$root"/{bin,lib,app/build,app/fixtures} "$(dirname "$archive")"

npm run --silent build
npm run --silent build:test
cp -r package.json package-lock.json LICENSE dist shaders examples "$root/app/"
cp -r build/bench build/src "$root/app/build/"
cp -r fixtures/mini-cocktail "$root/app/fixtures/" # what examples/cocktail.yml merges
(cd "$root/app" && npm ci --omit=dev --ignore-scripts --no-audit --no-fund --silent)
find "$root/app/node_modules/webgpu/dist" -mindepth 1 -maxdepth 1 ! -name linux-x64 -exec rm -r {} +
find "$root/app" \( -name '*.d.ts' -o -name '*.d.cts' -o -name '*.map' \) -delete

cp "$(node -p process.execPath)" "$root/bin/node"
strip "$root/bin/node" 2>/dev/null || echo 'bundle: no strip; Node goes in as it is' >&2
loader=$(ldconfig -p | awk '/libvulkan\.so\.1 .*x86-64/ { print $NF; exit }')
if [ -n "$loader" ]; then cp -L "$loader" "$root/lib/"; else echo 'bundle: no Vulkan loader here; the machine must have one' >&2; fi

launcher() { # name, script in app/
  cat > "$root/bin/$1" <<END
#!/bin/sh
root=\$(dirname "\$(dirname "\$(readlink -f "\$0")")")
# the machine's own loader, where there is one, finds the machine's drivers best
ldconfig -p 2>/dev/null | grep -q 'libvulkan\.so\.1' || export LD_LIBRARY_PATH="\$root/lib\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}"
exec "\$root/bin/node" "\$root/app/$2" "\$@"
END
  chmod +x "$root/bin/$1"
}
launcher swizzle dist/cli/bin.cjs
launcher bench build/bench/main.js

tar -C "$stage" --owner=0 --group=0 --sort=name -c swizzle-bundle | xz -T0 -6 > "$archive"
size=$(stat -c %s "$archive")
echo "$archive: $size bytes"
[ "$size" -le "$most" ] || { echo "bundle: more than $most bytes" >&2; exit 1; }
