namespace Akka.Broker.Client.Producing;

/// <summary>Sequence numbers of a producer in one partition: they run from 0 to 2^31-1 and then from 0 again.</summary>
internal static class Sequences
{
    public static int Add(int sequence, int count) => (int)(((long)sequence + count) & int.MaxValue);

    /// <summary>Of two that lie less than half the circle apart.</summary>
    public static bool IsBefore(int sequence, int other) => ((other - sequence) & int.MaxValue) is > 0 and < 1 << 30;
}
