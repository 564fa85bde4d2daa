using System.Diagnostics.Metrics;

namespace Akka.Broker.Metrics;

/// <summary>How many questions to one kind of actor have no answer yet: in its mailbox, or in work. Thread-safe.</summary>
public sealed class InFlight
{
    private long _count;

    public long Count => Volatile.Read(ref _count);

    public void Begin() => Interlocked.Increment(ref _count);

    public void End() => Interlocked.Decrement(ref _count);

    internal Measurement<long> Measure(string kind) => new(Count, new KeyValuePair<string, object?>("actor", kind));
}
