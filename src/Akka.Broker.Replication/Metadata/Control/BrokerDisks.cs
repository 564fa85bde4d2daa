using System.Collections.Immutable;
using Akka.Broker.Protocol;
using Akka.Broker.Replication.Metadata.Records;
using Akka.Broker.Replication.Partitions;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>A broker says which of its replicas are offline: all of them, each time.</summary>
/// <param name="BrokerId">Who.</param>
/// <param name="BrokerEpoch">Of its registration.</param>
/// <param name="Replicas">Whose logs have failed, and where each ended; -1: not known.</param>
/// <param name="Reason">For the log: which folders, and why.</param>
public sealed record OfflineReport(int BrokerId, long BrokerEpoch, ImmutableArray<ReplicaLogEnd> Replicas, string Reason);

/// <summary>
/// Replicas that a broker loses to a disk while it goes on with the others (KIP-112, KIP-858).
/// <code>
///   served ── its log, or the data folder that it is in, fails ──▶ offline: in no ISR or ELR, leads nothing ── the broker's next start ──▶ served
/// </code>
/// What such a log has not synced may be gone, so it is treated as one that crashed: it leads on only where nobody else is in sync or eligible, after its broker's
/// next start, and if its log is the most complete then.
/// </summary>
internal static class BrokerDisks
{
    /// <summary>Where nobody could say where the log ends it may be the one that has everything: it is waited for.</summary>
    private static readonly OffsetAndEpoch UnknownEnd = new(long.MaxValue, int.MaxValue);

    /// <summary>STALE_BROKER_EPOCH to one that is not the registered; told again, nothing happens.</summary>
    public static Decision<ErrorCode> TakeOffline(MetadataImage image, ConfigResolver configs, OfflineReport report)
    {
        if (!image.Brokers.TryGetValue(report.BrokerId, out var broker) || broker.Epoch != report.BrokerEpoch)
            return new Decision<ErrorCode>([], ErrorCode.StaleBrokerEpoch);
        var ends = report.Replicas.ToDictionary(r => new ReplicaId(r.TopicId, r.Partition));
        if (broker.OfflineReplicas.SetEquals(ends.Keys))
            return new Decision<ErrorCode>([], ErrorCode.None);
        var record = new BrokerRegistrationChangeRecord
        {
            BrokerId = broker.Id,
            BrokerEpoch = broker.Epoch,
            Fenced = broker.Fenced,
            InControlledShutdown = broker.InControlledShutdown,
            OfflineReplicas = MetadataImageRecords.Of(ends.Keys),
        };
        var sweep = new PartitionSweep(new PartitionRules(MetadataImageBuilder.Apply(image, [record], image.Offset + 1, image.Epoch), configs));
        foreach (var (id, end) in ends.Where(e => !broker.OfflineReplicas.Contains(e.Key)).OrderBy(e => e.Key.TopicId).ThenBy(e => e.Key.Partition))
        {
            if (image.TryGetTopic(id.TopicId, out var topic) && topic.TryGetPartition(id.Partition, out var partition) && partition.Replicas.Contains(broker.Id))
                sweep.Add(topic, partition, change => (change.Lost, change.LostEnd) = (broker.Id, EndOf(partition, broker.Id, end)));
        }
        return new Decision<ErrorCode>([record, .. sweep.Records], ErrorCode.None)
        {
            Lines = sweep.Lines(new DecisionLine(
                "replicas-offline",
                $"{ends.Count} replicas of broker {broker.Id} (epoch {broker.Epoch}) are offline: {report.Reason}. {sweep.Records.Count} partitions lost a replica by that now, {sweep.Elected} of them got another leader.",
                IsWarning: true)),
        };
    }

    private static OffsetAndEpoch EndOf(PartitionImage partition, int broker, in ReplicaLogEnd end)
    {
        if (end.Offset >= 0)
            return new OffsetAndEpoch(end.Offset, end.Epoch);
        var known = partition.LastKnownElr.IndexOf(broker);
        return known >= 0 && partition.LastKnownEnds[known] != PartitionImage.NoEnd ? partition.LastKnownEnds[known] : UnknownEnd;
    }
}
