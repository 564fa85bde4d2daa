using System.Globalization;

namespace Akka.Cluster.Sharding;

/// <summary>Spreads entities over a fixed number of shards by a hash of their id, the same in every process.</summary>
public abstract class HashCodeMessageExtractor : IMessageExtractor
{
    public readonly int MaxNumberOfShards;

    private readonly string[] _names;

    protected HashCodeMessageExtractor(int maxNumberOfShards)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxNumberOfShards);
        MaxNumberOfShards = maxNumberOfShards;
        _names = Enumerable.Range(0, maxNumberOfShards).Select(n => n.ToString(CultureInfo.InvariantCulture)).ToArray();
    }

    public static HashCodeMessageExtractor Create(
        int maxNumberOfShards, Func<object, string?> entityIdExtractor, Func<object, object>? messageExtractor = null) =>
        new ByFunctions(maxNumberOfShards, entityIdExtractor, messageExtractor);

    public abstract string? EntityId(object message);

    public virtual object? EntityMessage(object message) => message;

    public virtual string? ShardId(object message) => EntityId(message) is { } entityId ? ShardId(entityId, message) : null;

    public virtual string ShardId(string entityId, object? messageHint = null) => _names[Hash(entityId) % (uint)_names.Length];

    private static uint Hash(string text)
    {
        // FNV-1a with a final mix, over UTF-8.
        var hash = 2166136261u;
        Span<byte> buffer = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            var length = rune.EncodeToUtf8(buffer);
            foreach (var b in buffer[..length])
            {
                hash = (hash ^ b) * 16777619u;
            }
        }

        hash = (hash ^ (hash >> 16)) * 0x85ebca6bu;
        return hash ^ (hash >> 13);
    }

    private sealed class ByFunctions(int shards, Func<object, string?> entityId, Func<object, object>? entityMessage) : HashCodeMessageExtractor(shards)
    {
        public override string? EntityId(object message) => entityId(message);

        public override object? EntityMessage(object message) => entityMessage is null ? message : entityMessage(message);
    }
}
