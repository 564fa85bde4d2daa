using System.Diagnostics.CodeAnalysis;

namespace Akka.Broker.Client.Consuming;

/// <summary>A record on its way through the handlers.</summary>
/// <param name="lane">Records of one lane are handled one after the other: the hash of partition and key. Two keys that share one lose nothing but time.</param>
internal abstract class ScheduledRecord(ulong lane)
{
    public ulong Lane { get; } = lane;

    /// <summary>How often it was given to a handler.</summary>
    public int Attempts { get; set; }

    public long DueMs { get; set; }
}

/// <summary>
/// Decides which record is handled next when several handlers run at once: those of one key in order, one at a time, and no key waits for another as long as a handler is free.
/// So a key whose handler hangs, or waits for its next attempt, holds up nobody but itself.
/// <code>
///          Add                      TryStart                      Finish
///  record ─────▶ lane's queue ─ first of its lane ─▶ [ running ] ────────▶ the lane's next is ready
///                     ▲                                  │ Retry
///                     └────── first again, when due ─────┘   (the lane waits, no handler does)
/// </code>
/// Pure; one thread.
/// <para>Invariants: at most one record of a lane is running; at most <c>handlers</c> run; a lane is known exactly while it has records.</para>
/// </summary>
internal sealed class KeyOrderedScheduler<T>(int handlers)
    where T : ScheduledRecord
{
    private readonly Dictionary<ulong, Queue<T>> _lanes = [];
    private readonly Queue<T> _ready = new();
    private readonly PriorityQueue<T, long> _delayed = new();
    private readonly Stack<Queue<T>> _spare = new();

    public int Running { get; private set; }

    /// <summary>Records that are waiting or running.</summary>
    public int Count { get; private set; }

    /// <summary>A record could be started if a handler were free.</summary>
    public bool HasReady => _ready.Count > 0;

    /// <summary>When <see cref="TryStart"/> may next find a record that waits for its time.</summary>
    public long NextDueMs => _delayed.TryPeek(out _, out var due) ? due : long.MaxValue;

    public void Add(T record)
    {
        Count++;
        if (_lanes.TryGetValue(record.Lane, out var lane))
        {
            lane.Enqueue(record);
            return;
        }
        lane = _spare.TryPop(out var spare) ? spare : new Queue<T>();
        lane.Enqueue(record);
        _lanes.Add(record.Lane, lane);
        _ready.Enqueue(record);
    }

    /// <summary>A record whose turn it is, if a handler is free.</summary>
    public bool TryStart(long nowMs, [NotNullWhen(true)] out T? record)
    {
        record = null;
        if (Running >= handlers)
            return false;
        while (_delayed.TryPeek(out var delayed, out var due) && due <= nowMs)
        {
            _delayed.Dequeue();
            _ready.Enqueue(delayed);
        }
        if (!_ready.TryDequeue(out record))
            return false;
        Running++;
        record.Attempts++;
        return true;
    }

    /// <summary>The record is done with, one way or the other.</summary>
    public void Finish(T record)
    {
        Running--;
        Count--;
        var lane = _lanes[record.Lane];
        Invariant.Check(ReferenceEquals(lane.Peek(), record));
        lane.Dequeue();
        if (lane.TryPeek(out var next))
        {
            _ready.Enqueue(next);
            return;
        }
        _lanes.Remove(record.Lane);
        if (_spare.Count < handlers)
            _spare.Push(lane);
    }

    /// <summary>The record is to be handled once more, not before its time; those behind it in its lane wait.</summary>
    public void Retry(T record, long dueMs)
    {
        Running--;
        record.DueMs = dueMs;
        _delayed.Enqueue(record, dueMs);
    }

    /// <summary>Takes out all that is not running and matches: its partition is no longer ours. What runs stays until it is finished.</summary>
    public void Remove(Predicate<T> isGone, Action<T> removed)
    {
        var running = Running;
        var ready = _ready.ToArray();
        var delayed = _delayed.UnorderedItems.Select(d => d.Element).ToArray();
        var waiting = new HashSet<T>(ready.Concat(delayed), ReferenceEqualityComparer.Instance);
        _ready.Clear();
        _delayed.Clear();
        foreach (var (key, lane) in _lanes.ToArray())
        {
            var head = lane.Peek();
            var isHeadWaiting = waiting.Contains(head);
            var kept = lane.Where(r => (ReferenceEquals(r, head) && !isHeadWaiting) || !isGone(r)).ToList();
            foreach (var record in lane.Except(kept))
            {
                Count--;
                removed(record);
            }
            lane.Clear();
            kept.ForEach(lane.Enqueue);
            if (kept.Count == 0)
                _lanes.Remove(key);
            else if (isHeadWaiting && ReferenceEquals(kept[0], head) && head.DueMs > 0 && Array.IndexOf(delayed, head) >= 0)
                _delayed.Enqueue(head, head.DueMs);
            else if (isHeadWaiting)
                _ready.Enqueue(kept[0]);
        }
        Invariant.Check(running == Running);
    }
}
