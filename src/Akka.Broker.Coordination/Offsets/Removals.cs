using Akka.Broker.Coordination.Classic;
using Akka.Broker.Coordination.Commands;
using Akka.Broker.Coordination.Records;
using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Offsets;

/// <summary>
/// How offsets and whole groups go: deleted by an operator, expired, or with their topic. An empty group whose last offset goes this way goes with it.
/// Tombstones cover the commits that are under way too: the log keeps the order.
/// </summary>
internal sealed class Removals(GroupCore core, GroupOffsets offsets)
{
    public void Handle(RequestId request, DeleteGroupCommand delete, Moment now)
    {
        if (core.State != GroupState.Empty)
        {
            core.Answer(request, delete.Fail(ErrorCode.NonEmptyGroup));
            return;
        }

        core.Effects.Note("is deleted");
        Remove(
            [.. offsets.Known],
            withGroup: true,
            now,
            committed: () => core.Answer(request, delete.Fail(ErrorCode.None)),
            refused: error => core.Answer(request, delete.Fail(error)));
    }

    public void Handle(RequestId request, DeleteOffsetsCommand delete, Moment now)
    {
        var isConsumerGroup = core.ProtocolType == ConsumerSubscription.ProtocolType;
        if (core.State != GroupState.Empty && !isConsumerGroup)
        {
            core.Answer(request, delete.Fail(ErrorCode.NonEmptyGroup));
            return;
        }

        var errors = new ErrorCode[delete.Partitions.Count];
        var doomed = new HashSet<TopicPartition>();
        for (var i = 0; i < errors.Length; i++)
        {
            if (core.State != GroupState.Empty && core.SubscribedTopics?.Contains(delete.Partitions[i].Topic) != false)
                errors[i] = ErrorCode.GroupSubscribedToTopic;
            else if (offsets.IsKnown(delete.Partitions[i]))
                doomed.Add(delete.Partitions[i]);
        }

        Remove(
            [.. doomed],
            withGroup: false,
            now,
            committed: () => core.Answer(request, new DeleteOffsetsResult(ErrorCode.None, errors)),
            refused: error => core.Answer(request, delete.Fail(error)));
    }

    /// <summary>Removes what has outlived its retention.</summary>
    public void Expire(Moment now)
    {
        var expired = new List<TopicPartition>();
        foreach (var (partition, stored) in offsets.Stored)
        {
            if (!offsets.IsPending(partition) && OffsetExpiry.IsExpired(core, partition, stored, now.UnixMs))
                expired.Add(partition);
        }

        if (expired.Count > 0)
            core.Effects.Note($"loses {expired.Count} expired offsets");
        RemoveWithoutAnswer(expired, now);
    }

    /// <summary>Removes what is stored for partitions of a topic that is no more.</summary>
    public void Forget(Func<TopicPartition, bool> isGone, Moment now) => RemoveWithoutAnswer([.. offsets.Known.Where(isGone)], now);

    private void RemoveWithoutAnswer(IReadOnlyCollection<TopicPartition> doomed, Moment now)
    {
        var isLast = core.State == GroupState.Empty && core.Roster.PendingCount == 0 && offsets.Known.All(doomed.Contains);
        Remove(doomed, isLast, now, () => { }, error => core.Effects.Note($"could not remove offsets ({error}); the next check tries again"));
    }

    private void Remove(IReadOnlyCollection<TopicPartition> doomed, bool withGroup, Moment now, Action committed, Action<ErrorCode> refused)
    {
        var records = new List<GroupRecord>(doomed.Count + 1);
        foreach (var partition in doomed)
            records.Add(new OffsetRecord(core.Id, partition, null));
        if (withGroup && (core.Durable is not null || core.GenerationId > 0))
            records.Add(new GroupMetadataRecord(core.Id, null));
        core.IsClosing = withGroup;
        if (records.Count == 0)
        {
            Finish(withGroup, now);
            committed();
            return;
        }

        core.Write(
            records,
            committed: at =>
            {
                Finish(withGroup, at);
                committed();
            },
            refused: (error, _) =>
            {
                core.IsClosing = false;
                refused(error);
            });
    }

    private void Finish(bool withGroup, Moment now)
    {
        if (withGroup)
            core.TransitionTo(GroupState.Dead, now);
    }
}
