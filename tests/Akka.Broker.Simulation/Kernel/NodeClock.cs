namespace Akka.Broker.Simulation.Kernel;

/// <summary>A node's clocks: the monotonic one follows virtual time, the wall clock jumps when a fault says so.</summary>
internal sealed class NodeClock(EventQueue events) : TimeProvider
{
    private const long EpochMs = 1_700_000_000_000;

    /// <summary>How far the wall clock is off.</summary>
    public long SkewMs { get; set; }

    public long UnixMs => EpochMs + events.NowMs + SkewMs;

    /// <summary>Monotonic.</summary>
    public long NowMs => events.NowMs;

    public override long TimestampFrequency => 1_000_000;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(UnixMs);

    public override long GetTimestamp() => events.NowUs;
}
