using Akka.Actor;

namespace Akka.Runtime.Tests.Actor;

/// <summary>The real scheduler: waits for what it does, and checks that nothing comes early.</summary>
public sealed class SchedulerSpec : TestKit.Xunit2.TestKit
{
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
        const int ticks = 20;
        var start = Sys.Scheduler.HighResMonotonicClock;
        Sys.Scheduler.ScheduleTellRepeatedly(TimeSpan.FromMilliseconds(15), TimeSpan.FromMilliseconds(15), TestActor, "tick", ActorRefs.NoSender);
        for (var i = 0; i < ticks; i++)
            ExpectMsg("tick");
        var took = Sys.Scheduler.HighResMonotonicClock - start;
        Assert.InRange(took, TimeSpan.FromMilliseconds(15 * ticks), TimeSpan.FromMilliseconds((15 * ticks * 2) + 1000));
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
        foreach (var delay in new[] { 300, 100, 200, 0 })
            Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(delay), TestActor, delay, ActorRefs.NoSender);
        ExpectMsg(0);
        ExpectMsg(100);
        ExpectMsg(200);
        ExpectMsg(300);
    }

    [Fact]
    public void A_thousand_timers_from_many_threads_all_fire()
    {
        Parallel.For(0, 1000, i => Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(i % 100), TestActor, i, ActorRefs.NoSender));
        var got = ReceiveN(1000, TimeSpan.FromSeconds(10)).Cast<int>().Order();
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
}
