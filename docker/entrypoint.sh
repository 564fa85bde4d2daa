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
exec /opt/akka-broker/akka-broker --config "${BROKER_CONFIG:-/etc/akka-broker/broker.conf}" --environment "$@"
