namespace Akka.Broker.Client.Consuming;

/// <summary>Notices that a reader has been at the same record for long, by looking now and then: what delivers records does nothing for it. Reports each such record once.</summary>
internal sealed class SlowHandlerWatch(long slowAfterMs, Action<ConsumerEvent> raise)
{
    private readonly Dictionary<PartitionDelivery, (long Position, long SinceMs, bool IsReported)> _seen = [];

    /// <summary>When to look again, at the latest.</summary>
    public long WakeAtMs { get; private set; } = long.MaxValue;

    public void Look(IEnumerable<PartitionDelivery> deliveries, long nowMs)
    {
        WakeAtMs = long.MaxValue;
        var held = deliveries.Where(d => d.IsHeld).ToHashSet();
        foreach (var gone in _seen.Keys.Where(d => !held.Contains(d)).ToList())
            _seen.Remove(gone);
        foreach (var delivery in held)
        {
            var finished = delivery.Finished;
            if (!_seen.TryGetValue(delivery, out var seen) || seen.Position != finished)
                _seen[delivery] = seen = (finished, nowMs, false);
            var dueMs = seen.SinceMs + slowAfterMs;
            if (seen.IsReported)
                continue;
            if (nowMs < dueMs)
            {
                WakeAtMs = Math.Min(WakeAtMs, dueMs);
                continue;
            }
            _seen[delivery] = seen with { IsReported = true };
            raise(new HandlerTooSlow(delivery.Partition, finished, TimeSpan.FromMilliseconds(nowMs - seen.SinceMs)));
        }
    }
}
