using Akka.Actor;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Consuming;

/// <summary>
/// Commits offsets one request after the other, in the order in which they were asked for, so that an older commit never lands behind a newer one. A retriable refusal is
/// repeated until the deadline; one that says that the membership is over is not, since the partitions may be another's.
/// Part of the consumer's actor.
/// </summary>
internal sealed class OffsetCommitter(ConsumerContext context, GroupMembership membership)
{
    /// <summary>From the next version on topics have ids only.</summary>
    private const short LastVersionWithNames = 9;

    private readonly LinkedList<PendingCommit> _waiting = new();
    private readonly Dictionary<TopicPartition, long> _committed = [];
    private PendingCommit? _sent;
    private long _notBefore;

    /// <summary>Something waits to be sent or answered.</summary>
    public bool IsBusy => _sent is not null || _waiting.Count > 0;

    public bool NeedsCoordinator => _waiting.Count > 0 && membership.Coordinator is null;

    public long WakeAtMs => _waiting.First is { } first && _sent is null ? Math.Min(_notBefore, first.Value.DeadlineMs) : long.MaxValue;

    public void Commit(IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> offsets, long timeoutMs, Action<Exception?> done)
    {
        if (offsets.Count == 0)
            done(null);
        else
            _waiting.AddLast(new PendingCommit(offsets, context.NowMs + timeoutMs, done));
    }

    /// <summary>What is finished of these and not committed as such yet.</summary>
    public Dictionary<TopicPartition, OffsetAndMetadata> Uncommitted(IEnumerable<PartitionDelivery> deliveries)
    {
        var offsets = new Dictionary<TopicPartition, OffsetAndMetadata>();
        foreach (var delivery in deliveries)
        {
            if (_committed.GetValueOrDefault(delivery.Partition, -1) != delivery.Finished)
                offsets[delivery.Partition] = new OffsetAndMetadata(delivery.Finished) { LeaderEpoch = delivery.FinishedEpoch };
        }
        return offsets;
    }

    /// <summary>The coordinator has this offset, or had it when the partition was taken over.</summary>
    public void Note(TopicPartition partition, long offset) => _committed[partition] = offset;

    public void Forget(TopicPartition partition) => _committed.Remove(partition);

    public void Pump(long nowMs)
    {
        while (_sent is null && _waiting.First is { Value: var first })
        {
            if (nowMs >= first.DeadlineMs)
            {
                _waiting.RemoveFirst();
                first.Done(new BrokerClientException(ErrorCode.RequestTimedOut, "The commit got no answer in time."));
                continue;
            }
            if (nowMs < _notBefore || membership.Coordinator is not { } coordinator)
                return;
            _waiting.RemoveFirst();
            Send(first, coordinator);
        }
    }

    /// <summary>The error that the membership should know of.</summary>
    public ErrorCode OnAnswered(CommitAnswered answer, long nowMs)
    {
        _sent = null;
        var error = answer.Error != ErrorCode.None ? answer.Error : FirstError(answer.Response!);
        if (error == ErrorCode.None)
        {
            foreach (var (partition, offset) in answer.Commit.Offsets)
                Note(partition, offset.Offset);
            answer.Commit.Done(null);
        }
        else if ((error.IsRetriable() || error == ErrorCode.RebalanceInProgress) && nowMs < answer.Commit.DeadlineMs)
        {
            _notBefore = nowMs + context.BackoffMs;
            _waiting.AddFirst(answer.Commit);
        }
        else
        {
            answer.Commit.Done(BrokerClientException.Of(error, $"Committing {string.Join(", ", answer.Commit.Offsets.Select(o => $"{o.Key}@{o.Value.Offset}"))}"));
        }
        return error;
    }

    /// <summary>The consumer ends: what is still waiting fails.</summary>
    public void Abandon(Exception cause)
    {
        var left = _waiting.ToList();
        if (_sent is not null)
            left.Insert(0, _sent);
        _waiting.Clear();
        _sent = null;
        left.ForEach(c => c.Done(cause));
    }

    private void Send(PendingCommit commit, int coordinator)
    {
        _sent = commit;
        commit.Generation = membership.Generation;
        var request = new OffsetCommitRequest
        {
            GroupId = membership.Options.GroupId,
            GenerationIdOrMemberEpoch = membership.Generation,
            MemberId = membership.Generation >= 0 ? membership.MemberId : "",
            GroupInstanceId = membership.Generation >= 0 ? membership.Options.InstanceId : null,
        };
        foreach (var topic in commit.Offsets.GroupBy(o => o.Key.Topic))
        {
            request.Topics.Add(new()
            {
                Name = topic.Key,
                Partitions =
                [
                    .. topic.Select(o => new OffsetCommitRequest.OffsetCommitRequestPartition
                    {
                        PartitionIndex = o.Key.Partition,
                        CommittedOffset = o.Value.Offset,
                        CommittedLeaderEpoch = o.Value.LeaderEpoch,
                        CommittedMetadata = o.Value.Metadata,
                    }),
                ],
            });
        }
        AskAsync(coordinator, request, commit).PipeTo(context.Self);
    }

    private async Task<CommitAnswered> AskAsync(int coordinator, OffsetCommitRequest request, PendingCommit commit)
    {
        var startMs = context.NowMs;
        var broker = context.Cluster.View.Brokers.GetValueOrDefault(coordinator);
        try
        {
            using var response = await context.OffsetLane
                .AskBufferedAsync<OffsetCommitResponse>(coordinator, request, context.Settings.RequestTimeout, CancellationToken.None, LastVersionWithNames)
                .ConfigureAwait(false);
            context.Telemetry.CommitDone(broker, context.NowMs - startMs, FirstError(response.Message));
            return new CommitAnswered(commit, response.Message, ErrorCode.None);
        }
        catch (BrokerClientException e)
        {
            context.Telemetry.CommitDone(broker, context.NowMs - startMs, e.ErrorCode);
            return new CommitAnswered(commit, null, e.ErrorCode);
        }
    }

    private static ErrorCode FirstError(OffsetCommitResponse response) =>
        response.Topics.SelectMany(t => t.Partitions).FirstOrDefault(p => p.ErrorCode != ErrorCode.None)?.ErrorCode ?? ErrorCode.None;
}
