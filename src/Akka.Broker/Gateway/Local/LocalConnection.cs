using System.Buffers;
using System.Net;
using System.Threading.Channels;
using Akka.Broker.Connections;
using Akka.Broker.Gateway.Sockets;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Storage;

namespace Akka.Broker.Gateway.Local;

/// <summary>
/// One client's way into this broker from within its process. What a <see cref="Connection"/> does for a socket, without one:
/// <code>
///  ExchangeAsync ─▶ queue ─▶ muted? room in the request memory? ─▶ Dispatch (starts the handler, one after the other) ─▶ answered: copied into one array ─▶ the asker
/// </code>
/// Handlers, quotas, figures and limits of memory are those of the sockets' connections. Answers do not wait for each other. The first request that fails in a way that has no
/// answer closes the connection, and all that is unanswered fails. Any thread.
/// <para>Invariants: one loop dispatches; every request that was taken is answered or fails.</para>
/// </summary>
internal sealed class LocalConnection : ILocalConnection, IRequester
{
    /// <summary>Nobody dials in from here: what the address of an asker within the process is.</summary>
    private static readonly IPEndPoint Within = new(IPAddress.Loopback, 0);

    private readonly ConnectionServices _services;
    private readonly BrokerAddress _address;
    private readonly Action<LocalConnection> _ended;
    private readonly Muting _muting;
    private readonly CancellationTokenSource _closing = new();
    private readonly Channel<LocalRequest> _requests = Channel.CreateUnbounded<LocalRequest>(new UnboundedChannelOptions { SingleReader = true });
    private int _isClosed;

    public LocalConnection(long id, BoundListener listener, BrokerAddress address, ConnectionServices services, Action<LocalConnection> ended)
    {
        Id = id;
        Listener = listener.Name;
        IsInterBroker = listener.IsInterBroker;
        Closed = _closing.Token;
        _address = address;
        _services = services;
        _muting = new Muting(services.Time, services.Wheel);
        _ended = ended;
        _ = DispatchAllAsync();
    }

    public long Id { get; }

    public string Listener { get; }

    public bool IsInterBroker { get; }

    public IPEndPoint Remote => Within;

    public CancellationToken Closed { get; }

    public IRequestQuota Quota => _services.Quota;

    public RequestContext? LastContext { get; set; }

    public bool IsOpen => Volatile.Read(ref _isClosed) == 0;

