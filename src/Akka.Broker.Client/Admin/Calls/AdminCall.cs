using Akka.Broker.Client.Cluster;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Admin.Calls;

/// <summary>One call of an administrator: what is left of its time, and the way to ask. Used by one caller; its questions may run in parallel.</summary>
internal sealed class AdminCall
{
    /// <summary>Stands for a broker's id where every broker will do.</summary>
    public const int AnyBroker = -1;

    private readonly AdminParts _parts;
    private readonly TimeSpan _timeout;
    private readonly long _start;
    private readonly CancellationToken _cancelled;

    public AdminCall(AdminParts parts, TimeSpan? timeout, CancellationToken cancelled)
    {
        _parts = parts;
        _timeout = timeout ?? parts.Client.ApiTimeout;
        _start = parts.Time.GetTimestamp();
        _cancelled = cancelled;
    }

    public ClusterView View => _parts.Cluster.View;

    /// <summary>What one request may take, for the requests that tell the broker how long it may take.</summary>
    public int RequestTimeoutMs => (int)Math.Clamp(RequestTimeout.TotalMilliseconds, 1, int.MaxValue);

    /// <summary>Whether an unknown topic may only be too young to be known.</summary>
    public bool MayKnowTopicSoon => Elapsed < _parts.Admin.UnknownTopicPatience;

    public bool IsOver => Left <= TimeSpan.Zero;

    private TimeSpan Elapsed => _parts.Time.GetElapsedTime(_start);

    private TimeSpan Left => _timeout - Elapsed;

    private TimeSpan RequestTimeout => Left < _parts.Client.RequestTimeout ? Left : _parts.Client.RequestTimeout;

    /// <summary>Asks one broker, or with <see cref="AnyBroker"/> whichever is at hand, once.</summary>
    public async Task<TResponse> AskAsync<TResponse>(int brokerId, IRequest request, short versionMax = short.MaxValue)
        where TResponse : IResponse, new()
    {
        _cancelled.ThrowIfCancellationRequested();
        if (IsOver)
            throw TimedOut(null);
        if (brokerId == AnyBroker && versionMax == short.MaxValue)
            return await _parts.Cluster.AskAnyAsync<TResponse>(request, RequestTimeout, _cancelled).ConfigureAwait(false);
        if (brokerId == AnyBroker)
            brokerId = await ChooseBrokerAsync().ConfigureAwait(false);
        else if (!View.Brokers.ContainsKey(brokerId))
            await RefreshAsync().ConfigureAwait(false);
        using var response = await _parts.Cluster.AskBufferedAsync<TResponse>(brokerId, request, RequestTimeout, _cancelled, versionMax).ConfigureAwait(false);
        return response.Message;
    }

    /// <summary>Learns the brokers anew.</summary>
    public async Task<ClusterView> RefreshAsync() => await _parts.Cluster.RefreshAsync([], _cancelled).ConfigureAwait(false);

    /// <summary>Waits before the next try.</summary>
    /// <returns>False, at once, if the time would be over then.</returns>
    public async Task<bool> BackOffAsync(int attempt)
    {
        var wait = _parts.Client.RetryBackoff * Math.Pow(2, Math.Min(attempt, 20));
        if (wait > _parts.Client.RetryBackoffMax)
            wait = _parts.Client.RetryBackoffMax;
        wait *= 0.8 + (0.4 * Chance());
        if (wait >= Left)
            return false;
        await Task.Delay(wait, _parts.Time, _cancelled).ConfigureAwait(false);
        return true;
    }

    public BrokerClientException TimedOut(BrokerClientException? last) => new(
        ErrorCode.RequestTimedOut,
        $"Not done within {_timeout.TotalSeconds:0.###} s{(last is null ? "." : $"; the last obstacle: {last.Message}")}",
        last);

    private async Task<int> ChooseBrokerAsync()
    {
        var brokers = View.Brokers.IsEmpty ? (await RefreshAsync().ConfigureAwait(false)).Brokers : View.Brokers;
        return brokers.Keys.Order().ElementAt((int)(Chance() * brokers.Count));
    }

    private double Chance()
    {
        lock (_parts.Random)
            return _parts.Random.NextDouble();
    }
}
