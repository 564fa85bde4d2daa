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
    private const int TombstonesPerWriteMax = 1_000;

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

    private void RemoveWithoutAnswer(IReadOnlyList<TopicPartition> doomed, Moment now)
    {
        var isLast = core.State == GroupState.Empty && core.Roster.PendingCount == 0 && offsets.Known.All(doomed.ToHashSet().Contains);
        Remove(doomed, isLast, now, () => { }, error => core.Effects.Note($"could not remove offsets ({error}); the next check tries again"));
    }

    /// <summary>
    /// Writes the tombstones, so many at a time that a write stays below any sensible limit; the group's own comes last, so that
    /// a delete that breaks off leaves a group that can be deleted again.
    /// </summary>
    private void Remove(IReadOnlyList<TopicPartition> doomed, bool withGroup, Moment now, Action committed, Action<ErrorCode> refused)
    {
        core.IsClosing = withGroup;
        RemoveFrom(0, now);

        void RemoveFrom(int first, Moment at)
        {
            var next = Math.Min(first + TombstonesPerWriteMax, doomed.Count);
            var records = new List<GroupRecord>(next - first + 1);
            for (var i = first; i < next; i++)
                records.Add(new OffsetRecord(core.Id, doomed[i], null));
            if (next == doomed.Count && withGroup && (core.Durable is not null || core.GenerationId > 0))
                records.Add(new GroupMetadataRecord(core.Id, null));
            if (records.Count == 0)
            {
                Finish(at);
                return;
            }

            core.Write(
                records,
                committed: then =>
                {
                    if (next < doomed.Count)
                        RemoveFrom(next, then);
                    else
                        Finish(then);
                },
                refused: (error, _) =>
                {
                    core.IsClosing = false;
                    refused(error);
                });
        }

        void Finish(Moment at)
        {
            if (withGroup)
                core.TransitionTo(GroupState.Dead, at);
            committed();
        }
    }
}
