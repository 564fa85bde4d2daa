using System.Globalization;
using System.Text;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Client;

/// <summary>
/// The headers that a dead letter carries beside the record's own: where it comes from, and why it is there. Values are text in UTF-8. Key, value and the record's headers
/// are the original bytes, so it can be sent again from there.
/// </summary>
public static class DeadLetterHeaders
{
    public const string Error = "dead-letter.error";
    public const string ErrorType = "dead-letter.error-type";
    public const string Topic = "dead-letter.topic";
    public const string Partition = "dead-letter.partition";
    public const string Offset = "dead-letter.offset";
    public const string TimestampMs = "dead-letter.timestamp-ms";
    public const string Attempts = "dead-letter.attempts";
    public const string Group = "dead-letter.group";

    /// <summary>Longer error texts are cut: a header is to explain, not to fill the topic.</summary>
    private const int ErrorLengthMax = 2048;

    internal static RecordHeader[] Of(RecordHeader[] own, TopicPartition origin, long offset, long timestampMs, int attempts, Exception error, string? group)
    {
        var headers = new List<RecordHeader>(own)
        {
            Text(Error, error.Message.Length > ErrorLengthMax ? error.Message[..ErrorLengthMax] : error.Message),
            Text(ErrorType, error.GetType().FullName ?? error.GetType().Name),
            Text(Topic, origin.Topic),
            Text(Partition, origin.Partition.ToString(CultureInfo.InvariantCulture)),
            Text(Offset, offset.ToString(CultureInfo.InvariantCulture)),
            Text(TimestampMs, timestampMs.ToString(CultureInfo.InvariantCulture)),
            Text(Attempts, attempts.ToString(CultureInfo.InvariantCulture)),
        };
        if (group is not null)
            headers.Add(Text(Group, group));
        return [.. headers];
    }

    private static RecordHeader Text(string key, string value) => new(key, Encoding.UTF8.GetBytes(value));
}
