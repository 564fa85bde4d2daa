using System.Globalization;

namespace Akka.Broker.Operations;

/// <summary>A place in a log, as the argument of <see cref="NodeSubjects.Damaged"/>: topic id, partition and offset, with blanks between.</summary>
public readonly record struct LogAt(Guid TopicId, int Partition, long Offset)
{
    public static bool TryParse(string text, out LogAt at)
    {
        at = default;
        if (text.Split(' ') is not [var id, var number, var where]
            || !Guid.TryParseExact(id, "D", out var topicId)
            || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
            || !long.TryParse(where, NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
        {
            return false;
        }

        at = new LogAt(topicId, partition, offset);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{TopicId:D} {Partition} {Offset}");
}
