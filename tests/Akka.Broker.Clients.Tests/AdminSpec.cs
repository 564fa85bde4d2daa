using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Clients.Tests;

/// <summary>Topics, configs, groups and the cluster as administrators' clients see and change them, refusals included.</summary>
public sealed class AdminSpec(CheckedBroker broker) : IClassFixture<CheckedBroker>
{
    [Theory]
    [InlineData("versions")]
    [InlineData("metadata")]
    [InlineData("topics")]
    [InlineData("create_refusals")]
    [InlineData("configs")]
    [InlineData("broker_configs")]
    [InlineData("delete_records")]
    [InlineData("groups")]
    [InlineData("paging")]
    [InlineData("offsets_by_time")]
    [InlineData("producers_and_epochs")]
    [InlineData("quotas")]
    public Task Administrators_find_what_Kafka_promises(string check) => broker.CheckAsync("admin_checks.py", check);

    [Fact]
    public Task The_cluster_and_its_folders_are_described() => broker.CheckAsync("admin_checks.py", "cluster", broker.DataFolder);

    [Fact]
    public async Task Kafkajs_administers_what_it_can() =>
        (await Tool.RunAsync("node", Repository.Script("js/admin.js"), broker.Bootstrap)).MustSucceed();
}
