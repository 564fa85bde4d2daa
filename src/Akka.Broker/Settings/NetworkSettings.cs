using Akka.Broker.Replication.Metadata.Configs;

namespace Akka.Broker.Settings;

/// <summary>What a connection may cost.</summary>
/// <param name="SocketRequestMaxBytes">The largest request that is read; a longer one closes its connection.</param>
/// <param name="ConnectionsMaxIdleMs">A connection without a request for this long is closed.</param>
/// <param name="MaxConnections">One more is closed at once.</param>
/// <param name="MaxConnectionsPerIp">One more of the same address is closed at once.</param>
/// <param name="FetchMaxBytes">The most that one fetch response carries.</param>
/// <param name="MaxIncrementalFetchSessionCacheSlots">Fetch sessions kept; the oldest idle one makes room.</param>
public sealed record NetworkSettings(
    int SocketRequestMaxBytes,
    long ConnectionsMaxIdleMs,
    int MaxConnections,
    int MaxConnectionsPerIp,
    int FetchMaxBytes,
    int MaxIncrementalFetchSessionCacheSlots)
{
    internal static NetworkSettings From(SettingsReader reader)
    {
        var settings = new NetworkSettings(
            (int)reader.Bytes("socket.request.max.bytes", 1024, int.MaxValue),
            reader.Ms("connections.max.idle.ms", 1),
            reader.Int("max.connections", 1),
            reader.Int("max.connections.per.ip", 1),
            (int)reader.Bytes("fetch.max.bytes", 1024, int.MaxValue),
            reader.Int("max.incremental.fetch.session.cache.slots", 0));
        reader.Publish("socket.request.max.bytes", ConfigType.Int, settings.SocketRequestMaxBytes);
        reader.Publish("connections.max.idle.ms", ConfigType.Long, settings.ConnectionsMaxIdleMs);
        reader.Publish("max.connections", ConfigType.Int, settings.MaxConnections);
        reader.Publish("max.connections.per.ip", ConfigType.Int, settings.MaxConnectionsPerIp);
        reader.Publish("fetch.max.bytes", ConfigType.Int, settings.FetchMaxBytes);
        reader.Publish("max.incremental.fetch.session.cache.slots", ConfigType.Int, settings.MaxIncrementalFetchSessionCacheSlots);
        return settings;
    }
}
