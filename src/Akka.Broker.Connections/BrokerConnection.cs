using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Connections;

/// <summary>
/// One TCP connection to a broker, from its connecting to its end.
/// <code>
///  ConnectAsync ─▶ socket up ─▶ ApiVersions asked, versions known ─▶ [ open: requests pipelined, answered in order ] ─ first failure ─▶ [ closed ]
///
///  Ask (any thread) ─▶ room among those in flight? ─▶ _pending, _outgoing ─▶ whoever finds nobody sending sends until all is sent
///  receive loop ─▶ head of _pending ─▶ completed on the loop's thread, continued elsewhere
/// </code>
/// A failure of any kind (socket, nonsense, a request without answer at its deadline) closes it and fails all that waits. Thread-safe.
/// <para>Invariants: correlation ids of _pending rise by one; a closed connection has no pending request;
/// every pending request holds one of the places of _room, also when nobody waits for its answer any more.</para>
/// </summary>
internal sealed class BrokerConnection : IDisposable
{
    /// <summary>Behind length, API key and version: <see cref="RequestHeader"/>.</summary>
    private const int CorrelationIdPosition = 8;

    private readonly Socket _socket;
    private readonly BrokerConnectionOptions _options;
    private readonly string _clientId;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Queue<PendingResponse> _pending = new();
    private readonly Queue<OutgoingFrame> _outgoing = new();
    private readonly FrameSender _sender;
    private readonly SemaphoreSlim _room;
    private readonly ITimer _deadlines;
    private ServedApis? _served;
    private BrokerConnectionException? _failure;
    private long _armedFor = long.MaxValue;
    private int _lastCorrelationId;
    private bool _isSending;

    private BrokerConnection(Socket socket, BrokerAddress address, string clientId, BrokerConnectionOptions options, TimeProvider time)
    {
        Address = address;
        _socket = socket;
        _sender = new FrameSender(socket, address);
        _options = options;
        _clientId = clientId;
        _time = time;
        _room = new SemaphoreSlim(options.InFlightMax);
        _deadlines = time.CreateTimer(static connection => ((BrokerConnection)connection!).OnDeadline(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public BrokerAddress Address { get; }

    public bool IsOpen => Volatile.Read(ref _failure) is null;

    /// <summary>Connects and learns what the broker serves.</summary>
    /// <exception cref="BrokerConnectionException">It cannot be reached, or does not answer within <see cref="BrokerConnectionOptions.ConnectTimeout"/>.</exception>
    public static async Task<BrokerConnection> ConnectAsync(
        BrokerAddress address, string clientId, BrokerConnectionOptions options, TimeProvider time, CancellationToken cancelled)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using var timeout = new CancellationTokenSource(options.ConnectTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancelled);
            await socket.ConnectAsync(address.Host, address.Port, either.Token).ConfigureAwait(false);
        }
        catch (Exception cause) when (cause is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            var reason = cause is SocketException refused ? refused.SocketErrorCode.ToString() : $"no connection within {options.ConnectTimeout.TotalMilliseconds:0} ms";
            throw new BrokerConnectionException(address, reason, cause);
        }
        LocalSockets.EndPacing(socket);
        var connection = new BrokerConnection(socket, address, clientId, options, time);
        _ = connection.ReceiveAllAsync();
        try
        {
            await connection.LearnVersionsAsync(cancelled).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>As <see cref="IBrokerConnection.AskAsync"/>.</summary>
    /// <param name="request">What to ask.</param>
    /// <param name="deadline">As <see cref="TimeProvider.GetTimestamp"/>.</param>
    /// <param name="versionMax">See there.</param>
    /// <param name="cancelled">See there.</param>
    public Task<BrokerResponse<TResponse>> AskAsync<TResponse>(IRequest request, long deadline, short versionMax, CancellationToken cancelled)
        where TResponse : IResponse, new() =>
        AskInVersionAsync<TResponse>(request, _served!.VersionFor(request.Api, versionMax), deadline, cancelled);

    /// <summary>As <see cref="IBrokerConnection.TellAsync"/>.</summary>
    /// <param name="request">What to say.</param>
    /// <param name="deadline">As <see cref="TimeProvider.GetTimestamp"/>.</param>
    /// <param name="cancelled">See there.</param>
    public async Task TellAsync(IRequest request, long deadline, CancellationToken cancelled)
    {
        var frame = Frame(request, _served!.VersionFor(request.Api, short.MaxValue));
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_failure is not null)
            {
                frame.Dispose();
                throw new BrokerConnectionException(Address, "the connection is lost", _failure);
            }
            frame.PatchInt32(CorrelationIdPosition, ++_lastCorrelationId);
            _outgoing.Enqueue(new OutgoingFrame(frame, sent));
        }
        SendIfNobodyDoes();
        var left = _time.GetElapsedTime(_time.GetTimestamp(), deadline);
        try
        {
            await sent.Task.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, _time, cancelled).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Close($"{request.Api} was not sent in time", null);
            throw new BrokerConnectionException(Address, $"{request.Api} was not sent in time");
        }
    }