    public Task<LocalFrame?> ExchangeAsync(byte[] request, int length)
    {
        var asked = new LocalRequest(request, length, _services.Time.GetTimestamp());
        if (!_requests.Writer.TryWrite(asked))
        {
            ArrayPool<byte>.Shared.Return(request);
            asked.Answer.SetException(ClosedException());
        }
        return asked.Answer.Task;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0)
            return;
        _requests.Writer.Complete();
        _closing.Cancel();
        _ended(this);
    }

    public override string ToString() => $"Connection {Id} from within the process on listener {Listener}";

    private BrokerConnectionException ClosedException(Exception? cause = null) => new(_address, "the connection within the process is closed", cause);

    private async Task DispatchAllAsync()
    {
        while (await _requests.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            while (_requests.Reader.TryRead(out var request))
                await BeginAsync(request).ConfigureAwait(false);
        }
    }

    /// <summary>Returns when the next request may begin; this one is answered by then, or later.</summary>
    private async ValueTask BeginAsync(LocalRequest request)
    {
        ValueTask<ResponseFrame> handling;
        var startedAt = 0L;
        try
        {
            if (_muting.IsOn)
                await _muting.WaitUntilOverAsync(Closed).ConfigureAwait(false);
            await _services.Memory.ReserveAsync(request.Length, 0, Closed).ConfigureAwait(false);
            if (!IsOpen)
            {
                _services.Memory.Release(request.Length);
                throw new OperationCanceledException(Closed);
            }
            startedAt = _services.Time.GetTimestamp();
            _services.Counters.OnRequest();
            handling = _services.Dispatcher.DispatchAsync(new RequestFrame(request.Array, request.Length, _services.Memory), this);
            if (Quota.CountsTime && LastContext is { } asker)
                Quota.OnHandled(asker, _services.Time.GetElapsedTime(startedAt));
        }
        catch (OperationCanceledException closed)
        {
            ArrayPool<byte>.Shared.Return(request.Array);
            request.Answer.SetException(ClosedException(closed));
            return;
        }
        _ = AnswerAsync(request, handling, startedAt);
    }

    private async Task AnswerAsync(LocalRequest request, ValueTask<ResponseFrame> handling, long startedAt)
    {
        try
        {
            using var response = await handling.ConfigureAwait(false);
            var answeredAt = _services.Time.GetTimestamp();
            if (response.ThrottleTimeMs > 0)
                _muting.Extend(response.ThrottleTimeMs);
            var frame = Copy(response);
            _services.Requests?.OnSent(new MeasuredRequest(request.Api, request.Length, request.AskedAt, startedAt, answeredAt), response, _services.Time.GetTimestamp());
            request.Answer.SetResult(frame);
        }
#pragma warning disable CA1031 // whatever a handler throws costs this connection only
        catch (Exception cause)
#pragma warning restore CA1031
        {
            OnFailed(cause);
            request.Answer.SetException(ClosedException(cause));
        }
    }

    private void OnFailed(Exception cause)
    {
        if (IsOpen && cause is not (OperationCanceledException or TurnedAwayException))
        {
            _services.Counters.OnFailure();
            if (cause is CloseConnectionException or MalformedMessageException or IOException)
                _services.Log.Warning($"{this} is closed. {cause.Message.TrimEnd('.')}.");
            else
                _services.Log.Error(cause, $"{this} is closed, since one of its requests failed in a way that should not happen.");
        }
        Dispose();
    }

    /// <summary>The response without its length field, in one array: file ranges are read into it, on the pool's thread that the handler's answer came on.</summary>
    private static LocalFrame? Copy(in ResponseFrame response)
    {
        if (response.Writer is not { } writer)
            return null;
        var length = (int)writer.TotalBytes - sizeof(int);
        var array = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var at = -sizeof(int);
            foreach (var segment in writer.Segments)
            {
                switch (segment.External)
                {
                    case FileRecords range:
                        Read(range, array.AsSpan(at, range.SizeInBytes));
                        break;
                    case null or MemoryRecords:
                        var bytes = segment.External is MemoryRecords records ? records.Memory.Span : segment.Memory.Span;
                        (at < 0 ? bytes[-at..] : bytes).CopyTo(array.AsSpan(Math.Max(0, at)));
                        break;
                    default:
                        throw new InvalidOperationException($"Records of type {segment.External.GetType().Name} cannot be sent.");
                }
                at += segment.Length;
            }
            return new LocalFrame(array, length);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(array);
            throw;
        }
    }

    private static void Read(FileRecords range, Span<byte> destination)
    {
        for (var done = 0; done < destination.Length;)
        {
            var read = range.Read(done, destination[done..]);
            if (read == 0)
                throw new IOException($"A segment file was cut: {done} of {destination.Length} bytes from {range.Position} on could be read.");
            done += read;
        }
    }

    private sealed class LocalRequest(byte[] array, int length, long askedAt)
    {
        public byte[] Array { get; } = array;

        public int Length { get; } = length;

        public long AskedAt { get; } = askedAt;

        /// <summary>Read before the frame is handed over: after that the array is the handler's.</summary>
        public ApiKey Api { get; } = (ApiKey)System.Buffers.Binary.BinaryPrimitives.ReadInt16BigEndian(array);

        /// <summary>Whoever waits goes on elsewhere: the loop that dispatches must not be held up.</summary>
        public TaskCompletionSource<LocalFrame?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
