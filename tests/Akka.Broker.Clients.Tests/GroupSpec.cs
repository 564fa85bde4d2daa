using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Clients.Tests;

/// <summary>One consumer group made of three different clients.</summary>
public sealed class GroupSpec : IAsyncLifetime
{
    private const int Partitions = 6;
    private const int RecordsPerPhase = 3000;
    private readonly TempFolder _folder = new();
    private BrokerProcess _broker = null!;

    public async Task InitializeAsync() =>
        _broker = await BrokerProcess.StartAsync(_folder.File("data"), "akka.broker.group.initial.rebalance.delay.ms=0");

    public async Task DisposeAsync()
    {
        await _broker.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Three_clients_share_six_partitions_and_lose_nothing_when_one_is_killed()
    {
        await Admin.CreateTopicAsync(_broker.Bootstrap, "shared", Partitions);
        await using var confluent = Python.Start("confluent_group_member.py", _broker.Bootstrap, "three", "shared", "range");
        await using var kafkaPython = Python.Start("kafka_python_group_member.py", _broker.Bootstrap, "three", "shared");
        await using var kafkajs = Tool.Start("node", Repository.Script("js/group_member.js"), _broker.Bootstrap, "three", "shared");
        Tool[] members = [confluent, kafkaPython, kafkajs];
        foreach (var member in members)
            await member.LineAsync(IsShare(2));

        await ProduceAsync(from: 0);
        await kafkaPython.LineAsync(IsRecord);
        kafkaPython.Kill();
        await Task.WhenAll(confluent.LineAsync(IsShare(3)), kafkajs.LineAsync(IsShare(3)));
        await ProduceAsync(from: RecordsPerPhase);

        await SeenAllAsync(members, 2 * RecordsPerPhase);
    }

    private static Predicate<string> IsShare(int partitions) =>
        line => line.StartsWith("assigned", StringComparison.Ordinal) && line.Split(' ').Length == partitions + 1;

    /// <summary>Whole: a member that is killed may leave a part of its last line.</summary>
    private static bool IsRecord(string line) => line.StartsWith("record ", StringComparison.Ordinal) && line.Split(' ') is [_, _, _, { Length: > 0 }];

    private async Task ProduceAsync(int from) =>
        (await Tool.RunShellAsync(
            $"seq {from + 1} {from + RecordsPerPhase} | awk '{{print $1 \":\" $1}}' | kcat -b {_broker.Bootstrap} -P -t shared -K: -X enable.idempotence=true"))
        .MustSucceed();

    private static async Task SeenAllAsync(Tool[] members, int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        HashSet<int> seen = [];
        while (seen.Count < count)
        {
            foreach (var member in members)
                seen.UnionWith(member.Output.Split('\n').Where(IsRecord).Select(line => int.Parse(line.Split(' ')[3])));
            try
            {
                await poll.WaitForNextTickAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"{seen.Count} of {count} records were seen; the first missing is {Enumerable.Range(1, count).First(n => !seen.Contains(n))}.\n{string.Join('\n', members.Select(m => m.Errors))}");
            }
        }

        Assert.Equal(Enumerable.Range(1, count), seen.Order());
    }
}
