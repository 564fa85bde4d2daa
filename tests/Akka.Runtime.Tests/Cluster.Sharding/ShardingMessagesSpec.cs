using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Akka.Cluster.Tools.Singleton;
using Akka.Runtime.Tests.Remote;

namespace Akka.Runtime.Tests.Cluster.Sharding;

/// <summary>The wire form of the messages between nodes: serializer, manifest and bytes as they are, and as they are read.</summary>
public sealed class ShardingMessagesSpec : IAsyncLifetime
{
    private readonly RemoteTestContext _context = new();
    private readonly ExtendedActorSystem _system;
    private readonly IActorRef _a;
    private readonly IActorRef _b;

    public ShardingMessagesSpec()
    {
        _system = (ExtendedActorSystem)_context.NewSystem(hocon: "akka.actor.provider = cluster");
        ClusterSharding.Get(_system);
        _a = _system.Provider.ResolveActorRef("akka.tcp://s@h:1/a#1");
        _b = _system.Provider.ResolveActorRef("akka.tcp://s@h:2/b#2");
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _context.DisposeAsync();

    [Fact]
    public void Messages_have_their_wire_form_and_come_back_from_it()
    {
        var address = new Address("akka.tcp", "s", "h", 1);
        var node = new UniqueAddress(address, 7);
        var stats = new ShardRegionStats(ImmutableDictionary<string, int>.Empty.Add("1", 300), ImmutableHashSet.Create("2"));
        var a = "15616B6B612E7463703A2F2F7340683A312F612331";
        var b = "15616B6B612E7463703A2F2F7340683A322F622332";
        var h = "11616B6B612E7463703A2F2F7340683A31";
        (object Message, string Form)[] table =
        [
            (new Register(_a, ["1", "22"], ["3"], 2, false), $"13 RG {a}02023103323201023302" + "00"),
            (new RegisterProxy(_a), $"13 RP {a}"),
            (new RegisterAck(_a), $"13 RA {a}"),
            (new CoordinatorStarted(_a), $"13 CS {a}"),
            (new GetShardHome("1"), "13 GH 0231"),
            (new ShardHome("1", _a), $"13 SH 0231{a}"),
            (new ShardHomes(_a, ["1", "2"]), $"13 HH {a}0202310232"),
            (new ShardHomeless("1"), "13 SL 0231"),
            (new HostShard("1"), "13 HS 0231"),
            (new ShardStarted("1"), "13 SS 0231"),
            (new BeginHandOff("1"), "13 BH 0231"),
            (new HandOffFence("1", _a, _b), $"13 HF 0231{a}{b}"),
            (new BeginHandOffAck("1", _b), $"13 BA 0231{b}"),
            (new HandOff("1"), "13 HO 0231"),
            (new ShardStopped("1", _a), $"13 ST 0231{a}"),
            (new GracefulShutdownReq(_a), $"13 GS {a}"),
            (new ShardRegion.StartEntity("e"), "13 SE 0265"),
            (new ShardingEnvelope("e", "hello"), "13 E 0265" + "220253060000000668656C6C6F"),
            (GetShardRegionState.Instance, "13 QS "),
            (new CurrentShardRegionState(ImmutableHashSet.Create(new ShardState("1", ImmutableHashSet.Create("e"))), ImmutableHashSet.Create("2")), "13 AS 01023101026501" + "0232"),
            (new ShardState("1", ImmutableHashSet.Create("e")), "13 S 0231010265"),
            (GetShardRegionStats.Instance, "13 QR "),
            (stats, "13 AR 010231AC02010232"),
            (GetCurrentRegions.Instance, "13 QC "),
            (new CurrentRegions(ImmutableHashSet.Create(address)), $"13 AC 01{h}"),
            (new GetClusterShardingStats(TimeSpan.FromSeconds(1)), "13 QT 8096980000000000"),
            (new ClusterShardingStats(ImmutableDictionary<Address, ShardRegionStats>.Empty.Add(address, stats)), $"13 AT 01{h}010231AC02010232"),
            (new HandOverToMe(node, node, true), $"14 A {h}07000000{h}0700000001"),
            (new HandOverDone(node), $"14 B {h}07000000"),
        ];
        Assert.Equal(string.Join("\n", table.Select(row => row.Form)), string.Join("\n", table.Select(row => Form(row.Message))));
        foreach (var (message, form) in table)
            Assert.Equal(form, Form(Read(form, message)));
    }

    [Fact]
    public void Every_message_of_sharding_and_singletons_is_bound()
    {
        var types = typeof(ClusterSharding).Assembly.GetTypes().Where(type => type is { IsAbstract: false, IsInterface: false }
            && (typeof(IClusterShardingSerializable).IsAssignableFrom(type) || typeof(IClusterSingletonMessage).IsAssignableFrom(type)));
        Assert.Equal(29, types.Count(type => _system.Serialization.FindSerializerForType(type).Identifier is 13 or 14));
    }

    private string Form(object message)
    {
        var serializer = _system.Serialization.FindSerializerFor(message);
        var manifest = Akka.Serialization.Serialization.ManifestFor(serializer, message);
        return $"{serializer.Identifier} {manifest} {Convert.ToHexString(_system.Serialization.Serialize(message))}";
    }

    private object Read(string form, object like)
    {
        var parts = form.Split(' ');
        var read = _system.Serialization.Deserialize(Convert.FromHexString(parts[2]), int.Parse(parts[0]), parts[1]);
        Assert.IsType(like.GetType(), read);
        return read;
    }
}
