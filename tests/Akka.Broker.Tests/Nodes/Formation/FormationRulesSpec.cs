using Akka.Broker.Nodes.Formation;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Tests.Nodes.Formation;

/// <summary>How a node finds its cluster.</summary>
public sealed class FormationRulesSpec
{
    private const string Cluster = "cluster";
    private static readonly string[] Configured = ["a:1", "b:2", "c:3"];

    [Fact]
    public void Node_with_metadata_joins_the_voter_that_is_in_a_cluster()
    {
        var step = FormationRules.Rejoin(Own(3, voters: [1, 2, 3]), Answers(State(1), State(2, isMember: true)));
        Assert.Equal(new FormationStep.Join("akka.tcp://broker@node2:4053"), step);
    }

    [Fact]
    public void Of_two_clusters_it_joins_the_one_with_a_leader_then_the_larger_one()
    {
        var island = State(1, isMember: true, members: 9);
        var led = State(2, isMember: true, leader: 2, members: 2);
        Assert.Equal(new FormationStep.Join(led.AkkaAddress!), FormationRules.Rejoin(Own(3, voters: [1, 2, 3]), Answers(island, led)));
        Assert.Equal(new FormationStep.Join(island.AkkaAddress!), FormationRules.Rejoin(Own(3, voters: [1, 2, 3]), Answers(island, State(2, isMember: true))));
    }

    [Fact]
    public void Lowest_voter_of_a_majority_begins_and_the_others_wait_for_it()
    {
        Assert.Equal(new FormationStep.JoinSelf(), FormationRules.Rejoin(Own(2, voters: [1, 2, 3]), Answers(State(3))));
        var wait = Assert.IsType<FormationStep.Wait>(FormationRules.Rejoin(Own(3, voters: [1, 2, 3]), Answers(State(2))));
        Assert.Equal("node 2 to begin the cluster", wait.For);
    }

    [Fact]
    public void Without_a_majority_of_voters_it_waits_and_says_for_whom()
    {
        var wait = Assert.IsType<FormationStep.Wait>(FormationRules.Rejoin(Own(1, voters: [1, 2, 3]), Answers()));
        Assert.Equal("a majority of the voters [1, 2, 3]: 2, 3 not reached", wait.For);
    }

    [Fact]
    public void Voter_whose_disk_was_wiped_does_not_count()
    {
        var wiped = State(2);
        wiped.DirectoryId = Guid.NewGuid();
        Assert.IsType<FormationStep.Wait>(FormationRules.Rejoin(Own(1, voters: [1, 2, 3]), Answers(wiped)));
    }

    [Fact]
    public void Node_of_another_cluster_at_a_voters_address_does_not_count_and_is_named()
    {
        var foreign = State(2, isMember: true);
        foreign.ClusterId = "other";
        var wait = Assert.IsType<FormationStep.Wait>(FormationRules.Rejoin(Own(1, voters: [1, 2, 3]), Answers(foreign)));
        Assert.Contains("node 2 is of another cluster, other", wait.For);
    }

    [Fact]
    public void Single_voter_begins_at_once() =>
        Assert.Equal(new FormationStep.JoinSelf(), FormationRules.Rejoin(Own(1, voters: [1]), Answers()));

    [Fact]
    public void First_of_the_configured_voters_forms_the_cluster_when_all_are_there_and_empty()
    {
        var form = Assert.IsType<FormationStep.Form>(Begin(1, "a:1", Empty("b:2", 2), Empty("c:3", 3)));
        Assert.Null(form.ClusterId);
        Assert.Equal("[1, 2, 3]", form.Voters.ToString());
        Assert.Equal(new VoterEndpoint("PLAINTEXT", "node2", 9092), form.Voters.Find(2)!.Endpoints[0]);
        Assert.IsType<FormationStep.Wait>(Begin(2, "b:2", Empty("a:1", 1), Empty("c:3", 3)));
    }

    [Fact]
    public void Cluster_is_not_formed_before_every_configured_voter_is_there()
    {
        var wait = Assert.IsType<FormationStep.Wait>(Begin(1, "a:1", Empty("b:2", 2)));
        Assert.Contains("c:3 not reached", wait.For);
    }

    [Fact]
    public void Empty_node_that_the_first_voter_set_names_writes_the_same()
    {
        var first = State(1, voters: [1, 2, 3]);
        var form = Assert.IsType<FormationStep.Form>(Begin(2, "b:2", ("a:1", first)));
        Assert.Equal(Cluster, form.ClusterId);
        Assert.True(form.Voters.Contains(new ReplicaKey(2, Directory(2))));
    }

