using Akka.Broker.Connections;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Tests.Support;

/// <summary>
/// Brokers behind their addresses as a spec plays them, below the cluster client: each API of each address is answered by the function that the
/// spec gives; who is not answered is refused as by a broker that is not there. Thread-safe.
/// </summary>
internal sealed class MemoryBrokers : IBrokerConnections
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(BrokerAddress Address, ApiKey Api), Func<IMessage, IResponse>> _answers = [];
    private readonly List<(BrokerAddress Address, IMessage Request)> _asked = [];
    private readonly HashSet<BrokerAddress> _closed = [];

    public IReadOnlyList<(BrokerAddress Address, IMessage Request)> Asked
    {
        get
        {
            lock (_gate)
                return [.. _asked];
        }
    }

    public IReadOnlyCollection<BrokerAddress> Closed
    {
        get
        {
            lock (_gate)
                return [.. _closed];
        }
    }

    public IBrokerConnection Open(BrokerAddress address, string purpose) => new Connection(this, address);

    public void Answer<TRequest, TResponse>(BrokerAddress address, Func<TRequest, TResponse> answer)
        where TRequest : IRequest
        where TResponse : IResponse
    {
        lock (_gate)
            _answers[(address, TRequest.ApiKey)] = request => answer((TRequest)request);
    }

    /// <summary>Nobody is at the address any more.</summary>
    public void Stop(BrokerAddress address)
    {
        lock (_gate)
        {
            foreach (var key in _answers.Keys.Where(k => k.Address == address).ToArray())
                _answers.Remove(key);
        }
    }

    private IResponse Ask(BrokerAddress address, IRequest request)
    {
        Func<IMessage, IResponse>? answer;
        lock (_gate)
        {
            _asked.Add((address, (IMessage)request));
            if (!_answers.TryGetValue((address, request.Api), out answer))
                throw new BrokerConnectionException(address, "nobody is there");
        }
        return answer(request);
    }

    private sealed class Connection(MemoryBrokers brokers, BrokerAddress address) : IBrokerConnection
    {
        public BrokerAddress Address => address;

        public async Task<BrokerResponse<TResponse>> AskAsync<TResponse>(
            IRequest request, TimeSpan timeout, short versionMax = short.MaxValue, CancellationToken cancelled = default)
            where TResponse : IResponse, new()
        {
            await Task.Yield();
            return new BrokerResponse<TResponse>((TResponse)brokers.Ask(address, request), versionMax);
        }

        public Task TellAsync(IRequest request, TimeSpan timeout, CancellationToken cancelled = default) =>
            AskAsync<ProduceResponse>(request, timeout, cancelled: cancelled);

        public void Dispose()
        {
            lock (brokers._gate)
                brokers._closed.Add(address);
        }
    }
}
