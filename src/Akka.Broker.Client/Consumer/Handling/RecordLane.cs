using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Consuming;

/// <summary>Which records wait for one another: a number from partition and key.</summary>
internal static class RecordLane
{
    private const ulong Prime = 0x9E3779B97F4A7C15;

    public static ulong Of(TopicPartition partition, KeptRecord record, HandlerOrder order)
    {
        var hash = Mix((ulong)partition.GetHashCode(), (ulong)partition.Partition);
        if (order == HandlerOrder.Partition)
            return hash;
        // Without a key there is nothing to keep in order: a lane of its own.
        if (record.IsKeyNull)
            return Mix(hash, ~(ulong)record.Offset);
        var key = record.Key.Span;
        for (; key.Length >= sizeof(ulong); key = key[sizeof(ulong)..])
            hash = Mix(hash, BitConverter.ToUInt64(key));
        ulong last = (ulong)record.Key.Length << 56;
        for (var i = 0; i < key.Length; i++)
            last |= (ulong)key[i] << (8 * i);
        return Mix(hash, last);
    }

    private static ulong Mix(ulong hash, ulong word)
    {
        var high = Math.BigMul(hash ^ word, Prime, out var low);
        return high ^ low ^ word;
    }
}
