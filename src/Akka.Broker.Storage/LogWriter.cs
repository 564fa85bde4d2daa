using System.Runtime.InteropServices;

namespace Akka.Broker.Storage;

/// <summary>
/// The one that writes to a data folder's logs: a thread that takes all that is queued, does it, syncs once each log that somebody waits for the sync of, and
/// only then answers, in order.
/// <code>
///   queue ──▶ write: each log's consecutive appends at one stroke, other work between them ──▶ sync: once a log ──▶ complete
/// </code>
/// Who queues takes a lock for as long as an item is added; no lock is held while there is I/O.
/// <para>
/// A log whose write or sync fails is failed for good; the other logs go on. A crash leaves what <see cref="LogMutator"/> says, log by log.
/// </para>
/// </summary>
internal sealed class LogWriter
{
    /// <summary>A group ends behind this many items or bytes, so that the first of them need not wait for all of a flood.</summary>
    private const int GroupItemsMax = 4096;
    private const long GroupBytesMax = 16 * 1024 * 1024;

    private static readonly ParallelOptions SideBySide = new() { MaxDegreeOfParallelism = 8 };

    private readonly object _gate = new();
    private readonly LogEnvironment _environment;
    private readonly LogWriterDrive _drive;
    private readonly Thread? _thread;
    private readonly List<LogGroup> _touched = [];
    private readonly List<LogGroup> _syncing = [];
    private readonly Stack<LogGroup> _spare = [];
    private readonly Dictionary<PartitionLog, LogGroup> _groups = [];
    private List<Item> _incoming = [];
    private List<Item> _taken = [];
    private bool _isWaiting;
    private bool _isStopping;
    private bool _isDraining;

    public LogWriter(string dataFolder, LogEnvironment environment, LogWriterDrive drive)
    {
        DataFolder = dataFolder;
        _environment = environment;
        _drive = drive;
        if (drive != LogWriterDrive.Thread)
            return;
        _thread = new Thread(Loop) { IsBackground = true, Name = $"log-writer {dataFolder}" };
        _thread.Start();
    }

    public string DataFolder { get; }

    /// <summary>Of the folder's disk.</summary>
    public required SpaceGuard Space { get; init; }

    /// <summary>What waits to be taken, as it was a moment ago.</summary>
    public int Queued
    {
        get
        {
            lock (_gate)
                return _incoming.Count;
        }
    }

    public void Append(PartitionLog log, WriterToken token, ReadOnlyMemory<byte> batches, AppendKind kind, IAppendCompletion completion, object? state)
    {
        var append = new PendingAppend { Token = token, Batches = batches, Kind = kind, Completion = completion, State = state };
        if (!TryAdd(new Item(log, append, null, Flush: false)))
            completion.OnAppendCompleted(state, AppendResult.Not(AppendStatus.Failed, new LogClosedException(log.ToString())));
    }

    /// <summary>Queues work on a log; with a token, only if that is the log's when its turn comes; with <paramref name="flush"/>, answered behind a sync.</summary>
    public Task<T> RunAsync<T>(PartitionLog log, WriterToken? token, Func<LogMutator, T> work, bool flush)
    {
        var queued = new LogWork<T>(() => token is { IsCurrent: false } or { IsBroken: true } ? throw new StaleWriterException(log.ToString()) : work(log.Mutator));
        return TryAdd(new Item(log, default, queued, flush)) ? queued.Task : Task.FromException<T>(new LogClosedException(log.ToString()));
    }

    /// <summary>Queues work on the folder as a whole.</summary>
    public Task<T> RunAsync<T>(Func<T> work)
    {
        var queued = new LogWork<T>(work);
        return TryAdd(new Item(null, default, queued, Flush: false)) ? queued.Task : Task.FromException<T>(new LogClosedException(DataFolder));
    }

    /// <summary>Does what was queued until now, on the caller's thread; returns how much.</summary>
    public int Drain()
    {
        var done = 0;
        while (TryTake())
        {
            var items = CollectionsMarshal.AsSpan(_taken);
            done += items.Length;
            for (var from = 0; from < items.Length;)
                from += DoGroup(items[from..]);
            _taken.Clear();
            if (_drive == LogWriterDrive.Manual)
                break;
        }
        return done;
    }

