using Akka.Broker.Gateway;
using Akka.Broker.Replication.Metadata;

namespace Akka.Broker.Tests.Gateway;

/// <summary>The addresses in the line that says that a broker serves.</summary>
public sealed class ListenerSummarySpec
{
    [Theory]
    [InlineData("PLAINTEXT:9092", "PLAINTEXT", "kafka=localhost:9092")]
    [InlineData("BROKERS:9093 CLIENTS:9092", "BROKERS", "kafka=localhost:9092 listeners=BROKERS://localhost:9093,CLIENTS://localhost:9092")]
    [InlineData("CLIENTS:9092 OUTSIDE:9094", "CLIENTS", "kafka=localhost:9094 listeners=CLIENTS://localhost:9092,OUTSIDE://localhost:9094")]
    public void Clients_are_shown_a_listener_that_is_theirs_if_there_is_one(string listeners, string interBroker, string expected)
    {
        var advertised = listeners.Split(' ').Select(l => l.Split(':')).Select(l => new BrokerEndpoint(l[0], "localhost", int.Parse(l[1]))).ToList();
        Assert.Equal(expected, ListenerSummary.Of(advertised, interBroker));
    }
}
