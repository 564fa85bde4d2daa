using Akka.Broker.Connections;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Tests.Interbroker;

/// <summary>
/// The other brokers as a spec plays them: each API is answered by the function that the spec gives, for every address or for one. What is not answered is
/// refused as by a broker that is not there. Requests and responses are the same objects on both sides; nothing is encoded. Thread-safe.
/// </summary>
internal sealed class MemoryBrokerConnections : IBrokerConnections
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(BrokerAddress? Address, ApiKey ApiKey), Func<IMessage, Task<IResponse>>> _answers = [];
    private readonly List<(BrokerAddress Address, IMessage Request)> _asked = [];
    private readonly HashSet<BrokerAddress> _down = [];

    /// <summary>All that was asked, in order.</summary>
    public IReadOnlyList<(BrokerAddress Address, IMessage Request)> Asked
    {
        get
        {
            lock (_gate)
                return [.. _asked];
        }
    }

    public IBrokerConnection Open(BrokerAddress address, string purpose) => new MemoryBrokerConnection(this, address);

    /// <summary>Answers that API from now on; with a task that the spec completes when it likes.</summary>
    public void Answer<TRequest, TResponse>(Func<TRequest, Task<TResponse>> answer, BrokerAddress? address = null)
        where TRequest : IRequest
        where TResponse : IResponse
    {
        lock (_gate)
            _answers[(address, TRequest.ApiKey)] = async request => await answer((TRequest)request);
    }

    public void Answer<TRequest, TResponse>(Func<TRequest, TResponse> answer, BrokerAddress? address = null)
        where TRequest : IRequest
        where TResponse : IResponse =>
        Answer<TRequest, TResponse>(request => Task.FromResult(answer(request)), address);

    /// <summary>That broker cannot be reached until <see cref="Heal"/>.</summary>
    public void Cut(BrokerAddress address)
    {
        lock (_gate)
            _down.Add(address);
    }

    public void Heal(BrokerAddress address)
    {
        lock (_gate)
            _down.Remove(address);
    }

    private Task<IResponse> AskAsync(BrokerAddress address, IRequest request)
    {
        Func<IMessage, Task<IResponse>>? answer;
        lock (_gate)
        {
            _asked.Add((address, (IMessage)request));
            if (_down.Contains(address))
                return Task.FromException<IResponse>(new BrokerConnectionException(address, "cut off by the spec"));
            if (!_answers.TryGetValue((address, request.Api), out answer) && !_answers.TryGetValue((null, request.Api), out answer))
                return Task.FromException<IResponse>(new BrokerConnectionException(address, $"the spec does not answer {request.Api}"));
        }
        return answer(request);
    }

    private sealed class MemoryBrokerConnection(MemoryBrokerConnections brokers, BrokerAddress address) : IBrokerConnection
    {
        public BrokerAddress Address => address;

        public async Task<BrokerResponse<TResponse>> AskAsync<TResponse>(
            IRequest request, TimeSpan timeout, short versionMax = short.MaxValue, CancellationToken cancelled = default)
            where TResponse : IResponse, new()
        {
            var response = (TResponse)await brokers.AskAsync(address, request).WaitAsync(cancelled);
            KnownApis.TryGet(request.Api, out var known);
            return new BrokerResponse<TResponse>(response, Math.Min(known.Highest, versionMax));
        }

        public Task TellAsync(IRequest request, TimeSpan timeout, CancellationToken cancelled = default) =>
            throw new NotSupportedException("no broker tells another without an answer");

        public void Dispose()
        {
        }
    }
}
