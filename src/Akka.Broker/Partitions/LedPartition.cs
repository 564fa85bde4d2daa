using Akka.Actor;
using Akka.Broker.Metrics;
using Akka.Broker.Protocol;
using Akka.Broker.Replication.Partitions;
using Akka.Broker.Storage;

namespace Akka.Broker.Partitions;

/// <summary>
/// What a leader has published about its partition: immutable, swapped whole, read by any thread without entering the leader's mailbox.
/// <para>Invariants: LogStartOffset ≤ LastStableOffset ≤ HighWatermark ≤ LogEndOffset; none of the last three falls while the epoch stays.</para>
/// </summary>
public sealed record PartitionView(int LeaderEpoch, long LogStartOffset, long LastStableOffset, long HighWatermark, long LogEndOffset)
{
    /// <summary>Whether the watermark has reached this epoch. Before, an earlier leader may have shown a higher one: "the latest offset" is not known (KIP-207).</summary>
    public bool IsWatermarkCurrent { get; init; } = true;
}

/// <summary>Is told when a partition that it subscribed to publishes a new view or stops being led here. Called on the publisher's thread: return at once.</summary>
public interface IPartitionViewListener
{
    void OnViewChanged(LedPartition partition);
}

/// <summary>
/// The reading side of a partition that this node leads: its log, its newest <see cref="View"/>, and who waits on it.
/// One instance lives as long as one leadership (entity incarnation); after <see cref="Close"/> readers answer NOT_LEADER_OR_FOLLOWER.
/// Thread-safe; <see cref="Publish"/> and <see cref="Close"/> are the leader's alone.
/// </summary>
public sealed class LedPartition(TopicIdPartition id, PartitionLog log, PartitionView view)
{
    private const long ProgressRefreshMs = 1000;

    private readonly Lock _gate = new();
    private readonly ToldProgress _told = new(ProgressRefreshMs);
    private volatile PartitionView _view = view;
    private volatile bool _closed;
    private IPartitionViewListener[] _listeners = [];
    private IReadOnlyList<FollowerProgress> _followers = [];

    public TopicIdPartition Id { get; } = id;

    public PartitionLog Log { get; } = log;

    /// <summary>The epochs of <see cref="Log"/>.</summary>
    internal LogEpochs Epochs { get; } = new(log);

    public PartitionView View => _view;

    /// <summary>The actor whose view this is.</summary>
    internal IActorRef Owner { get; init; } = ActorRefs.Nobody;

    /// <summary>Where what is read of it is counted; null: nowhere.</summary>
    internal TopicFigures? Topic { get; init; }

    /// <summary>The followers' progress, to choose by whom consumers are served; no decision about the ISR is made from it.</summary>
    internal IReadOnlyList<FollowerProgress> Followers
    {
        get => Volatile.Read(ref _followers);
        set => Volatile.Write(ref _followers, value);
    }

    /// <summary>This leadership is over; subscribe and read no more.</summary>
    public bool IsClosed => _closed;

    /// <summary>Listens until <see cref="Unsubscribe"/>. Read <see cref="View"/> again afterwards: a change just before is not told.</summary>
    public void Subscribe(IPartitionViewListener listener)
    {
        lock (_gate)
            _listeners = [.. _listeners, listener];
        // The listener is to be seen before the view is read again; see Notify.
        Interlocked.MemoryBarrier();
    }

    public void Unsubscribe(IPartitionViewListener listener)
    {
        lock (_gate)
            _listeners = Array.FindAll(_listeners, l => l != listener);
    }

    /// <summary>Tells the leader how far a follower is that has fetched from <paramref name="view"/>, unless it knows.</summary>
    internal void TellFetched(int broker, long brokerEpoch, PartitionView view, long fetchOffset, long logStartOffset, long nowMs)
    {
        if (_told.News(broker, brokerEpoch, view, fetchOffset, logStartOffset, nowMs) is { } news)
            Owner.Tell(news, ActorRefs.NoSender);
    }

    /// <summary>The leader wants to hear of the next fetch of each follower, whatever it says.</summary>
    internal void AskForProgress()
    {
        _told.Forget();
        // Sessions that would not look here are to.
        Notify();
    }

    internal void Publish(PartitionView next)
    {
        var last = _view;
        Invariant.Check(next.LogStartOffset <= next.LastStableOffset && next.LastStableOffset <= next.HighWatermark && next.HighWatermark <= next.LogEndOffset);
        Invariant.Check(next.LeaderEpoch > last.LeaderEpoch || next.HighWatermark >= last.HighWatermark);
        _view = next;
        Notify();
    }

    internal void Close()
    {
        _closed = true;
        Notify();
    }

    private void Notify()
    {
        // Else the list could be read before the new view is to be seen, and who subscribes in between would miss both.
        Interlocked.MemoryBarrier();
        foreach (var listener in Volatile.Read(ref _listeners))
            listener.OnViewChanged(this);
    }
}
