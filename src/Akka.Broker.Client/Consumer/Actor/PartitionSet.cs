using Akka.Broker.Client.Cluster;
using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Consuming;

/// <summary>
/// The partitions that a consumer has, and how it finds out where to go on in each: asks for committed offsets, for offsets of times and ends, and after a change of leader
/// whether the log is still the same. Part of the consumer's actor: pumped after whatever may have changed something, and told the answers.
/// </summary>
internal sealed class PartitionSet(ConsumerContext context, GroupMembership? membership, OffsetCommitter? committer, ConsumerLink link)
{
    private const int UndefinedEpoch = -1;

    private readonly Dictionary<TopicPartition, ConsumedPartition> _partitions = [];
    private readonly PositionRequests _requests = new(context);

    public IReadOnlyCollection<ConsumedPartition> All => _partitions.Values;

    public long WakeAtMs { get; private set; } = long.MaxValue;

    /// <summary>A partition's committed offset is wanted, and nobody knows whom to ask.</summary>
    public bool NeedsCoordinator => membership is { Coordinator: null } && _partitions.Values.Any(p => p.State == PositionState.Unset);

    public ConsumedPartition? Find(TopicPartition id) => _partitions.GetValueOrDefault(id);

    public void Add(TopicPartition id, StartPoint start)
    {
        var partition = new ConsumedPartition(id, link.Nudge);
        _partitions[id] = partition;
        context.Cluster.FollowTopic(id.Topic);
        OnView(partition, context.Cluster.View);
        MoveTo(partition, start);
    }

    /// <summary>Takes a partition out; its delivery is closed and returned.</summary>
    public PartitionDelivery? Remove(TopicPartition id)
    {
        if (!_partitions.Remove(id, out var partition))
            return null;
        var delivery = partition.Delivery;
        partition.Drop();
        return delivery;
    }

    public void MoveTo(ConsumedPartition partition, StartPoint start)
    {
        switch (start.Kind)
        {
            case StartKind.Offset:
                partition.StartAt(start.Offset, UndefinedEpoch);
                break;
            case StartKind.Reset:
                partition.Reset(start.Reset);
                break;
            default:
                if (membership is null)
                    ByPolicy(partition, "no group, so nothing is committed");
                break;
        }
    }

    public void OnView(ClusterView view)
    {
        foreach (var partition in _partitions.Values)
            OnView(partition, view);
    }

    /// <summary>Where there is nothing valid to go on at.</summary>
    public void ByPolicy(ConsumedPartition partition, string reason)
    {
        switch (context.Settings.AutoOffsetReset)
        {
            case AutoOffsetReset.Earliest:
                partition.Reset(ResetPoint.Earliest);
                break;
            case AutoOffsetReset.Latest:
                partition.Reset(ResetPoint.Latest);
                break;
            default:
                var error = new BrokerClientException(ErrorCode.OffsetOutOfRange, $"{partition.Id} has no offset to go on at ({reason}), and auto-offset-reset is none: seek.");
                partition.GetStuck(error.Message);
                link.Told?.Invoke(new ConsumerTroubled($"Beginning in {partition.Id}", error, IsFinal: false));
                break;
        }
    }

    public void OutOfRange(ConsumedPartition partition)
    {
        var from = partition.FetchOffset;
        ByPolicy(partition, $"offset {from} is out of range");
        if (partition.State == PositionState.Resetting)
            link.Told?.Invoke(new OffsetReset(partition.Id, from, -1, $"offset {from} is out of range: going on at {partition.ResetTo}"));
    }

    // ---- Asking ----

    public void Pump(long nowMs)
    {
        WakeAtMs = long.MaxValue;
        AskCommitted(nowMs);
        foreach (var leader in Due(PositionState.Resetting, nowMs).Where(p => p.LeaderId >= 0).GroupBy(p => p.LeaderId))
            _requests.Reset(leader.Key, Mark(leader));
        foreach (var leader in Due(PositionState.Validating, nowMs).Where(p => p.LeaderId >= 0).GroupBy(p => p.LeaderId))
            _requests.Validate(leader.Key, Mark(leader));
    }

