using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Clients.Tests;

/// <summary>What a consumer gets, how much of it and when: long polls, limits, refusals, sessions, topic ids.</summary>
public sealed class FetchSpec(CheckedBroker broker) : IClassFixture<CheckedBroker>
{
    [Theory]
    [InlineData("waiting")]
    [InlineData("limits")]
    [InlineData("refusals")]
    [InlineData("topic_id_versions")]
    [InlineData("sessions")]
    [InlineData("sessions_of_clients")]
    public Task Consumers_find_what_Kafka_promises(string check) => broker.CheckAsync("fetch_checks.py", check);
}
