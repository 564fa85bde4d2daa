using Akka.Actor;
using Akka.Event;
using Akka.Tests;

namespace Akka.Runtime.Tests.Actor;

public sealed class StashSpec : PatientTestKit
{
    [Fact]
    public void UnstashAll_puts_messages_back_before_newer_ones_in_their_order()
    {
        var actor = ActorOf(Props.Create(() => new Gate(TestActor)));
        using var hold = new ManualResetEventSlim();
        actor.Tell(1);
        actor.Tell(2);
        actor.Tell(hold);
        actor.Tell("open");
        actor.Tell(3);
        hold.Set();
        ExpectMsg(1);
        ExpectMsg(2);
        ExpectMsg(3);
    }

    [Fact]
    public void A_stashed_message_keeps_its_sender()
    {
        var actor = ActorOf(Props.Create(() => new Gate(TestActor)));
        var probe = CreateTestProbe();
        probe.Send(actor, 7);
        actor.Tell("open");
        ExpectMsg(7);
        Assert.Equal(probe.Ref, LastSender);
    }

    [Fact]
    public void Unstash_puts_the_oldest_back()
    {
        var actor = ActorOf(Props.Create(() => new OneByOne(TestActor)));
        actor.Tell(1);
        actor.Tell(2);
        actor.Tell("next");
        ExpectMsg(1);
        ExpectNoMsg(TimeSpan.FromMilliseconds(50));
        actor.Tell("next");
        ExpectMsg(2);
    }

    [Fact]
    public void A_message_cannot_be_stashed_twice()
    {
        var actor = ActorOf(Props.Create(() => new Twice()));
        actor.Tell("x");
        ExpectMsg<IllegalActorStateException>();
    }

    [Fact]
    public void A_restart_hands_the_stash_to_the_new_instance()
    {
        var actor = ActorOf(Props.Create(() => new Gate(TestActor)));
        actor.Tell(1);
        actor.Tell(2);
        actor.Tell(new InvalidOperationException("boom"));
        actor.Tell("open");
        ExpectMsg(1);
        ExpectMsg(2);
    }

    [Fact]
    public void Stashed_messages_of_a_stopped_actor_become_dead_letters()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(DeadLetter));
        var actor = ActorOf(Props.Create(() => new Gate(TestActor)));
        actor.Tell(1);
        actor.Tell(2);
        actor.Tell(PoisonPill.Instance);
        Assert.Equal(1, ExpectMsg<DeadLetter>().Message);
        Assert.Equal(2, ExpectMsg<DeadLetter>().Message);
    }

    private sealed class Gate : ReceiveActor, IWithUnboundedStash
    {
        public Gate(IActorRef report)
        {
            Receive<int>(_ => Stash.Stash());
            Receive<ManualResetEventSlim>(hold => hold.Wait());
            Receive<Exception>(e => Throw(e));
            Receive<string>(_ =>
            {
                Become(() => Receive<int>(number => report.Forward(number)));
                Stash.UnstashAll();
            });
        }

        public IStash Stash { get; set; } = null!;

        private static void Throw(Exception e) => throw e;
    }

    private sealed class OneByOne : ReceiveActor, IWithStash
    {
        private int _allowed;

        public OneByOne(IActorRef report)
        {
            Receive<int>(number =>
            {
                if (_allowed == 0)
                {
                    Stash.Stash();
                    return;
                }
                _allowed--;
                report.Tell(number);
            });
            Receive<string>(_ =>
            {
                _allowed++;
                Stash.Unstash();
            });
        }

        public IStash Stash { get; set; } = null!;
    }

    private sealed class Twice : ReceiveActor, IWithStash
    {
        public Twice() => ReceiveAny(_ =>
        {
            Stash.Stash();
            try
            {
                Stash.Stash();
            }
            catch (Exception e)
            {
                Sender.Tell(e);
            }
        });

        public IStash Stash { get; set; } = null!;
    }
}
