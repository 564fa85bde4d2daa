using Akka.Broker.Replication.Metadata;

namespace Akka.Broker.Gateway;

/// <summary>Where clients connect, in the words of the line that says that a broker serves.</summary>
public static class ListenerSummary
{
    /// <summary>
    /// <c>kafka=host:port</c> with the first listener that is not the brokers' own, or the brokers' own where there is no other; behind it, where there are
    /// several, <c>listeners=NAME://host:port,…</c> with all of them.
    /// </summary>
    /// <param name="listeners">As advertised, in the order of the settings; at least one.</param>
    /// <param name="interBroker">The name of the one over which brokers speak to each other.</param>
    public static string Of(IReadOnlyList<BrokerEndpoint> listeners, string interBroker)
    {
        var first = listeners.Where(l => l.Listener != interBroker).DefaultIfEmpty(listeners[0]).First();
        var kafka = $"kafka={first.Host}:{first.Port}";
        return listeners.Count == 1 ? kafka : $"{kafka} listeners={string.Join(',', listeners.Select(l => $"{l.Listener}://{l.Host}:{l.Port}"))}";
    }
}
