using System.Diagnostics;

namespace Akka.Broker.MultiNode.Lab;

/// <summary>The machine's monotonic clock in nanoseconds: the one that the Python clients write down too.</summary>
public static class Clock
{
    public static long NowNs => (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));
}
