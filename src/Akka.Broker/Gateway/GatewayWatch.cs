namespace Akka.Broker.Gateway;

/// <summary>What looks at each request of a gateway.</summary>
internal sealed record GatewayWatch
{
    /// <summary>Where requests are measured; null: nowhere.</summary>
    public RequestFigures? Requests { get; init; }

    /// <summary>What holds clients back.</summary>
    public IRequestQuota Quota { get; init; } = NoQuota.Instance;
}
