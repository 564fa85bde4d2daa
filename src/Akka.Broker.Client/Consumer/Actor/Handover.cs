using Akka.Actor;
using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Consuming;

/// <summary>
/// Partitions that come and go, with the application's callbacks: the way in and the <see cref="Revocation"/>s on the way out. Part of the consumer's actor.
/// </summary>
/// <param name="context">The consumer's.</param>
/// <param name="link">Whose listener is asked.</param>
/// <param name="partitions">Where partitions are put in and taken out.</param>
/// <param name="committer">Null without a group.</param>
/// <param name="revoked">Told the number of the question when partitions are free.</param>
internal sealed class Handover(ConsumerContext context, ConsumerLink link, PartitionSet partitions, OffsetCommitter? committer, Action<int> revoked)
{
    /// <summary>The last commit of a partition that goes is not worth more than this of the group's time.</summary>
    private const long LastCommitMs = 5_000;

    private readonly List<Revocation> _going = [];
    private readonly HashSet<TopicPartition> _coming = [];

    public long WakeAtMs => _going.Count == 0 ? long.MaxValue : _going.Where(r => r.IsDraining).Select(r => r.DeadlineMs).DefaultIfEmpty(long.MaxValue).Min();

    public bool IsGoing => _going.Count > 0;

    /// <summary>Asks the application; then the partitions are consumed.</summary>
    public void Begin(IReadOnlyList<TopicPartition> added)
    {
        if (added.Count == 0)
            return;
        _coming.UnionWith(added);
        CallAsync(link.Listener, l => l.OnAssignedAsync(added), "assigned").PipeTo(context.Self, success: () => new AssignCallbackDone(added));
    }

    public void OnBegun(AssignCallbackDone done)
    {
        var still = done.Partitions.Where(_coming.Remove).ToList();
        if (still.Count == 0)
            return;
        foreach (var partition in still)
            partitions.Add(partition, StartPoint.Committed);
        link.Told?.Invoke(new PartitionsAssigned(still));
    }

    public void End(int number, IReadOnlyList<TopicPartition> gone, bool isLost, TimeSpan drain)
    {
        _coming.ExceptWith(gone);
        var deliveries = new List<PartitionDelivery>();
        foreach (var partition in gone)
        {
            if (partitions.Remove(partition) is { } delivery)
                deliveries.Add(delivery);
        }
        link.Queue.DropClosed();
        link.Queue.Nudge();
        _going.Add(new Revocation(number, gone, deliveries, isLost, context.NowMs + (long)drain.TotalMilliseconds));
    }

    public void Pump(long nowMs)
    {
        foreach (var revocation in _going.ToArray())
        {
            if (!revocation.IsDraining || !revocation.IsDrained(nowMs))
                continue;
            revocation.IsDraining = false;
            if (committer is null || revocation.IsLost || !context.Settings.AutoCommit)
                Ask(revocation);
            else
                committer.Commit(committer.Uncommitted(revocation.Deliveries), LastCommitMs, error => OnCommitted(revocation, error));
        }
    }

    public void OnAsked(int number)
    {
        var revocation = _going.Find(r => !r.IsDraining && r.Number == number);
        if (revocation is null)
            return;
        _going.Remove(revocation);
        foreach (var partition in revocation.Partitions)
            committer?.Forget(partition);
        if (revocation.Partitions.Count > 0)
            link.Told?.Invoke(revocation.IsLost ? new PartitionsLost(revocation.Partitions) : new PartitionsRevoked(revocation.Partitions));
        revoked(number);
    }

    private void OnCommitted(Revocation revocation, Exception? error)
    {
        if (error is not null)
            link.Told?.Invoke(new CommitFailed(committer!.Uncommitted(revocation.Deliveries), error));
        Ask(revocation);
    }

    private void Ask(Revocation revocation)
    {
        var gone = revocation.Partitions;
        var listener = gone.Count == 0 ? null : link.Listener;
        CallAsync(listener, l => revocation.IsLost ? l.OnLostAsync(gone) : l.OnRevokedAsync(gone), "revoked")
            .PipeTo(context.Self, success: () => new RevokeCallbackDone(revocation.Number));
    }

    /// <summary>The application's code runs outside the actor, and what it throws ends nothing.</summary>
    private async Task CallAsync(IRebalanceListener? listener, Func<IRebalanceListener, ValueTask> call, string what)
    {
        if (listener is null)
            return;
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await call(listener).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            link.Raise(new ConsumerTroubled($"The callback for {what} partitions has failed", e, IsFinal: false));
        }
    }
}
