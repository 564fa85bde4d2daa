# shellcheck shell=bash
# The image, and hosts that run it, on a machine without a container engine. Sourced by test-image.sh and record-tour; not run by itself.
#
#   abi-PID-m "the machine"                 abi-PID-1 … abi-PID-4        abi-PID-t
#   127.0.0.1:19092 … as compose publishes  broker-1 … 10.214.0.1 …      toolbox 10.214.0.9
#        └── DNAT ── bridge 10.214.0.254 ────────┴───────────────────────────┘
#
# What a host gets is what an engine would give it: the image below a writable layer, the user, entrypoint, healthcheck and variables of the image, the variables,
# ports and volumes that docker-compose reads from compose.yaml, and process number 1. Every mount is in its own mount namespace and goes with it.
# Needs root, and from Debian: buildah mmdebstrap docker-compose python3-yaml iproute2 iptables procps kcat python3-confluent-kafka.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
lab=abi-$$
work=""
compose_files=(-f "$repository/docker/compose.yaml")

# Says loudly what is missing, and ends: 77 is "skipped" to whoever runs it.
require() {
    local missing=() name
    [ "$(id -u)" = 0 ] || missing+=("root")
    for name in buildah mmdebstrap docker-compose ip iptables sysctl pgrep nsenter unshare kcat dotnet; do command -v "$name" >/dev/null || missing+=("$name"); done
    /usr/bin/python3 -c 'import yaml, confluent_kafka' 2>/dev/null || missing+=("python3-yaml and python3-confluent-kafka")
    if [ ${#missing[@]} = 0 ]; then
        if ! { ip netns add "$lab-try" && ip netns exec "$lab-try" iptables -w -t nat -L -n; } >/dev/null 2>&1; then missing+=("network namespaces with iptables"); fi
        ip netns del "$lab-try" 2>/dev/null
    fi
    [ ${#missing[@]} = 0 ] && return
    printf '*** THE IMAGE WAS NOT TRIED, for lack of: %s ***\n' "$(IFS=,; echo "${missing[*]}" | sed 's/,/, /g')" >&2
    exit 77
}

# A folder of its own for images and hosts; all of it goes at the end, unless AKKA_BROKER_IMAGE_STORE keeps the images for the next time (and the base images
# are made once); then AKKA_BROKER_IMAGE_REFRESH=1 spares the build too, and takes what "dotnet build -c Release" of the Host and Pbm has made.
begin() {
    work=$(mktemp -d -t akka-broker-image-XXXXXX)
    local images=${AKKA_BROKER_IMAGE_STORE:-$work/images}
    mkdir -p "$images"
    store=(--root "$images/store" --runroot "$images/run" --storage-driver vfs)
    export BUILDAH_ISOLATION=chroot
}

end() {
    local n netns pid
    for n in 1 2 3 4 t; do [ -f "$work/pid-$n" ] && kill -9 "$(cat "$work/pid-$n")" 2>/dev/null; done
    for netns in m 1 2 3 4 t; do
        for pid in $(ip netns pids "$lab-$netns" 2>/dev/null); do kill -9 "$pid" 2>/dev/null; done
        ip netns del "$lab-$netns" 2>/dev/null
    done
    wait 2>/dev/null
    buildah rm --all >/dev/null 2>&1
    [ -n "$work" ] && rm -rf "$work"
}

buildah() { command buildah "${store[@]}" "$@"; }

# The image as docker/Dockerfile says, on base images made of this machine's own Debian and .NET, and the toolbox on it.
build_images() {
    if [ -n "${AKKA_BROKER_IMAGE_REFRESH:-}" ] && buildah inspect --type image localhost/toolbox >/dev/null 2>&1; then
        mount_images
        refresh "$image"
        refresh "$toolbox"
        return
    fi
    buildah inspect --type image localhost/sdk >/dev/null 2>&1 || build_bases
    # Packages come from where this machine's restore finds them.
    local packages=(-v "${NUGET_PACKAGES:-$HOME/.nuget/packages}:/root/.nuget/packages") start
    [ -d "$HOME/.nuget/NuGet" ] && packages+=(-v "$HOME/.nuget/NuGet:/root/.nuget/NuGet")
    start=$(date +%s)
    bud "${packages[@]}" --build-arg SDK_IMAGE=localhost/sdk --build-arg RUNTIME_IMAGE=localhost/runtime --build-arg PUBLISH_OPTIONS=-p:NuGetAudit=false -f docker/Dockerfile -t localhost/akka-broker
    echo "      the broker's image is built in $(($(date +%s) - start)) s"
    start=$(date +%s)
    bud --build-arg BROKER_IMAGE=localhost/akka-broker -f docker/Dockerfile.toolbox -t localhost/toolbox
    echo "      the toolbox in $(($(date +%s) - start)) s"
    mount_images
}

mount_images() {
    image=$(mount_of localhost/akka-broker)
    toolbox=$(mount_of localhost/toolbox)
    image_environment akka-broker >"$work/env-image"
    image_environment toolbox >"$work/env-toolbox"
    user=$(awk -F: -v name="$(image_config akka-broker User)" '$1 == name { print $3 ":" $4 }' "$image/etc/passwd")
}

# Lays this checkout's scripts and Release build over an image of an earlier run: minutes less for whoever changes them.
refresh() {
    install -m 755 "$repository"/docker/{entrypoint,healthcheck}.sh "$1/usr/local/bin/"
    install -m 644 "$repository/docker/broker.conf" "$1/etc/akka-broker/"
    cp -r "$repository"/src/Akka.Broker.Host/bin/Release/net10.0/. "$1/opt/akka-broker/"
    cp -r "$repository"/src/Pbm/bin/Release/net10.0/. "$1/opt/pbm/"
}

bud() { (cd "$repository" && command buildah "${store[@]}" bud --format docker --isolation chroot "$@" .) >"$work/bud.log" 2>&1 || { tail -n 30 "$work/bud.log"; exit 1; }; }

mount_of() { buildah mount "$(buildah from "$1")"; }

build_bases() {
    local dotnet sources start
    start=$(date +%s)
    dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
    [ -d "$dotnet/shared" ] || dotnet=/usr/share/dotnet
    # apt's own sources, since they are what this machine can reach.
    sources=/etc/apt/sources.list.d/debian.sources
    [ -f "$sources" ] || sources=/etc/apt/sources.list
    mmdebstrap --quiet --variant=apt --include=ca-certificates,hostname --aptopt='Acquire::Check-Valid-Until "false"' \
        "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$work/debian" - <"$sources" 2>"$work/debian.log" || { tail "$work/debian.log"; exit 1; }
    base() { # NAME, what of .NET
        local c part
        c=$(buildah from scratch)
        buildah add -q "$c" "$work/debian" / >/dev/null
        for part in "${@:2}"; do [ -e "$dotnet/$part" ] && buildah add -q "$c" "$dotnet/$part" "/usr/share/dotnet/$part" >/dev/null; done
        buildah run "$c" -- ln -sf /usr/share/dotnet/dotnet /usr/bin/dotnet
        buildah config --env DOTNET_ROOT=/usr/share/dotnet --env DOTNET_CLI_TELEMETRY_OPTOUT=1 --env DOTNET_NOLOGO=1 --env DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 "$c"
        buildah commit -q --rm "$c" "localhost/$1" >/dev/null
    }
    base runtime dotnet host shared
    base sdk dotnet host shared sdk packs templates sdk-manifests
    rm -rf "$work/debian"
    echo "      base images of this machine's Debian and .NET are made in $(($(date +%s) - start)) s"
}

# What the image says of itself, by a path into its configuration.
image_config() { buildah inspect --type image --format "{{.Docker.Config.$2}}" "localhost/$1"; }
image_environment() { buildah inspect --type image --format '{{range .Docker.Config.Env}}{{println .}}{{end}}' "localhost/$1" | sed '/^$/d'; }

# What docker-compose reads of a service: environment | ports | volume (a name, or "tmpfs OPTIONS").
compose_of() {
    local read=$work/compose-${#compose_files[@]}.yaml
    [ -s "$read" ] || docker-compose "${compose_files[@]}" --profile more --profile tools config >"$read"
    /usr/bin/python3 -c '
import sys, yaml
service, what = sys.argv[1:]
whole = yaml.safe_load(sys.stdin)
found = whole["services"][service]
if what == "environment":
    print("\n".join(f"{k}={v}" for k, v in found.get("environment", {}).items()))
elif what == "ports":
    for port in found.get("ports", []):
        print(port.split("/")[0] if isinstance(port, str) else "{}:{}:{}".format(port["host_ip"], port["published"], port["target"]))
elif what == "volume":
    source = found["volumes"][0]
    name, target = (source.split(":")[:2] if isinstance(source, str) else (source["source"], source["target"]))
    options = (whole["volumes"].get(name) or {}).get("driver_opts") or {}
    print("{} {} {}".format(target, options.get("type", "folder"), options.get("o", name)))' "$1" "$2" <"$read"
}

# The machine: a bridge, and the published ports as an engine publishes them.
make_network() {
    local n host published target
    ip netns add "$lab-m"
    ip -n "$lab-m" link set lo up
    ip -n "$lab-m" link add br0 type bridge
    ip -n "$lab-m" addr add 10.214.0.254/24 dev br0
    ip -n "$lab-m" link set br0 up
    ip netns exec "$lab-m" sysctl -qw net.ipv4.conf.all.route_localnet=1 net.ipv4.ip_forward=1
    for n in 1 2 3 4 t; do
        ip netns add "$lab-$n"
        ip -n "$lab-m" link add "v$n" type veth peer name eth0 netns "$lab-$n"
        ip -n "$lab-m" link set "v$n" master br0 up
        ip -n "$lab-$n" addr add "$(address_of "$n")/24" dev eth0
        ip -n "$lab-$n" link set eth0 up
        ip -n "$lab-$n" link set lo up
        [ "$n" = t ] && continue
        while IFS=: read -r host published target; do
            ip netns exec "$lab-m" iptables -w -t nat -A OUTPUT -p tcp -d "$host" --dport "$published" -j DNAT --to "$(address_of "$n"):$target"
        done < <(compose_of "broker-$n" ports)
    done
    ip netns exec "$lab-m" iptables -w -t nat -A POSTROUTING -s 127.0.0.0/8 -o br0 -j MASQUERADE
}

address_of() { case $1 in t) echo 10.214.0.9 ;; *) echo "10.214.0.$1" ;; esac; }

# On the machine, outside of all containers.
on_machine() { ip netns exec "$lab-m" "$@"; }

# Runs inside a new mount namespace, as root: puts the container's file system together, and becomes its first process.
become() { # NAME ROOT IMAGE VOLUME-TARGET VOLUME USER COMMAND...
    local name=$1 root=$2 image=$3 target=$4 volume=$5 user=$6
    mkdir -p "$root" "$root.upper" "$root.scratch"
    mount -t overlay overlay -o "lowerdir=$image,upperdir=$root.upper,workdir=$root.scratch" "$root"
    mount -t proc proc "$root/proc"
    mount --bind /dev "$root/dev"
    printf '127.0.0.1 localhost\n10.214.0.1 broker-1\n10.214.0.2 broker-2\n10.214.0.3 broker-3\n10.214.0.4 broker-4\n10.214.0.9 toolbox\n' >"$root/etc/hosts"
    hostname "$name"
    case $volume in
        "") ;;
        tmpfs:*) mount -t tmpfs -o "${volume#tmpfs:}" tmpfs "$root$target" ;;
        *) mount --bind "$volume" "$root$target" ;;
    esac
    exec chroot --userspec="$user" "$root" "${@:7}"
}

