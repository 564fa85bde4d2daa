using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Connections;
using Akka.Broker.Operations;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;

namespace Akka.Broker.Cmd.Access;

/// <summary>
/// The ways to the cluster's brokers, this one included, for one verb: over their inter-broker listeners, opened on first use, by the protocol's own requests, and over
/// remoting to their <see cref="OperationsActor"/>s. Thread-safe.
/// </summary>
internal sealed class Peers(BrokerAdministration node, CancellationToken cancelled) : IDisposable
{
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<int, IBrokerConnection> _connections = new();

    /// <summary>Brokers that are registered and not fenced.</summary>
    public IReadOnlyList<int> Alive => [.. node.Metadata.Current.Brokers.Values.Where(b => !b.Fenced).Select(b => b.Id)];

    /// <exception cref="VerbException">There is no such broker, or it is not alive.</exception>
    /// <exception cref="BrokerConnectionException">It is not reached.</exception>
    public async Task<TResponse> AskAsync<TRequest, TResponse>(int broker, TRequest request, short versionMax = short.MaxValue, TimeSpan? timeout = null)
        where TRequest : IRequest
        where TResponse : IResponse, new()
    {
        using var response = await AskForRecordsAsync<TRequest, TResponse>(broker, request, versionMax, timeout).ConfigureAwait(false);
        return response.Message;
    }

    /// <summary>The same, of a response whose records are read before it is disposed of.</summary>
    public Task<BrokerResponse<TResponse>> AskForRecordsAsync<TRequest, TResponse>(
        int broker, TRequest request, short versionMax = short.MaxValue, TimeSpan? timeout = null)
        where TRequest : IRequest
        where TResponse : IResponse, new() =>
        ConnectionTo(broker).AskAsync<TRequest, TResponse>(request, timeout ?? DefaultTimeout, versionMax, cancelled);

    /// <summary>Asks what only that node knows, or can do.</summary>
    /// <exception cref="VerbException">There is no such broker, it is not alive, does not answer, or refuses.</exception>
    public async Task<IReadOnlyList<IReadOnlyList<string>>> InspectAsync(int broker, string subject, string argument = "")
    {
        var address = Find(broker).AkkaAddress ?? throw new VerbException($"Broker {broker} has not said where its actor system is reached.");
        var actor = node.System.ActorSelection($"{address}/user/{OperationsActor.Name}");
        NodeInspected answer;
        try
        {
            answer = await actor.Ask<NodeInspected>(new InspectNode(subject, argument), DefaultTimeout, cancelled).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            throw new VerbException($"Broker {broker} has not answered within {DefaultTimeout.TotalSeconds:0} s. It may run a release that cannot be asked that.");
        }
        return answer.Problem is { } problem ? throw new VerbException($"Broker {broker}: {problem}") : answer.Rows;
    }

    /// <summary>Asks each of them the same, and leaves out, by name, whoever does not answer.</summary>
    public Task<(IReadOnlyDictionary<int, TResponse> Answers, IReadOnlyList<string> Missing)> AskAllAsync<TRequest, TResponse>(
        IEnumerable<int> brokers, Func<TRequest> request, short versionMax = short.MaxValue)
        where TRequest : IRequest
        where TResponse : IResponse, new() => EachAsync(brokers, id => AskAsync<TRequest, TResponse>(id, request(), versionMax));

    /// <summary>The same of <see cref="InspectAsync"/>.</summary>
    public Task<(IReadOnlyDictionary<int, IReadOnlyList<IReadOnlyList<string>>> Answers, IReadOnlyList<string> Missing)> InspectAllAsync(IEnumerable<int> brokers, string subject) =>
        EachAsync(brokers, id => InspectAsync(id, subject));

    private static async Task<(IReadOnlyDictionary<int, T> Answers, IReadOnlyList<string> Missing)> EachAsync<T>(IEnumerable<int> brokers, Func<int, Task<T>> ask)
    {
        var asked = brokers.Select(async id =>
        {
            try
            {
                return (Id: id, Answer: await ask(id).ConfigureAwait(false), Problem: (string?)null);
            }
            catch (Exception cause) when (cause is BrokerConnectionException or UnsupportedByBrokerException or VerbException)
            {
                return (Id: id, Answer: default(T)!, Problem: cause.Message);
            }
        });
        var all = await Task.WhenAll(asked).ConfigureAwait(false);
        return (all.Where(a => a.Problem is null).ToDictionary(a => a.Id, a => a.Answer), [.. all.Where(a => a.Problem is not null).Select(a => a.Problem!)]);
    }

    public void Dispose()
    {
        foreach (var connection in _connections.Values)
            connection.Dispose();
    }

    private BrokerImage Find(int broker)
    {
        var brokers = node.Metadata.Current.Brokers;
        if (!brokers.TryGetValue(broker, out var image))
            throw new VerbException($"There is no broker {broker}; there are {string.Join(", ", brokers.Keys)}.");
        if (image.Fenced)
            throw new VerbException($"Broker {broker} is fenced: it does not run, or has no contact with the controller.");
        return image;
    }

    private IBrokerConnection ConnectionTo(int broker)
    {
        if (Find(broker).EndpointOf(node.Settings.Kafka.InterBrokerListener) is not { } endpoint)
            throw new VerbException($"Broker {broker} has no listener {node.Settings.Kafka.InterBrokerListener}.");
        return _connections.GetOrAdd(broker, _ => node.Connections.Open(new BrokerAddress(endpoint.Host, endpoint.Port), "pbm"));
    }
}
