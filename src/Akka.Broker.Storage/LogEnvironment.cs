using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Scrubbing;

namespace Akka.Broker.Storage;

/// <summary>What the logs of a data folder share.</summary>
internal sealed class LogEnvironment(IDisk disk, TimeProvider time, Random random, Action<LogEvent> onEvent, Action<long>? onSynced = null)
{
    private readonly Lock _randomGate = new();

    public IDisk Disk { get; } = disk;

    public TimeProvider Time => time;

    /// <summary>Where whoever meets damage while reading says so.</summary>
    public SuspectSegments Suspects { get; } = new();

    public long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    public void Tell(LogEventLevel level, string source, string message, Exception? error = null) =>
        onEvent(new LogEvent(level, source, message, error));

    /// <summary>For <see cref="Synced"/>.</summary>
    public long Timestamp => time.GetTimestamp();

    /// <summary>A log has been synced, which began at that <see cref="Timestamp"/>.</summary>
    public void Synced(long startedAt) => onSynced?.Invoke(time.GetTimestamp() - startedAt);

    public long NextJitterMs(LogConfig config)
    {
        if (config.SegmentJitterMs <= 0)
            return 0;
        lock (_randomGate)
            return random.NextInt64(Math.Min(config.SegmentJitterMs, config.RollMs));
    }

    public ulong NextUInt64()
    {
        lock (_randomGate)
            return (ulong)random.NextInt64() ^ ((ulong)random.NextInt64() << 1);
    }

    /// <summary>At least 0 and below <paramref name="bound"/>.</summary>
    public int NextInt(int bound)
    {
        lock (_randomGate)
            return random.Next(bound);
    }

    public Guid NextGuid()
    {
        var bytes = new byte[16];
        lock (_randomGate)
            random.NextBytes(bytes);
        // The bits that say "random" (RFC 9562, version 4), in big-endian order.
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
