#!/usr/bin/env bash
# Builds the image as docker/Dockerfile says, on base images made of this machine's own Debian and .NET, and runs what is in it as three hosts, with exactly
# the entrypoint, environment and healthcheck of compose.yaml: formation, clients outside and inside, pbm, a container that is stopped, one that is killed.
# Needs root, and from Debian: buildah mmdebstrap docker-compose python3-yaml iproute2 kcat. No container engine. usage: docker/test-image.sh [--keep]
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d -t akka-broker-image-XXXXXX)
# Its own store: nothing of this machine's images is touched, and nothing is left.
store=(--root "$work/store" --runroot "$work/run" --storage-driver vfs)
export BUILDAH_ISOLATION=chroot
buildah() { command buildah "${store[@]}" "$@"; }
passed=0
failed=0
ok() { passed=$((passed + 1)); echo "ok    $1"; }
bad() { failed=$((failed + 1)); echo "FAIL  $1"; }
check() { local what=$1; shift; if "$@"; then ok "$what"; else bad "$what"; fi; }
say() { echo "----  $1"; }

cleanup() {
    for n in 1 2 3; do [ -f "$work/pid-$n" ] && kill -9 "$(cat "$work/pid-$n")" 2>/dev/null; done
    for n in 1 2 3 c; do ip netns del "abi-$n" 2>/dev/null; done
    ip link del abi-br 2>/dev/null
    for n in 1 2 3; do umount -q "$work/root-$n/proc" "$work/root-$n/dev" 2>/dev/null; done
    [ "${1:-}" = --keep ] || rm -rf "$work"
}
keep=${1:-}
trap 'cleanup "$keep"' EXIT

say "compose.yaml by its schema"
check "compose.yaml is valid" docker-compose -f docker/compose.yaml config -q

say "base images of this machine's Debian and .NET"
dotnet=$(dirname "$(readlink -f "${DOTNET:-$(command -v dotnet)}")")
[ -d "$dotnet/shared" ] || dotnet=/usr/share/dotnet
# apt's own sources, since they are what this machine can reach.
sources=/etc/apt/sources.list.d/debian.sources
[ -f "$sources" ] || sources=/etc/apt/sources.list
mmdebstrap --quiet --variant=apt --include=ca-certificates,hostname --aptopt='Acquire::Check-Valid-Until "false"' \
    "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$work/debian" - <"$sources" 2>"$work/debian.log" || { tail "$work/debian.log"; exit 1; }
base() { # NAME, what of .NET
    local c; c=$(buildah from scratch)
    buildah add -q "$c" "$work/debian" / >/dev/null
    for part in "${@:2}"; do buildah add -q "$c" "$dotnet/$part" "/usr/share/dotnet/$part" >/dev/null; done
    buildah run "$c" -- ln -sf /usr/share/dotnet/dotnet /usr/bin/dotnet
    buildah config --env DOTNET_ROOT=/usr/share/dotnet --env DOTNET_CLI_TELEMETRY_OPTOUT=1 --env DOTNET_NOLOGO=1 "$c"
    buildah commit -q --rm "$c" "localhost/$1" >/dev/null
}
base runtime dotnet host shared
base sdk dotnet host shared sdk packs templates sdk-manifests

say "the image"
# Packages come from where this machine's restore finds them.
nuget=(-v "${NUGET_PACKAGES:-$HOME/.nuget/packages}:/root/.nuget/packages")
[ -d "$HOME/.nuget/NuGet" ] && nuget+=(-v "$HOME/.nuget/NuGet:/root/.nuget/NuGet")
start=$(date +%s)
buildah bud -q --isolation chroot "${nuget[@]}" --build-arg SDK_IMAGE=localhost/sdk --build-arg RUNTIME_IMAGE=localhost/runtime \
    -f docker/Dockerfile -t localhost/akka-broker . >"$work/bud.log" 2>&1 || { tail -n 30 "$work/bud.log"; exit 1; }
echo "      built in $(($(date +%s) - start)) s"
image=$(buildah from localhost/akka-broker)
root=$(buildah mount "$image")
du -sm "$root" "$root/opt/akka-broker" "$root/opt/pbm" "$root/usr/share/dotnet" | awk -v r="$root" '{ sub(r, "", $2); printf "      %d MB %s\n", $1, $2 == "" ? "/ (all)" : $2 }'
inspect() { buildah inspect --type image --format "{{.OCIv1.Config.$1}}" localhost/akka-broker; }
check "it runs as a user of its own" test "$(inspect User)" = akka-broker
check "it stops by SIGTERM" test "$(inspect StopSignal)" = SIGTERM

