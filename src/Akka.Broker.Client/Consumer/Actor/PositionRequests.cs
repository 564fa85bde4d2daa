using Akka.Actor;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Consuming;

/// <summary>What a group has committed; partitions without an offset are missing.</summary>
internal sealed record CommittedFetch(ErrorCode Error, IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> Offsets);

/// <summary>Asks brokers where consuming goes on: what is committed, which offset a time has, whether a new leader's log is still the same.</summary>
internal sealed class PositionRequests(ConsumerContext context)
{
    /// <summary>The last that asks for one group alone, and by the names of topics; every release serves it, or one below.</summary>
    private const short LastVersionWithOneGroup = 7;

    private const int ConsumerReplicaId = -1;

    private TimeSpan Timeout => context.Settings.RequestTimeout;

    public async Task<CommittedFetch> CommittedAsync(int coordinator, string groupId, IEnumerable<TopicPartition> partitions)
    {
        var request = new OffsetFetchRequest
        {
            GroupId = groupId,
            Topics = [.. partitions.GroupBy(p => p.Topic).Select(t => new OffsetFetchRequest.OffsetFetchRequestTopic { Name = t.Key, PartitionIndexes = [.. t.Select(p => p.Partition)] })],
            RequireStable = context.Settings.IsolationLevel == IsolationLevel.ReadCommitted,
        };
        try
        {
            using var response = await context.OffsetLane
                .AskBufferedAsync<OffsetFetchResponse>(coordinator, request, Timeout, CancellationToken.None, LastVersionWithOneGroup).ConfigureAwait(false);
            return Read(response.Message);
        }
        catch (BrokerClientException e)
        {
            return new CommittedFetch(e.ErrorCode, new Dictionary<TopicPartition, OffsetAndMetadata>());
        }
    }

    public void Reset(int leader, IReadOnlyList<AskedPartition> asked)
    {
        var request = new ListOffsetsRequest
        {
            ReplicaId = ConsumerReplicaId,
            IsolationLevel = (sbyte)context.Settings.IsolationLevel,
            TimeoutMs = (int)Timeout.TotalMilliseconds,
        };
        foreach (var topic in asked.GroupBy(a => a.Partition.Id.Topic))
        {
            request.Topics.Add(new()
            {
                Name = topic.Key,
                Partitions =
                [
                    .. topic.Select(a => new ListOffsetsRequest.ListOffsetsPartition
                    {
                        PartitionIndex = a.Partition.Id.Partition,
                        CurrentLeaderEpoch = a.Partition.LeaderEpoch,
                        Timestamp = a.Partition.ResetTo.TimestampMs,
                    }),
                ],
            });
        }
        AskAsync<ListOffsetsResponse>(leader, request).PipeTo(context.Self, success: r => new ResetAnswered(asked, r.Response, r.Error));
    }

    public void Validate(int leader, IReadOnlyList<AskedPartition> asked)
    {
        var request = new OffsetForLeaderEpochRequest { ReplicaId = ConsumerReplicaId };
        foreach (var topic in asked.GroupBy(a => a.Partition.Id.Topic))
        {
            request.Topics.Add(new()
            {
                Topic = topic.Key,
                Partitions =
                [
                    .. topic.Select(a => new OffsetForLeaderEpochRequest.OffsetForLeaderPartition
                    {
                        Partition = a.Partition.Id.Partition,
                        CurrentLeaderEpoch = a.Partition.LeaderEpoch,
                        LeaderEpoch = a.Partition.FetchedEpoch,
                    }),
                ],
            });
        }
        AskAsync<OffsetForLeaderEpochResponse>(leader, request).PipeTo(context.Self, success: r => new ValidationAnswered(asked, r.Response, r.Error));
    }

    private static CommittedFetch Read(OffsetFetchResponse response)
    {
        var offsets = new Dictionary<TopicPartition, OffsetAndMetadata>();
        var error = response.ErrorCode;
        foreach (var topic in response.Topics)
        {
            foreach (var partition in topic.Partitions)
            {
                if (partition.ErrorCode != ErrorCode.None)
                    error = partition.ErrorCode;
                else if (partition.CommittedOffset >= 0)
                    offsets[new TopicPartition(topic.Name, partition.PartitionIndex)] =
                        new OffsetAndMetadata(partition.CommittedOffset, partition.Metadata ?? "") { LeaderEpoch = partition.CommittedLeaderEpoch };
            }
        }
        return new CommittedFetch(error, offsets);
    }

    private async Task<(T? Response, ErrorCode Error)> AskAsync<T>(int broker, IRequest request)
        where T : class, IResponse, new()
    {
        try
        {
            return (await context.OffsetLane.AskAsync<T>(broker, request, Timeout, CancellationToken.None).ConfigureAwait(false), ErrorCode.None);
        }
        catch (BrokerClientException e)
        {
            return (null, e.ErrorCode);
        }
    }
}
