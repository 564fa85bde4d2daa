using Akka.Actor;
using Akka.Tests;

namespace Akka.Runtime.Tests.Actor;

public sealed class DeathWatchSpec : PatientTestKit
{
    [Fact]
    public void Watcher_hears_of_the_end_once()
    {
        var actor = Silent();
        Watch(actor);
        Watch(actor);
        Sys.Stop(actor);
        var terminated = ExpectTerminated(actor);
        Assert.True(terminated.ExistenceConfirmed);
        Assert.Equal(actor, LastSender);
        ExpectNoMsg(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void Watcher_of_a_dead_actor_hears_at_once()
    {
        var actor = Silent();
        Watch(actor);
        Sys.Stop(actor);
        ExpectTerminated(actor);
        var second = CreateTestProbe();
        second.Watch(actor);
        second.ExpectTerminated(actor);
    }

    [Fact]
    public void Every_watcher_hears()
    {
        var actor = Silent();
        var probes = Enumerable.Range(0, 5).Select(_ => CreateTestProbe()).ToList();
        probes.ForEach(probe => probe.Watch(actor));
        actor.Tell(PoisonPill.Instance);
        probes.ForEach(probe => probe.ExpectTerminated(actor));
    }

    [Fact]
    public void Unwatch_takes_the_watch_back()
    {
        var actor = Silent();
        var other = CreateTestProbe();
        other.Watch(actor);
        Watch(actor);
        Unwatch(actor);
        Sys.Stop(actor);
        other.ExpectTerminated(actor);
        ExpectNoMsg(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void Unwatch_discards_a_notice_that_is_queued()
    {
        var watched = Silent();
        var watcher = ActorOf(Props.Create(() => new Watcher(TestActor)));
        watcher.Tell(watched);
        ExpectMsg("watching");
        using var hold = new ManualResetEventSlim();
        watcher.Tell(hold);
        Watch(watched);
        Sys.Stop(watched);
        ExpectTerminated(watched);
        hold.Set();
        ExpectMsg("unwatched");
        watcher.Tell("anything");
        ExpectMsg("anything");
    }

    [Fact]
    public void WatchWith_sends_the_message_that_was_given()
    {
        var watched = Silent();
        ActorOf(Props.Create(() => new WithMessage(watched, TestActor)));
        ExpectMsg("ready");
        Sys.Stop(watched);
        ExpectMsg("it is gone");
    }

    [Fact]
    public void A_watcher_that_does_not_handle_the_notice_dies_too()
    {
        var watched = Silent();
        var watcher = ActorOf(Props.Create(() => new Pact(watched)));
        Watch(watcher);
        EventFilter.Exception<DeathPactException>().ExpectOne(() =>
        {
            watcher.Tell(new Identify(1));
            ExpectMsg<ActorIdentity>();
            Sys.Stop(watched);
            ExpectTerminated(watcher);
        });
    }

    [Fact]
    public async Task WatchAsync_completes_with_the_end()
    {
        var actor = Silent();
        var end = actor.WatchAsync();
        Assert.False(end.IsCompleted);
        Sys.Stop(actor);
        Assert.True(await end.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void A_stashed_notice_comes_back()
    {
        var watched = Silent();
        var watcher = ActorOf(Props.Create(() => new StashingWatcher(watched, TestActor)));
        watcher.Tell(new Identify(1));
        ExpectMsg<ActorIdentity>();
        Sys.Stop(watched);
        ExpectMsg("stashed");
        watcher.Tell("open");
        ExpectMsg("terminated");
    }

    private IActorRef Silent() => ActorOf(TestKit.TestActors.BlackHoleActor.Props);

    private sealed class Watcher : ReceiveActor
    {
        public Watcher(IActorRef report)
        {
            IActorRef watched = ActorRefs.Nobody;
            Receive<IActorRef>(actor =>
            {
                watched = Context.Watch(actor);
                report.Tell("watching");
            });
            Receive<ManualResetEventSlim>(hold =>
            {
                hold.Wait();
                Context.Unwatch(watched);
                report.Tell("unwatched");
            });
            ReceiveAny(message => report.Tell(message));
        }
    }

    private sealed class WithMessage : ReceiveActor
    {
        public WithMessage(IActorRef watched, IActorRef report)
        {
            Context.WatchWith(watched, "it is gone");
            Receive<string>(report.Tell);
            report.Tell("ready");
        }
    }

    private sealed class Pact : ReceiveActor
    {
        public Pact(IActorRef watched) => Context.Watch(watched);
    }

    private sealed class StashingWatcher : ReceiveActor, IWithStash
    {
        public StashingWatcher(IActorRef watched, IActorRef report)
        {
            Context.Watch(watched);
            Receive<Terminated>(_ =>
            {
                Stash.Stash();
                report.Tell("stashed");
            });
            Receive<string>(_ =>
            {
                Become(() => Receive<Terminated>(_ => report.Tell("terminated")));
                Stash.UnstashAll();
            });
        }

        public IStash Stash { get; set; } = null!;
    }
}
