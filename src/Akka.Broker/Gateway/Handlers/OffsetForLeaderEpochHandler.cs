using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Gateway.Handlers;

/// <summary>Where a leader epoch ended in the log, so that a client whose log of offsets went another way finds back (KIP-320).</summary>
public sealed class OffsetForLeaderEpochHandler(LedPartitionFinder partitions) : RequestHandler<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>
{
    public override (short Min, short Max) Versions => (2, 4);

    public override ValueTask<OffsetForLeaderEpochResponse> HandleAsync(
        OffsetForLeaderEpochRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        var response = new OffsetForLeaderEpochResponse();
        foreach (var topic in request.Topics)
        {
            var answer = new OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult { Topic = topic.Topic };
            foreach (var asked in topic.Partitions)
            {
                var error = partitions.Find(topic.Topic, asked.Partition, asked.CurrentLeaderEpoch, out var partition);
                var end = new OffsetForLeaderEpochResponse.EpochEndOffset { ErrorCode = error, Partition = asked.Partition };
                if (partition is not null)
                    (end.LeaderEpoch, end.EndOffset) = partition.Log.LeaderEpochs.EndOffsetFor(asked.LeaderEpoch, partition.View.LogEndOffset);
                answer.Partitions.Add(end);
            }
            response.Topics.Add(answer);
        }
        return new(response);
    }
}
