using Akka.Actor;
using Akka.Tests;

namespace Akka.Runtime.Tests.Actor;

public sealed class SupervisionSpec : PatientTestKit
{
    [Fact]
    public void Resume_keeps_the_state()
    {
        var child = ChildOf(new OneForOneStrategy(_ => Directive.Resume));
        child.Tell("add");
        child.Tell(new InvalidOperationException("boom"));
        child.Tell("get");
        ExpectMsg(1);
    }

    [Fact]
    public void Restart_drops_the_state()
    {
        var child = ChildOf(new OneForOneStrategy(_ => Directive.Restart));
        child.Tell("add");
        child.Tell(new InvalidOperationException("boom"));
        child.Tell("get");
        ExpectMsg(0);
    }

    [Fact]
    public void Stop_ends_the_child()
    {
        var child = ChildOf(new OneForOneStrategy(_ => Directive.Stop));
        Watch(child);
        child.Tell(new InvalidOperationException("boom"));
        ExpectTerminated(child);
    }

    [Fact]
    public void Escalation_makes_the_supervisor_fail_with_the_same_cause()
    {
        var top = ActorOf(Props.Create(() => new Supervisor(
            new OneForOneStrategy(_ => Directive.Stop))), "top");
        top.Tell(Props.Create(() => new Supervisor(new OneForOneStrategy(_ => Directive.Escalate))));
        var middle = ExpectMsg<IActorRef>();
        middle.Tell(Props.Create(() => new Child()));
        var child = ExpectMsg<IActorRef>();
        Watch(middle);
        EventFilter.Exception<InvalidOperationException>("boom").ExpectOne(() => child.Tell(new InvalidOperationException("boom")));
        ExpectTerminated(middle);
    }

    [Fact]
    public void A_child_over_the_limit_is_stopped()
    {
        var child = ChildOf(new OneForOneStrategy(2, 60_000, _ => Directive.Restart));
        Watch(child);
        child.Tell(new InvalidOperationException("one"));
        child.Tell(new InvalidOperationException("two"));
        child.Tell("get");
        ExpectMsg(0);
        child.Tell(new InvalidOperationException("three"));
        ExpectTerminated(child);
    }

    [Fact]
    public void Without_retries_the_first_failure_stops()
    {
        var child = ChildOf(new OneForOneStrategy(0, -1, _ => Directive.Restart));
        Watch(child);
        child.Tell(new InvalidOperationException("one"));
        ExpectTerminated(child);
    }

    [Fact]
    public void OneForOne_leaves_siblings_alone()
    {
        var (first, second) = TwoChildrenOf(new OneForOneStrategy(_ => Directive.Restart));
        second.Tell("add");
        first.Tell(new InvalidOperationException("boom"));
        first.Tell("get");
        ExpectMsg(0);
        second.Tell("get");
        ExpectMsg(1);
    }

    [Fact]
    public void AllForOne_restarts_siblings_too()
    {
        var (first, second) = TwoChildrenOf(new AllForOneStrategy(_ => Directive.Restart));
        second.Tell("add");
        second.Tell("get");
        ExpectMsg(1);
        first.Tell(new InvalidOperationException("boom"));
        AwaitAssert(() =>
        {
            second.Tell("get");
            ExpectMsg(0);
        });
    }

    [Fact]
    public void AllForOne_stops_siblings_too()
    {
        var (first, second) = TwoChildrenOf(new AllForOneStrategy(_ => Directive.Stop));
        Watch(first);
        Watch(second);
        first.Tell(new InvalidOperationException("boom"));
        var ended = new[] { ExpectMsg<Terminated>().ActorRef, ExpectMsg<Terminated>().ActorRef };
        Assert.Equal(new[] { first, second }.Order(), ended.Order());
    }

