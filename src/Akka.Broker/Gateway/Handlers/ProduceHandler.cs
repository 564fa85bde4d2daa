using System.Runtime.InteropServices;
using Akka.Broker.Controller;
using Akka.Broker.Gateway.Sockets;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Storage.Segments;
using PartitionAnswer = Akka.Broker.Protocol.Messages.ProduceResponse.PartitionProduceResponse;
using PartitionData = Akka.Broker.Protocol.Messages.ProduceRequest.PartitionProduceData;

namespace Akka.Broker.Gateway.Handlers;

/// <summary>
/// Appends batches. They are validated on the connection's thread and handed to the partitions' leaders before the first await, so that the requests of
/// one connection keep their order; the response gathers what the leaders answer.
/// <para>
/// The batches are slices of the request's frame. The frame goes back to the pool when every leader that got a slice has answered; if one has not in
/// time, or gave its leadership up, it may still be written, and the frame is left to the garbage collector.
/// </para>
/// <para>
/// What it refuses since the node's metadata is not as far as the producer's is noted in <see cref="RefusedBatches"/>, before the connection's next request is read: that one may
/// find the leader.
/// </para>
/// Announced from version 0, since older librdkafka enables codecs by that, and served from 3; lower ones are answered with UNSUPPORTED_VERSION.
/// </summary>
public sealed class ProduceHandler(
    int nodeId, MetadataCache metadata, TopicRules rules, IPartitionPort partitions, RefusedBatches refusedBatches, TimeProvider time) : IFrameHandler
{
    private const short ServedFrom = 3;
    private const short IdsFrom = 13;
    private const short CurrentLeaderFrom = 10;

    /// <summary>How long a leader may take to answer what is not bounded by the request's own time (acks 0 and 1 wait for no replica).</summary>
    private const int LeaderTimeoutMs = 30_000;

    /// <summary>Nobody waits for longer, whatever a request says.</summary>
    private const int TimeoutMsMax = 60 * 60 * 1000;

    /// <summary>A leader refuses what comes too late; its refusal needs a moment to come back.</summary>
    private const int AnswerGraceMs = 1_000;

    public ApiKey ApiKey => ApiKey.Produce;

    public (short Min, short Max) Versions => (0, 13);

    ValueTask<ResponseFrame> IFrameHandler.HandleFrame(
        RequestFrame frame, ref MessageReader body, RequestHeader header, RequestContext context, CancellationToken connectionClosed)
    {
        var request = new ProduceRequest();
        request.Read(ref body, header.ApiVersion);
        var production = new Production(request, header, context);
        try
        {
            Start(production);
        }
        catch
        {
            frame.Abandon();
            throw;
        }
        return FinishAsync(production, frame);
    }

    private void Start(Production production)
    {
        var image = metadata.Current;
        var request = production.Request;
        var refusal = RefusalOf(production);
        production.Response.Responses.EnsureCapacity(request.TopicData.Count);
        foreach (var data in request.TopicData)
        {
            var answer = new ProduceResponse.TopicProduceResponse { Name = data.Name, TopicId = data.TopicId };
            answer.PartitionResponses.EnsureCapacity(data.PartitionData.Count);
            production.Response.Responses.Add(answer);
            TopicImage? topic = null;
            var topicRefusal = refusal ?? FindTopic(data, production.Header.ApiVersion, image, out topic);
            foreach (var partition in data.PartitionData)
            {
                var partitionAnswer = new PartitionAnswer { Index = partition.Index, BaseOffset = -1 };
                answer.PartitionResponses.Add(partitionAnswer);
                if (topicRefusal is { } refused)
                {
                    NoteRefused(new TopicIdPartition(data.TopicId, data.Name, partition.Index), partition, refused.Error);
                    Refuse(partitionAnswer, refused.Error, refused.Message);
                    continue;
                }
                StartPartition(production, topic!, partition, partitionAnswer, image);
            }
        }
    }

    private static Refusal? RefusalOf(Production production)
    {
        if (production.Header.ApiVersion < ServedFrom)
            return new Refusal(ErrorCode.UnsupportedVersion, null);
        if (production.Request.Acks is < -1 or > 1)
            return new Refusal(ErrorCode.InvalidRequiredAcks, $"acks is {production.Request.Acks}; -1 (all), 0 and 1 are allowed.");
        if (production.Request.TransactionalId is { } id)
            return new Refusal(ErrorCode.TransactionalIdAuthorizationFailed, $"Transactions are not served by this broker; transactional.id is '{id}'.");
        return null;
    }

    private static Refusal? FindTopic(ProduceRequest.TopicProduceData data, short version, MetadataImage image, out TopicImage? topic)
    {
        if (version >= IdsFrom)
        {
            if (!image.TryGetTopic(data.TopicId, out topic))
                return new Refusal(ErrorCode.UnknownTopicId, null);
        }
        else if (!image.TryGetTopic(data.Name, out topic))
        {
            return new Refusal(ErrorCode.UnknownTopicOrPartition, null);
        }
        return topic.IsInternal
            ? new Refusal(ErrorCode.InvalidTopicException, $"Topic {topic.Name} is the broker's own; clients may not write to it.")
            : null;
    }

    private void StartPartition(Production production, TopicImage topic, PartitionData data, PartitionAnswer answer, MetadataImage image)
    {
        if (!topic.TryGetPartition(data.Index, out var partition))
        {
            NoteRefused(topic.IdOf(data.Index), data, ErrorCode.UnknownTopicOrPartition);
            Refuse(answer, ErrorCode.UnknownTopicOrPartition, null);
            return;
        }
        if (partition.Leader != nodeId)
        {
            NoteRefused(topic.IdOf(data.Index), data, ErrorCode.NotLeaderOrFollower);
            RefuseAsNotLeader(production, answer, partition, image);
            return;
        }
        var batch = data.Records is MemoryRecords records ? MemoryMarshal.AsMemory(records.Memory) : Memory<byte>.Empty;
        var verdict = RecordBatchValidator.Validate(
            batch, rules.Of(topic, image), production.Header.ApiVersion, time.GetUtcNow().ToUnixTimeMilliseconds());
        if (verdict.IsAccepted && new RecordBatch(batch).IsTransactional)
            verdict = new RecordBatchVerdict(ErrorCode.TransactionalIdAuthorizationFailed, "Transactions are not served by this broker; the batch is marked transactional.");
        if (!verdict.IsAccepted)
        {
            Refuse(answer, verdict.Error, verdict.Message);
            return;
        }
        var timeoutMs = production.Request.Acks == -1 ? Math.Clamp(production.Request.TimeoutMs, 0, TimeoutMsMax) : LeaderTimeoutMs;
        var deadline = time.GetTimestamp() + (long)(timeoutMs / 1000.0 * time.TimestampFrequency);
        var append = new AppendRecords(topic.IdOf(data.Index), partition.LeaderEpoch, batch, production.Request.Acks, deadline, AppendOrigin.Client);
        production.Bytes += batch.Length;
        production.Pending.Add(new Pending(answer, topic, partitions.AppendAsync(append, TimeSpan.FromMilliseconds(timeoutMs + AnswerGraceMs))));
    }

    private async ValueTask<ResponseFrame> FinishAsync(Production production, RequestFrame frame)
    {
        var isAnswered = true;
        try
        {
            foreach (var pending in production.Pending)
            {
                if (await pending.Reply.ConfigureAwait(false) is { } reply)
                {
                    Apply(production, pending, reply);
                    production.WrittenAt = Math.Max(production.WrittenAt, reply.WrittenAt);
                    isAnswered &= !reply.IsMemoryInUse;
                    continue;
                }
                isAnswered = false;
                Refuse(pending.Answer, ErrorCode.RequestTimedOut, "The partition's leader has not answered in time; whether the batch is stored is unknown.");
            }
        }
        catch
        {
            isAnswered = false;
            throw;
        }
        finally
        {
            if (isAnswered)
                frame.Dispose();
            else
                frame.Abandon();
        }
        var response = production.Request.Acks == 0 ? AnswerWithSilence(production) : Encode(production);
        return production.WrittenAt > 0 && production.Request.Acks == -1 ? response with { RemoteTicks = Math.Max(1, time.GetTimestamp() - production.WrittenAt) } : response;
    }

    private void Apply(Production production, Pending pending, AppendReply reply)
    {
        var answer = pending.Answer;
        answer.LogStartOffset = reply.LogStartOffset;
        if (reply.Error == ErrorCode.None)
        {
            answer.BaseOffset = reply.BaseOffset;
            answer.LogAppendTimeMs = reply.LogAppendTimeMs;
            return;
        }
        var image = metadata.Current;
        if (reply.Error == ErrorCode.NotLeaderOrFollower && image.TryGetPartition(pending.Topic.IdOf(answer.Index), out var partition))
            RefuseAsNotLeader(production, answer, partition, image);
        else
            Refuse(answer, reply.Error, reply.Message);
    }

    private void NoteRefused(TopicIdPartition id, PartitionData data, ErrorCode error)
    {
        if (data.Records is MemoryRecords { Memory: var batch } && batch.Length >= RecordBatch.HeaderSize && new BatchHeader(batch.Span) is { Magic: RecordBatch.CurrentMagic } header)
            refusedBatches.Note(id, header, error);
    }

    private static void Refuse(PartitionAnswer answer, ErrorCode error, string? message)
    {
        answer.ErrorCode = error;
        answer.ErrorMessage = message;
    }

    /// <summary>Says who leads, with its address (KIP-951), so that the producer need not ask for metadata first.</summary>
    private void RefuseAsNotLeader(Production production, PartitionAnswer answer, PartitionImage partition, MetadataImage image)
    {
        answer.ErrorCode = ErrorCode.NotLeaderOrFollower;
        if (production.Header.ApiVersion < CurrentLeaderFrom || partition.Leader == nodeId || !image.IsAlive(partition.Leader))
            return;
        answer.CurrentLeader = new() { LeaderId = partition.Leader, LeaderEpoch = partition.LeaderEpoch };
        var leader = image.Brokers[partition.Leader];
        if (leader.EndpointOf(production.Context.Listener) is { } endpoint && !production.Response.NodeEndpoints.Exists(n => n.NodeId == leader.Id))
            production.Response.NodeEndpoints.Add(new() { NodeId = leader.Id, Host = endpoint.Host, Port = endpoint.Port, Rack = leader.Rack });
    }

    private static ResponseFrame Encode(Production production)
    {
        var response = production.Response;
        response.ThrottleTimeMs = ThrottleTimeMsOf(production);
        return ResponseEncoder.Encode(response, ApiKey.Produce, production.Header.ApiVersion, production.Header.CorrelationId, response.ThrottleTimeMs);
    }

    /// <summary>A producer that wants no answer learns of a refusal by the loss of its connection, and asks for metadata then.</summary>
    private static ResponseFrame AnswerWithSilence(Production production)
    {
        foreach (var topic in production.Response.Responses)
        {
            foreach (var partition in topic.PartitionResponses)
            {
                if (partition.ErrorCode != ErrorCode.None)
                    throw new CloseConnectionException($"A produce request with acks=0 for {topic.Name}-{partition.Index} was refused with {partition.ErrorCode}");
            }
        }
        return new ResponseFrame(null, ThrottleTimeMsOf(production));
    }

    private static int ThrottleTimeMsOf(Production production)
    {
        var context = production.Context;
        return Math.Max(context.Quota.BytesThrottleTimeMs(context, ApiKey.Produce, production.Bytes), context.Quota.TimeThrottleTimeMs(context));
    }

    private readonly record struct Refusal(ErrorCode Error, string? Message);

    private readonly record struct Pending(PartitionAnswer Answer, TopicImage Topic, Task<AppendReply?> Reply);

    /// <summary>One request on its way.</summary>
    private sealed class Production(ProduceRequest request, RequestHeader header, RequestContext context)
    {
        public ProduceRequest Request { get; } = request;

        public RequestHeader Header { get; } = header;

        public RequestContext Context { get; } = context;

        public ProduceResponse Response { get; } = new();

        public List<Pending> Pending { get; } = [];

        public long Bytes { get; set; }

        /// <summary>When the last of the leaders had its batch in its log; 0 if none says.</summary>
        public long WrittenAt { get; set; }
    }
}
