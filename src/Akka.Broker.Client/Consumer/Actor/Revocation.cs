using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Consuming;

/// <summary>
/// Partitions on their way out: what their readers and handlers hold is waited for, then what is finished is committed, then the application is asked, then they are free.
/// <code>
///  [ Draining ] ── nothing is held, or the time is over ─▶ [ Committing ] ── answered ─▶ [ Asking ] ── callback through ─▶ gone
///  lost ones are another's already: they begin at [ Asking ]
/// </code>
/// </summary>
internal sealed class Revocation(int number, IReadOnlyList<TopicPartition> partitions, IReadOnlyList<PartitionDelivery> deliveries, bool isLost, long deadlineMs)
{
    /// <summary>Of the membership's question; 0 where no group asks.</summary>
    public int Number { get; } = number;

    public IReadOnlyList<TopicPartition> Partitions { get; } = partitions;

    public IReadOnlyList<PartitionDelivery> Deliveries { get; } = deliveries;

    public bool IsLost { get; } = isLost;

    public long DeadlineMs { get; } = deadlineMs;

    public bool IsDraining { get; set; } = true;

    public bool IsDrained(long nowMs) => IsLost || nowMs >= DeadlineMs || !Deliveries.Any(d => d.IsHeld);
}
