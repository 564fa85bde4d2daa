using Akka.Broker.Replication.Partitions;

namespace Akka.Broker.Replication.Tests.Partitions;

/// <summary>Brokers under the epochs that the test gave them; broker n has the epoch 10 n unless told otherwise.</summary>
internal sealed class MemoryBrokers : IReplicaBrokers
{
    public HashSet<int> Fenced { get; } = [];

    public Dictionary<int, long> Epochs { get; } = [];

    public long EpochOf(int broker) => Epochs.TryGetValue(broker, out var epoch) ? epoch : broker * 10;

    public bool IsEligible(int broker) => !Fenced.Contains(broker);
}
