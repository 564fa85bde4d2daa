using Akka.Broker.Storage.Compaction;

namespace Akka.Broker.Storage.Scrubbing;

/// <summary>
/// Looks for damage in a node's closed segments, and repairs it from other replicas.
/// <code>
///   a reader met damage ─▶ SuspectSegments ─┐ first
///   every log.scrub.interval.ms: a round ───┴▶ SegmentScrub ─ sound
///                                                   └─ damaged: told ─▶ SegmentRepair, from the leader or another replica in sync ─▶ repaired: told
///                                                                            └─ not now: told why, once; tried again each minute
/// </code>
/// A round goes over all closed segments with committed records alone, as slowly as it is told to, and begins at a segment drawn at random: a node that never gets
/// through a round before it is started anew goes over all of them too, in the long run. Suspects and repairs are not held back: somebody may wait for them.
/// It does so on a thread of its own, woken by a tick (<see cref="SignalledWorker"/>). <see cref="ScrubNow"/> may be called from any thread, but not from a folder's
/// writer.
/// </summary>
internal sealed class LogScrubber : IDisposable
{
    private const long FirstRoundAfterMs = 60_000;
    private const long RetryAfterMs = 60_000;
    private const int ReadBufferBytes = 256 * 1024;

    private readonly LogScrubberOptions _options;
    private readonly LogEnvironment _environment;
    private readonly Func<IEnumerable<DataFolder>> _folders;
    private readonly SignalledWorker _worker;
    private readonly Lock _gate = new();
    private readonly DamagedSegments _damaged;
    private long _nextRoundMs;
    private long _nextRetryMs = long.MaxValue;
    private long _rounds;
    private long _bytesRead;
    private bool _isAtSuspects;

    public LogScrubber(LogScrubberOptions options, LogEnvironment environment, LogWriterDrive drive, LogCleaner cleaner, Func<IEnumerable<DataFolder>> folders)
    {
        _options = options;
        _environment = environment;
        _folders = folders;
        _worker = new SignalledWorker("log-scrubber", options.IsEnabled ? drive : LogWriterDrive.Manual, ScrubDue);
        _damaged = new DamagedSegments(environment, cleaner, Unbounded, _worker.Stopped);
        _nextRoundMs = environment.NowMs + Math.Min(options.IntervalMs, FirstRoundAfterMs);
    }

    /// <summary>Where repairs come from; null while this node is in no cluster.</summary>
    public IReplicaCopies? Copies
    {
        set => _damaged.Copies = value;
    }

    public ScrubTotals Totals => _damaged.Totals with { Rounds = Volatile.Read(ref _rounds), BytesRead = Volatile.Read(ref _bytesRead) };

    public void Tick(long nowMs)
    {
        if (!_options.IsEnabled)
            return;
        if (_environment.Suspects.IsEmpty && nowMs < Volatile.Read(ref _nextRoundMs) && nowMs < Volatile.Read(ref _nextRetryMs))
            return;
        _worker.Wake();
    }

    /// <summary>Looks at everything now, and tries all repairs.</summary>
    public void ScrubNow()
    {
        Volatile.Write(ref _nextRoundMs, long.MinValue);
        Volatile.Write(ref _nextRetryMs, long.MinValue);
        ScrubDue();
    }

    /// <summary>Nothing is under way when this returns.</summary>
    public void Dispose() => _worker.Dispose();

    private void ScrubDue()
    {
        lock (_gate)
        {
            try
            {
                LookAtSuspects();
                if (_environment.NowMs >= Volatile.Read(ref _nextRetryMs))
                    RetryRepairs();
                if (_environment.NowMs >= Volatile.Read(ref _nextRoundMs))
                    Round();
            }
            catch (OperationCanceledException) when (_worker.Stopped.IsCancellationRequested)
            {
                // What is left is left to the next start.
            }
        }
    }

    // ---- What to look at ----

