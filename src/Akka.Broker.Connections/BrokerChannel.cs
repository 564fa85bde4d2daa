using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Connections;

/// <summary>
/// A way to a broker that outlives its connections.
/// <code>
///  [ idle ] ─ Ask ─▶ [ connecting ] ─ up ─▶ [ connected ] ─ lost ─▶ [ idle ]
///                          └─ failed: all that wait fail ─▶ [ pausing ] ─ the pause is over, if asked meanwhile ─▶ [ connecting ]
/// </code>
/// What is asked during the pause waits for the next attempt and fails or succeeds with it, so that a caller who asks again at each failure is slowed down
/// by <see cref="ReconnectBackoff"/> and needs no timer of his own. Thread-safe.
/// </summary>
internal sealed class BrokerChannel : IBrokerConnection
{
    private readonly BrokerConnectionOptions _options;
    private readonly string _clientId;
    private readonly TimeProvider _time;
    private readonly ReconnectBackoff _backoff;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _disposing = new();
    private Task<BrokerConnection>? _connection;
    private long _notBefore;
    private bool _isDisposed;

    public BrokerChannel(BrokerAddress address, string clientId, BrokerConnectionOptions options, TimeProvider time, Random random)
    {
        Address = address;
        _options = options;
        _clientId = clientId;
        _time = time;
        _backoff = new ReconnectBackoff(options.BackoffMin, options.BackoffMax, random);
        _notBefore = time.GetTimestamp();
    }

    public BrokerAddress Address { get; }

    public async Task<BrokerResponse<TResponse>> AskAsync<TResponse>(
        IRequest request, TimeSpan timeout, short versionMax = short.MaxValue, CancellationToken cancelled = default)
        where TResponse : IResponse, new()
    {
        var deadline = _time.GetTimestamp() + (long)(timeout.TotalSeconds * _time.TimestampFrequency);
        var connection = await ConnectionAsync(timeout, cancelled).ConfigureAwait(false);
        return await connection.AskAsync<TResponse>(request, deadline, versionMax, cancelled).ConfigureAwait(false);
    }

    public async Task TellAsync(IRequest request, TimeSpan timeout, CancellationToken cancelled = default)
    {
        var deadline = _time.GetTimestamp() + (long)(timeout.TotalSeconds * _time.TimestampFrequency);
        var connection = await ConnectionAsync(timeout, cancelled).ConfigureAwait(false);
        await connection.TellAsync(request, deadline, cancelled).ConfigureAwait(false);
    }

    public void Dispose()
    {
        Task<BrokerConnection>? connection;
        lock (_gate)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
            connection = _connection;
        }
        _disposing.Cancel();
        connection?.ContinueWith(static c => c.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
    }

    private async ValueTask<BrokerConnection> ConnectionAsync(TimeSpan timeout, CancellationToken cancelled)
    {
        var connecting = ConnectionAsync();
        if (!connecting.IsCompleted)
            await WaitAsync(connecting, timeout, cancelled).ConfigureAwait(false);
        return await connecting.ConfigureAwait(false);
    }

    private async Task WaitAsync(Task connecting, TimeSpan timeout, CancellationToken cancelled)
    {
        try
        {
            await connecting.WaitAsync(timeout, _time, cancelled).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new BrokerConnectionException(Address, $"no connection within {timeout.TotalMilliseconds:0} ms");
        }
    }

    /// <summary>The open connection, or the attempt that everybody waits for.</summary>
    private Task<BrokerConnection> ConnectionAsync()
    {
        lock (_gate)
        {
            if (_isDisposed)
                return Task.FromException<BrokerConnection>(new BrokerConnectionException(Address, "this side has closed the connection"));
            if (_connection is { } known && (!known.IsCompleted || (known.IsCompletedSuccessfully && known.Result.IsOpen)))
                return known;
            return _connection = ConnectAsync();
        }
    }

    private async Task<BrokerConnection> ConnectAsync()
    {
        // Nothing of it runs under the caller's lock.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            var pause = _time.GetElapsedTime(_time.GetTimestamp(), _notBefore);
            if (pause > TimeSpan.Zero)
                await Task.Delay(pause, _time, _disposing.Token).ConfigureAwait(false);
            var connection = await BrokerConnection.ConnectAsync(Address, _clientId, _options, _time, _disposing.Token).ConfigureAwait(false);
            _backoff.Reset();
            return connection;
        }
        catch (OperationCanceledException) when (_disposing.IsCancellationRequested)
        {
            throw new BrokerConnectionException(Address, "this side has closed the connection");
        }
        catch (BrokerConnectionException)
        {
            _notBefore = _time.GetTimestamp() + (long)(_backoff.Next().TotalSeconds * _time.TimestampFrequency);
            throw;
        }
    }
}
