using System.Runtime.InteropServices;

namespace Akka.Broker.Storage;

/// <summary>One log's share of a group of the writer's: its appends, their outcomes, and who else waits for its sync. Reused.</summary>
internal sealed class LogGroup
{
    private readonly List<PendingAppend> _appends = [];
    private readonly List<LogWork> _waiting = [];
    private PartitionLog? _log;
    private int _written;

    public void Begin(PartitionLog log) => _log = log;

    public int Add(in PendingAppend append)
    {
        _appends.Add(append);
        return _appends.Count - 1;
    }

    public ref readonly AppendResult ResultOf(int slot) => ref CollectionsMarshal.AsSpan(_appends)[slot].Result;

    public void WaitForSync(LogWork work) => _waiting.Add(work);

    /// <summary>Writes what was added since the last time.</summary>
    public void Write()
    {
        if (_written == _appends.Count)
            return;
        _log!.Mutator.WriteGroup(CollectionsMarshal.AsSpan(_appends)[_written..]);
        _written = _appends.Count;
    }

    /// <summary>Whether the log's settings, or somebody who waits, ask for a sync.</summary>
    public bool MustSync
    {
        get
        {
            var mutator = _log!.Mutator;
            return _waiting.Count > 0 || (mutator.MustFlush && !mutator.IsClosed && _log.Failure is null);
        }
    }

    /// <summary>Syncs the log; if that fails, nothing of the group counts as appended.</summary>
    public void Sync()
    {
        try
        {
            _log!.Mutator.Flush();
        }
        catch (Exception e)
        {
            foreach (ref var append in CollectionsMarshal.AsSpan(_appends))
            {
                if (append.Result.IsAppended)
                    append.Result = AppendResult.Not(AppendStatus.Failed, e);
            }
            foreach (var work in _waiting)
                work.Fail(e);
        }
    }

    public void Clear()
    {
        _appends.Clear();
        _waiting.Clear();
        _written = 0;
        _log = null;
    }
}