    /// <summary>Does what is queued, and takes nothing more.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.Pulse(_gate);
        }
        if (_thread is null)
        {
            while (Drain() > 0)
            {
            }
        }
        else if (_thread != Thread.CurrentThread)
        {
            _thread.Join();
        }
    }

    private void Loop()
    {
        while (true)
        {
            lock (_gate)
            {
                while (_incoming.Count == 0)
                {
                    if (_isStopping)
                        return;
                    _isWaiting = true;
                    Monitor.Wait(_gate);
                    _isWaiting = false;
                }
            }
            Drain();
        }
    }

    private bool TryAdd(in Item item)
    {
        lock (_gate)
        {
            if (_isStopping)
                return false;
            _incoming.Add(item);
            if (_isWaiting)
                Monitor.Pulse(_gate);
            if (_drive != LogWriterDrive.Inline || _isDraining)
                return true;
            _isDraining = true;
        }
        while (true)
        {
            Drain();
            lock (_gate)
            {
                _isDraining = _incoming.Count > 0;
                if (!_isDraining)
                    return true;
            }
        }
    }

    private bool TryTake()
    {
        lock (_gate)
        {
            if (_incoming.Count == 0)
                return false;
            (_incoming, _taken) = (_taken, _incoming);
            return true;
        }
    }

    /// <summary>Does a prefix of the items as one group; returns its length.</summary>
    private int DoGroup(Span<Item> items)
    {
        var count = 0;
        for (var bytes = 0L; count < items.Length && count < GroupItemsMax && bytes < GroupBytesMax; count++)
        {
            ref var item = ref items[count];
            bytes += item.Append.Batches.Length;
            if (item.Log is { } log && item.Work is null)
                item.Slot = GroupOf(log).Add(item.Append);
            else
                DoWork(item);
        }
        foreach (var group in _touched)
            group.Write();
        Sync();
        Complete(items[..count]);
        foreach (var group in _touched)
        {
            group.Clear();
            _spare.Push(group);
        }
        _touched.Clear();
        _groups.Clear();
        return count;
    }

    /// <summary>Syncs of several logs run side by side: the file system makes one commit of theirs.</summary>
    private void Sync()
    {
        foreach (var group in _touched)
        {
            if (group.MustSync)
                _syncing.Add(group);
        }
        if (_syncing.Count > 1 && _drive == LogWriterDrive.Thread)
            Parallel.ForEach(_syncing, SideBySide, static group => group.Sync());
        else
            _syncing.ForEach(static group => group.Sync());
        _syncing.Clear();
    }

    private void DoWork(in Item item)
    {
        if (item.Log is { } log)
        {
            var group = GroupOf(log);
            group.Write();
            item.Work!.Run();
            if (item.Flush)
                group.WaitForSync(item.Work);
            return;
        }
        foreach (var group in _touched)
            group.Write();
        item.Work!.Run();
    }

    private void Complete(Span<Item> items)
    {
        foreach (ref var item in items)
        {
            try
            {
                if (item.Work is not null)
                    item.Work.Complete();
                else
                    item.Append.Completion.OnAppendCompleted(item.Append.State, _groups[item.Log!].ResultOf(item.Slot));
            }
            catch (Exception e)
            {
                _environment.Tell(LogEventLevel.Error, item.Log?.ToString() ?? DataFolder, $"Telling the outcome of an append has failed: {e.Message}", e);
            }
        }
    }

    private LogGroup GroupOf(PartitionLog log)
    {
        ref var group = ref CollectionsMarshal.GetValueRefOrAddDefault(_groups, log, out var exists);
        if (!exists)
        {
            group = _spare.Count > 0 ? _spare.Pop() : new LogGroup();
            group.Begin(log);
            _touched.Add(group);
        }
        return group!;
    }

    private record struct Item(PartitionLog? Log, PendingAppend Append, LogWork? Work, bool Flush)
    {
        public int Slot;
    }
}
