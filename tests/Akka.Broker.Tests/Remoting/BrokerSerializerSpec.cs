using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Nodes;
using Akka.Broker.Nodes.Downing;
using Akka.Broker.Nodes.Formation;
using Akka.Broker.Operations;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Remoting;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Broker.Settings;
using Akka.Configuration;

namespace Akka.Broker.Tests.Remoting;

/// <summary>What nodes say to each other has these manifests and bytes, for ever.</summary>
public sealed class BrokerSerializerSpec
{
    private const string Id = "11111111222233334444555555555555";

    private static readonly Guid AnId = Guid.ParseExact(Id, "N");

    private static readonly string None = new('0', 32);

    private static readonly object[] Messages =
    [
        new AdminCommand(new UnregisterBrokerRequest { BrokerId = 7 }, CommandOrigin.Broker),
        new AdminCommand(new DeleteTopicsRequest { TopicNames = ["a"], TimeoutMs = 5 }) { Version = 1 },
        new AdminAnswer(new UnregisterBrokerResponse { ErrorCode = ErrorCode.InvalidRequest, ErrorMessage = "no" }, 9),
        new RegisterBroker(new BrokerRegistration(1, AnId, AnId, "r1", [new BrokerEndpoint("PLAINTEXT", "localhost", 9092)], true)
        {
            AkkaAddress = "a.bcd", MetadataVersionMin = 1, MetadataVersionMax = 2, MinInsyncReplicas = 3,
            CleanStopEpoch = 5, LogEnds = [new ReplicaLogEnd(AnId, 6, 7, 8)],
        }),
        new BrokerRegistered(7, 8),
        new AllocateProducerIds(1, 7),
        new ProducerIdBlock(ErrorCode.StaleBrokerEpoch, -1, 0),
        new ShutDownBroker(1, 7),
        new BrokerShuttingDown(ErrorCode.None, 2, 9),
        new ControllerUnavailable(ErrorCode.NotController, "no"),
        AskNodeState.Instance,
        new NodeStateTold(new NodeStateResponse { NodeId = 4, ClusterId = "c", AkkaAddress = "a", AkkaSource = "s", Voters = [new() { VoterId = 4, Host = "h", Port = 5 }] }),
        new WhomDoYouReach([1, 2], ["a", "b"]),
        new IReach(3, [1]),
        new InspectNode("a", "b"),
        new NodeInspected([["c", "d"]], "e"),
        new AwaitMetadata(9),
        MetadataFollowed.Instance,
        new ReportOfflineReplicas(new OfflineReport(1, 7, [new ReplicaLogEnd(AnId, 6, 7, 8)], "no")),
        new OfflineReplicasNoted(ErrorCode.StaleBrokerEpoch, 9),
    ];

    private readonly BrokerSerializer _serializer = new(null!);

    public static readonly TheoryData<int, string, string> Golden = new()
    {
        { 0, "q/64/0", "01" + "00000007" + "00" },
        { 1, "q/20/1", "00" + "00000001" + "0001" + "61" + "00000005" },
        { 2, "p/64/0", "0000000000000009" + "00000000" + "002a" + "036e6f" + "00" },
        {
            3, "register",
            "0000" + "00000001" + Id + Id + "037231" + "01" + "06612e626364" + "0001" + "0002" + "00000003"
            + "02" + "0a504c41494e54455854" + "0a6c6f63616c686f7374" + "2384" + "0000" + "00"
            + "0000000000000005" + "02" + Id + "00000006" + "00000007" + "0000000000000008" + "00" + "00"
        },
        { 4, "registered", "0000" + "0000000000000007" + "0000000000000008" + "00" },
        { 5, "allocate-ids", "0000" + "00000001" + "0000000000000007" + "00" },
        { 6, "ids", "0000" + "004d" + "ffffffffffffffff" + "00000000" + "00" },
        { 7, "shut-down", "0000" + "00000001" + "0000000000000007" + "00" },
        { 8, "shutting-down", "0000" + "0000" + "00000002" + "0000000000000009" + "00" },
        { 9, "unavailable", "0000" + "0029" + "036e6f" + "00" },
        { 10, "node-state?", "" },
        {
            11, "node-state",
            "0000" + "0000" + "00" + "0263" + "00000004" + None + None + "00" + "0000" + "0261" + "0273" + "00" + "00000000" + "0000" + "0000" + "0000"
            + "ffffffff" + "ffffffff" + "ffffffffffffffff" + "02" + "00000004" + None + "0268" + "0005" + "00" + "00"
        },
        { 12, "reach?", "0000" + "03" + "00000001" + "00000002" + "03" + "0261" + "0262" + "00" },
        { 13, "reach", "0000" + "00000003" + "02" + "00000001" + "00" },
        { 14, "inspect", "0000" + "0261" + "0262" + "00" },
        { 15, "inspected", "0000" + "0265" + "02" + "03" + "0263" + "0264" + "00" + "00" },
        { 16, "await-metadata", "0000" + "0000000000000009" + "00" },
        { 17, "metadata-followed", "" },
        { 18, "offline-replicas", "0000" + "00000001" + "0000000000000007" + "036e6f" + "02" + Id + "00000006" + "00000007" + "0000000000000008" + "00" + "00" },
        { 19, "offline-replicas-noted", "0000" + "004d" + "0000000000000009" + "00" },
    };

