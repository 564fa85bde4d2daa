using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Akka.Broker.Connections;
using Akka.Broker.Gateway;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Quorum.Handlers;
using Akka.Broker.Quorum.Wire;

namespace Akka.Broker.Tests.Quorum;

/// <summary>
/// The inter-broker listeners of several nodes in one process: a request is written to bytes, read and handled by the other node's own handlers, and so is its
/// response. A node that is down refuses connections; a link that is cut fails as one that broke.
/// </summary>
internal sealed class QuorumTestNetwork
{
    private readonly ConcurrentDictionary<int, QuorumGate> _gates = new();
    private readonly ConcurrentDictionary<(int From, int To), bool> _cut = new();

    /// <summary>A node asks another something, whether or not that gets there.</summary>
    public event Action<int, object>? Asked;

    public static BrokerAddress AddressOf(int node) => new($"node-{node}", 9000 + node);

    public void Up(int node, QuorumGate gate) => _gates[node] = gate;

    public void Down(int node) => _gates.TryRemove(node, out _);

    public void Cut(int one, int other) => _cut[(one, other)] = _cut[(other, one)] = true;

    public void Heal() => _cut.Clear();

    public IBrokerConnections ConnectionsOf(int node) => new Connections(this, node);

    private async Task<IResponse> AskAsync(int from, BrokerAddress address, IRequest request)
    {
        Asked?.Invoke(from, request);
        await Task.Yield();
        var to = address.Port - 9000;
        if (_cut.ContainsKey((from, to)))
            throw new BrokerConnectionException(address, "cut off by the spec");
        if (!_gates.TryGetValue(from, out _) || !_gates.TryGetValue(to, out var gate))
            throw new BrokerConnectionException(address, "ConnectionRefused", new SocketException((int)SocketError.ConnectionRefused));
        KnownApis.TryGet(request.Api, out var known);
        var context = new RequestContext(known.Highest, $"broker-{from}", new IPEndPoint(IPAddress.Loopback, 1), "BROKER", from, IsInterBroker: true);
        IResponse response = Copied((IMessage)request, known.Highest) switch
        {
            VoteRequest vote => await gate.AnswerAsync(QuorumExchanges.Vote, vote, default),
            BeginQuorumEpochRequest begin => await gate.AnswerAsync(QuorumExchanges.BeginEpoch, begin, default),
            EndQuorumEpochRequest end => await gate.AnswerAsync(QuorumExchanges.EndEpoch, end, default),
            FetchSnapshotRequest fetch => await gate.AnswerAsync(QuorumExchanges.FetchSnapshot, fetch, default),
            FetchRequest fetch => await gate.Fetches().TryAnswer(fetch, context, default)!.Value,
            var other => throw new InvalidOperationException($"Nobody serves a {other.GetType().Name}."),
        };
        // An answer to or from a node that died meanwhile is lost.
        return _gates.TryGetValue(to, out var same) && same == gate ? response : throw new BrokerConnectionException(address, "lost");
    }

    private static T Copied<T>(T message, short version) where T : IMessage
    {
        using var writer = new MessageWriter();
        message.Write(writer, version);
        var copy = (T)Activator.CreateInstance(message.GetType())!;
        var reader = new MessageReader(writer.ToArray());
        copy.Read(ref reader, version);
        return copy;
    }

    private sealed class Connections(QuorumTestNetwork network, int node) : IBrokerConnections
    {
        public IBrokerConnection Open(BrokerAddress address, string purpose) => new Connection(network, node, address);
    }

    private sealed class Connection(QuorumTestNetwork network, int node, BrokerAddress address) : IBrokerConnection
    {
        public BrokerAddress Address => address;

        public async Task<BrokerResponse<TResponse>> AskAsync<TResponse>(
            IRequest request, TimeSpan timeout, short versionMax = short.MaxValue, CancellationToken cancelled = default)
            where TResponse : IResponse, new()
        {
            KnownApis.TryGet(request.Api, out var known);
            try
            {
                var response = (TResponse)await network.AskAsync(node, address, request).WaitAsync(timeout, TimeProvider.System, cancelled);
                return new BrokerResponse<TResponse>(Copied(response, known.Highest), known.Highest);
            }
            catch (TimeoutException)
            {
                throw new BrokerConnectionException(address, "no answer in time");
            }
        }

        public Task TellAsync(IRequest request, TimeSpan timeout, CancellationToken cancelled = default) =>
            throw new NotSupportedException("no broker tells another without an answer");

        public void Dispose()
        {
        }
    }
}