    [Fact]
    public void A_restart_of_the_supervisor_stops_its_children_by_default()
    {
        var supervisor = ActorOf(Props.Create(() => new Supervisor(new OneForOneStrategy(_ => Directive.Restart))));
        supervisor.Tell(Props.Create(() => new Child()));
        var child = ExpectMsg<IActorRef>();
        Watch(child);
        supervisor.Tell(new InvalidOperationException("boom"));
        ExpectTerminated(child);
    }

    [Fact]
    public void The_strategy_of_the_props_wins_over_the_classs_own()
    {
        var supervisor = ActorOf(Props.Create(() => new Supervisor(new OneForOneStrategy(_ => Directive.Restart)))
            .WithSupervisorStrategy(new OneForOneStrategy(_ => Directive.Stop)));
        supervisor.Tell(Props.Create(() => new Child()));
        var child = ExpectMsg<IActorRef>();
        Watch(child);
        child.Tell(new InvalidOperationException("boom"));
        ExpectTerminated(child);
    }

    [Fact]
    public void A_failed_actor_is_still_while_its_supervisor_is_busy()
    {
        var supervisor = ActorOf(Props.Create(() => new Supervisor(new OneForOneStrategy(_ => Directive.Resume))));
        supervisor.Tell(Props.Create(() => new Child()));
        var child = ExpectMsg<IActorRef>();
        using var busy = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        supervisor.Tell((busy, release));
        busy.Wait();
        child.Tell(new InvalidOperationException("boom"));
        child.Tell("get");
        ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        release.Set();
        ExpectMsg(0);
    }

    [Fact]
    public void A_child_whose_PreStart_fails_is_made_again_when_the_strategy_restarts_it()
    {
        var attempts = new int[1];
        var supervisor = ActorOf(Props.Create(() => new Supervisor(new OneForOneStrategy(_ => Directive.Restart))));
        supervisor.Tell(Props.Create(() => new LateStarter(attempts)));
        var child = ExpectMsg<IActorRef>();
        child.Tell("hello");
        ExpectMsg("started at 3");
    }

    private IActorRef ChildOf(SupervisorStrategy strategy)
    {
        var supervisor = ActorOf(Props.Create(() => new Supervisor(strategy)));
        supervisor.Tell(Props.Create(() => new Child()));
        return ExpectMsg<IActorRef>();
    }

    private (IActorRef First, IActorRef Second) TwoChildrenOf(SupervisorStrategy strategy)
    {
        var supervisor = ActorOf(Props.Create(() => new Supervisor(strategy)));
        supervisor.Tell(Props.Create(() => new Child()));
        supervisor.Tell(Props.Create(() => new Child()));
        return (ExpectMsg<IActorRef>(), ExpectMsg<IActorRef>());
    }

    private sealed class Supervisor : ReceiveActor
    {
        private readonly SupervisorStrategy _strategy;

        public Supervisor(SupervisorStrategy strategy)
        {
            _strategy = strategy;
            Receive<Props>(props => Sender.Tell(Context.ActorOf(props)));
            Receive<(ManualResetEventSlim Busy, ManualResetEventSlim Release)>(wait =>
            {
                wait.Busy.Set();
                wait.Release.Wait();
            });
            Receive<Exception>(e => Throw(e));
        }

        protected override SupervisorStrategy SupervisorStrategy() => _strategy;

        private static void Throw(Exception e) => throw e;
    }

    private sealed class Child : ReceiveActor
    {
        private int _value;

        public Child()
        {
            Receive<string>(text => text == "add", _ => _value++);
            Receive<string>(text => text == "get", _ => Sender.Tell(_value));
            Receive<Exception>(e => Throw(e));
        }

        private static void Throw(Exception e) => throw e;
    }

    private sealed class LateStarter : ReceiveActor
    {
        private readonly int[] _attempts;

        public LateStarter(int[] attempts)
        {
            _attempts = attempts;
            ReceiveAny(_ => Sender.Tell($"started at {attempts[0]}"));
        }

        protected override void PreStart()
        {
            if (++_attempts[0] < 3)
                throw new InvalidOperationException("not yet");
        }
    }
}
