#!/usr/bin/env bash
# Three brokers on this machine, one process each. usage:
#   ./three-nodes.sh start        builds, starts what does not run, and waits until all serve (clients: 127.0.0.1:9092, 9093, 9094;
#                                 health and metrics: http://127.0.0.1:9180, 9181, 9182)
#   ./three-nodes.sh start N      one node of them, 1 to 3
#   ./three-nodes.sh kill N       kill -9
#   ./three-nodes.sh stop [N]     in order: what the node leads is handed over first
#   ./three-nodes.sh status       who runs
# With NO_BUILD=1 start takes what is built. Data, logs and pids are under ./data/node-N, or under $DATA/node-N; remove that to begin anew.
set -euo pipefail
cd "$(dirname "$0")"
data=${DATA:-data}
broker=src/Akka.Broker.Host/bin/Release/net10.0/akka-broker

pid_of() { local file=$data/node-$1/pid; [ -f "$file" ] && kill -0 "$(cat "$file")" 2>/dev/null && cat "$file"; }

start() {
    local n=$1 folder=$data/node-$1
    if pid_of "$n" >/dev/null; then echo "node $n runs already"; return; fi
    mkdir -p "$folder"
    # Before wait_for looks: what the last run said of itself is not this one's word.
    : >"$folder/out"
    "$broker" --config hocon/local-cluster.conf --set akka.broker.node-id="$n" --set akka.broker.data-dirs.0="$folder/log" \
        --set akka.broker.kafka.port=$((9091 + n)) --set akka.remote.dot-netty.tcp.port=$((4052 + n)) --set petabridge.cmd.port=$((9109 + n)) --set akka.broker.http.port=$((9179 + n)) \
        >"$folder/out" 2>>"$folder/err" &
    echo $! >"$folder/pid"
}

wait_for() {
    local n=$1 folder=$data/node-$1
    until grep -q '^ready' "$folder/out" 2>/dev/null; do
        pid_of "$n" >/dev/null || { echo "node $n did not start:"; tail -n 3 "$folder/err"; exit 1; }
        sleep 0.1
    done
    echo "node $n: $(cat "$folder/out")"
}

stop() {
    local n=$1 pid
    pid=$(pid_of "$n") || { echo "node $n does not run"; return; }
    kill -TERM "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
    echo "node $n: $(tail -n 1 "$data/node-$n/out")"
}

case "${1:-}" in
    start)
        [ -n "${NO_BUILD:-}" ] || dotnet build src/Akka.Broker.Host -c Release --nologo -v q
        # All at once: the first start needs every one of them.
        for n in ${2:-1 2 3}; do start "$n"; done
        for n in ${2:-1 2 3}; do wait_for "$n"; done ;;
    kill) pid=$(pid_of "${2:?which node, 1 to 3}") && kill -9 "$pid" && rm "$data/node-$2/pid" && echo "node $2 is killed" ;;
    stop) for n in ${2:-1 2 3}; do stop "$n"; done ;;
    status) for n in 1 2 3; do echo "node $n: $(pid_of "$n" || echo "does not run")"; done ;;
    *) sed -n '2,9p' "$0"; exit 2 ;;
esac
