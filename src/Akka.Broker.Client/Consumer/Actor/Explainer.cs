using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Consuming;

/// <summary>Words what keeps records from a consumer. On the consumer's actor.</summary>
internal static class Explainer
{
    public static PartitionLag Lag(ConsumedPartition partition, ConsumerContext context)
    {
        var end = partition.EndOffset(context.Settings.IsolationLevel == IsolationLevel.ReadCommitted);
        if (partition.Delivery is not { } delivery || end < 0)
            return new PartitionLag(partition.Id, -1, null);
        var records = Math.Max(0, end - delivery.Position);
        if (records == 0)
            return new PartitionLag(partition.Id, 0, TimeSpan.Zero);
        var age = delivery.LastTimestampMs < 0 ? (TimeSpan?)null : context.WallClock - DateTimeOffset.FromUnixTimeMilliseconds(delivery.LastTimestampMs);
        return new PartitionLag(partition.Id, records, age is { } a && a < TimeSpan.Zero ? TimeSpan.Zero : age);
    }

    public static ConsumerExplanation Explain(ConsumerContext context, GroupMembership? membership, PartitionSet partitions, ConsumerLink link, Exception? failure)
    {
        var now = context.NowMs;
        var explained = partitions.All.OrderBy(p => p.Id.Topic, StringComparer.Ordinal).ThenBy(p => p.Id.Partition).Select(p => Explain(p, context, now)).ToList();
        var isWaiting = partitions.All.Any(p => p.Delivery is { BufferedBytes: > 0, IsPaused: false }) && !link.HasDemand() && !explained.Exists(p => p.IsBeingHandled);
        var lastFetch = partitions.All.Max(p => p.LastFetchMs);
        return new ConsumerExplanation
        {
            Summary = Summary(context, membership, explained, isWaiting, failure),
            GroupId = membership?.Options.GroupId,
            State = (membership?.State ?? MembershipState.Idle).ToString(),
            MemberId = membership?.MemberId,
            Generation = membership?.Generation ?? GroupMembership.NoGeneration,
            Assignor = membership?.Protocol,
            IsLeader = membership?.IsLeader ?? false,
            Coordinator = membership?.Coordinator,
            SinceLastHeartbeat = Since(membership?.LastHeardMs, now),
            SinceLastFetch = Since(lastFetch, now),
            LastError = failure?.Message ?? (membership is { LastError: not ErrorCode.None } m ? m.LastError.ToString() : null),
            IsWaitingForDemand = isWaiting,
            Partitions = explained,
        };
    }

    private static PartitionExplanation Explain(ConsumedPartition partition, ConsumerContext context, long now) => new(partition.Id)
    {
        State = partition.State.ToString(),
        IsPaused = partition.IsPaused,
        IsBeingHandled = partition.Delivery?.IsHeld ?? false,
        Leader = partition.LeaderId,
        FetchedFrom = partition.FetchBroker(now),
        Position = partition.Delivery?.Position ?? -1,
        EndOffset = partition.EndOffset(context.Settings.IsolationLevel == IsolationLevel.ReadCommitted),
        Lag = Lag(partition, context).Records,
        BufferedBytes = partition.Delivery?.BufferedBytes ?? 0,
        SinceLastFetch = Since(partition.LastFetchMs, now),
        LastError = partition.LastError,
    };

    private static string Summary(
        ConsumerContext context, GroupMembership? membership, List<PartitionExplanation> partitions, bool isWaiting, Exception? failure)
    {
        if (failure is not null)
            return $"The consumer has failed: {failure.Message}";
        if (membership is { State: not MembershipState.Idle } member)
        {
            if (member.Coordinator is null)
                return $"The coordinator of group {member.Options.GroupId} is not known ({member.LastError}); it is looked for.";
            if (member.State != MembershipState.Stable && partitions.Count == 0)
                return $"The group is being rebalanced: this member is {member.State}.";
            if (partitions.Count == 0)
                return NothingAssigned(context, member);
        }
        return partitions.Count == 0 ? "Nothing is subscribed and nothing is assigned." : OfPartitions(partitions, isWaiting);
    }

    private static string NothingAssigned(ConsumerContext context, GroupMembership member)
    {
        if (member.Topics.Count == 0)
            return "The group has assigned nothing to this member: no topic matches its pattern, or it has subscribed to none.";
        var unknown = member.Topics.Where(t => context.Cluster.View.Topic(t) is null or { Partitions.Length: 0 }).ToList();
        return unknown.Count > 0
            ? $"The group has assigned nothing to this member: {string.Join(", ", unknown)} does not exist, or may not be seen."
            : "The group has assigned nothing to this member: it has more members than partitions.";
    }

    private static string OfPartitions(List<PartitionExplanation> partitions, bool isWaiting)
    {
        if (partitions.TrueForAll(p => p.IsPaused))
            return "All partitions are paused.";
        if (partitions.Find(p => p.State == nameof(PositionState.Stuck)) is { } stuck)
            return stuck.LastError!;
        if (isWaiting)
            return "Records are fetched, and nobody asks for them.";
        if (partitions.Find(p => p.IsBeingHandled) is { } handled)
            return $"A record of {handled.Partition} is being handled; the position there is {handled.Position}.";
        if (partitions.Find(p => p.LastError is not null) is { } wrong)
            return $"{wrong.Partition} has trouble: {wrong.LastError}";
        if (partitions.Find(p => p.State != nameof(PositionState.Ready)) is { } open)
            return $"{open.Partition} is {open.State}: it is being found out where to begin.";
        return partitions.TrueForAll(p => p.Lag == 0) ? "All is read; nothing new has been written." : "Records are being fetched.";
    }

    private static TimeSpan? Since(long? atMs, long now) => atMs is { } at ? TimeSpan.FromMilliseconds(now - at) : null;
}
