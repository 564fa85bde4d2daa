namespace Akka.Broker.Client.Consuming;

/// <summary>Where in a log to begin, as ListOffsets takes it: a timestamp in ms, or one of the two ends.</summary>
internal readonly record struct ResetPoint(long TimestampMs)
{
    public static readonly ResetPoint Latest = new(-1);
    public static readonly ResetPoint Earliest = new(-2);

    public bool IsTime => TimestampMs >= 0;

    public override string ToString() => TimestampMs switch
    {
        -1 => "the end",
        -2 => "the beginning",
        _ => DateTimeOffset.FromUnixTimeMilliseconds(TimestampMs).ToString("O"),
    };
}