    public void Dispose() => Close("this side has closed the connection", null);

    /// <summary>Asks in the version that tells who asks; a broker that does not know it says so in version 0, in which it is then asked.</summary>
    private async Task LearnVersionsAsync(CancellationToken cancelled)
    {
        var deadline = _time.GetTimestamp() + Ticks(_options.ConnectTimeout);
        var request = new ApiVersionsRequest { ClientSoftwareName = _options.SoftwareName, ClientSoftwareVersion = "1" };
        var announced = await AskVersionsAsync(request, 3).ConfigureAwait(false);
        if (announced.ErrorCode == Protocol.ErrorCode.UnsupportedVersion)
            announced = await AskVersionsAsync(new ApiVersionsRequest(), 0).ConfigureAwait(false);
        if (announced.ErrorCode != Protocol.ErrorCode.None)
            throw new BrokerConnectionException(Address, $"ApiVersions was answered with {announced.ErrorCode}");
        _served = new ServedApis(Address, announced, _options.UnsupportedHint);

        async Task<ApiVersionsResponse> AskVersionsAsync(ApiVersionsRequest asked, short version)
        {
            using var response = await AskInVersionAsync<ApiVersionsResponse>(asked, version, deadline, cancelled).ConfigureAwait(false);
            return response.Message;
        }
    }

    private async Task<BrokerResponse<TResponse>> AskInVersionAsync<TResponse>(IRequest request, short version, long deadline, CancellationToken cancelled)
        where TResponse : IResponse, new()
    {
        var frame = Frame(request, version);
        try
        {
            if (!_room.Wait(0, CancellationToken.None))
                await WaitForRoomAsync(deadline, cancelled).ConfigureAwait(false);
        }
        catch
        {
            frame.Dispose();
            throw;
        }
        var pending = Send<TResponse>(request.Api, version, frame, deadline);
        if (!cancelled.CanBeCanceled)
            return await pending.Answer.ConfigureAwait(false);
        using var cancelling = cancelled.UnsafeRegister(static (p, token) => ((PendingResponse<TResponse>)p!).Cancel(token), pending);
        return await pending.Answer.ConfigureAwait(false);
    }

