using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Replication.Tests.Quorum;

/// <summary>Messages that lay about while their sender or receiver went another way, and what a replica believes that lacks part of its log.</summary>
public sealed class QuorumLateSpec
{
    private static readonly ReplicaKey Two = new(2, QuorumTestNode.DirectoryOf(2, 0));

    private readonly MemoryQuorumLog _log = new();
    private long _now = 10;

    [Fact]
    public void Leader_that_was_paused_takes_no_fetches_of_long_ago_for_a_majority_of_now()
    {
        var leader = Elected();
        Append(leader);
        var acknowledged = Fetch(leader, 7, leader.Log.EndOffset);
        var asksAround = Fetch(leader, 7, leader.Log.EndOffset);

        // Both arrived while its process stood still; its timer fires after them.
        _now += 30_000;
        leader.Receive(acknowledged, _now);
        leader.Receive(asksAround, _now + 1);

        Assert.NotEqual(QuorumRole.Leader, leader.Role);
        Assert.Null(leader.CurrentMs);
    }

    [Fact]
    public void Fetch_of_a_process_that_is_no_more_says_nothing_of_the_disk_as_it_is()
    {
        var leader = Elected();
        var committed = leader.HighWatermark;
        Append(leader);
        var late = Fetch(leader, 7, leader.Log.EndOffset);

        // The voter has begun anew, on a disk that went back.
        leader.Receive(Fetch(leader, 9, committed), ++_now);
        var answers = leader.Receive(late, ++_now);

        Assert.Equal(committed, leader.HighWatermark);
        Assert.Equal(ErrorCode.StaleBrokerEpoch, Assert.IsType<FetchReply>(Assert.Single(answers.OfType<SendMessage>()).Message).Error);
        leader.Receive(Fetch(leader, 9, leader.Log.EndOffset), ++_now);
        Assert.Equal(leader.Log.EndOffset, leader.HighWatermark);
    }

    [Fact]
    public void Voter_that_owes_does_not_take_itself_for_the_only_one()
    {
        var stored = new ElectionState(4, null, 2, new LogPosition(4, 50));
        var voter = new QuorumMachine(new QuorumOptions { Self = new ReplicaKey(1, QuorumTestNode.DirectoryOf(1, 0)) }, _log, stored, QuorumTestNode.Voters(1), new Random(1));

        voter.Start(_now);
        for (var i = 0; i < 1000; i++)
            voter.Tick(_now = Math.Max(_now + 1, voter.NextTickMs));

        Assert.Equal(QuorumRole.Unattached, voter.Role);
        Assert.Equal(4, voter.Epoch);
    }

    private FetchQuery Fetch(QuorumMachine leader, long brokerEpoch, long offset) =>
        new(2, 1, ++_now, leader.Epoch, Two, brokerEpoch, new LogPosition(offset == 0 ? 0 : leader.Epoch, offset), -1, 300);

    private void Append(QuorumMachine leader)
    {
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { BaseOffset = _log.EndOffset, PartitionLeaderEpoch = leader.Epoch });
        builder.Append(0, NullableBytes.Null, "decided"u8.ToArray());
        Assert.True(leader.TryAppend(builder.ToArray(), ++_now, out var refusal, out _), refusal);
    }

    /// <summary>One of three, by the vote of the second, whose fetches have committed all there is.</summary>
    private QuorumMachine Elected()
    {
        var machine = new QuorumMachine(
            new QuorumOptions { Self = new ReplicaKey(1, QuorumTestNode.DirectoryOf(1, 0)) }, _log, null, QuorumTestNode.Voters(1, 2, 3), new Random(1));
        machine.Start(_now);
        while (machine.Role != QuorumRole.Leader)
        {
            var asked = machine.Tick(_now = Math.Max(_now + 1, machine.NextTickMs)).OfType<SendMessage>().Select(s => s.Message).OfType<VoteQuery>().ToList();
            while (asked.Find(q => q.To == 2) is { } query)
                asked = [.. machine.Receive(new VoteReply(2, 1, query.Id, ErrorCode.None, query.Epoch, -1, true), _now).OfType<SendMessage>().Select(s => s.Message).OfType<VoteQuery>()];
        }
        machine.Receive(Fetch(machine, 7, 0), ++_now);
        machine.Receive(Fetch(machine, 7, _log.EndOffset), ++_now);
        Assert.True(machine.MayDecide);
        return machine;
    }
}
