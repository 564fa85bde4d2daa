using System.Collections.Immutable;
using Akka.Broker.Protocol;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>A broker has started and asks to be part of the cluster. Answered with its new broker epoch.</summary>
/// <param name="BrokerId">Its node id.</param>
/// <param name="IncarnationId">Chosen by this start.</param>
/// <param name="DirectoryId">Of its first data folder.</param>
/// <param name="Rack">Null if it has none.</param>
/// <param name="Endpoints">Where its listeners are really bound, as advertised.</param>
/// <param name="WasCleanStop">
/// Whether nothing can have been lost since it was last up. If not, it leaves every ISR and ELR and those leader epochs rise (KIP-903); where nobody else
/// is left it leads on, and what the machine lost is lost.
/// </param>
public sealed record BrokerRegistration(
    int BrokerId,
    Guid IncarnationId,
    Guid DirectoryId,
    string? Rack,
    ImmutableArray<BrokerEndpoint> Endpoints,
    bool WasCleanStop)
{
    /// <summary>Where its actor system is reached.</summary>
    public string? AkkaAddress { get; init; }

    /// <summary>The levels of <c>metadata.version</c> that its build reads: a cluster at another level refuses it.</summary>
    public short MetadataVersionMin { get; init; } = MetadataVersion.Initial;

    public short MetadataVersionMax { get; init; } = MetadataVersion.Latest;

    /// <summary>
    /// The broker epoch of the life that left the clean-stop mark; -1 if the mark does not say, null if nothing is said. A mark of an older life is none: there
    /// was a life since that ended otherwise, or the disk is an old copy.
    /// </summary>
    public long? CleanStopEpoch { get; init; }

    /// <summary>After an unclean stop: what each log holds now. By it the most complete replica is found where all have crashed.</summary>
    public ImmutableArray<ReplicaLogEnd> LogEnds { get; init; } = [];

    /// <summary>Its default of the topics' <c>min.insync.replicas</c>.</summary>
    public int MinInsyncReplicas { get; init; } = 1;
}

/// <summary>How a registration ended: with the broker's new epoch, or with why it is refused.</summary>
public readonly record struct RegistrationResult(ErrorCode Error, long BrokerEpoch, string? Message = null);

/// <summary>Where a replica's log ends: the last epoch that it knows and the offset behind its last record.</summary>
public readonly record struct ReplicaLogEnd(Guid TopicId, int Partition, int Epoch, long Offset);
