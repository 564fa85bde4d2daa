using Akka.Broker.Client.Cluster;
using Akka.Broker.Client.Diagnostics;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Producing;

/// <summary>What an answer to a produce request means for its batches: reported as stored, sent again, numbered anew, or reported as failed. The sender's.</summary>
internal sealed class DeliveryResults(
    RecordAccumulator accumulator, IClusterClient cluster, ClientSettings settings, ProducerSeams seams)
{
    public ProducerIdentity Identity { get; } = new(cluster, settings);

    /// <summary>A handler of the application has thrown, or there is a bug here.</summary>
    public void OnFault(Exception fault) => seams.OnFault(fault);

    /// <summary>Tells everybody that the batch has failed.</summary>
    public void Report(ProducerBatch batch, BrokerClientException error)
    {
        if (batch.IsReported)
            return;
        ProducerTelemetry.BatchDone(batch.Partition.Topic, batch.Partition.Index, batch.RecordCount, error.ErrorCode);
        batch.Report(-1, -1, error, seams.OnFault);
    }

    public void Apply(ProduceExchange exchange, long now)
    {
        var view = cluster.View;
        foreach (var batch in exchange.Batches)
        {
            if (exchange.Failure is { } failure)
                Unanswered(batch, failure, now);
            else if (exchange.Response is null)
                Stored(batch, -1, -1);
            else if (exchange.Find(batch, view) is { } answer)
                Answered(batch, answer, exchange, now);
            else
                Unanswered(batch, BrokerClientException.Of(ErrorCode.UnknownTopicOrPartition, $"Producing to {Name(batch)}", "the broker did not mention it"), now);
        }
    }

    public DeliveryException TimedOut(ProducerBatch batch, bool isOutcomeUnknown) => new(
        ErrorCode.RequestTimedOut,
        $"A record to {Name(batch)} was not delivered within its delivery-timeout, after {batch.Attempts} attempts{(isOutcomeUnknown ? "; it may be stored all the same" : "")}.",
        isOutcomeUnknown);

    private void Answered(ProducerBatch batch, ProduceResponse.PartitionProduceResponse answer, ProduceExchange exchange, long now)
    {
        switch (answer.ErrorCode)
        {
            case ErrorCode.None:
                Stored(batch, answer.BaseOffset, answer.LogAppendTimeMs);
                break;
            case ErrorCode.DuplicateSequenceNumber:
                // The broker has it, and has forgotten where.
                Stored(batch, -1, -1);
                break;
            case ErrorCode.OutOfOrderSequenceNumber or ErrorCode.UnknownProducerId or ErrorCode.InvalidProducerEpoch when batch.BaseSequence >= 0 && !batch.IsReported:
                if (!batch.Partition.Refused(batch, now + Backoff(batch), isForgotten: answer.ErrorCode != ErrorCode.OutOfOrderSequenceNumber))
                    Identity.Renew();
                break;
            case ErrorCode.MessageTooLarge or ErrorCode.RecordListTooLarge when !batch.IsReported:
                TooLarge(batch, answer);
                break;
            case var code when code.IsRetriable():
                seams.OnRetry?.Invoke(BrokerClientException.Of(code, $"Producing to {Name(batch)}", MessageOf(answer)));
                var isLedElsewhere = Learn(batch, answer, exchange);
                // A leader that answers this has appended, or may have.
                var mayBeStored = code is ErrorCode.RequestTimedOut or ErrorCode.NotEnoughReplicasAfterAppend;
                Retry(batch, mayBeStored, isLedElsewhere ? now : now + Backoff(batch));
                break;
            default:
                Failed(batch, BrokerClientException.Of(answer.ErrorCode, $"Producing to {Name(batch)}", MessageOf(answer)));
                break;
        }
    }

    /// <summary>
    /// Refused before anything of it was stored. Had it been stored by an earlier attempt whose answer was lost, it would have had to be allowed then and be too large now: nobody
    /// changes limits within the moments between.
    /// </summary>
    private void TooLarge(ProducerBatch batch, ProduceResponse.PartitionProduceResponse answer)
    {
        if (batch.RecordCount > 1)
        {
            batch.Partition.Split(batch, accumulator);
            accumulator.Release(batch);
            return;
        }
        var limit = answer.ErrorCode == ErrorCode.MessageTooLarge ? "max.message.bytes" : "segment.bytes";
        var told = MessageOf(answer) is { Length: > 0 } message ? $" {message}" : "";
        Failed(batch, new DeliveryException(
            answer.ErrorCode, $"A record that makes a batch of {batch.SizeInBytes} bytes to {Name(batch)} is larger than the topic's {limit} allows.{told}"));
    }

    /// <summary>No answer: it may be stored or not.</summary>
    private void Unanswered(ProducerBatch batch, BrokerClientException failure, long now)
    {
        if (failure.IsRetriable)
        {
            seams.OnRetry?.Invoke(failure);
            cluster.Invalidate(batch.Partition.Topic, batch.Partition.Index);
            Retry(batch, mayBeStored: true, now + Backoff(batch));
            return;
        }
        batch.MayBeStored = true;
        Failed(batch, failure);
    }

    private void Retry(ProducerBatch batch, bool mayBeStored, long notBeforeMs)
    {
        batch.MayBeStored |= mayBeStored;
        if (batch.IsReported)
            GiveUp(batch);
        else
            batch.Partition.Return(batch, notBeforeMs);
    }

    private void Stored(ProducerBatch batch, long baseOffset, long logAppendTimeMs)
    {
        batch.Partition.Stored(batch);
        if (!batch.IsReported)
            ProducerTelemetry.BatchDone(batch.Partition.Topic, batch.Partition.Index, batch.RecordCount, ErrorCode.None);
        batch.Report(baseOffset, logAppendTimeMs, null, seams.OnFault);
        accumulator.Release(batch);
    }

    private void Failed(ProducerBatch batch, BrokerClientException error)
    {
        Report(batch, error);
        GiveUp(batch);
    }

    private void GiveUp(ProducerBatch batch)
    {
        batch.Partition.Forget(batch);
        accumulator.Release(batch);
    }

    /// <summary>True if it is known now that another broker leads the partition: there is nothing to wait for.</summary>
    private bool Learn(ProducerBatch batch, ProduceResponse.PartitionProduceResponse answer, ProduceExchange exchange)
    {
        if (!answer.ErrorCode.IsStaleMetadata())
            return false;
        var told = answer.CurrentLeader;
        if (told is not { LeaderId: >= 0 })
        {
            cluster.Invalidate(batch.Partition.Topic, batch.Partition.Index);
            return false;
        }
        var endpoint = exchange.Response!.NodeEndpoints.Find(n => n.NodeId == told.LeaderId);
        var leader = endpoint is null ? null : new BrokerNode(endpoint.NodeId, endpoint.Host, endpoint.Port, endpoint.Rack);
        cluster.ApplyLeader(batch.Partition.Topic, batch.Partition.Index, told.LeaderId, told.LeaderEpoch, leader);
        var leads = cluster.View.Partition(batch.Partition.Topic, batch.Partition.Index)?.LeaderId;
        if (leads != told.LeaderId || leads == exchange.BrokerId)
            cluster.Invalidate(batch.Partition.Topic, batch.Partition.Index);
        return leads is { } other && other >= 0 && other != exchange.BrokerId;
    }

    private long Backoff(ProducerBatch batch) =>
        (long)RetryBackoff.After(batch.Attempts - 1, settings.RetryBackoff, settings.RetryBackoffMax).TotalMilliseconds;

    private static string MessageOf(ProduceResponse.PartitionProduceResponse answer)
    {
        var message = answer.ErrorMessage ?? "";
        return answer.RecordErrors.Count == 0
            ? message
            : $"{message} Record {answer.RecordErrors[0].BatchIndex} of its batch: {answer.RecordErrors[0].BatchIndexErrorMessage}".TrimStart();
    }

    private static string Name(ProducerBatch batch) => $"{batch.Partition.Topic}-{batch.Partition.Index}";
}
