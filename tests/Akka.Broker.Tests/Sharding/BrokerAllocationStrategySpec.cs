using System.Collections.Immutable;
using Akka.Actor;
using Akka.Broker.Sharding;
using Akka.TestKit;
using Akka.Tests;

namespace Akka.Broker.Tests.Sharding;

public sealed class BrokerAllocationStrategySpec : PatientTestKit
{
    private static readonly Address Self = new("akka.tcp", "broker", "here", 4053);
    private static readonly Address Other = new("akka.tcp", "broker", "there", 4053);
    private readonly Dictionary<string, Address> _members = new() { ["1"] = Self, ["2"] = Other };

    private BrokerAllocationStrategy Strategy => new(shard => _members.GetValueOrDefault(shard), Self);

    [Fact]
    public async Task Shard_goes_to_its_brokers_region_whoever_asks()
    {
        TestProbe region = CreateTestProbe(), requester = CreateTestProbe();
        Assert.Equal(region.Ref, await Strategy.AllocateShard(requester.Ref, "1", Regions(region.Ref)));
    }

    [Theory]
    [InlineData("2", "its region is not registered")]
    [InlineData("3", "the broker is no member")]
    [InlineData("no-broker", "there is no such broker")]
    public async Task Shard_without_its_broker_goes_nowhere(string shard, string why)
    {
        var region = CreateTestProbe();
        var refused = await Assert.ThrowsAsync<ShardHomeUnknownException>(() => Strategy.AllocateShard(region.Ref, shard, Regions(region.Ref)));
        Assert.True(refused.Message.Contains(shard), why);
    }

    [Fact]
    public async Task No_shard_is_ever_moved() =>
        Assert.Empty(await Strategy.Rebalance(Regions(CreateTestProbe().Ref), ImmutableHashSet<string>.Empty));

    [Theory]
    [InlineData("broker-7", true, 7)]
    [InlineData("broker", false, -1)]
    [InlineData("broker-x", false, -1)]
    [InlineData("broker-07", false, -1)]
    [InlineData("dc-broker-7", false, -1)]
    public void Role_names_a_broker(string role, bool isOne, int brokerId)
    {
        Assert.Equal(isOne, BrokerShards.TryParseRole(role, out var parsed));
        if (isOne)
            Assert.Equal(brokerId, parsed);
    }

    private static ImmutableDictionary<IActorRef, IImmutableList<string>> Regions(params IActorRef[] regions) =>
        regions.ToImmutableDictionary(region => region, _ => (IImmutableList<string>)["1", "2"]);
}
