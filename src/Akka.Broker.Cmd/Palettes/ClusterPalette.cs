using Akka.Broker.Cmd.Access;
using Akka.Broker.Cmd.Output;
using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Operations;
using Akka.Broker.Replication.Metadata;

namespace Akka.Broker.Cmd.Palettes;

/// <summary>The cluster as a whole: who is in it, whether it is sound, who goes.</summary>
internal static class ClusterPalette
{
    private const string Node = "node";

    public static BrokerPalette Create() => new("cluster",
    [
        new VerbBuilder("show", "The nodes of the cluster", ShowAsync).Formatted().Build(),
        new VerbBuilder("status", "Whether the cluster is sound, and what is not; it fails if it is not sound", StatusAsync).Formatted().Build(),
        new VerbBuilder("leader", "Who leads: the controller and the oldest member", LeaderAsync).Formatted().Build(),
        NamesVerb.Verb,
        new VerbBuilder("down", "Takes a node that is dead or out of reach out of the cluster", DownAsync).Needs(Node, "The node's id", "-n").Execute().Build(),
        new VerbBuilder("leave", "Stops a node in order: others take over what it leads, then its process ends", LeaveAsync).Needs(Node, "The node's id", "-n").Execute().Build(),
    ]);

    private static Task ShowAsync(VerbContext context)
    {
        var state = Cluster.Cluster.Get(context.Node.System).State;
        var image = context.Image;
        var voters = context.Node.Quorum.Status.Voters;
        context.Show(new Report()
            .Field("cluster", image.ClusterId)
            .Field("metadata version", image.MetadataVersion)
            .Field("controller", context.Node.Metadata.ControllerId)
            .Field("connected to", context.Node.Settings.NodeId)
            .Table("nodes", ["node", "address", "member", "reachable", "voter", "broker", "rack"], image.Brokers.Values.Select(b =>
            {
                var member = state.Members.FirstOrDefault(m => m.Address.ToString() == b.AkkaAddress);
                return new object?[]
                {
                    b.Id, b.AkkaAddress, member?.Status.ToString() ?? "absent", member is not null && !state.Unreachable.Contains(member),
                    voters.ContainsNode(b.Id), StatusOf(b), b.Rack,
                };
            })));
        return Task.CompletedTask;
    }

    private static Task StatusAsync(VerbContext context)
    {
        var image = context.Image;
        var partitions = image.Topics.Values.SelectMany(t => t.Partitions.Select(p => (Topic: t, Partition: p))).ToList();
        var fenced = image.Brokers.Values.Where(b => b.Fenced).Select(b => b.Id).ToList();
        var unreachable = Cluster.Cluster.Get(context.Node.System).State.Unreachable.Count;
        var offline = partitions.Count(p => !p.Partition.HasLeader);
        var underMin = partitions.Count(p => p.Partition.Isr.Length < context.InSyncNeeded(p.Topic, p.Partition));
        var under = partitions.Count(p => p.Partition.Isr.Length < p.Partition.TargetReplicas.Length);
        var quorum = context.Node.Quorum.Status;
        var isSound = fenced.Count == 0 && unreachable == 0 && offline == 0 && underMin == 0 && under == 0 && quorum.LeaderId >= 0;
        context.Show(new Report()
            .Field("sound", isSound)
            .Field("controller", quorum.LeaderId < 0 ? null : quorum.LeaderId)
            .Field("controller epoch", quorum.Epoch)
            .Field("voters", quorum.Voters.All.Select(v => v.Id))
            .Field("brokers", image.Brokers.Count)
            .Field("fenced brokers", fenced)
            .Field("unreachable members", unreachable)
            .Field("topics", image.Topics.Count)
            .Field("partitions", partitions.Count)
            .Field("unavailable partitions", offline)
            .Field("under min isr", underMin)
            .Field("under replicated", under)
            .Field("moving partitions", partitions.Count(p => p.Partition.IsMoving)));
        return isSound ? Task.CompletedTask : throw new VerbException($"The cluster is not sound: {string.Join(", ", Unsound())}.");

        IEnumerable<string> Unsound()
        {
            (int Count, string What)[] found =
            [
                (quorum.LeaderId < 0 ? 1 : 0, "no controller"), (fenced.Count, $"brokers {string.Join(", ", fenced)} fenced"), (unreachable, $"{unreachable} members unreachable"),
                (offline, $"{offline} partitions unavailable"), (underMin, $"{underMin} under min isr"), (under, $"{under} under replicated"),
            ];
            return found.Where(f => f.Count > 0).Select(f => f.What);
        }
    }

