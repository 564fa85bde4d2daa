using Akka.Actor;
using Akka.Event;
using Akka.Tests;

namespace Akka.Runtime.Tests.Actor;

public sealed class LifecycleSpec : PatientTestKit
{
    [Fact]
    public void Hooks_run_in_their_order_over_a_restart_and_a_stop()
    {
        var actor = ActorOf(Props.Create(() => new Recorder(TestActor)));
        ExpectMsg("PreStart");
        actor.Tell(new InvalidOperationException("boom"));
        ExpectMsg("PreRestart boom InvalidOperationException");
        ExpectMsg("PostStop");
        ExpectMsg("PostRestart boom");
        ExpectMsg("PreStart");
        actor.Tell("alive");
        ExpectMsg("alive");
        Watch(actor);
        Sys.Stop(actor);
        ExpectMsg("PostStop");
        ExpectTerminated(actor);
        ExpectNoMsg(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void Restart_makes_a_new_instance_with_the_arguments_of_the_props()
    {
        var actor = ActorOf(Props.Create(() => new Counter(40)));
        actor.Tell("add");
        actor.Tell("add");
        actor.Tell("get");
        ExpectMsg(42);
        actor.Tell(new InvalidOperationException("reset"));
        actor.Tell("get");
        ExpectMsg(40);
    }

    [Fact]
    public void Messages_behind_the_one_that_failed_are_kept()
    {
        var actor = ActorOf(Props.Create(() => new Counter(0)));
        actor.Tell("add");
        actor.Tell(new InvalidOperationException("boom"));
        actor.Tell("add");
        actor.Tell("add");
        actor.Tell("get");
        ExpectMsg(2);
    }

    [Fact]
    public void PoisonPill_stops_after_what_was_queued_before()
    {
        var actor = ActorOf(Props.Create(() => new Recorder(TestActor)));
        Watch(actor);
        ExpectMsg("PreStart");
        actor.Tell("one");
        actor.Tell("two");
        actor.Tell(PoisonPill.Instance);
        ExpectMsg("one");
        ExpectMsg("two");
        ExpectMsg("PostStop");
        ExpectTerminated(actor);
    }

    [Fact]
    public void Kill_fails_the_actor_and_the_default_strategy_stops_it()
    {
        var actor = ActorOf(Props.Create(() => new Recorder(TestActor)));
        Watch(actor);
        ExpectMsg("PreStart");
        EventFilter.Exception<ActorKilledException>().ExpectOne(() => actor.Tell(Kill.Instance));
        ExpectMsg("PostStop");
        ExpectTerminated(actor);
    }

    [Fact]
    public async Task GracefulStop_waits_for_the_end()
    {
        var actor = ActorOf(Props.Create(() => new Recorder(TestActor)));
        Assert.True(await actor.GracefulStop(TimeSpan.FromSeconds(30)));
        ExpectMsg("PreStart");
        ExpectMsg("PostStop");
    }

    [Fact]
    public void Children_stop_before_their_parent()
    {
        var parent = ActorOf(Props.Create(() => new Family(TestActor)), "parent");
        ExpectMsg("started child");
        Watch(parent);
        Sys.Stop(parent);
        ExpectMsg("stopped child");
        ExpectMsg("stopped parent");
        ExpectTerminated(parent);
    }

    [Fact]
    public void A_name_is_free_again_once_its_actor_has_stopped()
    {
        var first = ActorOf(Props.Create(() => new Counter(1)), "taken");
        Assert.Throws<InvalidActorNameException>(() => ActorOf(Props.Create(() => new Counter(2)), "taken"));
        Watch(first);
        Sys.Stop(first);
        ExpectTerminated(first);
        // It is its parent that frees the name, and the parent may hear of its end later than others who watch.
        var second = first;
        AwaitAssert(() => second = ActorOf(Props.Create(() => new Counter(2)), "taken"));
        Assert.Equal(first.Path, second.Path);
        Assert.NotEqual(first, second);
        second.Tell("get");
        ExpectMsg(2);
    }

    [Theory]
    [InlineData("")]
    [InlineData("$a")]
    [InlineData("a/b")]
    [InlineData("hällo")]
    public void A_malformed_name_is_refused(string name) =>
        Assert.Throws<InvalidActorNameException>(() => ActorOf(Props.Create(() => new Counter(1)), name));

    [Fact]
    public void Become_changes_the_behaviour_and_unbecome_takes_a_stacked_one_back()
    {
        var actor = ActorOf(Props.Create(() => new Moody()));
        actor.Tell("mood");
        ExpectMsg("calm");
        actor.Tell("anger");
        actor.Tell("mood");
        ExpectMsg("angry");
        actor.Tell("relax");
        actor.Tell("mood");
        ExpectMsg("calm");
    }

    [Fact]
    public void The_constructor_may_choose_a_behaviour()
    {
        var actor = ActorOf(Props.Create(() => new ChoosesInConstructor()));
        actor.Tell("?");
        ExpectMsg("chosen");
        actor.Tell("back");
        actor.Tell("?");
        ExpectMsg("first");
    }

    [Fact]
    public void An_actor_that_cannot_be_made_is_stopped()
    {
        EventFilter.Exception<ActorInitializationException>().ExpectOne(() =>
        {
            var actor = ActorOf(Props.Create(() => new Stillborn()));
            Watch(actor);
            ExpectTerminated(actor);
        });
    }

    [Fact]
    public void An_actor_cannot_be_made_with_new() =>
        Assert.ThrowsAny<AkkaException>(() => new Counter(1));

    [Fact]
    public void A_message_that_nobody_takes_is_published_as_unhandled()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(UnhandledMessage));
        var actor = ActorOf(Props.Create(() => new Counter(1)));
        actor.Tell(3.5);
        var unhandled = ExpectMsg<UnhandledMessage>();
        Assert.Equal(3.5, unhandled.Message);
        Assert.Equal(actor, unhandled.Recipient);
        Assert.Equal(TestActor, unhandled.Sender);
    }

