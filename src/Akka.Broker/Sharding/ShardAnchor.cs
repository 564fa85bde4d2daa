using System.Globalization;
using Akka.Actor;

namespace Akka.Broker.Sharding;

/// <summary>
/// An entity that each broker's shard has beside the real ones. It does nothing; who has asked it for its identity knows, and has made known to
/// its region, where the shard is. Whatever it is told ends it: that is the hand-off.
/// </summary>
internal sealed class ShardAnchor : UntypedActor
{
    private const string Prefix = "shard-home-";

    public static Props Props { get; } = Akka.Actor.Props.Create(() => new ShardAnchor());

    public static string Of(int brokerId) => $"{Prefix}{brokerId}";

    public static bool IsOne(string entityId) => entityId.StartsWith(Prefix, StringComparison.Ordinal);

    public static string ShardOf(string entityId) => BrokerShards.ShardOf(int.Parse(entityId.AsSpan(Prefix.Length), CultureInfo.InvariantCulture));

    protected override void OnReceive(object message) => Context.Stop(Self);
}