    private static Task LeaderAsync(VerbContext context)
    {
        var leader = Cluster.Cluster.Get(context.Node.System).State.Leader?.ToString();
        var quorum = context.Node.Quorum.Status;
        context.Show(new Report()
            .Field("controller", quorum.LeaderId < 0 ? null : quorum.LeaderId)
            .Field("controller epoch", quorum.Epoch)
            .Field("membership leader", context.Image.Brokers.Values.FirstOrDefault(b => b.AkkaAddress == leader)?.Id)
            .Field("membership leader address", leader));
        return Task.CompletedTask;
    }

    private static Task DownAsync(VerbContext context)
    {
        var broker = Find(context);
        if (broker.Id == context.Node.Settings.NodeId)
            throw new VerbException($"Node {broker.Id} is the one that you are connected to; ask another one, or let it leave.");
        var member = Cluster.Cluster.Get(context.Node.System).State.Members.FirstOrDefault(m => m.Address.ToString() == broker.AkkaAddress)
            ?? throw new VerbException($"Node {broker.Id} is no member of the cluster (any more).");
        context.Say($"Node {broker.Id} at {member.Address} ({member.Status}) is taken out of the cluster; {Led(context, broker.Id)} partitions that it leads get other leaders.");
        context.Say("If its process runs, it notices and joins anew.");
        if (!context.Executes)
        {
            context.SayHowToExecute();
            return Task.CompletedTask;
        }
        Cluster.Cluster.Get(context.Node.System).Down(member.Address);
        context.Say("Done.");
        return Task.CompletedTask;
    }

    private static async Task LeaveAsync(VerbContext context)
    {
        var broker = Find(context);
        var only = context.Image.Topics.Values.SelectMany(t => t.Partitions)
            .Count(p => p.Leader == broker.Id && !p.Isr.Any(r => r != broker.Id && context.Image.IsActive(r)));
        context.Say($"Node {broker.Id} stops: others take over the {Led(context, broker.Id)} partitions that it leads, then its process ends.");
        if (only > 0)
            context.Say($"{only} of them have no other replica in sync: they are unavailable until it is back.");
        if (context.Node.Quorum.Status.Voters is var voters && voters.ContainsNode(broker.Id))
            context.Say($"It is one of {voters.Count} voters; it stays one, and is missed until it is back. 'controller remove-voter' takes its vote.");
        if (!context.Executes)
        {
            context.SayHowToExecute();
            return;
        }
        await context.Peers.InspectAsync(broker.Id, NodeSubjects.Stop, "an operator let it leave").ConfigureAwait(false);
        context.Say("It is on its way.");
    }

    private static BrokerImage Find(VerbContext context)
    {
        var id = context.Arguments.Int(Node);
        return context.Image.Brokers.TryGetValue(id, out var broker)
            ? broker
            : throw new VerbException($"There is no node {id}; there are {string.Join(", ", context.Image.Brokers.Keys)}.");
    }

    private static int Led(VerbContext context, int broker) => context.Image.Topics.Values.Sum(t => t.Partitions.Count(p => p.Leader == broker));

    internal static string StatusOf(BrokerImage broker) => broker.Fenced ? "fenced" : broker.InControlledShutdown ? "stopping" : "active";
}
