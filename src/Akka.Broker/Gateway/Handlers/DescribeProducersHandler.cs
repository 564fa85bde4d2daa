using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Answer = Akka.Broker.Protocol.Messages.DescribeProducersResponse.PartitionResponse;

namespace Akka.Broker.Gateway.Handlers;

/// <summary>The idempotent producers that partitions remember (KIP-664).</summary>
public sealed class DescribeProducersHandler(LedPartitionFinder found, IPartitionPort partitions)
    : RequestHandler<DescribeProducersRequest, DescribeProducersResponse>
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    public override (short Min, short Max) Versions => (0, 0);

    public override async ValueTask<DescribeProducersResponse> HandleAsync(
        DescribeProducersRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        var response = new DescribeProducersResponse();
        List<(Answer Answer, Task<ProducersReply?> Reply)> pending = [];
        foreach (var topic in request.Topics)
        {
            var result = new DescribeProducersResponse.TopicResponse { Name = topic.Name };
            foreach (var partition in topic.PartitionIndexes)
            {
                var answer = new Answer { PartitionIndex = partition, ErrorCode = found.Find(topic.Name, partition, currentLeaderEpoch: -1, out var led) };
                result.Partitions.Add(answer);
                if (led is not null)
                    pending.Add((answer, partitions.GetProducersAsync(new GetProducers(led.Id, led.View.LeaderEpoch), AnswerTimeout)));
            }
            response.Topics.Add(result);
        }
        foreach (var (answer, reply) in pending)
            Apply(answer, await reply.ConfigureAwait(false));
        return response;
    }

    private static void Apply(Answer answer, ProducersReply? reply)
    {
        answer.ErrorCode = reply?.Error ?? ErrorCode.RequestTimedOut;
        foreach (var producer in reply?.Producers ?? [])
        {
            answer.ActiveProducers.Add(new()
            {
                ProducerId = producer.ProducerId,
                ProducerEpoch = producer.ProducerEpoch,
                LastSequence = producer.LastSequence,
                LastTimestamp = producer.LastTimestampMs,
                CoordinatorEpoch = producer.CoordinatorEpoch,
                CurrentTxnStartOffset = producer.CurrentTransactionFirstOffset,
            });
        }
    }
}
