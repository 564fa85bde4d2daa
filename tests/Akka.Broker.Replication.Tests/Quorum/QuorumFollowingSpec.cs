using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Metadata.Records;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Replication.Tests.Quorum;

/// <summary>What a leader answers to who fetches, and what a follower makes of it.</summary>
public sealed class QuorumFollowingSpec
{
    /// <summary>The leader's log: epochs 1 (offsets 0 to 9), 3 (10 to 19), and its own, 5, from 20 on; it begins at 5 with a snapshot where one is taken.</summary>
    [Theory]
    [InlineData(1, 10, false, "records")]
    [InlineData(3, 15, false, "records")]
    [InlineData(1, 12, false, "parts at 10-1")]
    [InlineData(2, 12, false, "parts at 10-1")]
    [InlineData(3, 25, false, "parts at 20-3")]
    [InlineData(4, 22, false, "parts at 20-3")]
    [InlineData(0, 0, false, "records")]
    [InlineData(0, 3, false, "parts at 0-0")]
    [InlineData(0, 0, true, "snapshot 5-1")]
    [InlineData(1, 3, true, "snapshot 5-1")]
    [InlineData(1, 5, true, "records")]
    [InlineData(0, 7, true, "snapshot 5-1")]
    [InlineData(1, 12, true, "parts at 10-1")]
    public void Leader_answers_by_where_the_logs_part(int epoch, long offset, bool hasSnapshot, string answer)
    {
        var log = new MemoryQuorumLog();
        for (var i = 0; i < 10; i++)
            log.Append(Batch(1, i));
        for (var i = 10; i < 20; i++)
            log.Append(Batch(3, i));
        if (hasSnapshot)
            log.TakeSnapshot(new LogPosition(1, 5), Snapshot(1));
        var leader = LeaderWith(log, QuorumTestNode.Voters(1), epoch: 4);
        Assert.Equal((QuorumRole.Leader, 5), (leader.Role, leader.Epoch));

        var learner = new ReplicaKey(9, Guid.NewGuid());
        var effects = leader.Receive(new FetchQuery(9, 1, 77, 5, learner, -1, new LogPosition(epoch, offset), -1, 100), 10);

        var reply = Assert.IsType<FetchReply>(Assert.Single(effects.OfType<SendMessage>()).Message);
        Assert.Equal((77, ErrorCode.None, 5, 1), (reply.Id, reply.Error, reply.Epoch, reply.LeaderId));
        var said = reply switch
        {
            { SnapshotId: { } id } => $"snapshot {id}",
            { Diverging: { } at } => $"parts at {at}",
            _ => "records",
        };
        Assert.Equal(answer, said);
        Assert.Equal(said == "records", RecordBatch.TryRead(reply.Records, out var first) && first.BaseOffset == offset);
    }

    [Theory]
    [InlineData(4, ErrorCode.FencedLeaderEpoch)]
    [InlineData(6, ErrorCode.NotLeaderOrFollower)]
    public void Fetch_of_another_epoch_is_refused(int epoch, ErrorCode error)
    {
        var leader = LeaderWith(new MemoryQuorumLog(), QuorumTestNode.Voters(1), epoch: 4);

        var effects = leader.Receive(new FetchQuery(9, 1, 77, epoch, new ReplicaKey(9, Guid.Empty), -1, LogPosition.Start, -1, 100), 10);

        var reply = (FetchReply)effects.OfType<SendMessage>().Last().Message;
        Assert.Equal(error, reply.Error);
        Assert.Equal(Math.Max(epoch, 5), reply.Epoch);
        Assert.Equal(epoch < 5 ? QuorumRole.Leader : QuorumRole.Unattached, leader.Role);
    }

    [Fact]
    public void Fetch_with_nothing_new_is_held_until_there_is()
    {
        var cluster = new QuorumTestCluster(1, 2, 1) { DelayMaxMs = 1 };
        cluster.StartAll(1, 2);
        cluster.RunUntil(() => cluster.Nodes[2].Machine.HighWatermark == cluster.Nodes[1].Log.EndOffset);
        cluster.RunFor(20);
        var before = Replies(cluster);

        cluster.RunFor(150);
        Assert.Equal(before, Replies(cluster));
        cluster.TryAppend("news");
        cluster.RunUntil(() => cluster.Nodes[2].Machine.HighWatermark == cluster.Nodes[1].Log.EndOffset, 50);

        static int Replies(QuorumTestCluster cluster) => cluster.Nodes[1].Effects.Count(e => e is SendMessage { Message: FetchReply });
    }

    [Fact]
    public void Leader_that_lost_its_tails_race_truncates_it_and_never_what_is_committed()
    {
        var cluster = new QuorumTestCluster(3, 3, 3);
        cluster.StartAll(1, 2, 3);
        cluster.RunUntil(() => cluster.Nodes.Values.All(n => n.Machine.HighWatermark > 0));
        cluster.Isolate(1);
        Assert.True(cluster.TryAppend("never committed"));
        var tail = cluster.Nodes[1].Log.EndOffset;

        cluster.RunUntil(() => cluster.Leader?.Id == 2 && cluster.TryAppend("committed"), 5000);
        cluster.Cut.Clear();
        cluster.RunUntil(() => cluster.Nodes[1].Machine.HighWatermark == cluster.Leader?.Log.EndOffset);

        Assert.Contains(cluster.Decisions, d => d.Contains($"1: Truncates the metadata log from {tail}", StringComparison.Ordinal));
    }

