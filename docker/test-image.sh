#!/usr/bin/env bash
# Builds the image as docker/Dockerfile says and runs it as three hosts, with exactly the entrypoint, environment, healthcheck, volumes and published ports of
# compose.yaml: formation, clients outside and inside, pbm, a container that is stopped, one that is killed. Needs no container engine; what it does need, and
# how it goes about it, stands in hosts.sh. Ends with 77 where something of it is missing. usage: docker/test-image.sh
set -uo pipefail
cd "$(dirname "$0")/.."
. docker/hosts.sh
passed=0
failed=0
check() { local what=$1; shift; if "$@"; then passed=$((passed + 1)); echo "ok    $what"; else failed=$((failed + 1)); echo "FAIL  $what"; fi; }
not() { ! "$@"; }
say() { echo "----  $1"; }
ms_since() { echo $((($(date +%s%N) - $1) / 1000000)); }

require
begin
trap end EXIT

say "compose.yaml by its schema"
check "compose.yaml is valid" docker-compose -f docker/compose.yaml config -q
check "so it is with a small disk" docker-compose -f docker/compose.yaml -f docker/small-disk.yaml config -q

say "the image"
build_images
size_of() { du -sxm "$image$1" | awk -v what="$2" '{ printf "      %d MB %s\n", $1, what }'; }
size_of / "the whole image"
size_of /usr/share/dotnet "of it .NET"
size_of /opt/akka-broker "the broker"
size_of /opt/pbm "pbm"
check "it runs as a user of its own" test "$(image_config akka-broker User)" = akka-broker
check "it stops by SIGTERM" test "$(image_config akka-broker StopSignal)" = SIGTERM
check "it knows its healthcheck" test "$(image_config akka-broker Healthcheck.Test)" = "[CMD /usr/local/bin/healthcheck.sh]"
check "its entrypoint is that which the hosts run" test "$(image_config akka-broker Entrypoint)" = "[/usr/local/bin/entrypoint.sh]"

say "three hosts"
make_network
start=$(date +%s%N)
for n in 1 2 3; do start_host "$n"; done
check "all three become healthy" until_healthy 1 2 3
echo "      $(ms_since "$start") ms from start to a ready cluster"
uid=${user%:*}
check "the broker is process 1 of its container, and not root's" test "$(stat -c %u "/proc/$(process_of 1)") $(awk '/^NSpid/ { print $3 }' "/proc/$(process_of 1)/status")" = "$uid 1"
check "all that it keeps is its own" test "$(find "$work/volume-1" ! -uid "$uid" | wc -l)" = 0
check "it keeps it in its volume" test -n "$(find "$work/volume-1" -name '*.log')"
check "and there alone" test -z "$(find "$work/root-1.upper" -newer "$work/out-1" -type f ! -path '*/etc/hosts' ! -path '*/tmp/*')"

say "clients"
seq 1 1000 >"$work/sent"
outside=127.0.0.1:19092,127.0.0.1:19093,127.0.0.1:19094
check "a client outside writes by the published port of any broker" on_machine kcat -b 127.0.0.1:19093 -P -t numbers -X acks=all -l "$work/sent"
read_all() { on_machine kcat -b "$outside" -C -t numbers -o beginning -e -q 2>/dev/null | sort -n >"$work/read"; cmp -s "$work/sent" "$work/read"; }
check "and reads what it wrote" read_all
on_machine kcat -b 127.0.0.1:19092 -L >"$work/outside"
check "metadata outside names the published ports" grep -q 'broker 2 at localhost:19093' "$work/outside"
in_toolbox bash -c 'kcat -b broker-1:9094 -L' >"$work/inside" 2>&1
check "metadata inside names the brokers of the network" grep -q 'broker 2 at broker-2:9094' "$work/inside"
check "a topic made by its first use is as the environment says: 3 replicas" grep -Eq 'partition 5, leader ., replicas: .,.,.' "$work/inside"
in_toolbox pbm topic list >"$work/topics" 2>&1
check "pbm of the toolbox finds a broker without being told" grep -q numbers "$work/topics"
in_toolbox pbm broker-3:9110 config describe --broker 3 --match insync >"$work/settings" 2>&1
check "what the environment sets is in effect" grep -Eq 'min.insync.replicas +2' "$work/settings"
in_toolbox curl -sf broker-2:9180/metrics >"$work/metrics" 2>&1
check "metrics are reached from the toolbox" grep -q '^akka_broker_' "$work/metrics"

say "a mistake in the environment"
start_host 4 AKKA_BROKER_NO__SUCH__SETTING=1
wait "$(cat "$work/pid-4")"
check "it is refused with exit code 2" test $? = 2
check "and named" grep -q 'akka.broker.no.such.setting' "$work/err-4"

say "stop, kill, start"
start=$(date +%s%N)
stop_host 3
check "SIGTERM ends it with 0" test $? = 0
echo "      stopped in $(ms_since "$start") ms"
check "in order" grep -q "stopped cleanly" "$work/out-3"
on_machine kcat -b 127.0.0.1:19092 -L -t numbers >"$work/after"
check "what it led is led by others" bash -c "grep -q 'partition 5' '$work/after' && ! grep -Eq 'leader (3|-1)' '$work/after'"
check "nothing is missing meanwhile" read_all
start_host 3
check "it comes back healthy, with its data" until_healthy 3
kill_host 1
check "a killed container is not healthy" not healthy 1
check "all records are there without it" read_all
start_host 1
check "and it is healthy after its restart" until_healthy 1
check "nothing is lost" read_all
for n in 1 2 3; do kill -TERM "$(process_of "$n")"; done
for n in 1 2 3; do wait "$(cat "$work/pid-$n")"; done
check "all three end in order" test "$(grep -l 'stopped cleanly' "$work"/out-[123] | wc -l)" = 3
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
