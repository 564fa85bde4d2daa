using Akka.Broker.Connections;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Cluster;

/// <summary>
/// Keeps the view of the cluster: asks whoever answers, one question at a time, as soon as somebody needs it and after the metadata's greatest age otherwise.
/// <code>
///  RefreshAsync, Follow ─ at once ──┐
///  Invalidate ─ retry-backoff after the last ─┤▶ due ─▶ [ asking: candidate by candidate ] ─ answered ─▶ view swapped, Changed, who waited goes on; due by age,
///  something has no leader ─ backoff ─┘                          └─ by nobody: who waits goes on waiting; due after the backoff      or by backoff
/// </code>
/// Any thread; <see cref="Changed"/> is raised on the thread of whatever made the change, never two at a time.
/// <para>Invariants: at most one question is on its way; whoever waits has a question due or on its way that began after he came.</para>
/// </summary>
internal sealed class MetadataFollower : IAsyncDisposable
{
    private readonly Func<BrokerAddress[]> _candidates;
    private readonly BrokerLane _lane;
    private readonly ClientSettings _settings;
    private readonly TimeProvider _time;
    private readonly RetryBackoff _failed;
    private readonly RetryBackoff _incomplete;
    private readonly Lock _gate = new();
    private readonly Lock _publishing = new();
    private readonly HashSet<string> _followed = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _closing = new();
    private readonly ITimer _timer;
    private List<TaskCompletionSource<ClusterView>> _waiters = [];
    private ClusterView _view = ClusterView.Unknown;
    private string _lastFailure = "nobody has been asked yet";
    private long _dueAt = long.MaxValue;
    private long _notBefore = long.MinValue;
    private long _lastAsked = long.MinValue;
    private bool _isAsking;
    private bool _isClosed;

    public MetadataFollower(Func<BrokerAddress[]> candidates, BrokerLane lane, ClientSettings settings, TimeProvider time)
    {
        _candidates = candidates;
        _lane = lane;
        _settings = settings;
        _time = time;
        _failed = new RetryBackoff(settings.RetryBackoff, settings.RetryBackoffMax);
        _incomplete = new RetryBackoff(settings.RetryBackoff, settings.RetryBackoffMax);
        _timer = time.CreateTimer(static follower => ((MetadataFollower)follower!).OnDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public event Action<ClusterView>? Changed;

    public ClusterView View => Volatile.Read(ref _view);

    public async ValueTask<ClusterView> RefreshAsync(IReadOnlyCollection<string> topics, CancellationToken ct)
    {
        var waiter = new TaskCompletionSource<ClusterView>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_isClosed)
                throw new BrokerUnreachableException("The client is closed.");
            _followed.UnionWith(topics);
            _waiters.Add(waiter);
            Schedule(TimeSpan.Zero);
        }
        try
        {
            return await waiter.Task.WaitAsync(_settings.ApiTimeout, _time, ct).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new BrokerUnreachableException($"No broker answered a question for metadata within {_settings.ApiTimeout.TotalSeconds:0} s: {LastFailure}");
        }
    }

    public void Follow(string topic)
    {
        lock (_gate)
        {
            if (_followed.Add(topic))
                Schedule(TimeSpan.Zero);
        }
    }

    public void Invalidate(string topic)
    {
        lock (_gate)
        {
            _followed.Add(topic);
            var sinceLast = _lastAsked == long.MinValue ? TimeSpan.MaxValue : _time.GetElapsedTime(_lastAsked);
            Schedule(sinceLast >= _settings.RetryBackoff ? TimeSpan.Zero : _settings.RetryBackoff - sinceLast);
        }
    }

    public void ApplyLeader(string topic, int partition, int leaderId, int leaderEpoch, BrokerNode? leader)
    {
        lock (_publishing)
        {
            if (MetadataMerge.WithLeader(_view, topic, partition, leaderId, leaderEpoch, leader) is { } newer)
                Publish(newer);
        }
    }

