using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Replication.Tests.Quorum;

/// <summary>A voter's disk comes back as it was some time ago, under the same directory id.</summary>
public sealed class QuorumOldCopySpec
{
    private readonly QuorumTestCluster _cluster = new(11, 3, 3) { DelayMaxMs = 1 };
    private (MemoryQuorumLog Log, ElectionState? Stored) _copy;

    [Fact]
    public void Voter_on_an_old_copy_elects_nobody_without_what_it_had_helped_to_commit()
    {
        CommitWithoutThree();
        PutTwoBack(syncs: false);
        _cluster.Start(2, 1, 2, 3);
        _cluster.RunUntil(() => _cluster.Nodes[2].Machine.Owed is not null);
        var owed = _cluster.Nodes[2].Machine.Owed!.Value;
        Assert.Equal(_cluster.Nodes[1].Machine.HighWatermark, owed.Offset);
        // What the controller has sent never gets to the disk, and the controller is gone.
        _cluster.Crash(2);
        _cluster.Isolate(1);
        _cluster.Start(2, 2, 3);
        Join(2, 3);

        _cluster.RunFor(10_000);

        Assert.Equal(owed, _cluster.Nodes[2].Machine.Owed);
        Assert.DoesNotContain(_cluster.Nodes.Values, n => n.Id != 1 && n.WonEpoch > 0);

        _cluster.Nodes[2].Log.SyncsAtOnce = true;
        _cluster.Cut.Clear();
        _cluster.RunUntil(() => _cluster.Leader is not null && _cluster.Nodes[2].Machine.Owed is null);
        Assert.Null(_cluster.Nodes[2].Stored!.Owed);
    }

    [Fact]
    public void What_is_committed_is_learned_from_the_answer_to_a_question_that_was_given_up_too()
    {
        var self = _cluster.Nodes[2].Key;
        var voter = new QuorumMachine(new QuorumOptions { Self = self }, new MemoryQuorumLog(), null, QuorumTestNode.Voters(1, 2, 3), new Random(1));
        voter.MembershipChanged([1, 3], 5);
        var asked = Assert.Single(voter.Start(10).OfType<SendMessage>().Select(s => s.Message).OfType<FetchQuery>());
        // The controller makes itself known before it answers, and the voter asks anew.
        voter.Receive(new BeginEpochQuery(asked.To, 2, 900, 2, self), 11);
        FetchReply Answer(long id) => new(asked.To, 2, id, Protocol.ErrorCode.None, 2, asked.To, 5, default);

        voter.Receive(Answer(id: 77), 12);
        Assert.Null(voter.Owed);
        voter.Receive(Answer(asked.Id), 13);

        Assert.Equal(new LogPosition(2, 5), voter.Owed);
    }

    [Fact]
    public void Voter_that_was_only_slow_votes_for_whoever_has_all_and_so_costs_no_election()
    {
        Elect();
        _cluster.Crash(3);
        Commit(6);
        _cluster.Start(3, 1, 2, 3);
        _cluster.RunUntil(() => _cluster.Nodes[3].Machine.Owed is not null || _cluster.Nodes[3].Machine.HighWatermark == _cluster.Leader!.Log.EndOffset);
        _cluster.Isolate(1);
        _cluster.Crash(1);

        _cluster.RunUntil(() => _cluster.Leader is { Id: 2 or 3 }, 5000);
    }

    [Fact]
    public void Controller_tells_of_a_log_that_went_back_with_offsets_and_counts_it_again_when_it_is_where_it_was()
    {
        CommitWithoutThree();
        var word = _cluster.Nodes[2].Log.EndOffset;
        PutTwoBack();
        var end = _cluster.Nodes[2].Log.EndOffset;
        _cluster.Start(2, 1, 2, 3);

        _cluster.RunUntil(() => _cluster.Nodes[2].Machine.HighWatermark >= word);
        Commit(1);

        Assert.Single(_cluster.Decisions, d => d.Contains($"voter 2 went back: all before {word} was on its disk, and now the log ends at {end}.", StringComparison.Ordinal));
    }

    [Fact]
    public void A_restart_with_the_log_that_was_there_is_told_as_nothing()
    {
        Elect();
        Commit(3);
        _cluster.Crash(2);
        _cluster.Start(2, 1, 2, 3);
        Commit(3);
        _cluster.RunUntil(() => _cluster.Nodes[2].Machine.HighWatermark == _cluster.Leader!.Log.EndOffset);

        Assert.DoesNotContain(_cluster.Decisions, d => d.Contains("went back", StringComparison.Ordinal));
    }

    private void Elect()
    {
        _cluster.StartAll(1, 2, 3);
        _cluster.RunUntil(() => _cluster.Leader?.Id == 1 && _cluster.Nodes.Values.All(n => n.Machine.HighWatermark == n.Log.EndOffset && n.Log.EndOffset > 0));
        foreach (var node in _cluster.Nodes.Values)
            node.Machine.BrokerEpoch = node.Id;
        _cluster.RunFor(1000);
    }

    /// <summary>Three is cut off, so that one and two alone have the records.</summary>
    private void CommitWithoutThree()
    {
        Elect();
        _copy = _cluster.Nodes[2].CopyDisk();
        _cluster.Isolate(3);
        Commit(5);
    }

    private void PutTwoBack(bool syncs = true)
    {
        _cluster.Crash(2);
        _cluster.Nodes[2].PutBack(_copy);
        _cluster.Nodes[2].Log.SyncsAtOnce = syncs;
    }

    private void Commit(int count)
    {
        for (var i = 0; i < count; i++)
            Assert.True(_cluster.TryAppend($"record {i}"));
        _cluster.RunUntil(() => _cluster.Leader is { } leader && leader.Machine.HighWatermark == leader.Log.EndOffset);
    }

    private void Join(int a, int b)
    {
        _cluster.Cut.Remove((a, b));
        _cluster.Cut.Remove((b, a));
    }
}
