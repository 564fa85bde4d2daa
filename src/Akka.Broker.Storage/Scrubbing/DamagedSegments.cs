using System.Collections.Immutable;
using Akka.Broker.Storage.Compaction;

namespace Akka.Broker.Storage.Scrubbing;

/// <summary>
/// The segments that are known to be damaged, each from when it is found until it is repaired or gone, and their repairs. What is found, repaired, or cannot be is
/// told in one line each; why it cannot, again only when that has changed. The scrubber's thread; <see cref="Totals"/> any.
/// </summary>
internal sealed class DamagedSegments(LogEnvironment environment, LogCleaner cleaner, Func<RewriteBudget> newBudget, CancellationToken stopped)
{
    private readonly Dictionary<(PartitionLog Log, long BaseOffset), Damage> _damaged = [];
    private volatile IReplicaCopies? _copies;
    private ScrubTotals _totals = new(0, 0, 0, 0, ImmutableDictionary<string, string>.Empty);

    /// <summary>Where repairs come from; null while this node is in no cluster.</summary>
    public IReplicaCopies? Copies
    {
        set => _copies = value;
    }

    public bool IsEmpty => _damaged.Count == 0;

    /// <summary>Of repairs. Swapped whole.</summary>
    public ScrubTotals Totals => Volatile.Read(ref _totals);

    public bool Knows(PartitionLog log, long baseOffset) => _damaged.ContainsKey((log, baseOffset));

    public void IsSound(PartitionLog log, long baseOffset, bool wasSuspect)
    {
        if (_damaged.ContainsKey((log, baseOffset)) || wasSuspect)
            Settle(log, baseOffset);
    }

    /// <summary>Tells of it and tries to repair it.</summary>
    public void Found(PartitionLog log, SegmentAt at, SegmentFault fault)
    {
        var path = at.Segment.LogPath;
        if (!_damaged.TryGetValue((log, at.Segment.BaseOffset), out var known))
        {
            if (fault.IsOfIndex)
                environment.Tell(LogEventLevel.Warning, log.ToString(), $"The records of {path} are whole, but {fault.Reason}. Its indexes are made again.");
            else
                environment.Tell(LogEventLevel.Error, log.ToString(), $"{path} is damaged at byte {fault.Position} of {at.Segment.Size}, behind offset {fault.Offset}: {fault.Reason}. It is repaired, from another replica if one has it.");
        }

        var damage = _damaged[(log, at.Segment.BaseOffset)] = new Damage(fault, path, known?.WhyNot);
        Try(log, at.Segment.BaseOffset, damage);
    }

    public void RetryAll()
    {
        foreach (var ((log, baseOffset), damage) in _damaged.ToList())
            Try(log, baseOffset, damage);
    }

    private void Try(PartitionLog log, long baseOffset, Damage damage)
    {
        try
        {
            if (SegmentAt.Find(log, baseOffset) is not { IsActive: false } at || log.Mutator.IsClosed || log.Failure is not null)
                // Deleted or cut off since, or one with its neighbour by a compaction, which reads no damage.
                Settle(log, baseOffset);
            else if (!log.RewriteGate.TryEnter())
                Keep(log, damage, damage.WhyNot ?? "the log is being compacted");
            else
                TryAlone(log, at, damage);
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception) when (log.Mutator.IsClosed || log.Failure is not null)
        {
            Settle(log, baseOffset);
        }
        catch (Exception e)
        {
            Keep(log, damage, e.Message);
        }
    }

    /// <summary>No compaction is under way, nor begins.</summary>
    private void TryAlone(PartitionLog log, SegmentAt at, Damage damage)
    {
        try
        {
            if (damage.Fault.IsOfIndex)
                Rebuild(log, at, damage);
            else if (at.EndOffset > log.HighWatermark)
                Keep(log, damage, "its last records are not committed yet");
            else
                Repair(log, at, damage);
        }
        finally
        {
            log.RewriteGate.Exit();
        }
    }

