using Akka.Broker.Coordination.Commands;
using Akka.Broker.Coordination.Records;
using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Tests;

public sealed class OffsetExpirySpec
{
    private const long Retention = 1_000_000;

    private readonly GroupTestContext _t = new(new GroupConfig { OffsetsRetentionMs = Retention });

    private void Check(bool isExpired, string topic = "t")
    {
        _t.Expire();
        Assert.Equal(isExpired ? -1 : 1, _t.Group.State == GroupState.Dead ? -1 : _t.Fetch(topic).Offset);
    }

    /// <summary>Time passes and the members heartbeat.</summary>
    private void Live(long ms, int generation, params string[] ids)
    {
        for (; ms > 0; ms -= 5_000)
        {
            _t.Advance(Math.Min(ms, 5_000));
            foreach (var id in ids)
                _t.Heartbeat(id, generation);
        }
    }

    [Fact]
    public void Without_members_ever_an_offset_expires_its_retention_after_its_commit()
    {
        _t.Commit();
        _t.Advance(Retention - 1);
        Check(isExpired: false);
        _t.Advance(1);
        Check(isExpired: true);
        Assert.Equal(GroupState.Dead, _t.Group.State);
        Assert.Equal([new OffsetRecord("g", new TopicPartition("t", 0), null)], _t.Log[1..]);
    }

    [Fact]
    public void Once_members_are_gone_offsets_expire_their_retention_after_the_group_became_empty()
    {
        var ids = _t.Stable();
        _t.Commit(ids[0], 1);
        Live(Retention, 1, ids);
        _t.Leave(ids);
        _t.Advance(Retention - 1);
        Check(isExpired: false);
        _t.Reload();
        Check(isExpired: false);
        _t.Advance(1);
        Check(isExpired: true);
        Assert.Equal(new GroupMetadataRecord("g", null), _t.Log[^1]);
        Assert.Equal(GroupState.Dead, _t.Group.State);
    }

    [Fact]
    public void In_a_stable_group_only_offsets_of_topics_that_nobody_reads_expire()
    {
        var ids = _t.Stable(topics: "t");
        _t.Commit(ids[0], 1, "t");
        _t.Commit(ids[0], 1, "old");
        Live(Retention, 1, ids);
        Check(isExpired: false, "t");
        Check(isExpired: true, "old");
    }

    [Fact]
    public void In_a_rebalance_nothing_expires()
    {
        var ids = _t.Stable(topics: "t");
        _t.Commit(ids[0], 1, "old");
        Live(Retention, 1, ids);
        _t.Join(ids[0]);
        Check(isExpired: false, "old");
    }

    [Fact]
    public void In_a_group_of_another_kind_nothing_expires_while_it_has_members()
    {
        var join = _t.Send(_t.JoinCommand(type: "connect"));
        _t.Advance(3_000);
        var id = _t.Answer<JoinResult>(join).MemberId;
        _t.Sync(id, 1);
        _t.Commit(id, 1, "old");
        Live(Retention, 1, id);
        Check(isExpired: false, "old");
    }

    [Fact]
    public void A_retention_of_its_own_counts_from_the_commit()
    {
        _t.Ask<CommitOffsetsResult>(GroupTestContext.CommitCommand(retentionMs: 50));
        _t.Advance(49);
        Check(isExpired: false);
        _t.Advance(1);
        Check(isExpired: true);
    }

    [Fact]
    public void A_partition_with_a_commit_under_way_does_not_expire()
    {
        _t.Commit();
        _t.Advance(Retention);
        _t.HoldWrites = true;
        _t.Send(GroupTestContext.CommitCommand());
        _t.Group.ExpireOffsets(_t.Now);
        Assert.Empty(_t.Group.Effects.Writes);
        _t.CommitHeld();
        Assert.Equal(1, _t.Fetch().Offset);
    }

    [Fact]
    public void An_empty_group_without_offsets_goes_with_the_next_check()
    {
        _t.Leave(_t.Stable());
        _t.Expire();
        Assert.Equal(GroupState.Dead, _t.Group.State);
        Assert.Equal(new GroupMetadataRecord("g", null), _t.Log[^1]);
    }

    [Fact]
    public void An_id_given_out_keeps_an_empty_group()
    {
        _t.Ask<JoinResult>(_t.JoinCommand(knownId: true));
        _t.Expire();
        Assert.Equal(GroupState.Empty, _t.Group.State);
        Assert.False(_t.Group.IsForgettable);
    }
}
