using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replicas;
using Akka.Broker.Replication.Partitions;

namespace Akka.Broker.Gateway.Handlers;

/// <summary>A broker's limits of fetching.</summary>
/// <param name="NodeId">This broker.</param>
/// <param name="ResponseBytesMax"><c>fetch.max.bytes</c>, whatever a client asks for.</param>
/// <param name="SessionsMax"><c>max.incremental.fetch.session.cache.slots</c></param>
public sealed record FetchOptions(int NodeId, int ResponseBytesMax, int SessionsMax)
{
    /// <summary>Whether a consumer is sent to a replica in its own rack (<c>replica.selector.class</c>, KIP-392).</summary>
    public bool RackAware { get; init; }

    /// <summary>What holds followers back that are not in sync; null: nothing.</summary>
    public ReplicationThrottle? Throttle { get; init; }

    /// <summary>For how long the node may take itself for the leader of what it leads.</summary>
    public ControllerLease Lease { get; init; } = ControllerLease.Endless();

    /// <summary>Answers the fetches of other brokers that follow the metadata log; null where nobody carries one.</summary>
    public IMetadataLogFetches? MetadataLog { get; init; }
}

/// <summary>The metadata log is no partition of an image: the quorum answers who fetches it. Thread-safe.</summary>
public interface IMetadataLogFetches
{
    /// <summary>Null: the request is not for the metadata log, or its asker may not have it.</summary>
    ValueTask<FetchResponse>? TryAnswer(FetchRequest request, RequestContext context, CancellationToken connectionClosed);
}
