using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Connections;

/// <summary>The broker does not serve the API as we speak it: it is of another release, or the address is not the listener that it was taken for.</summary>
/// <param name="address">Of its listener.</param>
/// <param name="apiKey">What was asked for.</param>
/// <param name="served">In which versions it serves that; null: in none.</param>
/// <param name="hint">What to look at.</param>
public sealed class UnsupportedByBrokerException(BrokerAddress address, ApiKey apiKey, string? served, string hint)
    : Exception($"Broker at {address} serves {apiKey} {served ?? "in no version"}. {hint}")
{
    public ApiKey ApiKey { get; } = apiKey;

    /// <summary>It does not serve it at all, as one that is on its way into its cluster does not.</summary>
    public bool IsInNoVersion { get; } = served is null;
}
