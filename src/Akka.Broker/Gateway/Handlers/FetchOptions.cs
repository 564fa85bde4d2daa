namespace Akka.Broker.Gateway.Handlers;

/// <summary>A broker's limits of fetching.</summary>
/// <param name="NodeId">This broker.</param>
/// <param name="ResponseBytesMax"><c>fetch.max.bytes</c>, whatever a client asks for.</param>
/// <param name="SessionsMax"><c>max.incremental.fetch.session.cache.slots</c></param>
/// <param name="Quota">What consumers may take.</param>
public sealed record FetchOptions(int NodeId, int ResponseBytesMax, int SessionsMax, IRequestQuota Quota)
{
    /// <summary>Whether a consumer is sent to a replica in its own rack (<c>replica.selector.class</c>, KIP-392).</summary>
    public bool RackAware { get; init; }
}
