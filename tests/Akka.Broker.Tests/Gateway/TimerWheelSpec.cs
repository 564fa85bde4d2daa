using Akka.Broker.Gateway;

namespace Akka.Broker.Tests.Gateway;

public sealed class TimerWheelSpec : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly TimerWheel _wheel;

    public TimerWheelSpec() => _wheel = new TimerWheel(_time);

    [Fact]
    public void Entry_fires_once_its_time_is_over_and_never_before()
    {
        var entry = new Entry();
        _wheel.Schedule(entry, 100);
        _time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.Equal(0, entry.Fired);
        _time.Advance(TimeSpan.FromMilliseconds(21));
        Assert.Equal(1, entry.Fired);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, entry.Fired);
        Assert.Equal(0, _wheel.Count);
    }

    [Fact]
    public void Entry_of_a_later_round_waits_for_it()
    {
        var entry = new Entry();
        _wheel.Schedule(entry, 60_000);
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(0, entry.Fired);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, entry.Fired);
    }

    [Fact]
    public void Cancelled_entry_does_not_fire_and_can_be_scheduled_again()
    {
        var entry = new Entry();
        _wheel.Schedule(entry, 50);
        Assert.True(_wheel.Cancel(entry));
        Assert.False(_wheel.Cancel(entry));
        _wheel.Schedule(entry, 200);
        _time.Advance(TimeSpan.FromMilliseconds(199));
        Assert.Equal(0, entry.Fired);
        _time.Advance(TimeSpan.FromMilliseconds(30));
        Assert.Equal(1, entry.Fired);
    }

    [Fact]
    public void Hastened_entry_fires_sooner_and_never_later()
    {
        var (slow, quick, idle) = (new Entry(), new Entry(), new Entry());
        _wheel.Schedule(slow, 500);
        _wheel.Schedule(quick, 20);
        _wheel.Hasten(slow, 100);
        _wheel.Hasten(quick, 100);
        _wheel.Hasten(idle, 100);

        _time.Advance(TimeSpan.FromMilliseconds(40));
        Assert.Equal((0, 1), (slow.Fired, quick.Fired));
        _time.Advance(TimeSpan.FromMilliseconds(80));
        Assert.Equal((1, 1), (slow.Fired, quick.Fired));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((1, 1, 0), (slow.Fired, quick.Fired, idle.Fired));
        Assert.Equal(0, _wheel.Count);
    }

    [Fact]
    public void Timer_goes_off_for_the_first_deadline_and_not_before()
    {
        var late = new Entry();
        var soon = new Entry();
        _wheel.Schedule(late, 500);
        _wheel.Schedule(soon, 100);
        _time.Advance(TimeSpan.FromMilliseconds(90));
        Assert.Equal(0, _time.Fires);
        _time.Advance(TimeSpan.FromMilliseconds(30));
        Assert.Equal((1, 1), (soon.Fired, _time.Fires));
        _time.Advance(TimeSpan.FromMilliseconds(400));
        Assert.Equal((1, 2), (late.Fired, _time.Fires));
    }

    [Fact]
    public void Cancelled_waits_cost_the_timer_one_firing_for_all()
    {
        for (var i = 0; i < 100; i++)
        {
            var entry = new Entry();
            _wheel.Schedule(entry, 500);
            _time.Advance(TimeSpan.FromMilliseconds(4));
            Assert.True(_wheel.Cancel(entry));
        }
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(1, _time.Fires);
    }

    [Fact]
    public void Wheel_agrees_with_a_list_under_random_use()
    {
        var random = new Random(7);
        var entries = Enumerable.Range(0, 200).Select(_ => new Entry()).ToList();
        var dueAt = new Dictionary<Entry, long>();
        var now = 0L;
        for (var step = 0; step < 5_000; step++)
        {
            var entry = entries[random.Next(entries.Count)];
            switch (random.Next(3))
            {
                case 0 when !dueAt.ContainsKey(entry):
                    var delay = random.Next(20_000);
                    _wheel.Schedule(entry, delay);
                    dueAt[entry] = now + delay;
                    break;
                case 1:
                    Assert.Equal(dueAt.Remove(entry), _wheel.Cancel(entry));
                    break;
                default:
                    var by = random.Next(100);
                    _time.Advance(TimeSpan.FromMilliseconds(by));
                    now += by;
                    foreach (var fired in entries.Where(e => e.TakeFired()))
                    {
                        Assert.InRange(now, dueAt[fired], long.MaxValue);
                        dueAt.Remove(fired);
                    }
                    Assert.DoesNotContain(dueAt.Values, due => due + 20 < now);
                    break;
            }
            Assert.Equal(dueAt.Count, _wheel.Count);
        }
    }

    [Fact]
    public void Draining_fires_what_waits_and_what_comes_later()
    {
        var entries = Enumerable.Range(0, 10).Select(_ => new Entry()).ToList();
        foreach (var entry in entries)
            _wheel.Schedule(entry, 1_000_000);
        _wheel.Drain();
        Assert.All(entries, e => Assert.Equal(1, e.Fired));
        Assert.Equal(0, _wheel.Count);
        var late = new Entry();
        _wheel.Schedule(late, 1_000_000);
        GatewayTestContext.Eventually(() => late.Fired == 1);
    }

    public void Dispose() => _wheel.Dispose();

    private sealed class Entry : WheelEntry
    {
        public int Fired { get; private set; }

        public bool TakeFired()
        {
            var fired = Fired > 0;
            Fired = 0;
            return fired;
        }

        protected internal override void OnExpired() => Fired++;
    }
}
