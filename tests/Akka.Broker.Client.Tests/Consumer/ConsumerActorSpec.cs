using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Event;
using Akka.Tests;
using static Akka.Broker.Client.Tests.Consuming.ConsumerTestContext;

namespace Akka.Broker.Client.Tests.Consuming;

/// <summary>The consumer's actor with a target, over a group and logs in memory.</summary>
public sealed class ConsumerActorSpec : PatientTestKit
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ConsumerTestContext _context;
    private readonly IActorRef _consumer;

    public ConsumerActorSpec()
        : base(ConsumerTestContext.Config)
    {
        _context = new ConsumerTestContext(Sys);
        _context.Cluster.SetTopic("t", 1, 2);
        _consumer = Sys.ActorOf(ConsumerActor.Props(_context.Client, Serializers.Utf8, Serializers.Utf8, TestActor));
    }

    [Fact]
    public void A_target_gets_no_more_than_it_asks_for_and_what_it_has_done_is_committed()
    {
        _context.Fill(T0, 5);
        Start(T0);
        ExpectNoMsg(TimeSpan.FromMilliseconds(100));

        _consumer.Tell(new RequestRecords(3));
        var first = ExpectRecords(3);
        Assert.Equal(["0", "1", "2"], first.SelectMany(b => b.Records).Select(r => r.Value));
        Assert.True(_context.Group.Committed(T0) is null or 0);
        first.ForEach(b => _consumer.Tell(new RecordsHandled(b.Batch)));
        _context.Eventually(() => _context.Group.Committed(T0) == 3, "the three are committed");
    }

    [Fact]
    public void A_partition_that_goes_waits_for_what_the_target_holds_and_the_others_go_on()
    {
        _context.Fill(T0, 1);
        _context.Fill(T1, 1);
        Start(T0, T1);
        _consumer.Tell(new RequestRecords(10));
        var held = ExpectRecords(2).Single(b => b.Partition == T1);

        _context.Group.Assign(T0);
        _context.Reads.Append(T0, null, "meanwhile");
        Assert.Equal("meanwhile", Assert.Single(ExpectRecords(1)).Records[0].Value);
        _context.Eventually(() => _context.Group.Generation == 2, "it has joined with all that it owns");
        ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        Assert.Equal(2, _context.Group.Generation);

        _consumer.Tell(new RecordsHandled(held.Batch));
        Assert.Equal("Revoked: t-1", ExpectMsg<PartitionsRevoked>(Patience).ToString());
        Assert.Equal(1, _context.Group.Committed(T1));
        _context.Eventually(() => _context.Group.Generation == 3, "it has joined without the one that goes");
    }

    [Fact]
    public void A_member_that_the_group_has_forgotten_loses_its_partitions_and_begins_again_at_what_is_committed()
    {
        _context.Fill(T0, 2);
        Start(T0);
        _consumer.Tell(new RequestRecords(1));
        _consumer.Tell(new RecordsHandled(ExpectRecords(1)[0].Batch));
        _context.Eventually(() => _context.Group.Committed(T0) == 1, "the first is committed");
        _consumer.Tell(new RequestRecords(1));
        Assert.Equal("1", ExpectRecords(1)[0].Records[0].Value);

        _context.Group.Forget();
        Assert.Equal([T0], ExpectMsg<PartitionsLost>(Patience).Partitions);
        Assert.Equal([T0], ExpectMsg<PartitionsAssigned>(Patience).Partitions);
        _consumer.Tell(new RequestRecords(1));
        Assert.Equal("1", ExpectRecords(1)[0].Records[0].Value);
    }

    [Fact]
    public void A_new_leader_whose_log_is_shorter_is_noticed_and_gone_on_with()
    {
        _context.Fill(T0, 3);
        Start(T0);
        _consumer.Tell(new RequestRecords(10));
        ExpectRecords(3).ForEach(b => _consumer.Tell(new RecordsHandled(b.Batch)));

        _context.Eventually(() => _context.Group.Committed(T0) == 3, "what was delivered is done with");
        // Who believes in the old leader hears nothing of the cut.
        _context.Reads.Instead = (_, request, partition) => request.Topics.Exists(t => t.Partitions.Exists(p => p.CurrentLeaderEpoch == 0))
            ? new FetchResponse.PartitionData { PartitionIndex = partition.Partition, HighWatermark = 3 }
            : null;
        _context.Reads.Cut(T0, 2);
        _context.Cluster.SetTopic("t", 1, [2, 1]);
        var cut = FishForMessage(m => m is LogTruncated, Patience) as LogTruncated;
        Assert.Equal((3, 2), (cut!.Delivered, cut.EndOffset));
        _context.Reads.Append(T0, null, "instead", leaderEpoch: 1);
        Assert.Equal("instead", ExpectRecords(1)[0].Records[0].Value);
    }

    [Fact]
    public void Closing_commits_what_is_done_leaves_the_group_and_answers_without_a_dead_letter()
    {
        var strays = CreateTestProbe();
        Sys.EventStream.Subscribe(strays, typeof(DeadLetter));
        // A tick that was in the mailbox already when its timer was cancelled.
        strays.IgnoreMessages(m => m is DeadLetter { Message: IWrappedMessage });
        _context.Fill(T0, 2);
        Start(T0);
        _consumer.Tell(new RequestRecords(2));
        ExpectRecords(2).ForEach(b => _consumer.Tell(new RecordsHandled(b.Batch)));

        _consumer.Tell(new CloseConsumer(), TestActor);
        FishForMessage(m => m is ConsumerDone, Patience);
        Assert.Equal(2, _context.Group.Committed(T0));
        Assert.False(_context.Group.HasMember);
        // The fetch that was under way is answered to nobody.
        _context.Reads.Append(T0, null, "too late");
        strays.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public void Topics_that_match_a_pattern_are_subscribed_to_also_those_that_come_later()
    {
        _context.Cluster.SetTopic("orders.eu", 1);
        string[] names = ["orders.eu", "billing", "__consumer_offsets"];
        _context.Cluster.Answer<MetadataRequest, MetadataResponse>((_, request) => new MetadataResponse
        {
            Topics = [.. Volatile.Read(ref names).Select(n => new MetadataResponse.MetadataResponseTopic { Name = n, IsInternal = n.StartsWith("__", StringComparison.Ordinal) })],
        });
        _consumer.Tell(new SubscribePattern(new Regex("^orders|offsets")), TestActor);
        ExpectMsg<ConsumerDone>(Patience);
        _context.Eventually(() => Subscriptions().LastOrDefault() == "orders.eu", "what matches is subscribed to");

        _context.Cluster.SetTopic("orders.us", 1);
        Volatile.Write(ref names, [.. names, "orders.us"]);
        _context.Eventually(() => Subscriptions().LastOrDefault() == "orders.eu,orders.us", "the new topic is, too");
        Volatile.Write(ref names, ["orders.us"]);
        _context.Eventually(() => Subscriptions().LastOrDefault() == "orders.us", "the deleted one is not any more");
        Assert.DoesNotContain(_context.Cluster.Asked, a => a.Request is MetadataRequest { AllowAutoTopicCreation: true });
    }

    [Fact]
    public async Task A_pattern_that_matches_nothing_is_said_to()
    {
        _context.Cluster.Answer<MetadataRequest, MetadataResponse>((_, _) => new MetadataResponse());
        _consumer.Tell(new SubscribePattern(new Regex("^none$")), TestActor);
        ExpectMsg<ConsumerDone>(Patience);
        _context.Eventually(() => _context.Group.HasMember, "it is a member all the same");
        _context.Eventually(
            () => _consumer.Ask<ConsumerExplanation>(new ExplainConsumer()).Result.Summary.Contains("no topic matches its pattern", StringComparison.Ordinal), "it says why");
        await Assert.ThrowsAsync<InvalidOperationException>(() => _consumer.Ask<ConsumerDone>(new AssignTo(new Dictionary<TopicPartition, StartPoint> { [T0] = StartPoint.Beginning })));
    }

    private void Start(params IReadOnlyList<TopicPartition> partitions)
    {
        _context.Group.Assign(partitions);
        _consumer.Tell(new Subscribe(["t"]), TestActor);
        ExpectMsg<ConsumerDone>(Patience);
        Assert.Equal($"Assigned: {string.Join(", ", partitions)}", ExpectMsg<PartitionsAssigned>(Patience).ToString());
    }

    /// <summary>The batches that make up so many records.</summary>
    private List<ConsumedRecords<string?, string?>> ExpectRecords(int count)
    {
        var batches = new List<ConsumedRecords<string?, string?>>();
        while (batches.Sum(b => b.Records.Count) < count)
            batches.Add(ExpectMsg<ConsumedRecords<string?, string?>>(Patience));
        Assert.Equal(count, batches.Sum(b => b.Records.Count));
        return batches;
    }

    private List<string> Subscriptions() =>
    [
        .. _context.Cluster.Asked.Select(a => a.Request).OfType<JoinGroupRequest>()
            .Select(j => string.Join(',', Client.Consuming.ConsumerProtocol.DecodeSubscription("m", null, j.Protocols[0].Metadata).Topics)),
    ];
}
