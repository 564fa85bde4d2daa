using System.Text.Json;
using System.Text.Json.Serialization;
using Akka.Broker.Cmd.Access;
using Akka.Broker.Cmd.Output;
using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Controller;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Storage;

namespace Akka.Broker.Cmd.Palettes;

/// <summary>The metadata quorum: who leads and votes, how far everybody is, and what was decided.</summary>
internal static class ControllerPalette
{
    private const string Node = "node";
    private const int ReadBytes = 1 << 20;
    private static readonly JsonSerializerOptions RecordJson = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static BrokerPalette Create() => new("controller",
    [
        new VerbBuilder("status", "Who leads the metadata log, and how far its voters and learners are", StatusAsync).Formatted().Build(),
        new VerbBuilder("voters", "Who votes, with directory and address", VotersAsync).Formatted().Build(),
        new VerbBuilder("add-voter", "Makes a node that follows the metadata log a voter", AddVoterAsync).Needs(Node, "The node's id", "-n").Execute().Build(),
        new VerbBuilder("remove-voter", "Takes a voter its vote", RemoveVoterAsync).Needs(Node, "The node's id", "-n").Execute().Build(),
        new VerbBuilder("log", "The last decisions, as the metadata log has them", LogAsync).Takes("count", "How many records; default 20", "-c").Takes("from", "From this offset on instead", "-o").Formatted().Build(),
        LevelVerb.Verb,
    ]);

    private static async Task StatusAsync(VerbContext context)
    {
        var quorum = await DescribeAsync(context).ConfigureAwait(false);
        var states = quorum.CurrentVoters.Select(v => (State: v, Role: v.ReplicaId == quorum.LeaderId ? "leader" : "voter")).Concat(quorum.Observers.Select(o => (State: o, Role: "learner")));
        context.Show(new Report()
            .Field("leader", quorum.LeaderId)
            .Field("epoch", quorum.LeaderEpoch)
            .Field("high watermark", quorum.HighWatermark)
            .Field("metadata version", context.Image.MetadataVersion)
            .Table("replicas", ["node", "role", "log end", "lag", "last fetch", "caught up"], states.Select(s => new object?[]
            {
                s.State.ReplicaId, s.Role, s.State.LogEndOffset < 0 ? null : s.State.LogEndOffset,
                s.State.LogEndOffset < 0 ? null : Math.Max(0, quorum.HighWatermark - s.State.LogEndOffset), Ago(context, s.State.LastFetchTimestamp), Ago(context, s.State.LastCaughtUpTimestamp),
            })));
    }

    private static Task VotersAsync(VerbContext context)
    {
        var status = context.Node.Quorum.Status;
        context.Show(Report.Of(["node", "leader", "directory", "address"], status.Voters.All.Select(v => new object?[]
        {
            v.Id, v.Id == status.LeaderId, v.Key.DirectoryId.ToString(), v.Endpoints.Select(e => $"{e.Listener}://{e.Host}:{e.Port}"),
        })));
        return Task.CompletedTask;
    }

    private static async Task AddVoterAsync(VerbContext context)
    {
        var (id, voters) = (context.Arguments.Int(Node), context.Node.Quorum.Status.Voters);
        if (voters.ContainsNode(id))
            throw new VerbException($"Node {id} is a voter already; the voters are {string.Join(", ", voters.All.Select(v => v.Id))}.");
        if (!context.Image.Brokers.TryGetValue(id, out var broker))
            throw new VerbException($"There is no node {id}; there are {string.Join(", ", context.Image.Brokers.Keys)}.");
        if (broker.EndpointOf(context.Node.Settings.Kafka.InterBrokerListener) is not { } endpoint)
            throw new VerbException($"Node {id} has no listener {context.Node.Settings.Kafka.InterBrokerListener}.");
        context.Say($"Node {id} becomes a voter at {endpoint}: {voters.Count + 1} voters, of whom {((voters.Count + 1) / 2) + 1} make a majority.");
        if ((voters.Count + 1) % 2 == 0)
            context.Say("An even number of voters survives no more losses than one less.");
        if (!context.Executes)
        {
            context.SayHowToExecute();
            return;
        }
        var request = new AddRaftVoterRequest
        {
            TimeoutMs = (int)Peers.DefaultTimeout.TotalMilliseconds,
            VoterId = id,
            VoterDirectoryId = broker.DirectoryId,
            Listeners = [new() { Name = endpoint.Listener, Host = endpoint.Host, Port = (ushort)endpoint.Port }],
        };
        var response = await context.Peers.AskAsync<AddRaftVoterRequest, AddRaftVoterResponse>(Leader(context), request).ConfigureAwait(false);
        Answers.Check(response.ErrorCode, response.ErrorMessage, $"Node {id}");
        context.Say("Done.");
    }

