using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Clients.Tests.Sdk;

/// <summary>One group of the SDK's consumer, librdkafka, kafka-python and kafkajs: whoever leads it divides the partitions for all.</summary>
public sealed class SdkGroupSpec(CheckedBroker broker) : IClassFixture<CheckedBroker>
{
    private const int Partitions = 8;
    private const int Records = 2_000;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Four_kinds_of_members_share_a_group_and_take_over_when_the_SDK_leaves(bool isFirst)
    {
        var topic = $"sdk-four-{isFirst}".ToLowerInvariant();
        await Admin.CreateTopicAsync(broker.Bootstrap, topic, Partitions);
        await using var app = new SdkApplication(broker.Bootstrap);
        await using var reader = new SdkReader(app.Consumer(topic, s => s with { Assignors = ["range"] }), out var consumer);
        if (isFirst)
        {
            await consumer.SubscribeAsync([topic]);
            await reader.UntilAsync(r => r.Assigned.Count == Partitions, "it leads the group and has all");
        }
        await using var confluent = Python.Start("confluent_group_member.py", broker.Bootstrap, topic, topic, "range");
        await confluent.LineAsync(line => line.StartsWith("assigned", StringComparison.Ordinal), Limit);
        await using var kafkaPython = Python.Start("kafka_python_group_member.py", broker.Bootstrap, topic, topic);
        await using var kafkajs = Tool.Start("node", Repository.Script("js/group_member.js"), broker.Bootstrap, topic, topic);
        if (!isFirst)
            await consumer.SubscribeAsync([topic]);
        Tool[] others = [confluent, kafkaPython, kafkajs];
        foreach (var other in others)
            await other.LineAsync(IsShare(2), Limit);
        await reader.UntilAsync(r => r.Assigned.Count == 2, "it has its share", Limit);
        Assert.Equal(isFirst, (await consumer.ExplainAsync()).IsLeader);

        await ProduceAsync(topic, 1);
        await reader.UntilAsync(r => Seen(r, others).Count == Records, "all is read by one or another", Limit);
        Assert.NotEmpty(reader.Records);
        Assert.All(others, other => Assert.Contains("record ", other.Output));

        await reader.DisposeAsync();
        await ProduceAsync(topic, Records + 1);
        await reader.UntilAsync(r => Seen(r, others).Count == 2 * Records, "what came later is read by the others", Limit);
    }

    private static Predicate<string> IsShare(int partitions) =>
        line => line.StartsWith("assigned", StringComparison.Ordinal) && line.Split(' ').Length == partitions + 1;

    private static HashSet<int> Seen(SdkReader reader, IEnumerable<Tool> others) =>
    [
        .. reader.Records.Select(r => int.Parse(r.Value!)),
        .. others.SelectMany(o => o.Output.Split('\n')).Select(l => l.Split(' ')).Where(l => l is ["record", _, _, { Length: > 0 }]).Select(l => int.Parse(l[3])),
    ];

    private async Task ProduceAsync(string topic, int from) =>
        (await Tool.RunShellAsync($"seq {from} {from + Records - 1} | awk '{{print $1 \":\" $1}}' | kcat -b {broker.Bootstrap} -P -t {topic} -K:")).MustSucceed();
}
