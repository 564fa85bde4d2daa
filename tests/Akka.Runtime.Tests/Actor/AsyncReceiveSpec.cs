using Akka.Actor;
using Akka.Tests;

namespace Akka.Runtime.Tests.Actor;

public sealed class AsyncReceiveSpec : PatientTestKit
{
    [Fact]
    public void No_other_message_is_handled_while_a_handler_waits()
    {
        var actor = ActorOf(Props.Create(() => new Waits(TestActor)));
        var gate = new TaskCompletionSource();
        actor.Tell(gate);
        actor.Tell("behind");
        ExpectMsg("waiting");
        ExpectNoMsg(TimeSpan.FromMilliseconds(50));
        gate.SetResult();
        ExpectMsg("went on");
        ExpectMsg("behind");
    }

    [Fact]
    public void Sender_and_Self_and_Context_are_there_after_the_wait()
    {
        var actor = ActorOf(Props.Create(() => new KeepsContext()));
        var gate = new TaskCompletionSource();
        var probe = CreateTestProbe();
        probe.Send(actor, gate);
        TestActor.Tell("unrelated");
        gate.SetResult();
        probe.ExpectMsg($"{probe.Ref.Path} {actor.Path} {actor.Path}");
        Assert.Equal(actor, probe.LastSender);
    }

    [Fact]
    public void A_failure_after_the_wait_is_supervised()
    {
        var actor = ActorOf(Props.Create(() => new Waits(TestActor)));
        var gate = new TaskCompletionSource();
        EventFilter.Exception<InvalidOperationException>("boom").ExpectOne(() =>
        {
            actor.Tell(gate);
            ExpectMsg("waiting");
            gate.SetException(new InvalidOperationException("boom"));
            ExpectMsg("restarted after TaskCompletionSource");
        });
        actor.Tell("alive");
        ExpectMsg("alive");
    }

    [Fact]
    public void A_failure_before_the_wait_is_supervised()
    {
        var actor = ActorOf(Props.Create(() => new FailsAtOnce(TestActor)));
        EventFilter.Exception<InvalidOperationException>("at once").ExpectOne(() => actor.Tell("x"));
        ExpectMsg("restarted");
    }

    [Fact]
    public void Continuations_never_run_beside_the_actors_own_turns()
    {
        var actor = ActorOf(Props.Create(() => new Interleaves(TestActor)));
        for (var i = 0; i < 2_000; i++)
            actor.Tell(i);
        actor.Tell("report");
        ExpectMsg("2000 steps, 0 overlaps", TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void A_handler_can_await_an_ask_of_a_child_that_fails_and_is_restarted()
    {
        var parent = ActorOf(Props.Create(() => new AsksChild()));
        parent.Tell("go");
        ExpectMsg("answered after a restart");
    }

    [Fact]
    public void ReceiveAsync_can_be_stopped_while_it_waits()
    {
        var actor = ActorOf(Props.Create(() => new Waits(TestActor)));
        var gate = new TaskCompletionSource();
        Watch(actor);
        actor.Tell(gate);
        ExpectMsg("waiting");
        Sys.Stop(actor);
        ExpectTerminated(actor);
        gate.SetResult();
        ExpectNoMsg(TimeSpan.FromMilliseconds(50));
    }

    private sealed class Waits : ReceiveActor
    {
        private readonly IActorRef _report;

        public Waits(IActorRef report)
        {
            _report = report;
            ReceiveAsync<TaskCompletionSource>(async gate =>
            {
                report.Tell("waiting");
                await gate.Task;
                report.Tell("went on");
            });
            ReceiveAny(message => report.Tell(message));
        }

        protected override void PreRestart(Exception reason, object message)
        {
            _report.Tell($"restarted after {message.GetType().Name}");
            base.PreRestart(reason, message);
        }
    }

    private sealed class KeepsContext : ReceiveActor
    {
        public KeepsContext() => ReceiveAsync<TaskCompletionSource>(async gate =>
        {
            await gate.Task;
            await Task.Yield();
            Sender.Tell($"{Sender.Path} {Self.Path} {Context.Self.Path}");
        });
    }

    private sealed class FailsAtOnce : ReceiveActor
    {
        private readonly IActorRef _report;

        public FailsAtOnce(IActorRef report)
        {
            _report = report;
            ReceiveAnyAsync(_ => throw new InvalidOperationException("at once"));
        }

        protected override void PostRestart(Exception reason) => _report.Tell("restarted");
    }

    private sealed class Interleaves : ReceiveActor
    {
        private int _inside;
        private int _steps;
        private int _overlaps;

        public Interleaves(IActorRef report)
        {
            ReceiveAsync<int>(async _ =>
            {
                Step();
                await Task.Yield();
                Leave();
            });
            Receive<string>(_ => report.Tell($"{_steps} steps, {_overlaps} overlaps"));
        }

        private void Step()
        {
            if (++_inside != 1)
                _overlaps++;
            _steps++;
        }

        private void Leave() => _inside--;
    }

    private sealed class AsksChild : ReceiveActor
    {
        public AsksChild()
        {
            var child = Context.ActorOf(Props.Create(() => new FailsFirst()));
            ReceiveAsync<string>(async _ =>
            {
                var sender = Sender;
                child.Tell(new InvalidOperationException("boom"));
                sender.Tell(await child.Ask<string>("?", TimeSpan.FromSeconds(30)));
            });
        }
    }

    private sealed class FailsFirst : ReceiveActor
    {
        public FailsFirst()
        {
            Receive<Exception>(e => Throw(e));
            Receive<string>(_ => Sender.Tell("answered after a restart"));
        }

        private static void Throw(Exception e) => throw e;
    }
}
