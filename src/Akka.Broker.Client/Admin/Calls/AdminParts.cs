using Akka.Broker.Client.Cluster;

namespace Akka.Broker.Client.Admin.Calls;

/// <summary>What all calls of an <see cref="AdminClient"/> share. The random is used under its own lock.</summary>
internal sealed record AdminParts(IClusterClient Cluster, ClientSettings Client, AdminSettings Admin, TimeProvider Time, Random Random)
{
    public AdminCall Begin(TimeSpan? timeout, CancellationToken cancelled) => new(this, timeout, cancelled);
}
