using Akka.Broker.Controller;
using Akka.Broker.Groups;
using Akka.Broker.Protocol;
using Akka.Cluster.Sharding;

namespace Akka.Broker.Tests.Groups;

/// <summary>Coordinators as they run: entities of a shard region.</summary>
public sealed class GroupRegionSpec : IDisposable
{
    private readonly GroupsTestContext _node = new(sharded: true);

    public void Dispose() => _node.Dispose();

    private sealed class NoCreation : ITopicCreation
    {
        public ValueTask<ErrorCode> EnsureAsync(string topic, CancellationToken cancellation = default) => new(ErrorCode.InvalidRequest);
    }

    [Fact]
    public async Task Groups_are_served_through_the_region()
    {
        using var groups = GroupRegion.Start(
            _node.System, _node.Services, ShardAllocationStrategy.LeastShardAllocationStrategy(1, 0.1), new NoCreation(), Guid.NewGuid);
        _node.Use(groups.Region);
        var member = await new GroupClient(_node).EnterAsync();
        Assert.Equal(ErrorCode.None, await member.CommitAsync(7));
        Assert.Equal((ErrorCode.None, 7), await member.FetchAsync());
    }

    [Fact]
    public void A_message_goes_to_the_partition_on_this_node()
    {
        var extractor = new GroupMessageExtractor(GroupsTestContext.NodeId);
        Assert.Equal("0", extractor.EntityId(new ListGroups(0)));
        Assert.Equal("1", extractor.ShardId(new ListGroups(0)));
        Assert.Equal("1", extractor.ShardId("0"));
        Assert.Null(extractor.EntityId(new object()));
    }
}
