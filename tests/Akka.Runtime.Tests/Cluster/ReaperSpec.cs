using Akka.Actor;
using Akka.Cluster;
using Akka.Remote;
using static Akka.Runtime.Tests.Cluster.ClusterFixtures;

namespace Akka.Runtime.Tests.Cluster;

public sealed class ReaperSpec
{
    private readonly Gossip _gossip = View(A.Is(MemberStatus.Up, 1), B.Is(MemberStatus.Up, 2), C.Is(MemberStatus.Up, 3));
    private readonly DefaultFailureDetectorRegistry<Address> _detectors;
    private readonly Reaper _reaper;
    private long _nowMs;

    public ReaperSpec()
    {
        _detectors = new(() => new DeadlineFailureDetector(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1), () => _nowMs));
        _reaper = new Reaper(Settings(), _detectors, A);
        _detectors.Heartbeat(B.Address);
        _detectors.Heartbeat(C.Address);
    }

    [Fact]
    public void Silent_member_is_unreachable_and_reachable_when_it_is_heard()
    {
        _nowMs = 10_000;
        _detectors.Heartbeat(C.Address);
        var lost = Observed(_gossip);
        Assert.Equal([B], lost.Reachability.Unreachables);
        _detectors.Heartbeat(B.Address);
        Assert.True(Observed(lost).Reachability.AllReachable);
    }

    [Fact]
    public void Member_where_nothing_listens_is_unreachable_at_once_and_until_it_answers()
    {
        Assert.True(_reaper.Lose(B));
        Assert.False(_reaper.Lose(B));
        var lost = Observed(_gossip);
        Assert.Equal([B], lost.Reachability.Unreachables);
        Assert.Equal([B], Observed(lost).Reachability.Unreachables);
        _reaper.Regain(B);
        Assert.True(Observed(lost).Reachability.AllReachable);
    }

    [Fact]
    public void What_was_said_of_a_member_goes_with_it()
    {
        _reaper.Lose(B);
        _reaper.Keep(_gossip.Remove([B], 1));
        Assert.True(Observed(_gossip).Reachability.AllReachable);
    }

    [Fact]
    public void Process_that_stood_still_suspects_nobody_for_that()
    {
        _reaper.Start(TimeSpan.Zero);
        Assert.Null(_reaper.StoodStill(TimeSpan.FromSeconds(1)));
        Assert.Null(_reaper.StoodStill(TimeSpan.FromSeconds(3)));
        _nowMs = 23_000;
        Assert.Equal(TimeSpan.FromSeconds(20), _reaper.StoodStill(TimeSpan.FromSeconds(23)));
        _reaper.Forget(_gossip);
        Assert.True(Observed(_gossip).Reachability.AllReachable);
        Assert.Null(_reaper.StoodStill(TimeSpan.FromSeconds(24)));
    }

    [Fact]
    public void Process_that_stood_still_does_not_take_back_what_it_said_before()
    {
        _nowMs = 10_000;
        _detectors.Heartbeat(C.Address);
        var lost = Observed(_gossip);
        _reaper.Forget(lost);
        Assert.Equal([B], Observed(lost).Reachability.Unreachables);
    }

    private Gossip Observed(Gossip gossip) => gossip with { Reachability = _reaper.Observe(gossip, gossip.Members) };
}