    private sealed class Recorder : ReceiveActor
    {
        private readonly IActorRef _report;

        public Recorder(IActorRef report)
        {
            _report = report;
            Receive<Exception>(e => Throw(e));
            ReceiveAny(message => report.Tell(message));
        }

        protected override void PreStart() => _report.Tell("PreStart");

        protected override void PostStop() => _report.Tell("PostStop");

        protected override void PreRestart(Exception reason, object message)
        {
            _report.Tell($"PreRestart {reason.Message} {message.GetType().Name}");
            base.PreRestart(reason, message);
        }

        protected override void PostRestart(Exception reason)
        {
            _report.Tell($"PostRestart {reason.Message}");
            base.PostRestart(reason);
        }

        private static void Throw(Exception e) => throw e;
    }

    private sealed class Counter : ReceiveActor
    {
        private int _value;

        public Counter(int start)
        {
            _value = start;
            Receive<string>(text => text == "add", _ => _value++);
            Receive<string>(text => text == "get", _ => Sender.Tell(_value));
            Receive<Exception>(e => Throw(e));
        }

        private static void Throw(Exception e) => throw e;
    }

    private sealed class Family : ReceiveActor
    {
        private readonly IActorRef _report;

        public Family(IActorRef report)
        {
            _report = report;
            Context.ActorOf(Props.Create(() => new Child(report)), "child");
        }

        protected override void PostStop() => _report.Tell("stopped parent");

        private sealed class Child(IActorRef report) : ReceiveActor
        {
            protected override void PreStart() => report.Tell("started child");

            protected override void PostStop() => report.Tell("stopped child");
        }
    }

    private sealed class Moody : ReceiveActor
    {
        public Moody()
        {
            Receive<string>(text => text == "anger", _ => BecomeStacked(Angry));
            Receive<string>(text => text == "mood", _ => Sender.Tell("calm"));
        }

        private void Angry()
        {
            Receive<string>(text => text == "relax", _ => UnbecomeStacked());
            Receive<string>(text => text == "mood", _ => Sender.Tell("angry"));
        }
    }

    private sealed class ChoosesInConstructor : ReceiveActor
    {
        public ChoosesInConstructor()
        {
            Receive<string>(_ => Sender.Tell("first"));
            BecomeStacked(() =>
            {
                Receive<string>(text => text == "?", _ => Sender.Tell("chosen"));
                ReceiveAny(_ => UnbecomeStacked());
            });
        }
    }

    private sealed class Stillborn : ReceiveActor
    {
        public Stillborn() => throw new InvalidOperationException("no");
    }
}
