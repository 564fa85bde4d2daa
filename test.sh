#!/usr/bin/env bash
# Builds everything, checks the format and runs all tests, installing what they need on a fresh Debian machine. usage: ./test.sh [--no-clients]
# Needs the .NET 10 SDK and Node.js with npm; the stock clients come from Debian and npm. Ends with a line "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")"
clients=1
[ "${1:-}" = "--no-clients" ] && clients=0

command -v dotnet >/dev/null || { echo "dotnet is missing: install the .NET 10 SDK (https://dotnet.microsoft.com/download)"; exit 2; }

install_clients() {
    local missing=()
    command -v kcat >/dev/null || missing+=(kcat)
    [ -x /usr/bin/python3 ] || missing+=(python3)
    /usr/bin/python3 -c 'import confluent_kafka' 2>/dev/null || missing+=(python3-confluent-kafka)
    /usr/bin/python3 -c 'import kafka' 2>/dev/null || missing+=(python3-kafka)
    [ -e /usr/include/librdkafka/rdkafka.h ] || missing+=(librdkafka-dev gcc make)
    [ -e /usr/lib/x86_64-linux-gnu/rsyslog/omkafka.so ] || [ -e "/usr/lib/$(uname -m)-linux-gnu/rsyslog/omkafka.so" ] || missing+=(rsyslog rsyslog-kafka)
    ldconfig -p | grep -q libzstd.so.1 || missing+=(libzstd1)
    command -v ip >/dev/null || missing+=(iproute2)
    command -v iptables >/dev/null || missing+=(iptables)
    if [ ${#missing[@]} -gt 0 ]; then
        local sudo=""
        [ "$(id -u)" = 0 ] || sudo=sudo
        $sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" || return 1
    fi
    (cd tests/Akka.Broker.Clients.Tests/js && { [ -d node_modules/kafkajs ] || npm ci --silent --no-audit --no-fund; })
}

failed_step() { echo "$1"; echo "0 passed, 1 failed"; exit 1; }

if [ $clients = 1 ]; then
    install_clients || failed_step "installing the stock clients failed; ./test.sh --no-clients runs the rest"
fi
dotnet restore --nologo -v q || failed_step "restore failed"
dotnet build -c Release --no-restore --nologo -v q || failed_step "build failed"
# The generated messages come from the build above, so the format is checked in its configuration.
Configuration=Release dotnet format --verify-no-changes --no-restore -v q || failed_step "format differs: run 'dotnet format'"

passed=0 failed=0 skipped=0
for project in tests/*.Tests tests/Akka.Broker.Simulation tests/Akka.Broker.MultiNode; do
    [ $clients = 0 ] && case $project in tests/Akka.Broker.Clients.Tests | tests/Akka.Broker.MultiNode) continue ;; esac
    log=$(mktemp)
    dotnet test "$project" -c Release --no-build --nologo --blame-hang-timeout 5m 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    line=$(grep -E '^(Passed|Failed)! ' "$log" | tail -n 1)
    count() { sed -nE "s/.*$1: *([0-9]+).*/\1/p" <<<"$line"; }
    p=$(count Passed) f=$(count Failed) s=$(count Skipped)
    passed=$((passed + ${p:-0})) failed=$((failed + ${f:-0})) skipped=$((skipped + ${s:-0}))
    # A run that died without saying how many failed counts as one failure.
    if [ "$status" -ne 0 ] && [ "${f:-0}" = 0 ]; then failed=$((failed + 1)); fi
    rm -f "$log"
done
[ $skipped -gt 0 ] && echo "$skipped tests were skipped; their reasons stand above"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
