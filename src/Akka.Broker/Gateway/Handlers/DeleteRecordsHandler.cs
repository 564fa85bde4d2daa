using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Storage;
using Answer = Akka.Broker.Protocol.Messages.DeleteRecordsResponse.DeleteRecordsPartitionResult;

namespace Akka.Broker.Gateway.Handlers;

/// <summary>
/// Moves partitions' first offsets up (KIP-107), on all replicas that live, for which the request waits as long as it says: then the leader's own deletion stands, and the
/// others follow. Compacted topics and the broker's own are refused: their records stand for state.
/// </summary>
public sealed class DeleteRecordsHandler(LedPartitionFinder found, IPartitionPort partitions, TimeProvider time) : RequestHandler<DeleteRecordsRequest, DeleteRecordsResponse>
{
    private const int TimeoutMsMax = 60 * 60 * 1000;

    /// <summary>The partition itself says that the time was up. If it does not, it is not to be waited for endlessly.</summary>
    private const int AnswerGraceMs = 1_000;

    public override (short Min, short Max) Versions => (0, 2);

    public override async ValueTask<DeleteRecordsResponse> HandleAsync(
        DeleteRecordsRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        var response = new DeleteRecordsResponse();
        var timeoutMs = Math.Clamp(request.TimeoutMs, 0, TimeoutMsMax);
        var deadline = time.GetTimestamp() + (long)(timeoutMs / 1000.0 * time.TimestampFrequency);
        var timeout = TimeSpan.FromMilliseconds(timeoutMs + AnswerGraceMs);
        List<(Answer Answer, Task<DeleteRecordsReply?> Reply)> pending = [];
        foreach (var topic in request.Topics)
        {
            var result = new DeleteRecordsResponse.DeleteRecordsTopicResult { Name = topic.Name };
            foreach (var asked in topic.Partitions)
            {
                var answer = new Answer { PartitionIndex = asked.PartitionIndex, LowWatermark = -1, ErrorCode = Check(topic.Name, asked.PartitionIndex, out var led) };
                result.Partitions.Add(answer);
                if (led is not null)
                    pending.Add((answer, partitions.DeleteRecordsAsync(new DeleteRecordsBefore(led.Id, led.View.LeaderEpoch, asked.Offset, deadline), timeout)));
            }
            response.Topics.Add(result);
        }
        foreach (var (answer, reply) in pending)
        {
            var done = await reply.ConfigureAwait(false);
            answer.ErrorCode = done?.Error ?? ErrorCode.RequestTimedOut;
            answer.LowWatermark = done?.LowWatermark ?? -1;
        }
        return response;
    }

    private ErrorCode Check(string topic, int partition, out LedPartition? led)
    {
        led = null;
        if (InternalTopics.IsInternal(topic))
            return ErrorCode.InvalidTopicException;
        var error = found.Find(topic, partition, currentLeaderEpoch: -1, out led);
        if (led is not null && (led.Log.Config.CleanupPolicy & CleanupPolicy.Delete) == 0)
            (led, error) = (null, ErrorCode.PolicyViolation);
        return error;
    }
}
