namespace Akka.Broker.Interbroker;

/// <summary>What all connections of this node to other brokers go by.</summary>
public sealed record BrokerConnectionOptions
{
    /// <summary>This node's id, as the other broker's log shall name it.</summary>
    public required int NodeId { get; init; }

    /// <summary>A connection that is not up after this is given up.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Requests sent and unanswered on a connection; further ones wait.</summary>
    public int InFlightMax { get; init; } = 32;

    /// <summary>The longest response frame; what claims more is no broker's.</summary>
    public int ResponseBytesMax { get; init; } = 256 * 1024 * 1024;

    /// <summary>The pause after a first failure to connect.</summary>
    public TimeSpan BackoffMin { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest pause: how late, at most, a broker that is back is noticed by who keeps asking.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(1);
}