    private void AskCommitted(long nowMs)
    {
        if (membership?.Coordinator is not { } coordinator)
            return;
        var asked = Mark(Due(PositionState.Unset, nowMs));
        if (asked.Count == 0)
            return;
        var task = _requests.CommittedAsync(coordinator, membership.Options.GroupId, asked.Select(a => a.Partition.Id));
        Akka.Actor.PipeToSupport.PipeTo(task, context.Self, success: r => new CommittedAnswered(asked, r));
    }

    private List<ConsumedPartition> Due(PositionState state, long nowMs)
    {
        var due = new List<ConsumedPartition>();
        foreach (var partition in _partitions.Values)
        {
            if (partition.State != state || partition.IsAsking)
                continue;
            if (partition.NotBeforeMs <= nowMs)
                due.Add(partition);
            else
                WakeAtMs = Math.Min(WakeAtMs, partition.NotBeforeMs);
        }
        return due;
    }

    private static List<AskedPartition> Mark(IEnumerable<ConsumedPartition> partitions)
    {
        var asked = new List<AskedPartition>();
        foreach (var partition in partitions)
        {
            partition.IsAsking = true;
            asked.Add(new AskedPartition(partition, partition.Version));
        }
        return asked;
    }

    // ---- Answers ----

    /// <summary>The error that the membership should know of.</summary>
    public ErrorCode OnCommitted(CommittedAnswered answer, long nowMs)
    {
        foreach (var (partition, _) in answer.Asked.Where(a => a.IsCurrent))
        {
            if (answer.Result.Error != ErrorCode.None)
            {
                partition.BackOff($"its committed offset cannot be had: {answer.Result.Error}", nowMs + context.BackoffMs);
            }
            else if (answer.Result.Offsets.TryGetValue(partition.Id, out var committed))
            {
                partition.StartAt(committed.Offset, committed.LeaderEpoch);
                committer!.Note(partition.Id, committed.Offset);
            }
            else
            {
                ByPolicy(partition, "nothing is committed");
            }
        }
        return answer.Result.Error;
    }

    public void OnReset(ResetAnswered answer, long nowMs)
    {
        foreach (var (partition, _) in answer.Asked.Where(a => a.IsCurrent))
        {
            var found = answer.Response?.Topics.Find(t => t.Name == partition.Id.Topic)?.Partitions.Find(p => p.PartitionIndex == partition.Id.Partition);
            var error = answer.Response is null ? answer.Error : found?.ErrorCode ?? ErrorCode.UnknownTopicOrPartition;
            if (error != ErrorCode.None)
                Refused(partition, error, $"the offset of {partition.ResetTo} cannot be had", nowMs);
            else if (found!.Offset < 0)
                partition.Reset(ResetPoint.Latest);
            else
                partition.StartAt(found.Offset, found.LeaderEpoch);
        }
    }

    public void OnValidated(ValidationAnswered answer, long nowMs)
    {
        foreach (var (partition, _) in answer.Asked.Where(a => a.IsCurrent))
        {
            var found = answer.Response?.Topics.Find(t => t.Topic == partition.Id.Topic)?.Partitions.Find(p => p.Partition == partition.Id.Partition);
            var error = answer.Response is null ? answer.Error : found?.ErrorCode ?? ErrorCode.UnknownTopicOrPartition;
            if (error == ErrorCode.UnsupportedVersion)
            {
                partition.OnValidated(UndefinedEpoch, -1);
            }
            else if (error != ErrorCode.None)
            {
                Refused(partition, error, "a new leader was asked whether the log is the same", nowMs);
            }
            else
            {
                var delivered = partition.Delivery!.Position;
                if (partition.OnValidated(found!.LeaderEpoch, found.EndOffset))
                    link.Told?.Invoke(new LogTruncated(partition.Id, delivered, found.EndOffset));
            }
        }
    }

    private void Refused(ConsumedPartition partition, ErrorCode error, string what, long nowMs)
    {
        partition.BackOff($"{what}: {error}", nowMs + context.BackoffMs);
        if (error.IsRetriable())
            context.Cluster.Invalidate(partition.Id.Topic, partition.Id.Partition);
        else
            link.Told?.Invoke(new ConsumerTroubled($"{partition.Id}: {what}", BrokerClientException.Of(error, $"{partition.Id}: {what}"), IsFinal: false));
    }

    private static void OnView(ConsumedPartition partition, ClusterView view) =>
        partition.OnView(view.Topic(partition.Id.Topic), view.Partition(partition.Id.Topic, partition.Id.Partition));
}