    private void Round()
    {
        Volatile.Write(ref _nextRoundMs, _options.IntervalMs > long.MaxValue - _environment.NowMs ? long.MaxValue : _environment.NowMs + _options.IntervalMs);
        var segments = ClosedSegments();
        var first = segments.Count == 0 ? 0 : _environment.NextInt(segments.Count);
        var throttle = new IoThrottle(_options.IoBytesPerSecondMax, _environment.Time, _worker.Stopped);
        var budget = new RewriteBudget(2 * ReadBufferBytes, throttle, onRead: OnReadInRound);
        for (var i = 0; i < segments.Count; i++)
        {
            var (log, baseOffset) = segments[(first + i) % segments.Count];
            Scrub(log, baseOffset, budget);
            if (_environment.NowMs >= Volatile.Read(ref _nextRetryMs))
                RetryRepairs();
        }

        Interlocked.Increment(ref _rounds);
    }

    /// <summary>A round may take days, one segment minutes: who waits for a suspect waits for neither.</summary>
    private void OnReadInRound(int bytes)
    {
        Interlocked.Add(ref _bytesRead, bytes);
        if (!_isAtSuspects && !_environment.Suspects.IsEmpty)
            LookAtSuspects();
    }

    private List<(PartitionLog Log, long BaseOffset)> ClosedSegments()
    {
        var segments = new List<(PartitionLog, long)>();
        foreach (var log in _folders().SelectMany(f => f.Logs))
        {
            var contents = log.Mutator.Contents;
            for (var i = 0; i < contents.Segments.Length - 1 && contents.EndOf(i) <= log.HighWatermark; i++)
                segments.Add((log, contents.Segments[i].BaseOffset));
        }

        return segments;
    }

    private void LookAtSuspects()
    {
        _isAtSuspects = true;
        try
        {
            while (_environment.Suspects.TryTake(out var log, out var baseOffset))
                Scrub(log, baseOffset, Unbounded(), isSuspect: true);
        }
        finally
        {
            _isAtSuspects = false;
        }
    }

    private void RetryRepairs()
    {
        _damaged.RetryAll();
        Volatile.Write(ref _nextRetryMs, _damaged.IsEmpty ? long.MaxValue : _environment.NowMs + RetryAfterMs);
    }

    private RewriteBudget Unbounded() =>
        new(2 * ReadBufferBytes, new IoThrottle(long.MaxValue, _environment.Time, _worker.Stopped), bytes => Interlocked.Add(ref _bytesRead, bytes));

    // ---- Looking ----

    private void Scrub(PartitionLog log, long baseOffset, RewriteBudget budget, bool isSuspect = false)
    {
        try
        {
            // Who reads a damaged segment again and again tells of nothing new: it is tried again in its time.
            if (log.Mutator.IsClosed || log.Failure is not null || (isSuspect && _damaged.Knows(log, baseOffset)))
                return;
            if (isSuspect && SegmentAt.Find(log, baseOffset) is { IsActive: true })
            {
                // What is appended to is not to be replaced.
                log.RollAsync().GetAwaiter().GetResult();
            }

            Check(log, baseOffset, budget, isSuspect);
        }
        catch (OperationCanceledException) when (_worker.Stopped.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception) when (log.Mutator.IsClosed || log.Failure is not null)
        {
            // Deleted meanwhile, or failed, which was told already.
        }
        catch (Exception e)
        {
            _environment.Tell(LogEventLevel.Error, log.ToString(), $"Looking for damage in the segment from {baseOffset} on has failed: {e.Message}", e);
        }
    }

    private void Check(PartitionLog log, long baseOffset, RewriteBudget budget, bool isSuspect)
    {
        if (SegmentAt.Find(log, baseOffset) is not { IsActive: false } found || !found.Segment.TryAcquire())
            return;
        SegmentFault? fault;
        try
        {
            fault = SegmentScrub.Check(found.Segment, found.EndOffset, log, budget);
        }
        finally
        {
            found.Segment.Release();
        }

        if (fault is null)
        {
            _damaged.IsSound(log, baseOffset, wasSuspect: isSuspect);
            return;
        }

        _damaged.Found(log, found, fault);
        if (!_damaged.IsEmpty)
            Volatile.Write(ref _nextRetryMs, Math.Min(Volatile.Read(ref _nextRetryMs), _environment.NowMs + RetryAfterMs));
    }
}