# A broker's container, as compose would start it; further arguments are variables over compose's. Its output is out-N and err-N, the process pid-N.
start_host() {
    local n=$1 target kind options volume variables
    read -r target kind options < <(compose_of "broker-$n" volume)
    volume=$work/volume-$n
    [ "$kind" = tmpfs ] && volume=tmpfs:$options
    # An engine gives a new volume what the image has in its place, with its owner.
    [ "$kind" = tmpfs ] || [ -d "$volume" ] || cp -a "$image$target" "$volume"
    mapfile -t variables < <(cat "$work/env-image"; compose_of "broker-$n" environment)
    : >"$work/out-$n"
    ip netns exec "$lab-$n" unshare --uts --pid --mount --fork --kill-child bash -c "$(declare -f become)"'; become "$@"' become "broker-$n" "$work/root-$n" "$image" "$target" "$volume" "$user" \
        env -i "${variables[@]}" "${@:2}" /usr/local/bin/entrypoint.sh >"$work/out-$n" 2>>"$work/err-$n" &
    echo $! >"$work/pid-$n"
}

# The container's first process, by the machine's number.
process_of() { pgrep -P "$(cat "$work/pid-$1")" | head -n 1; }
is_running() { [ -f "$work/pid-$1" ] && kill -0 "$(cat "$work/pid-$1")" 2>/dev/null; }

