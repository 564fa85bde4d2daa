#!/bin/bash
# 0 if this broker is ready: its metadata is current, and its partitions are led or followed. Needs nothing but bash.
port=${AKKA_BROKER_HTTP__PORT:-9180}
exec 3<>"/dev/tcp/127.0.0.1/$port" || exit 1
printf 'GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r -t 2 _ status _ <&3
[ "$status" = 200 ]
