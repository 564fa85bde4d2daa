using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Configs;
using Akka.Tests;

namespace Akka.Runtime.Tests.Actor;

public sealed class ReceiveTimeoutSpec() : PatientTestKit(TestConfigs.TestSchedulerConfig)
{
    private TestScheduler Time => (TestScheduler)Sys.Scheduler;

    [Fact]
    public void Silence_is_reported_and_again_after_the_next_silence()
    {
        Started();
        Time.Advance(TimeSpan.FromMilliseconds(100));
        ExpectMsg<ReceiveTimeout>();
        Settled();
        Time.Advance(TimeSpan.FromMilliseconds(100));
        ExpectMsg<ReceiveTimeout>();
    }

    [Fact]
    public void A_message_begins_the_wait_anew()
    {
        var actor = Started();
        Time.Advance(TimeSpan.FromMilliseconds(80));
        actor.Tell("hello");
        ExpectMsg("hello");
        Settled();
        Time.Advance(TimeSpan.FromMilliseconds(80));
        ExpectNoMsg(TimeSpan.FromMilliseconds(20));
        Time.Advance(TimeSpan.FromMilliseconds(20));
        ExpectMsg<ReceiveTimeout>();
    }

    [Fact]
    public void Some_messages_do_not_count()
    {
        var actor = Started();
        Time.Advance(TimeSpan.FromMilliseconds(80));
        actor.Tell(new Quiet());
        ExpectMsg<Quiet>();
        Settled();
        Time.Advance(TimeSpan.FromMilliseconds(20));
        ExpectMsg<ReceiveTimeout>();
    }

    [Fact]
    public void It_can_be_switched_off()
    {
        var actor = Started();
        actor.Tell("off");
        ExpectMsg("off");
        Settled();
        Time.Advance(TimeSpan.FromSeconds(1));
        ExpectNoMsg(TimeSpan.FromMilliseconds(20));
    }

    private IActorRef _actor = ActorRefs.Nobody;

    private IActorRef Started()
    {
        _actor = ActorOf(Props.Create(() => new Waiting(TestActor)));
        Settled();
        return _actor;
    }

    /// <summary>The turn before has ended: the answer to an Identify, which does not count as a message, comes from a later one.</summary>
    private void Settled()
    {
        _actor.Tell(new Identify(0));
        ExpectMsg<ActorIdentity>();
    }

    private sealed class Quiet : INotInfluenceReceiveTimeout;

    private sealed class Waiting : ReceiveActor
    {
        public Waiting(IActorRef report)
        {
            SetReceiveTimeout(TimeSpan.FromMilliseconds(100));
            Receive<string>(text => text == "off", text =>
            {
                SetReceiveTimeout(null);
                report.Tell(text);
            });
            ReceiveAny(message => report.Tell(message));
        }
    }
}
