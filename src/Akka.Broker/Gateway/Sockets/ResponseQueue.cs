namespace Akka.Broker.Gateway.Sockets;

/// <summary>
/// The requests of one connection that are in work, in order, and the sending of their responses in that order.
/// <code>
///  Begin ─▶ [ working ] ─ Complete ─▶ [ done ] ─ all before it are done ─▶ sent in batches by one pump ─▶ room for the next request
/// </code>
/// Whoever completes the head of the order becomes the pump and sends until the head is one that still works; there is no sending task while
/// nothing is to be sent. Begin and WaitForRoomAsync are the receive loop's; Complete and Fail come from any thread.
/// <para>Invariants: responses leave in the order of Begin; at most one pump; _requestBytes and _responseBytes are the sums over the queued exchanges.</para>
/// </summary>
internal sealed class ResponseQueue(PacketSender sender, ConnectionServices services, Action<Exception> onFailure, Action<int> onThrottled)
{
    private const int BatchMax = 32;

    private readonly ConnectionLimits _limits = services.Limits;
    private readonly RequestFigures? _figures = services.Requests;
    private readonly Lock _gate = new();
    private readonly List<ResponseFrame> _batch = [];
    private Exchange? _head;
    private Exchange? _tail;
    private Exchange? _unused;
    private TaskCompletionSource? _roomWaiter;
    private TaskCompletionSource? _emptyWaiter;
    private int _count;
    private long _requestBytes;
    private long _responseBytes;
    private bool _pumping;
    private bool _closed;

    /// <summary>Requests whose responses have not been sent.</summary>
    public int Count => Volatile.Read(ref _count);

    private bool HasRoom =>
        _count < _limits.RequestsInFlightMax && (_count == 0 || _requestBytes < _limits.RequestBytesInFlightMax) && _responseBytes < _limits.ResponseBytesPendingMax;

    /// <summary>Completes when another request may be begun.</summary>
    public ValueTask WaitForRoomAsync()
    {
        lock (_gate)
        {
            if (HasRoom || _closed)
                return ValueTask.CompletedTask;
            _roomWaiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask(_roomWaiter.Task);
        }
    }

    /// <summary>Completes when everything that was begun is sent, or the connection closed.</summary>
    public Task WhenEmptyAsync()
    {
        lock (_gate)
        {
            if (_count == 0 || _closed)
                return Task.CompletedTask;
            _emptyWaiter ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _emptyWaiter.Task;
        }
    }

    /// <summary>The next place in the order.</summary>
    public Exchange Begin(int requestBytes)
    {
        lock (_gate)
        {
            var exchange = _unused ?? new Exchange(this);
            _unused = exchange.Next;
            exchange.Next = null;
            exchange.RequestBytes = requestBytes;
            exchange.IsDone = false;
            exchange.Asker = null;
            if (_tail is null)
                _head = exchange;
            else
                _tail.Next = exchange;
            _tail = exchange;
            _count++;
            _requestBytes += requestBytes;
            return exchange;
        }
    }

    /// <summary>The handler has answered; the response is the queue's.</summary>
    public void Complete(Exchange exchange, ResponseFrame response)
    {
        if (response.ThrottleTimeMs > 0)
            onThrottled(response.ThrottleTimeMs);
        if (exchange.Asker is { } asker && !response.IsForReplica)
            services.Quota.OnHandled(asker, exchange.Handling);
        var bytes = response.BytesInMemory;
        if (_figures is not null)
            exchange.AnsweredAt = services.Time.GetTimestamp();
        var pump = false;
        lock (_gate)
        {
            exchange.Response = response;
            exchange.ResponseBytes = bytes;
            exchange.IsDone = true;
            _responseBytes += bytes;
            if (!_pumping && exchange == _head)
                pump = _pumping = true;
        }
        if (pump)
            _ = PumpAsync();
    }

    /// <summary>The handler has failed: there is no answer, so the connection cannot go on.</summary>
    public void Fail(Exchange exchange, Exception cause)
    {
        onFailure(cause);
        Complete(exchange, ResponseFrame.None);
    }

    /// <summary>The connection is closed: what is done and what completes later is dropped.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            _roomWaiter?.TrySetResult();
            _emptyWaiter?.TrySetResult();
        }
    }

    private async Task PumpAsync()
    {
        while (true)
        {
            bool isClosed;
            lock (_gate)
            {
                TakeBatch();
                if (_batch.Count == 0)
                {
                    _pumping = false;
                    return;
                }
                isClosed = _closed;
            }
            try
            {
                if (!isClosed)
                    await sender.SendAsync(_batch).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // whatever goes wrong in a send costs this connection only
            catch (Exception cause)
#pragma warning restore CA1031
            {
                onFailure(cause);
            }
            finally
            {
                FinishBatch();
            }
        }
    }

    /// <summary>Moves the responses at the head that are done into the batch. They count until they are sent.</summary>
    private void TakeBatch()
    {
        for (var exchange = _head; exchange is { IsDone: true } && _batch.Count < BatchMax; exchange = exchange.Next)
            _batch.Add(exchange.Response);
    }

    /// <summary>Only the pump takes exchanges out of the order, so the head can be walked without the lock.</summary>
    private void Measure(int sent)
    {
        var now = services.Time.GetTimestamp();
        for (var exchange = _head; sent > 0; sent--, exchange = exchange!.Next)
            _figures!.OnSent(exchange!.Measured, exchange.Response, now);
    }

    private void FinishBatch()
    {
        var sent = _batch.Count;
        if (_figures is not null)
            Measure(sent);
        foreach (var response in _batch)
            response.Dispose();
        _batch.Clear();
        lock (_gate)
        {
            for (; sent > 0; sent--)
            {
                var exchange = _head!;
                Invariant.Check(exchange.IsDone);
                _head = exchange.Next;
                _requestBytes -= exchange.RequestBytes;
                _responseBytes -= exchange.ResponseBytes;
                exchange.Response = default;
                exchange.Next = _unused;
                _unused = exchange;
                _count--;
            }
            if (_head is null)
            {
                _tail = null;
                Invariant.Check(_count == 0 && _requestBytes == 0 && _responseBytes == 0);
                _emptyWaiter?.TrySetResult();
                _emptyWaiter = null;
            }
            if (_roomWaiter is not null && HasRoom)
            {
                _roomWaiter.TrySetResult();
                _roomWaiter = null;
            }
        }
    }
}
