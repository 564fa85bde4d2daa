using System.Collections.Immutable;

namespace Akka.Broker.Replication.Metadata;

/// <summary>Where a broker listens, by the listener's name, as clients are told to connect.</summary>
public readonly record struct BrokerEndpoint(string Listener, string Host, int Port, short SecurityProtocol = BrokerEndpoint.Plaintext)
{
    public const short Plaintext = 0;

    public override string ToString() => $"{Listener}://{Host}:{Port}";
}

/// <summary>A partition of an incarnation of a topic, as a broker's replica.</summary>
public readonly record struct ReplicaId(Guid TopicId, int Partition);

/// <summary>A registered broker.</summary>
/// <param name="Id">Its node id.</param>
/// <param name="Epoch">The offset of its registration record: each start of a broker is a new epoch, and what carries an older one is refused.</param>
/// <param name="IncarnationId">Chosen by the broker at each start.</param>
/// <param name="DirectoryId">Of its first data folder, from <c>meta.properties</c>.</param>
/// <param name="Rack">Null if it has none.</param>
/// <param name="Endpoints">One for each listener.</param>
/// <param name="Fenced">A fenced broker leads nothing and nobody sends to it.</param>
public sealed record BrokerImage(
    int Id,
    long Epoch,
    Guid IncarnationId,
    Guid DirectoryId,
    string? Rack,
    ImmutableArray<BrokerEndpoint> Endpoints,
    bool Fenced)
{
    /// <summary>Where its actor system is reached; null if it registered before <c>metadata.version</c> 2.</summary>
    public string? AkkaAddress { get; init; }

    /// <summary>The lowest level of <c>metadata.version</c> that its build reads.</summary>
    public short MetadataVersionMin { get; init; } = MetadataVersion.Initial;

    /// <summary>The highest.</summary>
    public short MetadataVersionMax { get; init; } = MetadataVersion.Initial;

    /// <summary>
    /// The <c>min.insync.replicas</c> that it was started with. The controller must know at how few replicas a leader's watermark stands still, or it would
    /// call a replica eligible that lacks what the leader has shown.
    /// </summary>
    public int MinInsyncReplicas { get; init; } = 1;

    /// <summary>It is about to stop: it hands over what it leads and takes nothing on.</summary>
    public bool InControlledShutdown { get; init; }

    /// <summary>Replicas of this start whose logs have failed, or are in a data folder that has: they neither lead nor follow until its next start.</summary>
    public ImmutableHashSet<ReplicaId> OfflineReplicas { get; init; } = [];

    /// <summary>Whether it may be given partitions to lead and count as in sync.</summary>
    public bool IsActive => !Fenced && !InControlledShutdown;

    /// <summary>The address under the listener's name, null if the broker has no such listener.</summary>
    public BrokerEndpoint? EndpointOf(string listener)
    {
        foreach (var endpoint in Endpoints)
        {
            if (endpoint.Listener == listener)
                return endpoint;
        }
        return null;
    }
}
