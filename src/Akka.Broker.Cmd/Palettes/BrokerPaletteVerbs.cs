using System.Globalization;
using Akka.Broker.Cmd.Access;
using Akka.Broker.Cmd.Output;
using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Operations;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Planning;

namespace Akka.Broker.Cmd.Palettes;

/// <summary>Single brokers: what they hold, on which disks, and how they are emptied.</summary>
internal static class BrokerPaletteVerbs
{
    private const string Broker = "broker";

    public static BrokerPalette Create() => new("broker",
    [
        new VerbBuilder("list", "The brokers with what they lead and hold", ListAsync).Formatted().Build(),
        new VerbBuilder("describe", "One broker: its state, its addresses and what it holds", DescribeAsync).Needs(Broker, "The broker's id", "-b").Formatted().Build(),
        new VerbBuilder("drain", "Moves all replicas off a broker, for instance before it is taken away for good", DrainAsync)
            .Needs(Broker, "The broker's id", "-b").Takes(MovePlan.Rate, MovePlan.RateHelp).Takes(MoveThrottle.Name, MoveThrottle.Help).Formatted().Execute().Build(),
        BrokerRemoval.Verb,
        new VerbBuilder("log-dirs", "The data folders, their volumes and what is in them", LogDirsAsync).Takes(Broker, "Only this broker's", "-b").Formatted().Build(),
        new VerbBuilder("strays", "Folders of partitions that no topic is known for, and when they are removed", StraysAsync).Takes(Broker, "Only this broker's", "-b").Formatted().Build(),
    ]);

    private static async Task ListAsync(VerbContext context)
    {
        var sizes = await LogSizes.AskAsync(context).ConfigureAwait(false);
        var image = context.Image;
        var partitions = image.Topics.Values.SelectMany(t => t.Partitions).ToList();
        context.Show(Report.Of(
            ["broker", "address", "status", "rack", "controller", "leaders", "replicas", "bytes"],
            image.Brokers.Values.Select(b => new object?[]
            {
                b.Id, Address(b), ClusterPalette.StatusOf(b), b.Rack, b.Id == context.Node.Metadata.ControllerId,
                partitions.Count(p => p.Leader == b.Id), partitions.Count(p => p.Replicas.Contains(b.Id)), b.Fenced ? null : new ByteCount(sizes.Of(b.Id)),
            })));
    }

    private static async Task DescribeAsync(VerbContext context)
    {
        var broker = Find(context);
        var sizes = await LogSizes.AskAsync(context).ConfigureAwait(false);
        var partitions = context.Image.Topics.Values.SelectMany(t => t.Partitions).ToList();
        context.Show(new Report()
            .Field("broker", broker.Id)
            .Field("status", ClusterPalette.StatusOf(broker))
            .Field("epoch", broker.Epoch)
            .Field("rack", broker.Rack)
            .Field("akka address", broker.AkkaAddress)
            .Field("directory", broker.DirectoryId.ToString())
            .Field("metadata versions", $"{broker.MetadataVersionMin} to {broker.MetadataVersionMax}")
            .Field("controller", broker.Id == context.Node.Metadata.ControllerId)
            .Field("voter", context.Node.Quorum.Status.Voters.ContainsNode(broker.Id))
            .Field("leaders", partitions.Count(p => p.Leader == broker.Id))
            .Field("preferred leader of", partitions.Count(p => p.Replicas.Length > 0 && p.Replicas[0] == broker.Id))
            .Field("replicas", partitions.Count(p => p.Replicas.Contains(broker.Id)))
            .Field("replicas not in sync", partitions.Count(p => p.Replicas.Contains(broker.Id) && !p.Isr.Contains(broker.Id)))
            .Field("bytes", broker.Fenced ? null : new ByteCount(sizes.Of(broker.Id)))
            .Table("listeners", ["name", "host", "port"], broker.Endpoints.Select(e => new object?[] { e.Listener, e.Host, e.Port })));
    }

    private static async Task DrainAsync(VerbContext context)
    {
        var broker = Find(context);
        var plan = await MovePlan.ComputeAsync(context, new PlannerOptions { Drain = new HashSet<int> { broker.Id }, DrainOnly = true }).ConfigureAwait(false);
        var left = plan.After.TryGetValue(broker.Id, out var load) ? load.Replicas : 0;
        await MovePlan.ShowAndExecuteAsync(context, plan).ConfigureAwait(false);
        if (left > 0)
            context.Say($"{left} replicas stay on broker {broker.Id}: the other brokers hold the same partitions already. Lower the replication factor, or add a broker.");
    }

    private static async Task LogDirsAsync(VerbContext context)
    {
        var sizes = await LogSizes.AskAsync(context).ConfigureAwait(false);
        var only = context.Arguments.Has(Broker) ? Find(context).Id : -1;
        var rows =
            from folder in sizes.Folders
            where only < 0 || folder.Key == only
            orderby folder.Key
            from dir in folder.Value.Results
            select new object?[]
            {
                folder.Key, dir.LogDir, dir.Topics.Sum(t => t.Partitions.Count), new ByteCount(dir.Topics.Sum(t => t.Partitions.Sum(p => p.PartitionSize))),
                dir.TotalBytes < 0 ? null : new ByteCount(dir.TotalBytes), dir.UsableBytes < 0 ? null : new ByteCount(dir.UsableBytes),
                Answers.Problem(dir.ErrorCode, null) ?? (IsShort(dir) ? "short of space: no records are taken" : "ok"),
            };
        context.Show(Report.Of(["broker", "folder", "replicas", "bytes", "volume", "free", "state"], rows));
        Answers.Check(only < 0 ? sizes.Missing : []);

        // Brokers keep back what their own settings say; these are this one's.
        bool IsShort(DescribeLogDirsResponse.DescribeLogDirsResult dir) =>
            dir.UsableBytes >= 0 && dir.UsableBytes < Math.Min(context.Node.Settings.Logs.ReserveBytes, dir.TotalBytes / 10);
    }

    private static async Task StraysAsync(VerbContext context)
    {
        IReadOnlyList<int> asked = context.Arguments.Has(Broker) ? [Find(context).Id] : context.Peers.Alive;
        var (answers, missing) = await context.Peers.InspectAllAsync(asked, NodeSubjects.Strays).ConfigureAwait(false);
        var rows =
            from answer in answers
            orderby answer.Key
            from row in answer.Value
            select new object?[] { answer.Key, row[0], new Moment(Ms(row[1])), new Moment(Ms(row[2])) };
        context.Show(Report.Of(["broker", "folder", "since", "removed"], rows));
        Answers.Check(missing);
    }

    /// <summary>A time that never comes is none.</summary>
    private static long Ms(string text) => long.Parse(text, CultureInfo.InvariantCulture) is var ms && ms > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() ? -1 : ms;

    private static string Address(BrokerImage broker) => broker.Endpoints is [var first, ..] ? $"{first.Host}:{first.Port}" : "-";

    private static BrokerImage Find(VerbContext context)
    {
        var id = context.Arguments.Int(Broker);
        return context.Image.Brokers.TryGetValue(id, out var broker)
            ? broker
            : throw new VerbException($"There is no broker {id}; there are {string.Join(", ", context.Image.Brokers.Keys)}.");
    }
}
