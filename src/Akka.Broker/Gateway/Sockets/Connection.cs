using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Gateway.Sockets;

/// <summary>
/// One client's TCP connection.
/// <code>
///  receive loop:  room in the window? ─▶ muted? ─▶ next frame ─▶ Dispatch (starts the handler) ─┐
///       ▲                                                                                       ▼
///       └────────────────────────────────────────────────────────────────────────── ResponseQueue ─▶ PacketSender ─▶ socket
/// </code>
/// The loop reads no further than the window of <see cref="ConnectionLimits"/>, so a client that does not read its answers is itself not read:
/// what it can make the broker hold is bounded. Idle, a connection holds its socket and a few hundred bytes.
/// <see cref="Close"/> and <see cref="Sweep"/> are called from any thread.
/// </summary>
internal sealed class Connection : IRequester
{
    private readonly Socket _socket;
    private readonly ConnectionServices _services;
    private readonly FrameReceiver _receiver;
    private readonly PacketSender _sender;
    private readonly ResponseQueue _responses;
    private readonly Muting _muting;
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isClosed;
    private volatile bool _isDraining;

    public Connection(long id, Socket socket, Listener listener, ConnectionServices services)
    {
        Id = id;
        Listener = listener.Name;
        IsInterBroker = listener.IsInterBroker;
        Remote = (IPEndPoint)socket.RemoteEndPoint!;
        Closed = _closing.Token;
        _socket = socket;
        _services = services;
        _muting = new Muting(services.Time, services.Wheel);
        _receiver = new FrameReceiver(socket, services.Memory, services.Time, services.Limits.RequestBytesMax, Fail);
        _sender = new PacketSender(socket, services.Time);
        _responses = new ResponseQueue(_sender, services, OnFailed, _muting.Extend);
    }

    public long Id { get; }

    /// <summary>Requests that are worked on, or whose responses wait.</summary>
    public int RequestsInFlight => _responses.Count;

    /// <summary>The name of the listener that accepted it.</summary>
    public string Listener { get; }

    /// <summary>Whether that is the listener for brokers.</summary>
    public bool IsInterBroker { get; }

    public IPEndPoint Remote { get; }

    /// <summary>What holds its client back.</summary>
    public IRequestQuota Quota => _services.Quota;

    /// <summary>Cancelled when the connection closes.</summary>
    public CancellationToken Closed { get; }

    /// <summary>Completes when <see cref="RunAsync"/> is through.</summary>
    public Task Ended => _ended.Task;

    /// <summary>The context of the last request, to be used again by an equal one. The dispatcher's.</summary>
    public RequestContext? LastContext { get; set; }

    /// <summary>Serves the client until the connection is closed by either side.</summary>
    public async Task RunAsync()
    {
        try
        {
            await ReceiveAllAsync().ConfigureAwait(false);
            if (_isDraining)
                await _responses.WhenEmptyAsync().ConfigureAwait(false);
            Close();
        }
#pragma warning disable CA1031 // whatever goes wrong here costs this connection only
        catch (Exception cause)
#pragma warning restore CA1031
        {
            OnFailed(cause);
        }
        finally
        {
            _receiver.Release();
            _ended.TrySetResult();
        }
    }

    /// <summary>Reads no further request, answers those that were read, then closes.</summary>
    public void Drain()
    {
        _isDraining = true;
        try
        {
            _socket.Shutdown(SocketShutdown.Receive);
        }
        catch (Exception cause) when (cause is SocketException or ObjectDisposedException)
        {
            Close();
        }
    }

    public void Close()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0)
            return;
        // Counted first: who sees the stream end may rely on the count.
        _services.Counters.OnClosed();
        _socket.Dispose();
        _responses.Close();
        _closing.Cancel();
    }

    /// <summary>Closes the connection if its client takes nothing of what is sent, or has been silent for too long.</summary>
    public void Sweep()
    {
        var limits = _services.Limits;
        var sendStartedAt = _sender.SendStartedAt;
        if (sendStartedAt >= 0 && _services.Time.GetElapsedTime(sendStartedAt).TotalMilliseconds > limits.SendBlockedMsMax)
            Fail($"It has taken nothing of its responses for {limits.SendBlockedMsMax} ms");
        else if (_responses.Count == 0 && _services.Time.GetElapsedTime(_receiver.LastProgress).TotalMilliseconds > limits.IdleMsMax)
            Close();
    }

    public override string ToString() => $"Connection {Id} from {Remote} on listener {Listener}";

    private async Task ReceiveAllAsync()
    {
        while (!_isDraining)
        {
            await _responses.WaitForRoomAsync().ConfigureAwait(false);
            if (_muting.IsOn)
                await _muting.WaitUntilOverAsync(Closed).ConfigureAwait(false);
            if (await ReceiveAsync().ConfigureAwait(false) is not { } frame)
                return;
            _services.Counters.OnRequest();
            var api = (ApiKey)BinaryPrimitives.ReadInt16BigEndian(frame.Bytes.Span);
            // The frame was whole when bytes came last: more are read only when no whole one is left.
            var receivedAt = _receiver.LastProgress;
            if (IsForMetadata(api))
                await _responses.WhenEmptyAsync().ConfigureAwait(false);
            var exchange = _responses.Begin(frame.Length);
            exchange.Api = api;
            if (_services.Requests is not null)
                (exchange.ReceivedAt, exchange.StartedAt) = (receivedAt, _services.Time.GetTimestamp());
            exchange.Await(Quota.CountsTime ? DispatchCounted(frame, exchange) : _services.Dispatcher.DispatchAsync(frame, this));
        }
    }

    private ValueTask<ResponseFrame> DispatchCounted(RequestFrame frame, Exchange exchange)
    {
        var startedAt = _services.Time.GetTimestamp();
        var handling = _services.Dispatcher.DispatchAsync(frame, this);
        exchange.Handling = _services.Time.GetElapsedTime(startedAt);
        exchange.Asker = LastContext;
        return handling;
    }

    /// <summary>
    /// Metadata is worked out when its answer's turn has come. Behind a produce that waits for its replicas an answer may lie for a second, and one that was
    /// made before that would tell a client of a leader that others have long told it is gone: it would go back to the old one.
    /// </summary>
    private static bool IsForMetadata(ApiKey api) => api == ApiKey.Metadata;

    /// <summary>The next frame; null when there is none any more. Draining may end the stream within one: what came before it is answered all the same.</summary>
    private async ValueTask<RequestFrame?> ReceiveAsync()
    {
        try
        {
            return await _receiver.ReceiveAsync(Closed).ConfigureAwait(false);
        }
        catch (MalformedFrameException) when (_isDraining)
        {
            return null;
        }
    }

    /// <summary>Says in one line why the client loses its connection, and closes it.</summary>
    private void Fail(string reason)
    {
        if (Volatile.Read(ref _isClosed) != 0)
            return;
        _services.Counters.OnFailure();
        _services.Log.Warning($"{this} is closed. {reason}.");
        Close();
    }

    private void OnFailed(Exception cause)
    {
        switch (cause)
        {
            // The other side went away, or we closed: nothing that anybody has to know.
            case SocketException or ObjectDisposedException or OperationCanceledException or TurnedAwayException:
                Close();
                break;
            case CloseConnectionException or MalformedMessageException or IOException:
                Fail(cause.Message.TrimEnd('.'));
                break;
            default:
                _services.Counters.OnFailure();
                _services.Log.Error(cause, $"{this} is closed, since one of its requests failed in a way that should not happen.");
                Close();
                break;
        }
    }
}