    public async ValueTask DisposeAsync()
    {
        List<TaskCompletionSource<ClusterView>> waiters;
        lock (_gate)
        {
            if (_isClosed)
                return;
            _isClosed = true;
            (waiters, _waiters) = (_waiters, []);
        }
        await _closing.CancelAsync().ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
        foreach (var waiter in waiters)
            waiter.TrySetException(new BrokerUnreachableException("The client is closed."));
    }

    private string LastFailure => Volatile.Read(ref _lastFailure);

    /// <summary>A question is due after the delay, if none is due before. Under the lock.</summary>
    private void Schedule(TimeSpan delay)
    {
        var now = _time.GetTimestamp();
        var at = Math.Max(_notBefore, now + (long)(delay.TotalSeconds * _time.TimestampFrequency));
        if (at >= _dueAt)
            return;
        _dueAt = at;
        if (!_isAsking)
            Arm();
    }

    /// <summary>Under the lock.</summary>
    private void Arm()
    {
        if (_isClosed || _dueAt == long.MaxValue)
            return;
        var left = _time.GetElapsedTime(_time.GetTimestamp(), _dueAt);
        _timer.Change(left > TimeSpan.Zero ? left + TimeSpan.FromMilliseconds(1) : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private void OnDue()
    {
        List<TaskCompletionSource<ClusterView>> waiters;
        string[] topics;
        lock (_gate)
        {
            if (_isClosed || _isAsking)
                return;
            if (_dueAt > _time.GetTimestamp())
            {
                Arm();
                return;
            }
            _isAsking = true;
            _dueAt = long.MaxValue;
            _lastAsked = _time.GetTimestamp();
            (waiters, _waiters) = (_waiters, []);
            topics = [.. _followed];
        }
        _ = AskAsync(topics, waiters);
    }

    private async Task AskAsync(string[] topics, List<TaskCompletionSource<ClusterView>> waiters)
    {
        var request = new MetadataRequest
        {
            Topics = [.. topics.Select(t => new MetadataRequest.MetadataRequestTopic { Name = t })],
            AllowAutoTopicCreation = _settings.AllowAutoCreateTopics,
        };
        var answer = await FirstAnswerAsync(request).ConfigureAwait(false);
        if (answer is null)
        {
            OnUnanswered(waiters);
            return;
        }
        ClusterView view;
        lock (_publishing)
            Publish(view = MetadataMerge.Merge(_view, answer));
        lock (_gate)
        {
            _isAsking = false;
            _notBefore = long.MinValue;
            _failed.Reset();
            if (MetadataMerge.IsComplete(view))
                _incomplete.Reset();
            else
                Schedule(_incomplete.Next());
            Schedule(_settings.MetadataMaxAge);
            Arm();
        }
        foreach (var waiter in waiters)
            waiter.TrySetResult(view);
    }

    private void OnUnanswered(List<TaskCompletionSource<ClusterView>> waiters)
    {
        lock (_gate)
        {
            _isAsking = false;
            if (!_isClosed)
            {
                _waiters.InsertRange(0, waiters);
                _dueAt = _notBefore = _time.GetTimestamp() + (long)(_failed.Next().TotalSeconds * _time.TimestampFrequency);
                Arm();
                return;
            }
        }
        foreach (var waiter in waiters)
            waiter.TrySetException(new BrokerUnreachableException("The client is closed."));
    }

    private async Task<MetadataResponse?> FirstAnswerAsync(MetadataRequest request)
    {
        foreach (var address in _candidates())
        {
            try
            {
                using var response = await _lane.AskAsync<MetadataResponse>(address, request, _settings.MetadataTimeout, short.MaxValue, _closing.Token).ConfigureAwait(false);
                // A broker that is starting may know of nobody yet.
                if (response.Message.Brokers.Count > 0)
                    return response.Message;
                Volatile.Write(ref _lastFailure, $"Broker at {address} knows no brokers.");
            }
            catch (BrokerClientException cause)
            {
                Volatile.Write(ref _lastFailure, cause.Message);
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }
        return null;
    }

    /// <summary>Under the lock of publishing.</summary>
    private void Publish(ClusterView view)
    {
        Volatile.Write(ref _view, view);
        Changed?.Invoke(view);
    }
}
