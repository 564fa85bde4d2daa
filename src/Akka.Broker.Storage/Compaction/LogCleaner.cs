using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Compaction;

/// <summary>
/// Compacts a node's logs: looks every <c>log.cleaner.backoff.ms</c> which are due, and does them one after the other, the one with the largest dirty share first.
/// It does so on a thread of its own, woken by a tick (<see cref="SignalledWorker"/>).
/// <para>
/// A log that cannot be compacted is told of once and left alone until it is opened anew, or <see cref="Retry"/>: damage is repaired meanwhile. One whose disk is
/// full is tried again later. <see cref="CompactDue"/>
/// may be called from any thread, but not from a folder's writer.
/// </para>
/// </summary>
internal sealed class LogCleaner : IDisposable
{
    private readonly LogCleanerOptions _options;
    private readonly LogEnvironment _environment;
    private readonly Func<IEnumerable<DataFolder>> _folders;
    private readonly SignalledWorker _worker;
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<PartitionLog, string> _failing = new();
    private long _nextMs;

    public LogCleaner(LogCleanerOptions options, LogEnvironment environment, LogWriterDrive drive, Func<IEnumerable<DataFolder>> folders)
    {
        _options = options;
        _environment = environment;
        _folders = folders;
        _nextMs = environment.NowMs + options.BackoffMs;
        _worker = new SignalledWorker("log-cleaner", options.IsEnabled ? drive : LogWriterDrive.Manual, () => CompactDue());
    }

    /// <summary>Swapped whole.</summary>
    public CompactionTotals Totals { get; private set; } = CompactionTotals.None;

    public void Tick(long nowMs)
    {
        if (!_options.IsEnabled || nowMs < _nextMs)
            return;
        _nextMs = nowMs + _options.BackoffMs;
        _worker.Wake();
    }

    /// <summary>Compacts what is due now.</summary>
    public IReadOnlyList<CompactionReport> CompactDue()
    {
        lock (_gate)
        {
            var reports = new List<CompactionReport>();
            var passed = new HashSet<PartitionLog>();
            while (!_worker.Stopped.IsCancellationRequested && Filthiest(passed) is { } next)
            {
                if (TryCompact(next, passed) is { } report)
                    reports.Add(report);
            }
            return reports;
        }
    }

    /// <summary>What kept the log from being compacted may be gone. Any thread.</summary>
    public void Retry(PartitionLog log)
    {
        if (_failing.TryRemove(log, out _))
            TellFailing();
    }

    /// <summary>Nothing is under way when this returns.</summary>
    public void Dispose() => _worker.Dispose();

    private Candidate? Filthiest(HashSet<PartitionLog> passed)
    {
        Candidate? best = null;
        foreach (var folder in _folders())
        {
            foreach (var log in folder.Logs)
            {
                if (!log.Config.IsCompacted || log.Failure is not null || log.Mutator.IsClosed || passed.Contains(log) || _failing.ContainsKey(log))
                    continue;
                var plan = Plan(folder, log);
                if (plan.IsDue(log.Config) && (best is null || plan.DirtyRatio > best.Plan.DirtyRatio))
                    best = new Candidate(folder, log, plan);
            }
        }
        return best;
    }

    private CompactionPlan Plan(DataFolder folder, PartitionLog log)
    {
        // A transaction that is open, or not replicated, may yet be aborted, and what is not committed may yet be cut: now, or after the machine was lost and with it
        // what was not synced. What a start after a crash goes over has no gaps between segments either, or they would be taken for a tear.
        var bound = Math.Min(log.LastStableOffset(log.HighWatermark), log.Mutator.DurablyStableOffset(folder.Checkpoints.WrittenRecoveryPoint(log)));
        var facts = SegmentFactsReader.Read(log.Mutator.Contents.Segments, _environment.Disk, log.Config);
        return CompactionRules.Plan(facts, new CompactionBounds(log.LogStartOffset, log.Mutator.FirstDirtyOffset, bound), _environment.NowMs, log.Config);
    }

    private CompactionReport? TryCompact(Candidate next, HashSet<PartitionLog> passed)
    {
        var (folder, log, plan) = next;
        try
        {
            var budget = new RewriteBudget(_options, _environment.Time, _worker.Stopped);
            CompactionReport report;
            lock (log.RewriteGate)
                report = new LogCompaction(log, plan, _environment, budget, _options.DedupeBufferBytes).Run();
            Totals = Totals with { Runs = Totals.Runs + 1, BytesRead = Totals.BytesRead + report.BytesRead, BytesWritten = Totals.BytesWritten + report.BytesWritten };
            if (report.EndOffset == plan.FirstDirtyOffset)
            {
                passed.Add(log);
                return null;
            }
            folder.Checkpoints.WriteFirstDirty();
            Tell(report);
            return report;
        }
        catch (OperationCanceledException)
        {
            passed.Add(log);
        }
        catch (DiskFullException e)
        {
            passed.Add(log);
            _environment.Tell(LogEventLevel.Warning, log.ToString(), $"There is no space on the disk to compact the log; it is tried again later: {e.Message}");
        }
        catch (Exception e) when (e is LogClosedException || log.Mutator.IsClosed || log.Failure is not null)
        {
            // Deleted meanwhile, or failed, which was told already.
            passed.Add(log);
        }
        catch (CorruptFileException e)
        {
            Fail(log, e, "until it is repaired");
            if (LogFileNames.TryParse(Path.GetFileName(e.Path), LogFileNames.Log, out var baseOffset))
                _environment.Suspects.Add(log, baseOffset);
        }
        catch (Exception e)
        {
            Fail(log, e, "until it is opened anew");
        }
        return null;
    }

    private void Fail(PartitionLog log, Exception cause, string until)
    {
        _failing[log] = cause.Message;
        foreach (var closed in _failing.Keys.Where(l => l.Mutator.IsClosed))
            _failing.TryRemove(closed, out _);
        TellFailing();
        _environment.Tell(LogEventLevel.Error, log.ToString(), $"The log cannot be compacted, and grows {until}: {cause.Message}", cause);
    }

    private void TellFailing() => Totals = Totals with { Failing = _failing.ToImmutableDictionary(l => l.Key.ToString(), l => l.Value) };

    private void Tell(CompactionReport report) => _environment.Tell(
        LogEventLevel.Info, report.Log,
        $"Compacted up to offset {report.EndOffset}: {report.BytesBefore} bytes became {report.BytesAfter}; {report.Keys} keys from {report.FirstDirtyOffset} on; "
        + $"{report.BytesRead} bytes read, {report.BytesWritten} written in {report.Took.TotalMilliseconds:0} ms.");

    private sealed record Candidate(DataFolder Folder, PartitionLog Log, CompactionPlan Plan);
}