    [Fact]
    public void Follower_says_that_it_has_only_what_is_on_its_disk()
    {
        var cluster = new QuorumTestCluster(4, 3, 3);
        cluster.Nodes[2].Log.SyncsAtOnce = false;
        cluster.Nodes[3].Log.SyncsAtOnce = false;
        cluster.StartAll(1, 2, 3);

        cluster.RunFor(400);
        Assert.Null(cluster.Leader);
        cluster.Sync(3);
        cluster.RunUntil(() => cluster.Leader is not null, 400);

        Assert.Equal(0, cluster.Nodes[2].Log.SyncedOffset);
    }

    [Fact]
    public void Follower_behind_the_logs_start_fetches_the_snapshot_in_pieces_and_then_the_log()
    {
        var cluster = new QuorumTestCluster(5, 2, 1);
        cluster.Start(1, 1, 2);
        for (var i = 0; i < 20; i++)
            cluster.TryAppend($"{i}");
        var log = cluster.Nodes[1].Log;
        var bytes = Snapshot(1, topics: 3000);
        log.TakeSnapshot(new LogPosition(1, 15), bytes);
        cluster.Nodes[1].Machine.LogStartMoved(cluster.Now);
        var follower = new QuorumMachine(
            new QuorumOptions { Self = new ReplicaKey(2, Guid.Empty), FetchBytesMax = 4000 }, new MemoryQuorumLog(), null, QuorumTestNode.Voters(1), new Random(1));
        var own = (MemoryQuorumLog)follower.Log;

        List<QuorumEffect> done = [];
        var effects = follower.Start(cluster.Now);
        var pieces = 0;
        for (var round = 0; round < 400 && own.EndOffset < log.EndOffset; round++)
        {
            var now = cluster.Now + (round * 60);
            done.AddRange(effects);
            List<QuorumEffect> next = [];
            foreach (var query in effects.OfType<SendMessage>().Select(s => s.Message))
            {
                pieces += query is SnapshotQuery ? 1 : 0;
                foreach (var reply in cluster.Nodes[1].Machine.Receive(query, now).OfType<SendMessage>())
                    next.AddRange(follower.Receive(reply.Message, now));
            }
            effects = next.Count > 0 ? next : follower.Tick(now);
        }

        Assert.Equal(log.EndOffset, own.EndOffset);
        Assert.Equal(15, own.StartOffset);
        Assert.True(pieces > 5);
        Assert.Contains(new SnapshotInstalled(new LogPosition(1, 15)), done);
        Assert.Equal(QuorumTestNode.Voters(1), follower.Voters);
    }

    [Fact]
    public void Follower_counts_as_current_only_when_it_has_all_that_its_leader_had_committed_when_it_asked()
    {
        var self = new ReplicaKey(2, Guid.Empty);
        var log = new MemoryQuorumLog { SyncsAtOnce = false };
        var follower = new QuorumMachine(new QuorumOptions { Self = self }, log, new ElectionState(1, null, 1), QuorumTestNode.Voters(1), new Random(1));
        var asked = Fetch(follower.Start(10), watermark: 0, nowMs: 15, []);
        Fetch(asked, watermark: 0, nowMs: 16, Batch(1, 0));
        Assert.Null(follower.CurrentMs);

        // On the disk, and the leader knows of nothing committed in its epoch yet.
        log.Sync();
        asked = follower.LogSynced(20);
        Assert.Null(follower.CurrentMs);

        asked = Fetch(asked, watermark: 1, nowMs: 25, Batch(1, 1));
        Assert.Equal(20, follower.CurrentMs);

        // What it is told of in the next answer is not on its disk: the time of that question does not count until it is.
        log.Sync();
        asked = follower.LogSynced(30);
        Fetch(asked, watermark: 3, nowMs: 35, Batch(1, 2));
        Assert.Equal(20, follower.CurrentMs);
        log.Sync();
        follower.LogSynced(40);
        Assert.Equal(30, follower.CurrentMs);

        IReadOnlyList<QuorumEffect> Fetch(IReadOnlyList<QuorumEffect> effects, long watermark, long nowMs, byte[] records)
        {
            var query = Assert.Single(effects.OfType<SendMessage>().Select(s => s.Message).OfType<FetchQuery>());
            return follower.Receive(new FetchReply(1, 2, query.Id, ErrorCode.None, 1, 1, watermark, records), nowMs);
        }
    }

    private static byte[] Batch(int epoch, long offset)
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { BaseOffset = offset, PartitionLeaderEpoch = epoch });
        builder.Append(0, NullableBytes.Null, "x"u8);
        return builder.ToArray();
    }

    private static byte[] Snapshot(int epoch, int topics = 1)
    {
        var image = MetadataImageBuilder.Apply(
            MetadataImage.Empty, Enumerable.Range(0, topics).Select(i => new TopicRecord { Name = $"topic-{i}", TopicId = new Guid(i + 1, 0, 0, new byte[8]) }), 4, epoch);
        return [.. MetadataSnapshot.Write(image, QuorumTestNode.Voters(1), 0).SelectMany(b => b)];
    }

    private static QuorumMachine LeaderWith(MemoryQuorumLog log, VoterSet voters, int epoch)
    {
        var machine = new QuorumMachine(
            new QuorumOptions { Self = voters.Keys.First() }, log, new ElectionState(epoch, null, -1), voters, new Random(1));
        machine.Start(0);
        return machine;
    }
}