    [Fact]
    public void Empty_node_that_meets_a_cluster_is_a_learner_whatever_its_seeds_say()
    {
        var first = State(1, voters: [1, 2, 3], leader: 1);
        first.Voters[1].DirectoryId = Guid.NewGuid();
        var learn = Assert.IsType<FormationStep.Learn>(Begin(2, "b:2", ("a:1", first)));
        Assert.Equal(Cluster, learn.ClusterId);
    }

    [Fact]
    public void Empty_node_follows_members_that_are_no_seeds() =>
        Assert.IsType<FormationStep.Learn>(FormationRules.Begin(
            Own(4), ["a:1"], ("d:4", State(4, isEmpty: true)), new Dictionary<string, NodeStateResponse>(), [State(1, voters: [1])]));

    [Fact]
    public void Node_id_that_a_live_node_has_stops_the_start()
    {
        var refuse = Assert.IsType<FormationStep.Refuse>(Begin(2, "b:2", ("a:1", State(2, voters: [2], directory: 7))));
        Assert.Contains("Node id 2 is taken", refuse.Reason);
        refuse = Assert.IsType<FormationStep.Refuse>(Begin(1, "a:1", Empty("b:2", 2), Empty("c:3", 2, directory: 3)));
        Assert.Contains("Node id 2 is claimed by", refuse.Reason);
    }

    [Fact]
    public void Folders_of_another_cluster_stop_the_start()
    {
        var own = Own(2) with { ClusterId = "other" };
        var refuse = Assert.IsType<FormationStep.Refuse>(FormationRules.Begin(
            own, Configured, ("b:2", State(2, isEmpty: true)), new Dictionary<string, NodeStateResponse> { ["a:1"] = State(1, voters: [1]) }, []));
        Assert.Contains("belong to cluster other", refuse.Reason);
    }

    [Fact]
    public void Cluster_of_the_other_akka_or_of_a_newer_level_stops_the_start()
    {
        var member = State(1, isMember: true, voters: [1]);
        member.AkkaSource = "another";
        Assert.Contains("-p:AkkaSource=another", Assert.IsType<FormationStep.Refuse>(FormationRules.Rejoin(Own(2, voters: [1, 2]), Answers(member))).Reason);
        Assert.IsType<FormationStep.Refuse>(Begin(2, "b:2", ("a:1", member)));
        member = State(1, isMember: true, voters: [1]);
        member.MetadataVersion = 1000;
        Assert.Contains("metadata.version is 1000", Assert.IsType<FormationStep.Refuse>(FormationRules.Rejoin(Own(2, voters: [1, 2]), Answers(member))).Reason);
    }

    private static FormationStep Begin(int id, string address, params (string Address, NodeStateResponse State)[] answers) =>
        FormationRules.Begin(Own(id), Configured, (address, State(id, isEmpty: true)), answers.ToDictionary(a => a.Address, a => a.State), []);

    private static (string Address, NodeStateResponse State) Empty(string address, int id, int directory = 0) =>
        (address, State(id, isEmpty: true, directory: directory));

    private static OwnState Own(int id, params int[] voters) =>
        new(new ReplicaKey(id, Directory(id)), voters.Length == 0 ? null : Cluster, "PLAINTEXT", new VoterSet(voters.Select(v => new Voter(v, Directory(v)))));

    private static Dictionary<int, NodeStateResponse> Answers(params NodeStateResponse[] states) => states.ToDictionary(s => s.NodeId);

    private static Guid Directory(int node) => new(node, 0, 0, new byte[8]);

    private static NodeStateResponse State(
        int id, bool isEmpty = false, bool isMember = false, int leader = -1, int members = 1, int directory = 0, params int[] voters) => new()
        {
            ClusterId = isEmpty ? null : Cluster,
            NodeId = id,
            DirectoryId = Directory(directory == 0 ? id : directory),
            IncarnationId = Directory(100 + id + directory),
            Host = $"node{id}",
            Port = 9092,
            AkkaAddress = $"akka.tcp://broker@node{id}:4053",
            AkkaSource = NodeStateSource.Source,
            IsMember = isMember,
            MemberCount = isMember ? members : 0,
            QuorumLeaderId = leader,
            Voters = [.. voters.Select(v => new NodeStateResponse.NodeVoter { VoterId = v, DirectoryId = Directory(v), Host = $"node{v}", Port = 9092 })],
        };
}
