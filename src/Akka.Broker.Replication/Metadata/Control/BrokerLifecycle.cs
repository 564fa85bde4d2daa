using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata.Records;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>How far a broker that is about to stop has handed over.</summary>
/// <param name="Error">STALE_BROKER_EPOCH to one that is not the registered.</param>
/// <param name="Remaining">Partitions that it still leads and that a follower, once it has caught up, can take over.</param>
public readonly record struct ShutdownProgress(ErrorCode Error, int Remaining);

/// <summary>
/// A registered broker comes and goes.
/// <code>
/// (registered) ─▶ Fenced ─ follows the metadata ─▶ Active ─ asks to stop ─▶ InControlledShutdown
///                   ▲                                │                              │
///                   └──── its session ends, it is downed, or it has stopped ────────┘
/// </code>
/// A fenced broker is in no ISR; where that leaves fewer than min.insync.replicas it is in the ELR. It leads nothing.
/// </summary>
internal static class BrokerLifecycle
{
    /// <summary>True if it was not fenced before.</summary>
    public static Decision<bool> Fence(MetadataImage image, ConfigResolver configs, int id, string reason)
    {
        if (!image.Brokers.TryGetValue(id, out var broker) || broker.Fenced)
            return new Decision<bool>([], false);
        var record = Change(broker, fenced: true, shuttingDown: broker.InControlledShutdown);
        var sweep = Sweep(image, configs, record);
        sweep.Over(p => p.Isr.Contains(id), (p, change) => change.Isr = p.Isr.Remove(id));
        return new Decision<bool>([record, .. sweep.Records], true)
        {
            Lines = sweep.Lines(new DecisionLine(
                "broker-fenced",
                $"Broker {id} (epoch {broker.Epoch}) is fenced: {reason}. {sweep.Records.Count} partitions lost an in-sync replica, {sweep.Elected} of them got another leader.",
                IsWarning: !broker.InControlledShutdown)),
        };
    }

    /// <summary>True if it was fenced before. What nobody else could lead gets its leader back.</summary>
    public static Decision<bool> Unfence(MetadataImage image, ConfigResolver configs, int id, long epoch)
    {
        if (!image.Brokers.TryGetValue(id, out var broker) || broker.Epoch != epoch || !broker.Fenced || broker.InControlledShutdown)
            return new Decision<bool>([], false);
        var record = Change(broker, fenced: false, shuttingDown: false);
        var sweep = Sweep(image, configs, record);
        sweep.Over(p => !p.HasLeader && p.Replicas.Contains(id), (_, _) => { });
        return new Decision<bool>([record, .. sweep.Records], true)
        {
            Lines = sweep.Lines(new DecisionLine("broker-active", $"Broker {id} (epoch {epoch}) is active: it follows the metadata. {sweep.Elected} partitions got a leader by that.")),
        };
    }

    /// <summary>
    /// The broker is about to stop: others take over what it leads, and it leaves the ISRs that have another active member. May be asked again: what
    /// nobody could take before is tried again.
    /// </summary>
    public static Decision<ShutdownProgress> ShutDown(MetadataImage image, ConfigResolver configs, int id, long epoch)
    {
        if (!image.Brokers.TryGetValue(id, out var broker) || broker.Epoch != epoch)
            return new Decision<ShutdownProgress>([], new ShutdownProgress(ErrorCode.StaleBrokerEpoch, 0));
        if (broker.Fenced)
            return new Decision<ShutdownProgress>([], new ShutdownProgress(ErrorCode.None, 0));
        var record = Change(broker, fenced: false, shuttingDown: true);
        var sweep = Sweep(image, configs, record);
        sweep.Over(
            p => p.Isr.Contains(id),
            (p, change) =>
            {
                if (p.Isr.Any(r => r != id && image.IsActive(r)))
                    change.Isr = p.Isr.Remove(id);
            });
        var after = MetadataImageBuilder.Apply(image, sweep.Records, image.Offset + sweep.Records.Count, image.Epoch);
        var left = after.TopicsById.Values.SelectMany(t => t.Partitions).Where(p => p.Leader == id).ToList();
        var remaining = left.Count(p => p.Replicas.Any(r => r != id && image.IsActive(r)));
        var stays = left.Count == 0 ? "" : $"; {remaining} wait for a follower to catch up, and nobody else can lead {left.Count - remaining}";
        return new Decision<ShutdownProgress>(
            broker.InControlledShutdown || image.MetadataVersion < MetadataVersion.Cluster ? sweep.Records : [record, .. sweep.Records],
            new ShutdownProgress(ErrorCode.None, remaining))
        {
            Lines = broker.InControlledShutdown && sweep.Elected == 0
                ? []
                : sweep.Lines(new DecisionLine("broker-stopping", $"Broker {id} (epoch {epoch}) is about to stop: {sweep.Elected} partitions got another leader{stays}.")),
        };
    }

    /// <summary>
    /// Forgets a broker that is gone for good. The replicas that it held stay assigned to it until they are moved. Its vote, if it has one, is not this request's to
    /// take: a set of voters changes by a decision of its own, which may be refused.
    /// </summary>
    public static Decision<UnregisterBrokerResponse> Unregister(MetadataImage image, ConfigResolver configs, int id, VoterSet voters)
    {
        if (!image.Brokers.TryGetValue(id, out var broker))
            return Refused(ErrorCode.BrokerIdNotRegistered, $"There is no broker {id}; there are {PartitionChange.List(image.Brokers.Keys)}.");
        if (!broker.Fenced)
            return Refused(ErrorCode.InvalidRequest, $"Broker {id} is alive. Stop it first: it would register again.");
        if (voters.ContainsNode(id))
            return Refused(ErrorCode.InvalidRequest, $"Broker {id} is one of the voters {voters} of the metadata log. Take its vote first (RemoveRaftVoter).");
        var record = new UnregisterBrokerRecord { BrokerId = id, BrokerEpoch = broker.Epoch };
        var sweep = new PartitionSweep(new PartitionRules(MetadataImageBuilder.Apply(image, [record], image.Offset + 1, image.Epoch), configs));
        sweep.Over(p => p.Isr.Contains(id) || p.Elr.Contains(id) || p.LastKnownElr.Contains(id), (_, change) => (change.Lost, change.LostForGood) = (id, true));
        var held = image.TopicsById.Values.Sum(t => t.Partitions.Count(p => p.Replicas.Contains(id)));
        var left = held == 0 ? "" : $" {held} partitions have a replica assigned to it yet: move them to other brokers.";
        return new Decision<UnregisterBrokerResponse>([record, .. sweep.Records], new UnregisterBrokerResponse())
        {
            Lines = sweep.Lines(new DecisionLine("broker-unregistered", $"Broker {id} is unregistered, as was asked.{left}", IsWarning: held > 0)),
        };
    }

    private static Decision<UnregisterBrokerResponse> Refused(ErrorCode error, string message) =>
        new([], new UnregisterBrokerResponse { ErrorCode = error, ErrorMessage = message });

    private static PartitionSweep Sweep(MetadataImage image, ConfigResolver configs, BrokerRegistrationChangeRecord record) =>
        new(new PartitionRules(MetadataImageBuilder.Apply(image, [record], image.Offset + 1, image.Epoch), configs));

    private static BrokerRegistrationChangeRecord Change(BrokerImage broker, bool fenced, bool shuttingDown) =>
        new() { BrokerId = broker.Id, BrokerEpoch = broker.Epoch, Fenced = fenced, InControlledShutdown = shuttingDown };
}