    private async Task WaitForRoomAsync(long deadline, CancellationToken cancelled)
    {
        var left = _time.GetElapsedTime(_time.GetTimestamp(), deadline);
        using var timeout = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancelled);
        try
        {
            await _room.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancelled.IsCancellationRequested)
        {
            throw new BrokerConnectionException(Address, $"{_options.InFlightMax} requests stayed unanswered until this one's time was over");
        }
    }

    /// <summary>The whole request but for its correlation id. Records are not copied into it.</summary>
    private MessageWriter Frame(IRequest request, short version)
    {
        var writer = new MessageWriter();
        try
        {
            var mark = writer.BeginFrame();
            new RequestHeader(request.Api, version, 0, _clientId).Write(writer);
            request.Write(writer, version);
            writer.EndFrame(mark);
            return writer;
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    private PendingResponse<TResponse> Send<TResponse>(ApiKey apiKey, short version, MessageWriter frame, long deadline)
        where TResponse : IResponse, new()
    {
        PendingResponse<TResponse> pending;
        lock (_gate)
        {
            if (_failure is not null)
            {
                frame.Dispose();
                _room.Release();
                throw new BrokerConnectionException(Address, "the connection is lost", _failure);
            }
            pending = new PendingResponse<TResponse>(apiKey, version, ++_lastCorrelationId, deadline);
            frame.PatchInt32(CorrelationIdPosition, _lastCorrelationId);
            _pending.Enqueue(pending);
            _outgoing.Enqueue(new OutgoingFrame(frame, null));
            Arm(deadline);
        }
        SendIfNobodyDoes();
        return pending;
    }

    private void SendIfNobodyDoes()
    {
        lock (_gate)
        {
            if (_isSending || _failure is not null)
                return;
            _isSending = true;
        }
        _ = SendAllAsync();
    }

    private async Task SendAllAsync()
    {
        try
        {
            while (TakeOutgoing())
                await _sender.SendAsync().ConfigureAwait(false);
        }
        catch (Exception cause) when (cause is SocketException or ObjectDisposedException)
        {
            Close($"sending failed ({ReasonOf(cause)})", cause);
        }
    }

    /// <summary>Gives the sender as many frames as it takes at a time. False, and nobody sends any more: there is none.</summary>
    private bool TakeOutgoing()
    {
        lock (_gate)
        {
            while (_outgoing.TryPeek(out var frame) && _sender.TryAdd(frame))
                _outgoing.Dequeue();
            return _isSending = !_sender.IsEmpty;
        }
    }

    private async Task ReceiveAllAsync()
    {
        var receiver = new ResponseReceiver(_socket, _options.ResponseBytesMax);
        try
        {
            while (await receiver.ReceiveAsync().ConfigureAwait(false) is var (array, length))
                Complete(array, length);
            Close("it has closed the connection", null);
        }
        catch (Exception cause) when (cause is SocketException or ObjectDisposedException)
        {
            Close($"the connection is lost ({ReasonOf(cause)})", cause);
        }
        catch (Exception cause) when (cause is InvalidDataException or MalformedMessageException)
        {
            Close($"what it sent is no answer ({cause.Message.TrimEnd('.')})", cause);
        }
    }

    private void Complete(byte[] array, int length)
    {
        PendingResponse? pending;
        lock (_gate)
            _pending.TryDequeue(out pending);
        if (pending is not null)
            _room.Release();
        var correlationId = BinaryPrimitives.ReadInt32BigEndian(array);
        try
        {
            if (pending is null)
                throw new InvalidDataException($"response {correlationId} was not asked for");
            if (pending.CorrelationId != correlationId)
                throw new InvalidDataException($"response {correlationId} came in the place of {pending.CorrelationId}");
            pending.Complete(array, length);
        }
        catch (Exception cause) when (cause is InvalidDataException or MalformedMessageException)
        {
            ArrayPool<byte>.Shared.Return(array);
            pending?.Fail(new BrokerConnectionException(Address, $"what it sent is no answer to {pending.ApiKey} ({cause.Message.TrimEnd('.')})", cause));
            throw;
        }
    }

    /// <summary>The timer is to go off at the earliest deadline, or before.</summary>
    private void Arm(long deadline)
    {
        if (deadline >= _armedFor)
            return;
        _armedFor = deadline;
        var left = _time.GetElapsedTime(_time.GetTimestamp(), deadline);
        // A timer counts whole milliseconds and may go off a little early.
        _deadlines.Change(left > TimeSpan.Zero ? left + TimeSpan.FromMilliseconds(1) : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private void OnDeadline()
    {
        PendingResponse? late = null;
        lock (_gate)
        {
            if (_failure is not null)
                return;
            _armedFor = long.MaxValue;
            var now = _time.GetTimestamp();
            var earliest = long.MaxValue;
            foreach (var pending in _pending)
            {
                if (pending.Deadline <= now)
                    late ??= pending;
                earliest = Math.Min(earliest, pending.Deadline);
            }
            if (late is null && earliest != long.MaxValue)
                Arm(earliest);
        }
        if (late is not null)
            Close($"{late.ApiKey} was not answered in time", null);
    }

    private void Close(string reason, Exception? cause)
    {
        PendingResponse[] unanswered;
        lock (_gate)
        {
            if (_failure is not null)
                return;
            Volatile.Write(ref _failure, new BrokerConnectionException(Address, reason, cause));
            unanswered = [.. _pending];
            _pending.Clear();
            while (_outgoing.TryDequeue(out var frame))
                frame.Fail(_failure);
        }
        _deadlines.Dispose();
        _socket.Dispose();
        if (unanswered.Length > 0)
            _room.Release(unanswered.Length);
        foreach (var pending in unanswered)
            pending.Fail(new BrokerConnectionException(Address, $"{pending.ApiKey} stays unanswered, since {reason}", cause));
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);

    private static string ReasonOf(Exception cause) => cause is SocketException lost ? lost.SocketErrorCode.ToString() : "closed";
}
