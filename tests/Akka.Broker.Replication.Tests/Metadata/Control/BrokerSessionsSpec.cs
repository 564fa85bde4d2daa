using Akka.Broker.Replication.Metadata.Control;

namespace Akka.Broker.Replication.Tests.Metadata.Control;

/// <summary>Who is alive, by fetches and membership.</summary>
public sealed class BrokerSessionsSpec
{
    private static readonly HashSet<int> All = [1, 2, 3];

    private readonly ControllerTestContext _context = new(brokers: 3);
    private readonly BrokerSessions _sessions = new(1, new SessionTimeouts(2000, 1000));

    public BrokerSessionsSpec() => _sessions.OnImage(_context.Image, 0);

    private int[] Ended(long nowMs) => [.. _sessions.Ended(_context.Image, nowMs).Select(e => e.Broker)];

    private int[] Returned(long nowMs) => [.. _sessions.Returned(_context.Image, nowMs).Select(e => e.Broker)];

    private void Fetch(int id, long nowMs) => _sessions.OnFetched(id, _context.Image.Brokers[id].Epoch, _context.Image.Offset + 1, nowMs);

    private void Fence(int id)
    {
        _context.Fence(id);
        _sessions.OnFenced(id, _context.Image.Offset);
    }

    [Fact]
    public void Silent_brokers_are_to_be_fenced_after_their_session_and_the_controllers_own_never()
    {
        Assert.Empty(Ended(1999));
        Fetch(2, 1500);

        Assert.Equal([3], Ended(2000));
        Assert.Equal([2, 3], Ended(3500));
        Assert.DoesNotContain(1, Ended(long.MaxValue));
    }

    [Fact]
    public void Unreachable_brokers_are_to_be_fenced_sooner_unless_they_fetch()
    {
        _sessions.OnMembers(All, new HashSet<int> { 2, 3 });
        Fetch(3, 900);

        Assert.Empty(Ended(999));
        Assert.Equal([2], Ended(1000));
    }

    [Fact]
    public void Who_is_no_member_is_to_be_fenced_whatever_it_fetches_and_stays_so()
    {
        _sessions.OnMembers(new HashSet<int> { 1, 3 }, new HashSet<int>());
        Fetch(2, 10);
        Assert.Equal([2], Ended(11));

        Fence(2);
        Fetch(2, 20);
        Assert.Empty(Returned(20));

        _sessions.OnMembers(All, new HashSet<int>());
        Assert.Equal([2], Returned(21));
    }

    [Fact]
    public void Stale_incarnation_is_not_heard()
    {
        var stale = _context.Image.Brokers[2].Epoch;
        _context.Register(2);
        _sessions.OnImage(_context.Image, 1000);

        _sessions.OnFetched(2, stale, 100, 2900);

        Assert.Contains(2, Ended(3000));
    }

    [Fact]
    public void Started_broker_is_active_when_it_has_its_own_registration()
    {
        var epoch = _context.Register(2, fenced: true);
        _sessions.OnImage(_context.Image, 0);

        _sessions.OnFetched(2, epoch, epoch, 1);
        Assert.Empty(Returned(1));
        _sessions.OnFetched(2, epoch, epoch + 1, 2);
        Assert.Equal([2], Returned(2));
    }

    [Fact]
    public void Fenced_broker_must_have_seen_that_it_was_fenced()
    {
        Fetch(2, 0);
        var seen = _context.Image.Offset;
        Fence(2);

        _sessions.OnFetched(2, _context.Image.Brokers[2].Epoch, seen + 1, 5000);
        Assert.Empty(Returned(5000));
        Fetch(2, 5001);
        Assert.Equal([2], Returned(5001));
        Assert.Empty(Returned(6001));
    }

    [Fact]
    public void Broker_that_is_stopping_does_not_come_back_before_it_registers_again()
    {
        _context.Run(_context.State.ShutDown(_context.Image, 2, _context.Image.Brokers[2].Epoch));
        Fence(2);
        Fetch(2, 1);
        Assert.Empty(Returned(1));

        _context.Register(2, fenced: true);
        _sessions.OnImage(_context.Image, 2);
        Fetch(2, 3);
        Assert.Equal([2], Returned(3));
    }
}
