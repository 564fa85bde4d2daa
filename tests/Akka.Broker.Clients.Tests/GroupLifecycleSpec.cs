using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Clients.Tests;

/// <summary>A group's life: joining by every protocol, static members, changed subscriptions, silent members.</summary>
public sealed class GroupLifecycleSpec(CheckedBroker broker) : IClassFixture<CheckedBroker>
{
    [Theory]
    [InlineData("cooperative")]
    [InlineData("subscription")]
    [InlineData("static_members")]
    [InlineData("static_clients")]
    [InlineData("refusals")]
    [InlineData("rebalances")]
    [InlineData("expulsion")]
    public Task Members_find_what_Kafka_promises(string check) => broker.CheckAsync("group_checks.py", check);

    [Fact]
    public async Task Kcat_goes_on_where_its_group_was()
    {
        await Admin.CreateTopicAsync(broker.Bootstrap, "kcat-topic");
        (await Tool.RunShellAsync($"seq 1 10 | kcat -b {broker.Bootstrap} -P -t kcat-topic")).MustSucceed();

        Assert.Equal(["1", "2", "3", "4"], await ReadAsync(4));
        Assert.Equal(["5", "6", "7", "8", "9", "10"], await ReadAsync(6));
    }

    private async Task<string[]> ReadAsync(int count)
    {
        var read = await Tool.RunAsync(
            "kcat", "-b", broker.Bootstrap, "-q", "-c", count.ToString(), "-X", "auto.offset.reset=earliest", "-G", "kcat-group", "kcat-topic");
        return read.MustSucceed().Lines;
    }
}
