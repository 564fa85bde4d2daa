using System.Collections.Frozen;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Connections;

/// <summary>What a broker has announced on the listener that was asked.</summary>
internal sealed class ServedApis(BrokerAddress address, ApiVersionsResponse announced, string unsupportedHint)
{
    private readonly FrozenDictionary<ApiKey, (short Min, short Max)> _ranges =
        announced.ApiKeys.ToFrozenDictionary(a => (ApiKey)a.ApiKey, a => (a.MinVersion, a.MaxVersion));

    /// <summary>The highest version that both know and the caller allows.</summary>
    /// <exception cref="UnsupportedByBrokerException">There is none.</exception>
    public short VersionFor(ApiKey apiKey, short versionMax)
    {
        if (!KnownApis.TryGet(apiKey, out var known))
            throw new ArgumentOutOfRangeException(nameof(apiKey), apiKey, "The schema does not know this API.");
        if (!_ranges.TryGetValue(apiKey, out var served))
            throw new UnsupportedByBrokerException(address, apiKey, null, unsupportedHint);
        var version = Math.Min(Math.Min(known.Highest, versionMax), served.Max);
        if (version < Math.Max(known.Lowest, served.Min))
            throw new UnsupportedByBrokerException(address, apiKey, $"in versions {served.Min} to {served.Max}; {known.Lowest} to {Math.Min(known.Highest, versionMax)} are spoken here", unsupportedHint);
        return version;
    }
}