    [Theory]
    [MemberData(nameof(Golden))]
    public void Message_has_its_manifest_and_bytes_both_ways(int message, string manifest, string hex)
    {
        Assert.Equal(manifest, _serializer.Manifest(Messages[message]));
        Assert.Equal(hex, Convert.ToHexStringLower(_serializer.ToBinary(Messages[message])));

        var read = _serializer.FromBinary(Convert.FromHexString(hex), manifest);

        Assert.Equal(Messages[message].GetType(), read.GetType());
        Assert.Equal(manifest, _serializer.Manifest(read));
        Assert.Equal(hex, Convert.ToHexStringLower(_serializer.ToBinary(read)));
    }

    [Fact]
    public void Every_message_that_may_go_to_another_node_is_bound_and_has_golden_bytes()
    {
        var settings = BrokerSettings.Parse();
        using var system = ActorSystem.Create("broker", ConfigurationFactory.ParseString("akka { loglevel = OFF, actor.provider = local }").WithFallback(settings.Hocon));
        var types = typeof(IRemoteMessage).Assembly.GetTypes().Where(t => t is { IsClass: true, IsAbstract: false } && typeof(IRemoteMessage).IsAssignableFrom(t)).ToList();

        Assert.Equal(types.Select(t => t.Name).Order(), Messages.Select(m => m.GetType().Name).Distinct().Order());
        foreach (var message in Messages)
            Assert.IsType<BrokerSerializer>(system.Serialization.FindSerializerFor(message));
    }

    [Fact]
    public void Requests_and_responses_of_every_api_that_the_controller_decides_make_the_way()
    {
        foreach (var api in new[]
        {
            ApiKey.CreateTopics, ApiKey.DeleteTopics, ApiKey.CreatePartitions, ApiKey.AlterConfigs, ApiKey.IncrementalAlterConfigs, ApiKey.ElectLeaders,
            ApiKey.AlterPartition, ApiKey.AlterPartitionReassignments, ApiKey.UpdateFeatures, ApiKey.UnregisterBroker, ApiKey.AlterClientQuotas,
        })
        {
            Assert.True(KnownApis.TryGet(api, out var range));
            for (var version = range.Lowest; version <= range.Highest; version++)
            {
                Again(new AdminCommand(KnownApis.CreateRequest(api)) { Version = version });
                Again(new AdminAnswer(KnownApis.CreateResponse(api), 1) { Version = version });
            }
        }
    }

    [Theory]
    [InlineData("q/9999/0", "")]
    [InlineData("q/19/99", "")]
    [InlineData("q/x", "")]
    [InlineData("no-such", "")]
    [InlineData("registered", "0009")]
    [InlineData("q/64/0", "00")]
    [InlineData("q/64/0", "000000000700ff")]
    public void What_this_build_does_not_know_is_refused_by_name(string manifest, string hex)
    {
        var refused = Assert.Throws<SerializationException>(() => _serializer.FromBinary(Convert.FromHexString(hex), manifest));

        Assert.Contains($"'{manifest}'", refused.Message);
    }

    [Fact]
    public void What_is_for_this_node_alone_is_not_written() =>
        Assert.Throws<SerializationException>(() => _serializer.ToBinary(new MetadataFetched(1, 1, 1)));

    private void Again(object message) => Assert.IsType(message.GetType(), _serializer.FromBinary(_serializer.ToBinary(message), _serializer.Manifest(message)));
}
