using System.Collections.Immutable;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Records;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>
/// A broker's start as records. Its epoch is the offset of its registration record, so that each start has a higher one than all before.
/// After an unclean stop the broker leaves every ISR and ELR first (KIP-903): another in-sync replica leads if there is one; where it was the last,
/// it leads on in a new leader epoch, so that nobody takes what it may have lost for what it has.
/// </summary>
internal static class BrokerRegistrar
{
    public static Decision<long> Register(MetadataImage image, BrokerRegistration registration)
    {
        var epoch = image.Offset + 1;
        var records = new List<IMessage>
        {
            new RegisterBrokerRecord
            {
                BrokerId = registration.BrokerId,
                BrokerEpoch = epoch,
                IncarnationId = registration.IncarnationId,
                DirectoryId = registration.DirectoryId,
                Rack = registration.Rack,
                Endpoints = [.. registration.Endpoints.Select(e => new RegisterBrokerRecord.RegisteredEndpoint
                {
                    Listener = e.Listener, Host = e.Host, Port = checked((ushort)e.Port), SecurityProtocol = e.SecurityProtocol,
                })],
            },
        };
        foreach (var topic in image.TopicsById.Values.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            foreach (var partition in topic.Partitions)
            {
                if (Change(image, topic.Id, partition, registration) is { } change)
                    records.Add(change);
            }
        }
        return new Decision<long>(records, epoch);
    }

    private static PartitionChangeRecord? Change(MetadataImage image, Guid topicId, PartitionImage partition, BrokerRegistration registration)
    {
        var id = registration.BrokerId;
        var change = new PartitionChangeRecord { TopicId = topicId, PartitionId = partition.Partition };
        if (!registration.WasCleanStop && (partition.Isr.Contains(id) || partition.Elr.Contains(id)))
        {
            var others = partition.Isr.Remove(id);
            var elr = partition.Elr.Remove(id);
            if (others.IsEmpty && elr.IsEmpty)
            {
                change.Leader = id;
                change.Isr = [id];
                change.EligibleLeaderReplicas = [];
                return change;
            }
            if (others.IsEmpty)
                others = ElectFrom(image, elr) is { } eligible ? [eligible] : [];
            change.Isr = [.. others];
            change.EligibleLeaderReplicas = [.. elr.RemoveRange(others)];
            change.Leader = partition.Leader != id && others.Contains(partition.Leader) ? partition.Leader : ElectFrom(image, others) ?? PartitionImage.NoLeader;
            return change;
        }
        // A broker that comes back leads where nobody else can.
        if (partition.HasLeader || !partition.Isr.Contains(id))
            return null;
        change.Leader = id;
        return change;
    }

    private static int? ElectFrom(MetadataImage image, ImmutableArray<int> candidates)
    {
        foreach (var candidate in candidates)
        {
            if (image.IsAlive(candidate))
                return candidate;
        }
        return null;
    }
}
