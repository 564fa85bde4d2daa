using Akka.Broker.Replication.Partitions;

namespace Akka.Broker.Replication.Tests.Partitions;

public sealed class LeaseProofsSpec
{
    private const long SessionMs = 100;
    private readonly ControllerLease _lease = new(SessionMs);
    private readonly LeaseProofs _proofs;

    public LeaseProofsSpec() => _proofs = new LeaseProofs(_lease);

    [Fact]
    public void Lease_is_held_from_when_the_node_goes_by_what_was_committed_and_no_sooner()
    {
        _proofs.OnCurrent(highWatermark: 7, atMs: 10);
        Assert.False(_lease.IsHeld(20));

        _proofs.OnApplied(6);
        Assert.False(_lease.IsHeld(20));

        _proofs.OnApplied(7);
        Assert.True(_lease.IsHeld(109));
        Assert.False(_lease.IsHeld(110));
    }

    [Fact]
    public void Leader_that_was_replaced_does_not_extend_its_lease_by_the_answer_that_says_so()
    {
        _proofs.OnApplied(7);
        _proofs.OnCurrent(highWatermark: 7, atMs: 10);

        // It was paused, and hears of what was decided meanwhile.
        _proofs.OnCurrent(highWatermark: 9, atMs: 500);
        Assert.False(_lease.IsHeld(501));

        _proofs.OnApplied(9);
        Assert.True(_lease.IsHeld(501));
    }

    [Fact]
    public void What_is_applied_late_counts_by_when_it_was_current()
    {
        _proofs.OnCurrent(5, atMs: 10);
        _proofs.OnCurrent(5, atMs: 20);
        _proofs.OnCurrent(8, atMs: 30);

        _proofs.OnApplied(6);
        Assert.True(_lease.IsHeld(119));
        Assert.False(_lease.IsHeld(120));

        _proofs.OnApplied(8);
        Assert.True(_lease.IsHeld(129));
        Assert.False(_lease.IsHeld(130));
    }

    [Fact]
    public void A_quorum_that_begins_anew_may_know_less()
    {
        _proofs.OnApplied(9);
        _proofs.OnCurrent(9, atMs: 10);
        _proofs.OnCurrent(12, atMs: 50);
        _proofs.Reset();
        _proofs.OnApplied(12);
        Assert.False(_lease.IsHeld(110));

        _proofs.OnCurrent(4, atMs: 60);

        Assert.True(_lease.IsHeld(159));
    }
}
