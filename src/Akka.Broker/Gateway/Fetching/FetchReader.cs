namespace Akka.Broker.Gateway.Fetching;

/// <summary>Who fetches: a consumer, or the broker of a follower.</summary>
/// <param name="Limit">Up to where it may read.</param>
/// <param name="Broker">Of a follower; -1: a consumer.</param>
/// <param name="BrokerEpoch">Under which the follower's broker is registered.</param>
/// <param name="MayReadFollowers">Whether it is a consumer that may be served by a follower (KIP-392).</param>
/// <param name="Rack">Where the consumer says it is; null or empty: it does not say.</param>
internal readonly record struct FetchReader(ReadLimit Limit, int Broker, long BrokerEpoch, bool MayReadFollowers, string? Rack)
{
    public bool IsReplica => Broker >= 0;
}
