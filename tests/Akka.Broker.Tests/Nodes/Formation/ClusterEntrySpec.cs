using Akka.Broker.Nodes.Formation;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Quorum;
using Akka.Broker.Tests.Gateway;

namespace Akka.Broker.Tests.Nodes.Formation;

/// <summary>A node's way into its cluster, with others that answer what the test says.</summary>
public sealed class ClusterEntrySpec : IClusterDoor, INodeProbe
{
    private readonly ManualTime _time = new();
    private readonly List<string> _log = [];
    private readonly List<string> _joined = [];
    private readonly Dictionary<string, NodeStateResponse> _others = [];
    private readonly NodeStateSource _state = new(1, Guid.NewGuid(), new BrokerEndpoint("PLAINTEXT", "self", 9092)) { DirectoryId = Directory(1) };

    public string SelfAddress => "a:1";

    public bool IsUp { get; set; }

    public bool IsJoining { get; set; }

    public IReadOnlyCollection<string> Others { get; set; } = [];

    void IClusterDoor.JoinSelf() => _joined.Add("self");

    void IClusterDoor.Join(string akkaAddress) => _joined.Add(akkaAddress);

    void IClusterDoor.JoinSeeds() => _joined.Add("seeds");

    Task<NodeStateResponse?> INodeProbe.AskAsync(Voter voter, CancellationToken cancelled) => Task.FromResult(_others.GetValueOrDefault($"{voter.Id}"));

    Task<NodeStateResponse?> INodeProbe.AskAsync(string akkaHostPort, CancellationToken cancelled) => Task.FromResult(_others.GetValueOrDefault(akkaHostPort));

    [Fact]
    public async Task Node_without_seeds_is_a_cluster_at_once()
    {
        var form = Assert.IsType<FormationStep.Form>(await Enter(Own(), hasSeeds: false, "a:1").WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal("[1]", form.Voters.ToString());
        Assert.Equal(new VoterEndpoint("PLAINTEXT", "self", 9092), form.Voters.Find(1)!.Endpoints[0]);
        Assert.Equal(["self"], _joined);
    }

    [Fact]
    public async Task First_voter_waits_for_the_others_and_says_so_once()
    {
        var entering = Enter(Own(), hasSeeds: true, "a:1", "b:2");
        AdvanceUntil(() => _log.Count == 1);
        for (var i = 0; i < 40; i++)
            _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.False(entering.IsCompleted);
        Assert.Contains("b:2 not reached", Assert.Single(_log));

        _others["b:2"] = State(2);
        AdvanceUntil(() => entering.IsCompleted);
        var form = Assert.IsType<FormationStep.Form>(await entering.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal("[1, 2]", form.Voters.ToString());
        Assert.Equal(["seeds"], _joined);
    }

    [Fact]
    public async Task Node_with_metadata_joins_the_member_and_is_through_when_it_is_up()
    {
        _others["2"] = State(2, isMember: true);
        var entering = Enter(Own(1, 2, 3), hasSeeds: true, "a:1");
        Assert.Equal(["akka.tcp://broker@node2:1"], _joined);
        IsUp = true;
        AdvanceUntil(() => entering.IsCompleted);
        Assert.Null(await entering);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Node_is_cut_if_a_voter_is_silent_when_it_joins(bool isThirdThere, bool isCut)
    {
        _others["2"] = State(2, isMember: true);
        if (isThirdThere)
            _others["3"] = State(3, isMember: true);
        IsUp = true;
        var entry = Entry(Own(1, 2, 3), hasSeeds: true, "a:1");
        Assert.Null(await entry.EnterAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(isCut, entry.IsCut);
    }

    [Fact]
    public async Task Voter_that_is_joining_for_a_second_goes_to_work_since_the_others_may_need_it()
    {
        _others["2"] = State(2, isMember: true);
        var entering = Enter(Own(1, 2, 3), hasSeeds: true, "a:1");
        IsJoining = true;
        _time.Advance(TimeSpan.FromMilliseconds(900));
        Assert.False(entering.IsCompleted);
        AdvanceUntil(() => entering.IsCompleted);
        Assert.Null(await entering);
    }

    [Fact]
    public async Task Other_node_that_is_joining_waits_until_it_is_up()
    {
        _others["2"] = State(2, isMember: true);
        _others["3"] = State(3, isMember: true);
        var entering = Enter(Own(2, 3), hasSeeds: true, "a:1");
        IsJoining = true;
        AdvanceUntil(() => _log.Count == 2);
        Assert.False(entering.IsCompleted);
        IsUp = true;
        AdvanceUntil(() => entering.IsCompleted);
        Assert.Null(await entering);
    }

    [Fact]
    public async Task Member_that_does_not_let_it_in_is_not_waited_for_for_ever()
    {
        _others["2"] = State(2, isMember: true);
        var entering = Enter(Own(1, 2, 3), hasSeeds: true, "a:1");
        _others["2"] = State(2);
        _others["3"] = State(3, isMember: true);
        AdvanceUntil(() => _joined.Count == 2);
        Assert.Equal(["akka.tcp://broker@node2:1", "akka.tcp://broker@node3:1"], _joined);
        IsUp = true;
        AdvanceUntil(() => entering.IsCompleted);
        Assert.Null(await entering);
    }

    [Fact]
    public async Task Refusal_ends_it_with_its_reason()
    {
        var twin = State(1);
        twin.IncarnationId = Guid.NewGuid();
        twin.DirectoryId = Guid.NewGuid();
        _others["b:2"] = twin;
        var refused = await Assert.ThrowsAsync<FormationRefusedException>(() => Enter(Own(), hasSeeds: true, "a:1", "b:2"));
        Assert.Contains("Node id 1 is taken", refused.Message);
    }

    private void AdvanceUntil(Func<bool> condition) => GatewayTestContext.Eventually(() =>
    {
        _time.Advance(TimeSpan.FromMilliseconds(100));
        return condition();
    });

    private Task<FormationStep?> Enter(OwnState own, bool hasSeeds, params string[] voters) => Entry(own, hasSeeds, voters).EnterAsync(CancellationToken.None);

    private ClusterEntry Entry(OwnState own, bool hasSeeds, params string[] voters) =>
        new(new EntryOptions(own, hasSeeds, voters, _state), this, this, _time, _log.Add);

    private static OwnState Own(params int[] voters) =>
        new(new ReplicaKey(1, Directory(1)), voters.Length == 0 ? null : "c", "PLAINTEXT", new VoterSet(voters.Select(v => new Voter(v, Directory(v)))));

    private static Guid Directory(int node) => new(node, 0, 0, new byte[8]);

    private static NodeStateResponse State(int id, bool isMember = false) => new()
    {
        ClusterId = isMember ? "c" : null,
        NodeId = id,
        DirectoryId = Directory(id),
        IncarnationId = Directory(100 + id),
        Host = $"node{id}",
        Port = 9092,
        AkkaAddress = $"akka.tcp://broker@node{id}:1",
        AkkaSource = NodeStateSource.Source,
        IsMember = isMember,
    };
}