    private void Rebuild(PartitionLog log, SegmentAt at, Damage damage)
    {
        try
        {
            if (new SegmentRepair(log, environment, newBudget(), stopped).Run(at.Segment, null) is not null)
                environment.Tell(LogEventLevel.Info, log.ToString(), $"The indexes of {damage.Path} are made again from its records.");
            Settle(log, at.Segment.BaseOffset);
        }
        catch (ReplicaCopyException e)
        {
            // The records are not whole either, by now: what is wrong with them is to be found out.
            _damaged.Remove((log, at.Segment.BaseOffset));
            environment.Suspects.Add(log, at.Segment.BaseOffset);
            environment.Tell(LogEventLevel.Warning, log.ToString(), $"The indexes of {damage.Path} could not be made again: {e.Message}.");
            Show();
        }
    }

    private void Repair(PartitionLog log, SegmentAt at, Damage damage)
    {
        var why = "this node is in no cluster yet";
        List<string> refusals = [];
        if (_copies is { } others && (others.TryForget(log.Id, at.EndOffset, stopped, out var whyKept) || whyKept is not null))
        {
            if (whyKept is null)
                Forget(log, at, damage);
            else
                Keep(log, damage, whyKept);
            return;
        }

        var copies = new Queue<IReplicaCopy>(_copies?.Of(log.Id, out why) ?? []);
        try
        {
            for (; copies.TryPeek(out var copy); copies.Dequeue().Dispose())
            {
                if (TryFrom(copy, log, at, damage, refusals))
                    return;
            }
        }
        finally
        {
            foreach (var left in copies)
                left.Dispose();
        }

        Keep(log, damage, refusals.Count > 0 ? string.Join("; ", refusals) : why);
    }

    private void Forget(PartitionLog log, SegmentAt at, Damage damage)
    {
        environment.Tell(LogEventLevel.Warning, log.ToString(), $"{damage.Path} is gone, and its damage with it: a snapshot stands for all before offset {at.EndOffset}.");
        _totals = Totals with { Repaired = Totals.Repaired + 1 };
        Settle(log, at.Segment.BaseOffset);
    }

    private bool TryFrom(IReplicaCopy copy, PartitionLog log, SegmentAt at, Damage damage, List<string> refusals)
    {
        try
        {
            if (new SegmentRepair(log, environment, newBudget(), stopped).Run(at.Segment, copy) is { } report)
            {
                environment.Tell(LogEventLevel.Warning, log.ToString(), $"Repaired {damage.Path} from {copy.Name}: {report.Batches} batches, {report.Bytes} bytes, behind offset {damage.Fault.Offset}.");
                _totals = Totals with { Repaired = Totals.Repaired + 1, BytesRepaired = Totals.BytesRepaired + report.Bytes };
            }

            Settle(log, at.Segment.BaseOffset);
            return true;
        }
        catch (ReplicaCopyException e)
        {
            refusals.Add(e.Message);
            return false;
        }
    }

    private void Keep(PartitionLog log, Damage damage, string why)
    {
        if (damage.WhyNot != why)
            environment.Tell(LogEventLevel.Error, log.ToString(), $"{damage.Path} stays damaged, and its repair is tried again: {why}.");
        damage.WhyNot = why;
        Show();
    }

    private void Settle(PartitionLog log, long baseOffset)
    {
        _damaged.Remove((log, baseOffset));
        cleaner.Retry(log);
        Show();
    }

    private void Show() => Volatile.Write(ref _totals, Totals with { Damaged = _damaged.ToImmutableDictionary(d => $"{d.Key.Log}/{d.Key.BaseOffset}", d => d.Value.WhyNot ?? d.Value.Fault.Reason) });

    private sealed class Damage(SegmentFault fault, string path, string? whyNot)
    {
        public SegmentFault Fault => fault;

        /// <summary>As it was called when it was found.</summary>
        public string Path => path;

        /// <summary>As was told last.</summary>
        public string? WhyNot { get; set; } = whyNot;
    }
}
