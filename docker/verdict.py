"""verdict.py SENT READ: holds what a producer was told against what a reader found to the end (the form of the histories: tests/Akka.Broker.MultiNode). Ends with 1 if
anything that was acknowledged is missing, twice there, or out of order."""
import sys

sent, acknowledged, given_up, found, order = 0, {}, 0, {}, {}
for line in open(sys.argv[1]):
    kind, *fields = line.split()
    if kind == "S":
        sent += 1
    elif kind == "A":
        acknowledged[int(fields[2])] = int(fields[3])
    elif kind == "G":
        given_up += 1
twice = disordered = 0
for line in open(sys.argv[2]):
    kind, *fields = line.split()
    if kind != "P":
        continue
    partition, number = int(fields[2]), int(fields[5])
    twice += number in found
    disordered += number < order.get(partition, -1)
    found[number], order[partition] = partition, number
lost = [n for n, partition in acknowledged.items() if found.get(n) != partition]
print(f"{sent} records sent, {len(acknowledged)} acknowledged, {given_up} given up, {len(found)} read: {len(lost)} lost, {twice} twice, {disordered} out of order")
sys.exit(1 if lost or twice or disordered or not acknowledged else 0)
