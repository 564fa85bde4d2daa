#!/bin/sh
# Runs the broker as process 1's successor, so that SIGTERM reaches it. Arguments are those of akka-broker (--set PATH=VALUE); a first word that is none of
# its options is run as a command instead: docker run --rm akka-broker pbm --help
set -e
case "${1:-}" in
    "" | -*) ;;
    *) exec "$@" ;;
esac
# The name under which the other nodes reach this one; a container's own name unless told otherwise.
: "${AKKA__REMOTE__DOT_NETTY__TCP__HOSTNAME:=$(hostname)}"
export AKKA__REMOTE__DOT_NETTY__TCP__HOSTNAME
# Without listeners of its own a container has the one that is reached through its published port.
if [ -z "${BROKER_CONFIG:-}" ] && ! env | grep -q '^AKKA_BROKER_KAFKA__LISTENERS__'; then
    : "${AKKA_BROKER_KAFKA__HOST:=0.0.0.0}"
    export AKKA_BROKER_KAFKA__HOST
fi
exec /opt/akka-broker/akka-broker --config "${BROKER_CONFIG:-/etc/akka-broker/broker.conf}" --environment "$@"
