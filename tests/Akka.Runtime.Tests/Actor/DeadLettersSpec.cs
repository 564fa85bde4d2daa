using Akka.Actor;
using Akka.Event;
using Akka.Tests;

namespace Akka.Runtime.Tests.Actor;

public sealed class DeadLettersSpec : PatientTestKit
{
    [Fact]
    public void A_message_to_a_dead_actor_is_published()
    {
        var dead = Dead();
        Sys.EventStream.Subscribe(TestActor, typeof(DeadLetter));
        dead.Tell("hello", TestActor);
        var letter = ExpectMsg<DeadLetter>();
        Assert.Equal("hello", letter.Message);
        Assert.Equal(TestActor, letter.Sender);
        Assert.Equal(dead, letter.Recipient);
    }

    [Fact]
    public void What_was_queued_when_the_actor_stopped_is_published()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(DeadLetter));
        using var hold = new ManualResetEventSlim();
        var actor = ActorOf(Props.Create(() => new Holds()));
        actor.Tell(hold);
        actor.Tell(1);
        actor.Tell(2);
        hold.Set();
        Assert.Equal(1, ExpectMsg<DeadLetter>().Message);
        Assert.Equal(2, ExpectMsg<DeadLetter>().Message);
    }

    [Fact]
    public void What_is_told_to_DeadLetters_is_published()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(DeadLetter));
        Sys.DeadLetters.Tell("hello", TestActor);
        Assert.Equal("hello", ExpectMsg<DeadLetter>().Message);
    }

    [Fact]
    public void A_suppressed_message_is_published_apart()
    {
        var dead = Dead();
        Sys.EventStream.Subscribe(TestActor, typeof(AllDeadLetters));
        dead.Tell(new Quiet(), TestActor);
        Assert.IsType<Quiet>(ExpectMsg<SuppressedDeadLetter>().Message);
    }

    [Fact]
    public void Identify_of_a_dead_actor_is_answered_without_a_subject()
    {
        Dead().Tell(new Identify(7), TestActor);
        Assert.Null(ExpectMsg<ActorIdentity>().Subject);
    }

    [Fact]
    public void A_sender_that_is_nobody_is_DeadLetters()
    {
        var probe = CreateTestProbe();
        var actor = ActorOf(Props.Create(() => new TellsSender(probe.Ref)));
        actor.Tell("x", ActorRefs.NoSender);
        probe.ExpectMsg(Sys.DeadLetters);
    }

    [Fact]
    public void A_null_message_is_refused() => Assert.Throws<InvalidMessageException>(() => TestActor.Tell(null!));

    private IActorRef Dead()
    {
        var actor = ActorOf(TestKit.TestActors.BlackHoleActor.Props);
        Watch(actor);
        Sys.Stop(actor);
        ExpectTerminated(actor);
        return actor;
    }

    private sealed class Quiet : IDeadLetterSuppression;

    private sealed class Holds : ReceiveActor
    {
        public Holds() => Receive<ManualResetEventSlim>(hold =>
        {
            hold.Wait();
            Context.Stop(Self);
        });
    }

    private sealed class TellsSender : ReceiveActor
    {
        public TellsSender(IActorRef report) => ReceiveAny(_ => report.Tell(Sender));
    }
}
