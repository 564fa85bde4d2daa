using System.Diagnostics.CodeAnalysis;

namespace Akka.Broker.Coordination.Members;

/// <summary>
/// All deadlines of a group, the nearest first. A heartbeat only moves its slot's time; the queue notices when the old time comes, so that
/// a thousand members that are all well cost one queue operation per session and not per heartbeat.
/// <para>Invariants: a slot that is set stands in the queue at its time or earlier.</para>
/// </summary>
internal sealed class Deadlines
{
    private readonly PriorityQueue<DeadlineSlot, long> _queue = new();

    /// <summary>When to call <see cref="TryTakeDue"/> at the latest; null if nothing waits.</summary>
    public long? NextMs => _queue.TryPeek(out _, out var at) ? at : null;

    public void Set(DeadlineSlot slot, long dueMs)
    {
        slot.DueMs = dueMs;
        if (dueMs >= slot.QueuedMs)
            return;
        slot.QueuedMs = dueMs;
        _queue.Enqueue(slot, dueMs);
    }

    /// <summary>Nothing happens at the slot's time any more; it may be set again.</summary>
    public static void Clear(DeadlineSlot slot) => slot.DueMs = DeadlineSlot.Off;

    /// <summary>Takes one slot whose time has come; it is off afterwards.</summary>
    public bool TryTakeDue(long nowMs, [NotNullWhen(true)] out DeadlineSlot? due)
    {
        while (_queue.TryPeek(out var slot, out var at) && at <= nowMs)
        {
            _queue.Dequeue();
            if (slot.QueuedMs != at)
                continue;
            slot.QueuedMs = DeadlineSlot.Off;
            if (slot.DueMs > nowMs)
            {
                if (slot.IsSet)
                    Set(slot, slot.DueMs);
                continue;
            }

            slot.DueMs = DeadlineSlot.Off;
            due = slot;
            return true;
        }

        due = null;
        return false;
    }
}
