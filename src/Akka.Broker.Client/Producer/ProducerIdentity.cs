using Akka.Broker.Client.Cluster;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Producing;

/// <summary>The producer's id, by which brokers know batches that they have already. Asked for when it is first needed. The sender's, but for the answer.</summary>
internal sealed class ProducerIdentity(IClusterClient cluster, ClientSettings settings)
{
    private Task<InitProducerIdResponse>? _asking;
    private int _failures;
    private long _notBeforeMs;

    /// <summary>Told that there is an answer, on any thread. Set once, before it is asked for.</summary>
    public Action Changed { get; set; } = static () => { };

    public ProducerIdAndEpoch Current { get; private set; } = ProducerIdAndEpoch.None;

    /// <summary>There will never be one.</summary>
    public BrokerClientException? Fatal { get; private set; }

    /// <summary>False while there is none; the sender is woken when that has changed.</summary>
    public bool TryGet(long now, ref long next)
    {
        if (Current.IsPresent)
            return true;
        if (_asking is { IsCompleted: true } answered)
        {
            _asking = null;
            TakeIn(answered, now);
            if (Current.IsPresent || Fatal is not null)
                return Current.IsPresent;
        }
        if (_asking is not null)
            return false;
        if (_notBeforeMs > now)
        {
            next = Math.Min(next, _notBeforeMs);
            return false;
        }
        var request = new InitProducerIdRequest { TransactionTimeoutMs = int.MaxValue };
        _asking = cluster.AskAnyAsync<InitProducerIdResponse>(request, settings.RequestTimeout, CancellationToken.None).AsTask();
        _asking.ContinueWith(_ => Changed(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return false;
    }

    /// <summary>It is worn out: another is needed.</summary>
    public void Renew() => Current = ProducerIdAndEpoch.None;

    private void TakeIn(Task<InitProducerIdResponse> answered, long now)
    {
        if (answered.IsCompletedSuccessfully && answered.Result.ErrorCode == ErrorCode.None)
        {
            Current = new ProducerIdAndEpoch(answered.Result.ProducerId, answered.Result.ProducerEpoch);
            _failures = 0;
            return;
        }
        var error = answered.Exception?.InnerException as BrokerClientException
            ?? BrokerClientException.Of(answered.IsCompletedSuccessfully ? answered.Result.ErrorCode : ErrorCode.UnknownServerError, "Getting a producer id", answered.Exception?.InnerException?.Message);
        if (error.ErrorCode is ErrorCode.ClusterAuthorizationFailed or ErrorCode.UnsupportedVersion)
            Fatal = error;
        _notBeforeMs = now + (long)RetryBackoff.After(_failures++, settings.RetryBackoff, settings.RetryBackoffMax).TotalMilliseconds;
    }
}
