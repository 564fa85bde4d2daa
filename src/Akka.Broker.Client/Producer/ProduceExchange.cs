using Akka.Broker.Client.Cluster;
using Akka.Broker.Client.Diagnostics;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Producing;

/// <summary>One produce request and what came of it. Made by the sender, carried out anywhere, given back to the sender.</summary>
internal sealed class ProduceExchange(int brokerId, List<ProducerBatch> batches)
{
    public int BrokerId { get; } = brokerId;

    public List<ProducerBatch> Batches { get; } = batches;

    /// <summary>Null with acks = none, or if it failed.</summary>
    public ProduceResponse? Response { get; private set; }

    public BrokerClientException? Failure { get; private set; }

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
            if (settings.Acks == Acks.None)
                await cluster.TellAsync(BrokerId, request, settings.RequestTimeout, CancellationToken.None).ConfigureAwait(false);
            else
                Response = await cluster.AskAsync<ProduceResponse>(BrokerId, request, settings.RequestTimeout, CancellationToken.None).ConfigureAwait(false);
        }
        catch (BrokerClientException cause)
        {
            Failure = cause;
        }
        catch (Exception cause)
        {
            Failure = new DeliveryException(ErrorCode.UnknownServerError, $"Sending failed: {cause.Message}", isOutcomeUnknown: true, cause);
        }
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