# As "docker exec": in the container, as its user.
in_host() {
    local n=$1 process
    process=$(process_of "$n") && [ -n "$process" ] || return 1
    nsenter -t "$process" --mount --net --pid --uts chroot --userspec="$user" "$work/root-$n" env -i PATH=/usr/local/bin:/usr/bin:/bin "${@:2}"
}

healthy() { in_host "$1" /usr/local/bin/healthcheck.sh 2>/dev/null; }

until_healthy() {
    local n
    for n in "$@"; do
        for _ in $(seq 1 600); do healthy "$n" && continue 2; is_running "$n" || break; sleep 0.1; done
        echo "broker-$n is not healthy:"; tail -n 5 "$work/out-$n" "$work/err-$n"
        return 1
    done
}

# As "docker stop": SIGTERM, a while, SIGKILL. Returns what the process ended with.
stop_host() {
    kill -TERM "$(process_of "$1")"
    for _ in $(seq 1 600); do is_running "$1" || break; sleep 0.1; done
    is_running "$1" && { echo "broker-$1 did not stop within a minute"; kill -9 "$(process_of "$1")"; }
    wait "$(cat "$work/pid-$1")"
}

# As "docker kill".
kill_host() {
    kill -9 "$(process_of "$1")"
    wait "$(cat "$work/pid-$1")" 2>/dev/null
    return 0
}

# As "docker compose rm --stop --force --volumes" and the removal of the named volume: nothing is left of the container and what it kept.
remove_host() {
    is_running "$1" && { stop_host "$1" || kill_host "$1" 2>/dev/null; }
    rm -rf "${work:?}/volume-$1" "$work/root-$1" "$work/root-$1".*
}

# A command in the toolbox, as its user.
in_toolbox() {
    local variables
    mapfile -t variables < <(cat "$work/env-toolbox"; compose_of toolbox environment)
    ip netns exec "$lab-t" unshare --uts --pid --mount --fork --kill-child bash -c "$(declare -f become)"'; become "$@"' become toolbox "$work/root-t" "$toolbox" "" "" "$user" \
        env -i "${variables[@]}" "$@"
}
