using System.Buffers;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Connections;

/// <summary>
/// The way to a broker that may be in this process: each request goes there through <see cref="LocalListeners"/> while the broker is found there, and by
/// <paramref name="remote"/> otherwise. Nothing is copied through the kernel on the local way; the protocol, its versions and the meaning of failures are the same. Thread-safe.
/// </summary>
/// <param name="remote">Dials only when it is asked; this connection's own.</param>
/// <param name="clientId">How the broker's quotas and log name the asker.</param>
/// <param name="options">The owner's; its client id is not looked at.</param>
/// <param name="time">For deadlines.</param>
internal sealed class LocalBrokerConnection(IBrokerConnection remote, string clientId, BrokerConnectionOptions options, TimeProvider time) : IBrokerConnection
{
    private readonly Lock _gate = new();
    private Way? _way;
    private bool _isDisposed;

    public BrokerAddress Address => remote.Address;

    public async Task<BrokerResponse<TResponse>> AskAsync<TResponse>(
        IRequest request, TimeSpan timeout, short versionMax = short.MaxValue, CancellationToken cancelled = default)
        where TResponse : IResponse, new()
    {
        if (FindWay() is not { } way)
            return await remote.AskAsync<TResponse>(request, timeout, versionMax, cancelled).ConfigureAwait(false);
        var served = await ServedAsync(way, timeout, cancelled).ConfigureAwait(false);
        return await AskAsync<TResponse>(way, request, served.VersionFor(request.Api, versionMax), timeout, cancelled).ConfigureAwait(false);
    }

    public async Task TellAsync(IRequest request, TimeSpan timeout, CancellationToken cancelled = default)
    {
        if (FindWay() is not { } way)
        {
            await remote.TellAsync(request, timeout, cancelled).ConfigureAwait(false);
            return;
        }
        var served = await ServedAsync(way, timeout, cancelled).ConfigureAwait(false);
        if (await ExchangeAsync(way, request, served.VersionFor(request.Api, short.MaxValue), timeout, cancelled).ConfigureAwait(false) is { } unexpected)
            ArrayPool<byte>.Shared.Return(unexpected.Array);
    }

    public void Dispose()
    {
        Way? way;
        lock (_gate)
        {
            _isDisposed = true;
            (way, _way) = (_way, null);
        }
        way?.Connection.Dispose();
        remote.Dispose();
    }

    /// <summary>Null: the broker is not in this process, or serves nobody now.</summary>
    private Way? FindWay()
    {
        var listener = LocalListeners.Find(Address);
        lock (_gate)
        {
            if (_isDisposed)
                throw new BrokerConnectionException(Address, "this side has closed the connection");
            if (_way is { Connection.IsOpen: true } known && ReferenceEquals(known.Listener, listener))
                return known;
            _way?.Connection.Dispose();
            return _way = listener?.TryConnect() is { } connection ? new Way(listener, connection) : null;
        }
    }

    /// <summary>Asked once a connection, as over TCP: what is served depends on the listener, and on whether the broker is in its cluster.</summary>
    private async ValueTask<ServedApis> ServedAsync(Way way, TimeSpan timeout, CancellationToken cancelled)
    {
        if (way.Served is { } known)
            return known;
        var request = new ApiVersionsRequest { ClientSoftwareName = options.SoftwareName, ClientSoftwareVersion = "1" };
        using var response = await AskAsync<ApiVersionsResponse>(way, request, ApiVersionsRequest.HighestVersion, timeout, cancelled).ConfigureAwait(false);
        if (response.Message.ErrorCode != ErrorCode.None)
            throw new BrokerConnectionException(Address, $"ApiVersions was answered with {response.Message.ErrorCode}");
        return way.Served = new ServedApis(Address, response.Message, options.UnsupportedHint);
    }

    private async Task<BrokerResponse<TResponse>> AskAsync<TResponse>(Way way, IRequest request, short version, TimeSpan timeout, CancellationToken cancelled)
        where TResponse : IResponse, new()
    {
        var answer = await ExchangeAsync(way, request, version, timeout, cancelled).ConfigureAwait(false)
            ?? throw new BrokerConnectionException(Address, $"{request.Api} was answered by silence");
        var pending = new PendingResponse<TResponse>(request.Api, version, 0, 0);
        try
        {
            pending.Complete(answer.Array, answer.Length);
        }
        catch (MalformedMessageException cause)
        {
            ArrayPool<byte>.Shared.Return(answer.Array);
            throw new BrokerConnectionException(Address, $"what it sent is no answer to {request.Api} ({cause.Message.TrimEnd('.')})", cause);
        }
        return await pending.Answer.ConfigureAwait(false);
    }

    private async Task<LocalFrame?> ExchangeAsync(Way way, IRequest request, short version, TimeSpan timeout, CancellationToken cancelled)
    {
        var frame = Frame(request, version);
        var exchange = way.Connection.ExchangeAsync(frame.Array, frame.Length);
        try
        {
            return await exchange.WaitAsync(timeout, time, cancelled).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            way.Connection.Dispose();
            throw new BrokerConnectionException(Address, $"{request.Api} was not answered in time");
        }
    }

    /// <summary>The request as the broker's connections cut it from their streams. Records are copied: the broker writes offsets into what it is given.</summary>
    private LocalFrame Frame(IRequest request, short version)
    {
        using var writer = new MessageWriter();
        new RequestHeader(request.Api, version, 0, clientId).Write(writer);
        request.Write(writer, version);
        var array = ArrayPool<byte>.Shared.Rent((int)writer.TotalBytes);
        var length = 0;
        foreach (var segment in writer.Segments)
        {
            var memory = segment.External is MemoryRecords records ? records.Memory : segment.Memory;
            memory.Span.CopyTo(array.AsSpan(length));
            length += memory.Length;
        }
        return new LocalFrame(array, length);
    }

    private sealed class Way(ILocalListener listener, ILocalConnection connection)
    {
        private ServedApis? _served;

        public ILocalListener Listener { get; } = listener;

        public ILocalConnection Connection { get; } = connection;

        public ServedApis? Served
        {
            get => Volatile.Read(ref _served);
            set => Volatile.Write(ref _served, value);
        }
    }
}
