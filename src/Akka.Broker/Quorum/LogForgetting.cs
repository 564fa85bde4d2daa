using Akka.Actor;
using Akka.Event;

namespace Akka.Broker.Quorum;

/// <summary>
/// A part of the metadata log turns out to be damaged while the node runs: this has a snapshot of what the node has applied take its place, whoever leads. Nothing is
/// lost by that, for the log's end, on which votes and acknowledgements rest, stays where it is, and the snapshot is of committed records that were whole when
/// they were applied. One caller, the <see cref="QuorumActor"/>.
/// <code>
///   scrubber: a segment is damaged ──────────────────────┐
///   a follower asks for what cannot be read ─────────────┼─▶ Ask ─▶ loader: WantSnapshot ─▶ SnapshotDue ─▶ written ─▶ OnSnapshot: the log begins there
///   a snapshot that is to be sent is not whole any more ─┘               └─ NotAppliedYet ─▶ told why not; whoever asked tries again
/// </code>
/// <para>Invariants: who asked is answered once, and finds what it is told in the status; the log never begins behind what is applied.</para>
/// A crash leaves the snapshot or not, and the log's beginning where it was or at the snapshot: the next start goes by what it finds.
/// </summary>
internal sealed class LogForgetting(QuorumServices services, ILoggingAdapter log)
{
    private readonly List<(long EndOffset, TaskCompletionSource<string?>? Answer)> _waiting = [];
    private readonly List<(Task Cut, TaskCompletionSource<string?>? Answer)> _served = [];
    private QuorumLog? _metadataLog;
    private IActorRef _loader = ActorRefs.Nobody;

    /// <summary>The log was opened anew.</summary>
    public void Begin(QuorumLog metadataLog, IActorRef loader) => (_metadataLog, _loader) = (metadataLog, loader);

    /// <summary>There is no loader, or no log: nothing can take the place of anything.</summary>
    public void End(string why)
    {
        _loader = ActorRefs.Nobody;
        Refuse(why);
    }

    public void Ask(ForgetCommand command) => Ask(command.EndOffset, command.Answer);

    /// <summary>Nobody waits for the outcome: who needs that part asks again, and is answered with the snapshot then.</summary>
    public void OnUnreadable(LogUnreadable unreadable)
    {
        if (unreadable.Of != _metadataLog || _waiting.Exists(w => w.EndOffset > unreadable.Offset))
            return;
        log.Error("The metadata log cannot be read at offset {0}: {1} A snapshot is made to take the place of it.", unreadable.Offset, unreadable.Cause.Message);
        Ask(unreadable.Offset + 1, null);
    }

    public void OnNotApplied(NotAppliedYet not) => Refuse($"this node has applied the metadata up to {not.AppliedEnd} only");

    /// <summary>A snapshot was written, or could not be. True if the log begins elsewhere now: <see cref="OnShown"/> is to follow.</summary>
    public bool OnSnapshot(Exception? failure)
    {
        if (_waiting.Count == 0)
            return false;
        if (failure is not null)
        {
            Refuse($"the snapshot that is to take its place could not be written: {failure.Message}");
            return false;
        }
        if (_metadataLog!.Snapshot is not { } newest || _waiting.TrueForAll(w => w.EndOffset > newest.Offset))
            return false;
        var cut = _metadataLog.BeginAtSnapshotAsync(services.Time.GetUtcNow().ToUnixTimeMilliseconds());
        foreach (var (_, answer) in _waiting.Where(w => w.EndOffset <= newest.Offset))
            _served.Add((cut, answer));
        _waiting.RemoveAll(w => w.EndOffset <= newest.Offset);
        return true;
    }

    /// <summary>The node's status shows where the log begins: whoever asked is told as soon as the part before it is gone.</summary>
    public void OnShown()
    {
        foreach (var (cut, answer) in _served)
            cut.ContinueWith(done => answer?.TrySetResult(done.Exception?.GetBaseException().Message), TaskContinuationOptions.ExecuteSynchronously);
        _served.Clear();
    }

    private void Ask(long endOffset, TaskCompletionSource<string?>? answer)
    {
        if (_loader.IsNobody())
        {
            answer?.TrySetResult("this node does not apply the metadata now");
            return;
        }
        _waiting.Add((endOffset, answer));
        _loader.Tell(new WantSnapshot(endOffset));
    }

    private void Refuse(string why)
    {
        foreach (var (_, answer) in _waiting)
            answer?.TrySetResult(why);
        _waiting.Clear();
    }
}