    private static async Task RemoveVoterAsync(VerbContext context)
    {
        var (id, voters) = (context.Arguments.Int(Node), context.Node.Quorum.Status.Voters);
        if (voters.Find(id) is not { } voter)
            throw new VerbException($"Node {id} is no voter; the voters are {string.Join(", ", voters.All.Select(v => v.Id))}.");
        if (voters.Count == 1)
            throw new VerbException($"Node {id} is the only voter; add another one first.");
        context.Say($"Node {id} votes no more: {voters.Count - 1} voters, of whom {((voters.Count - 1) / 2) + 1} make a majority.");
        if (context.Image.IsAlive(id))
            context.Say($"Node {id} is alive: the controller makes it a voter again, unless it stops.");
        if (!context.Executes)
        {
            context.SayHowToExecute();
            return;
        }
        var request = new RemoveRaftVoterRequest { VoterId = id, VoterDirectoryId = voter.Key.DirectoryId };
        var response = await context.Peers.AskAsync<RemoveRaftVoterRequest, RemoveRaftVoterResponse>(Leader(context), request).ConfigureAwait(false);
        Answers.Check(response.ErrorCode, response.ErrorMessage, $"Node {id}");
        context.Say("Done.");
    }

    private static Task LogAsync(VerbContext context)
    {
        var log = context.Node.Logs.Get(MetadataLog.Id.TopicPartition) ?? throw new VerbException("This node has no metadata log (yet).");
        var end = context.Node.Quorum.Status.HighWatermark;
        var count = context.Arguments.Number("count", 20, 1, 10_000);
        var from = context.Arguments.Number("from", Math.Max(log.LogStartOffset, end - count), 0);
        var rows = new List<object?[]>();
        try
        {
            while (from < end && rows.Count < count)
                from = AddRows(log, rows, from, end, count);
        }
        catch (OffsetOutOfRangeException)
        {
            throw new VerbException($"Offset {from} is not in the log (any more); allowed: {log.LogStartOffset} to {end}. What is older is in a snapshot.");
        }
        context.Show(Report.Of(["offset", "epoch", "time", "record", "content"], rows));
        return Task.CompletedTask;
    }

    /// <summary>The next offset to read.</summary>
    private static long AddRows(PartitionLog log, List<object?[]> rows, long from, long end, long count)
    {
        using var records = log.Read(from, ReadBytes, end, minOneBatch: true);
        ReadOnlyMemory<byte> rest = records.ToArray();
        var next = end;
        while (RecordBatch.TryRead(rest, out var batch))
        {
            var offset = batch.BaseOffset;
            object?[] Row(string type, string content) => [offset, batch.PartitionLeaderEpoch, new Moment(batch.MaxTimestamp), type, content];
            if (batch.IsControl)
                rows.Add(Row("control", "a leader's epoch, or voters"));
            foreach (var record in MetadataRecordCodec.DecodeBatch(batch))
            {
                if (offset >= from && rows.Count < count)
                    rows.Add(Row(record.GetType().Name.Replace("Record", "", StringComparison.Ordinal), JsonSerializer.Serialize(record, record.GetType(), RecordJson)));
                offset++;
            }
            next = batch.NextOffset;
            rest = rest[batch.SizeInBytes..];
        }
        return next;
    }

    private static async Task<DescribeQuorumResponse.DescribeQuorumPartitionResult> DescribeAsync(VerbContext context)
    {
        var request = new DescribeQuorumRequest { Topics = [new() { TopicName = InternalTopics.ClusterMetadata, Partitions = [new() { PartitionIndex = 0 }] }] };
        var response = await context.Peers.AskAsync<DescribeQuorumRequest, DescribeQuorumResponse>(Leader(context), request).ConfigureAwait(false);
        Answers.Check(response.ErrorCode, response.ErrorMessage, "The metadata quorum");
        var partition = response.Topics[0].Partitions[0];
        Answers.Check(partition.ErrorCode, partition.ErrorMessage, "The metadata quorum");
        return partition;
    }

    private static int Leader(VerbContext context) => context.Node.Quorum.Status.LeaderId is >= 0 and var leader
        ? leader
        : throw new VerbException("Nobody leads the metadata log, as far as this node hears: a majority of the voters must run and reach each other.");

    private static TimeSpan? Ago(VerbContext context, long unixMs) => unixMs < 0 ? null : TimeSpan.FromMilliseconds(Math.Max(0, context.NowMs - unixMs));
}