say "three hosts"
ip link add abi-br type bridge
ip addr add 10.214.0.254/24 dev abi-br
ip link set abi-br up
for n in 1 2 3; do
    ip netns add "abi-$n"
    ip link add "abi-v$n" type veth peer name eth0 netns "abi-$n"
    ip link set "abi-v$n" master abi-br up
    ip -n "abi-$n" addr add "10.214.0.$n/24" dev eth0
    ip -n "abi-$n" link set eth0 up
    ip -n "abi-$n" link set lo up
    cp -a "$root" "$work/root-$n"
    printf '127.0.0.1 localhost\n10.214.0.1 broker-1\n10.214.0.2 broker-2\n10.214.0.3 broker-3\n' >"$work/root-$n/etc/hosts"
    mount -t proc proc "$work/root-$n/proc"
    mount --bind /dev "$work/root-$n/dev"
done
uid=$(awk -F: '$1 == "akka-broker" { print $3 }' "$root/etc/passwd")
# A service's environment, as compose reads it; in place of the ports of this machine that an engine would publish, the hosts' own addresses.
environment() {
    docker-compose -f docker/compose.yaml config | python3 -c '
import sys, yaml
n = sys.argv[1]
for k, v in yaml.safe_load(sys.stdin)["services"]["broker-" + n]["environment"].items():
    v = {"AKKA_BROKER_KAFKA__LISTENERS__EXTERNAL__ADVERTISED_HOST": "10.214.0." + n, "AKKA_BROKER_KAFKA__LISTENERS__EXTERNAL__ADVERTISED_PORT": "9092"}.get(k, v)
    print(f"{k}={v}")' "$1"
}
in_host() { local n=$1; shift; ip netns exec "abi-$n" chroot --userspec="$uid:$uid" "$work/root-$n" "$@"; }
run() {
    local n=$1 variables
    mapfile -t variables < <(environment "$n")
    : >"$work/out-$n"
    ip netns exec "abi-$n" unshare --uts bash -c 'hostname "broker-$0"; exec "$@"' "$n" chroot --userspec="$uid:$uid" "$work/root-$n" \
        env -i PATH=/usr/local/bin:/usr/bin:/bin DOTNET_ROOT=/usr/share/dotnet DOTNET_EnableDiagnostics=0 "${variables[@]}" /usr/local/bin/entrypoint.sh >"$work/out-$n" 2>>"$work/err-$n" &
    echo $! >"$work/pid-$n"
}
healthy() { in_host "$1" /usr/local/bin/healthcheck.sh 2>/dev/null; }
until_healthy() { local n; for n in "$@"; do for _ in $(seq 1 300); do healthy "$n" && continue 2; sleep 0.1; done; echo "broker-$n:"; tail -n 5 "$work/out-$n" "$work/err-$n"; return 1; done; }
start=$(date +%s%N)
for n in 1 2 3; do run "$n"; done
check "all three become healthy" until_healthy 1 2 3
echo "      $((($(date +%s%N) - start) / 1000000)) ms from start to a ready cluster"

say "clients"
seq 1 1000 >"$work/sent"
check "a client outside writes by the published listener" kcat -b 10.214.0.1:9092 -P -t numbers -X acks=all -l "$work/sent"
kcat -b 10.214.0.2:9092 -C -t numbers -o beginning -e -q 2>/dev/null | sort -n >"$work/read"
check "and reads what it wrote" cmp -s "$work/sent" "$work/read"
check "metadata inside names the brokers of the network" bash -c "kcat -b 10.214.0.1:9094 -L | grep -q 'broker-2:9094'"
check "pbm of the image talks to a broker" bash -c "ip netns exec abi-1 chroot --userspec=$uid:$uid '$work/root-1' env DOTNET_ROOT=/usr/share/dotnet DOTNET_EnableDiagnostics=0 /usr/local/bin/pbm broker-2:9110 topic list | grep -q numbers"

say "stop, kill, start"
kill -TERM "$(cat "$work/pid-3")"
for _ in $(seq 1 300); do kill -0 "$(cat "$work/pid-3")" 2>/dev/null || break; sleep 0.1; done
check "SIGTERM is a graceful leave" grep -q "stopped cleanly" "$work/out-3"
run 3
check "it comes back healthy, with its data" until_healthy 3
kill -9 "$(cat "$work/pid-1")"
check "a killed broker is not healthy" bash -c "! ip netns exec abi-1 chroot --userspec=$uid:$uid '$work/root-1' /usr/local/bin/healthcheck.sh 2>/dev/null"
kcat -b 10.214.0.2:9092 -C -t numbers -o beginning -e -q 2>/dev/null | sort -n >"$work/read"
check "all records are there without it" cmp -s "$work/sent" "$work/read"
run 1
check "and it is healthy after its restart" until_healthy 1
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
