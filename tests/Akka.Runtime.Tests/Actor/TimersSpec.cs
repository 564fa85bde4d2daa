using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Configs;
using Akka.Tests;

namespace Akka.Runtime.Tests.Actor;

public sealed class TimersSpec() : PatientTestKit(TestConfigs.TestSchedulerConfig)
{
    private TestScheduler Time => (TestScheduler)Sys.Scheduler;

    [Fact]
    public void A_single_timer_fires_once()
    {
        var actor = Timed();
        actor.Tell(new Single("a", "hello", 100));
        ExpectMsg("set");
        Time.Advance(TimeSpan.FromMilliseconds(99));
        ExpectNoMsg(TimeSpan.FromMilliseconds(20));
        Time.Advance(TimeSpan.FromMilliseconds(1));
        ExpectMsg("hello");
        Time.Advance(TimeSpan.FromSeconds(10));
        ExpectNoMsg(TimeSpan.FromMilliseconds(20));
    }

    [Fact]
    public void A_periodic_timer_fires_until_it_is_cancelled()
    {
        var actor = Timed();
        actor.Tell(new Periodic("a", "tick", 100));
        ExpectMsg("set");
        for (var i = 0; i < 3; i++)
        {
            Time.Advance(TimeSpan.FromMilliseconds(100));
            ExpectMsg("tick");
        }
        actor.Tell(new Cancel("a"));
        ExpectMsg("cancelled False");
        Time.Advance(TimeSpan.FromSeconds(1));
        ExpectNoMsg(TimeSpan.FromMilliseconds(20));
    }

    [Fact]
    public void A_new_timer_of_a_key_replaces_the_one_before()
    {
        var actor = Timed();
        actor.Tell(new Single("a", "old", 100));
        ExpectMsg("set");
        actor.Tell(new Single("a", "new", 200));
        ExpectMsg("set");
        Time.Advance(TimeSpan.FromMilliseconds(150));
        ExpectNoMsg(TimeSpan.FromMilliseconds(20));
        Time.Advance(TimeSpan.FromMilliseconds(100));
        ExpectMsg("new");
    }

    [Fact]
    public void A_tick_that_is_queued_already_is_dropped_by_a_cancel()
    {
        var actor = Timed();
        actor.Tell(new Single("a", "late", 100));
        ExpectMsg("set");
        using var hold = new ManualResetEventSlim();
        actor.Tell(hold);
        ExpectMsg("holding");
        Time.Advance(TimeSpan.FromMilliseconds(100));
        hold.Set();
        ExpectMsg("released, timers cancelled");
        ExpectNoMsg(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void A_restart_ends_the_timers()
    {
        var actor = Timed();
        actor.Tell(new Periodic("a", "tick", 100));
        ExpectMsg("set");
        actor.Tell(new InvalidOperationException("boom"));
        actor.Tell(new Cancel("other"));
        ExpectMsg("cancelled False");
        Time.Advance(TimeSpan.FromSeconds(1));
        ExpectNoMsg(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void A_tick_comes_from_the_actor_itself()
    {
        var actor = ActorOf(Props.Create(() => new ReportsSender(TestActor)));
        actor.Tell("start");
        ExpectMsg("set");
        Time.Advance(TimeSpan.FromMilliseconds(10));
        ExpectMsg(actor);
    }

    private IActorRef Timed() => ActorOf(Props.Create(() => new TimedActor(TestActor)));

    private sealed record Single(string Key, string Message, int Ms);

    private sealed record Periodic(string Key, string Message, int Ms);

    private sealed record Cancel(string Key);

    private sealed class TimedActor : ReceiveActor, IWithTimers
    {
        public TimedActor(IActorRef report)
        {
            Receive<Single>(set =>
            {
                Timers.StartSingleTimer(set.Key, set.Message, TimeSpan.FromMilliseconds(set.Ms));
                report.Tell("set");
            });
            Receive<Periodic>(set =>
            {
                Timers.StartPeriodicTimer(set.Key, set.Message, TimeSpan.FromMilliseconds(set.Ms));
                report.Tell("set");
            });
            Receive<Cancel>(cancel =>
            {
                Timers.Cancel(cancel.Key);
                report.Tell($"cancelled {Timers.IsTimerActive(cancel.Key)}");
            });
            Receive<ManualResetEventSlim>(hold =>
            {
                report.Tell("holding");
                hold.Wait();
                Timers.CancelAll();
                report.Tell("released, timers cancelled");
            });
            Receive<Exception>(e => Throw(e));
            ReceiveAny(message => report.Tell(message));
        }

        public ITimerScheduler Timers { get; set; } = null!;

        private static void Throw(Exception e) => throw e;
    }

    private sealed class ReportsSender : ReceiveActor, IWithTimers
    {
        public ReportsSender(IActorRef report)
        {
            Receive<string>(text => text == "start", _ =>
            {
                Timers.StartSingleTimer("a", "tick", TimeSpan.FromMilliseconds(10));
                report.Tell("set");
            });
            ReceiveAny(_ => report.Tell(Sender));
        }

        public ITimerScheduler Timers { get; set; } = null!;
    }
}
