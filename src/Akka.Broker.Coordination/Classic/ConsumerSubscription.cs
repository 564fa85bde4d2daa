using System.Buffers.Binary;
using System.Text;

namespace Akka.Broker.Coordination.Classic;

/// <summary>
/// The part of a consumer's join metadata that the coordinator looks at: which topics it reads.
/// <code>
/// 0 int16  version
/// 2 int32  number of topics, then each: int16 length, UTF-8 name
/// ...      user data and, by version, owned partitions, generation, rack
/// </code>
/// Source: the Kafka protocol guide, "Consumer Embedded Protocol".
/// </summary>
internal static class ConsumerSubscription
{
    public const string ProtocolType = "consumer";

    /// <summary>Adds the topics to <paramref name="topics"/>. False if the bytes are not such metadata; some topics may have been added then.</summary>
    public static bool TryReadTopics(ReadOnlySpan<byte> metadata, HashSet<string> topics)
    {
        if (metadata.Length < 6 || BinaryPrimitives.ReadInt16BigEndian(metadata) < 0)
            return false;
        var count = BinaryPrimitives.ReadInt32BigEndian(metadata[2..]);
        var rest = metadata[6..];
        if (count < 0)
            return false;
        for (var i = 0; i < count; i++)
        {
            if (rest.Length < 2)
                return false;
            var length = BinaryPrimitives.ReadInt16BigEndian(rest);
            rest = rest[2..];
            if (length < 0 || length > rest.Length)
                return false;
            topics.Add(Encoding.UTF8.GetString(rest[..length]));
            rest = rest[length..];
        }

        return true;
    }
}
