using Akka.Broker.Groups.Lag;
using Akka.Broker.Protocol;
using Akka.Broker.Tests.Gateway;
using Akka.Broker.Tests.Metrics;

namespace Akka.Broker.Tests.Groups.Lag;

public sealed class GroupLagMonitorSpec : IDisposable
{
    private static readonly TopicPartition T = new("t", 0);
    private readonly GroupsTestContext _node = new();
    private readonly MemoryPositions _positions = new();
    private readonly ManualTime _time = new();

    public void Dispose() => _node.Dispose();

    private GroupLagMonitor Monitor(int partitionsMax = 100) =>
        new(() => _node.Router, _positions, new GroupLagOptions(10_000, partitionsMax), _time, new MemoryGatewayLog());

    private async Task<GroupClient> CommittedAsync(long offset, string group = "g")
    {
        var client = await new GroupClient(_node, group).EnterAsync();
        Assert.Equal(ErrorCode.None, await client.CommitAsync(offset));
        return client;
    }

    [Fact]
    public async Task A_group_that_is_behind_has_its_lag_in_records_and_in_the_age_of_the_first_that_it_has_not_read()
    {
        await CommittedAsync(40);
        _positions.Ends[T] = 100;
        _positions.Times[new(T, 40)] = _time.GetUtcNow().ToUnixTimeMilliseconds() - 90_000;

        var lag = Assert.Single(await Monitor().RefreshAsync());

        Assert.Equal(("g", T, 40, 100), (lag.GroupId, lag.Partition, lag.CommittedOffset, lag.EndOffset));
        Assert.Equal(60, lag.Records);
        Assert.Equal(90, lag.Seconds);
    }

    [Fact]
    public async Task A_group_that_has_read_everything_has_no_lag_and_costs_no_reading()
    {
        await CommittedAsync(100);
        _positions.Ends[T] = 100;

        var lag = Assert.Single(await Monitor().RefreshAsync());

        Assert.Equal((0L, 0.0), (lag.Records, lag.Seconds));
        Assert.Equal(0, _positions.TimesRead);
    }

    [Fact]
    public async Task A_stuck_group_grows_older_without_its_record_being_read_again()
    {
        await CommittedAsync(40);
        _positions.Ends[T] = 100;
        _positions.Times[new(T, 40)] = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var monitor = Monitor();
        await monitor.RefreshAsync();

        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(5, Assert.Single(await monitor.RefreshAsync()).Seconds);
        Assert.Equal(1, _positions.TimesRead);
    }

    [Fact]
    public async Task A_partition_whose_leader_does_not_answer_shows_no_lag_rather_than_none()
    {
        await CommittedAsync(40);
        var monitor = Monitor();

        var lag = Assert.Single(await monitor.RefreshAsync());

        Assert.Null(lag.Records);
        Assert.Null(lag.Seconds);
        using var exporter = new ExporterTestContext(monitor);
        Assert.Equal(["akka_broker_group_offset{group=\"g\",topic=\"t\",partition=\"0\"} 40", "akka_broker_group_partitions_omitted 0"], exporter.Samples());
    }

    [Fact]
    public async Task What_is_beyond_the_bound_is_counted_only()
    {
        await CommittedAsync(1, "a");
        await CommittedAsync(2, "b");
        _positions.Ends[T] = 2;
        var monitor = Monitor(partitionsMax: 1);

        Assert.Single(await monitor.RefreshAsync());

        using var exporter = new ExporterTestContext(monitor);
        Assert.Contains("akka_broker_group_partitions_omitted 1", exporter.Samples());
    }

    private sealed class MemoryPositions : IPartitionPositions
    {
        public Dictionary<TopicPartition, long> Ends { get; } = [];

        public Dictionary<TopicPartitionOffset, long> Times { get; } = [];

        public int TimesRead { get; private set; }

        public Task<IReadOnlyDictionary<TopicPartition, long>> EndsAsync(IReadOnlyCollection<TopicPartition> partitions, CancellationToken cancelled) =>
            Task.FromResult<IReadOnlyDictionary<TopicPartition, long>>(partitions.Where(Ends.ContainsKey).ToDictionary(p => p, p => Ends[p]));

        public Task<IReadOnlyDictionary<TopicPartitionOffset, long>> TimestampsAsync(IReadOnlyCollection<TopicPartitionOffset> records, CancellationToken cancelled)
        {
            TimesRead += records.Count;
            return Task.FromResult<IReadOnlyDictionary<TopicPartitionOffset, long>>(records.Where(Times.ContainsKey).ToDictionary(r => r, r => Times[r]));
        }
    }
}
