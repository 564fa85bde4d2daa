using Akka.Broker.Client.Cluster;
using Akka.Broker.Client.Diagnostics;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Producing;

/// <summary>
/// One produce request and what came of it. Made by the sender, carried out anywhere, given back to the sender. Requests to a broker are compressed side by side and
/// leave in the order in which they were made: an idempotent producer's batches would be refused in any other.
/// </summary>
/// <param name="brokerId">Who is asked.</param>
/// <param name="batches">What is sent.</param>
/// <param name="before">The request before it to this broker is on its way.</param>
internal sealed class ProduceExchange(int brokerId, List<ProducerBatch> batches, Task before)
{
    private readonly TaskCompletionSource _sent = new();

    public int BrokerId { get; } = brokerId;

    public List<ProducerBatch> Batches { get; } = batches;

    /// <summary>Null with acks = none, or if it failed.</summary>
    public ProduceResponse? Response { get; private set; }

    public BrokerClientException? Failure { get; private set; }

    /// <summary>It is on its way, or will never be.</summary>
    public Task Sent => _sent.Task;

    /// <summary>Sends it and waits for the answer. Never fails: <see cref="Failure"/> says what happened.</summary>
    public async Task RunAsync(IClusterClient cluster, ProducerSettings settings, TimeProvider time)
    {
        var start = time.GetTimestamp();
        try
        {
            // Compressing takes its time, and brokers do not wait for one another.
            if (settings.Compression != Protocol.Records.CompressionType.None)
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            var request = Request(cluster.View, settings);
            await before.ConfigureAwait(false);
            if (settings.Acks == Acks.None)
            {
                var told = cluster.TellAsync(BrokerId, request, settings.RequestTimeout, CancellationToken.None);
                _sent.TrySetResult();
                await told.ConfigureAwait(false);
            }
            else
            {
                var asked = cluster.AskAsync<ProduceResponse>(BrokerId, request, settings.RequestTimeout, CancellationToken.None);
                _sent.TrySetResult();
                Response = await asked.ConfigureAwait(false);
            }
        }
        catch (BrokerClientException cause)
        {
            Failure = cause;
        }
        catch (Exception cause)
        {
            Failure = new DeliveryException(ErrorCode.UnknownServerError, $"Sending failed: {cause.Message}", isOutcomeUnknown: true, cause);
        }
        _sent.TrySetResult();
        var elapsedMs = (long)time.GetElapsedTime(start).TotalMilliseconds;
        ProducerTelemetry.RequestDone(cluster.View.Brokers.GetValueOrDefault(BrokerId), elapsedMs, Failure?.ErrorCode ?? ErrorCode.None);
    }

    /// <summary>What the broker says of the batch; null if it does not mention it.</summary>
    public ProduceResponse.PartitionProduceResponse? Find(ProducerBatch batch, ClusterView view)
    {
        foreach (var topic in Response!.Responses)
        {
            var isTopic = string.IsNullOrEmpty(topic.Name) ? view.Topic(batch.Partition.Topic)?.Id == topic.TopicId : topic.Name == batch.Partition.Topic;
            if (!isTopic)
                continue;
            foreach (var partition in topic.PartitionResponses)
            {
                if (partition.Index == batch.Partition.Index)
                    return partition;
            }
        }
        return null;
    }

    private ProduceRequest Request(ClusterView view, ProducerSettings settings)
    {
        var request = new ProduceRequest { Acks = (short)settings.Acks, TimeoutMs = (int)settings.RequestTimeout.TotalMilliseconds };
        foreach (var batch in Batches)
        {
            var name = batch.Partition.Topic;
            var topic = request.TopicData.Find(t => t.Name == name);
            if (topic is null)
                request.TopicData.Add(topic = new() { Name = name, TopicId = view.Topic(name)?.Id ?? Guid.Empty });
            topic.PartitionData.Add(new() { Index = batch.Partition.Index, Records = batch.Encode() });
        }
        return request;
    }
}
