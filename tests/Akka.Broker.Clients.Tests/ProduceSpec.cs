using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Clients.Tests;

/// <summary>What a producer may send in each version, what it is refused with, and what an idempotent one is told.</summary>
public sealed class ProduceSpec(CheckedBroker broker) : IClassFixture<CheckedBroker>
{
    [Theory]
    [InlineData("acks")]
    [InlineData("versions")]
    [InlineData("refused_batches")]
    [InlineData("size_edge")]
    [InlineData("times")]
    [InlineData("compacted")]
    [InlineData("idempotence")]
    [InlineData("unknown_topic")]
    [InlineData("large")]
    [InlineData("transactions")]
    public Task Producers_find_what_Kafka_promises(string check) => broker.CheckAsync("produce_checks.py", check);
}
