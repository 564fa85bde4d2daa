using Akka.Actor;
using Akka.Tests;

namespace Akka.Runtime.Tests.Actor;

/// <summary>The real scheduler: waits for what it does, and checks that nothing comes early.</summary>
public sealed class SchedulerSpec : PatientTestKit
{
    private const int Ticks = 20;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(15);

    [Fact]
    public void A_message_comes_once_and_not_early()
    {
        var start = Sys.Scheduler.HighResMonotonicClock;
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(100), TestActor, "hello", ActorRefs.NoSender);
        ExpectMsg("hello");
        Assert.True(Sys.Scheduler.HighResMonotonicClock - start >= TimeSpan.FromMilliseconds(100));
        ExpectNoMsg(TimeSpan.FromMilliseconds(150));
    }

    [Fact]
    public void Messages_come_repeatedly_until_cancelled()
    {
        var cancelable = Sys.Scheduler.ScheduleTellRepeatedlyCancelable(
            TimeSpan.Zero, TimeSpan.FromMilliseconds(20), TestActor, "tick", ActorRefs.NoSender);
        for (var i = 0; i < 5; i++)
            ExpectMsg("tick");
        cancelable.Cancel();
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(100), TestActor, "after", ActorRefs.NoSender);
        FishForMessage(message => message is "after");
        ExpectNoMsg(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void Repetition_keeps_its_rate()
    {
        // A machine that stands still for a moment makes a run long, but not all of them; a scheduler that is late each time a little does.
        var runs = new List<TimeSpan>();
        while (runs.Count < 20 && !runs.Exists(took => took < 2 * Ticks * Interval))
            runs.Add(TimeOfTicks());
        Assert.All(runs, took => Assert.True(took >= Ticks * Interval, $"{took}"));
        Assert.Contains(runs, took => took < 2 * Ticks * Interval);
    }

    [Fact]
    public void Cancelled_before_its_time_nothing_comes()
    {
        var cancelable = Sys.Scheduler.ScheduleTellOnceCancelable(TimeSpan.FromMilliseconds(50), TestActor, "never", ActorRefs.NoSender);
        cancelable.Cancel();
        Assert.True(cancelable.IsCancellationRequested);
        ExpectNoMsg(TimeSpan.FromMilliseconds(150));
    }

    [Fact]
    public void Messages_come_in_the_order_of_their_times()
    {
        // When each is due is known no better than by the clock before and after it was asked for: between the two the machine may have stood still.
        var due = new Dictionary<int, (TimeSpan Earliest, TimeSpan Latest)>();
        foreach (var delay in new[] { 300, 100, 200, 0 })
        {
            var before = Sys.Scheduler.HighResMonotonicClock;
            Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(delay), TestActor, delay, ActorRefs.NoSender);
            due[delay] = (before + TimeSpan.FromMilliseconds(delay), Sys.Scheduler.HighResMonotonicClock + TimeSpan.FromMilliseconds(delay));
        }
        var came = Enumerable.Range(0, due.Count).Select(_ => ExpectMsg<int>()).ToList();
        Assert.Equal([0, 100, 200, 300], came.Order());
        Assert.All(came.Zip(came.Skip(1)), pair => Assert.True(due[pair.First].Earliest <= due[pair.Second].Latest, $"{pair.First} came before {pair.Second}"));
    }

    [Fact]
    public void A_thousand_timers_from_many_threads_all_fire()
    {
        Parallel.For(0, 1000, i => Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(i % 100), TestActor, i, ActorRefs.NoSender));
        var got = ReceiveN(1000, TimeSpan.FromSeconds(60)).Cast<int>().Order();
        Assert.Equal(Enumerable.Range(0, 1000), got);
    }

    [Fact]
    public void Actions_run_and_a_failing_one_does_not_stop_the_others()
    {
        var testActor = TestActor;
        EventFilter.Exception<InvalidOperationException>().ExpectOne(() =>
            Sys.Scheduler.Advanced.ScheduleOnce(TimeSpan.FromMilliseconds(10), () => throw new InvalidOperationException("boom")));
        Sys.Scheduler.Advanced.ScheduleOnce(TimeSpan.FromMilliseconds(10), () => testActor.Tell("ran"));
        ExpectMsg("ran");
    }

    [Fact]
    public void Wrong_times_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromSeconds(-1), TestActor, "x", ActorRefs.NoSender));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            Sys.Scheduler.ScheduleTellRepeatedly(TimeSpan.Zero, TimeSpan.Zero, TestActor, "x", ActorRefs.NoSender));
    }

    private TimeSpan TimeOfTicks()
    {
        var probe = CreateTestProbe();
        var start = Sys.Scheduler.HighResMonotonicClock;
        var ticking = Sys.Scheduler.ScheduleTellRepeatedlyCancelable(Interval, Interval, probe.Ref, "tick", ActorRefs.NoSender);
        for (var i = 0; i < Ticks; i++)
            probe.ExpectMsg("tick");
        var took = Sys.Scheduler.HighResMonotonicClock - start;
        ticking.Cancel();
        return took;
    }
}
