using Akka.Actor;
using Akka.Tests;

namespace Akka.Runtime.Tests.Actor;

public sealed class OrderingSpec : PatientTestKit
{
    [Fact]
    public void Actor_handles_messages_of_one_sender_in_their_order()
    {
        var echo = ActorOf(Props.Create(() => new Forwarder(TestActor)));
        for (var i = 0; i < 10_000; i++)
            echo.Tell(i);
        for (var i = 0; i < 10_000; i++)
            ExpectMsg(i);
    }

    [Fact]
    public async Task Actor_gets_every_message_of_many_senders_once_and_in_each_senders_order()
    {
        const int senders = 4;
        const int each = 50_000;
        var counter = ActorOf(Props.Create(() => new OrderChecker(senders, each, TestActor)));
        await Task.WhenAll(Enumerable.Range(0, senders).Select(sender => Task.Run(() =>
        {
            for (var i = 0; i < each; i++)
                counter.Tell((sender, i), ActorRefs.NoSender);
        })));
        ExpectMsg("complete", TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void Actor_runs_one_message_at_a_time()
    {
        var actor = ActorOf(Props.Create(() => new Exclusive(TestActor)));
        Parallel.For(0, 20_000, i => actor.Tell(i, ActorRefs.NoSender));
        actor.Tell("report");
        ExpectMsg(20_000, TimeSpan.FromSeconds(20));
    }

    private sealed class Forwarder : ReceiveActor
    {
        public Forwarder(IActorRef target) => ReceiveAny(message => target.Tell(message));
    }

    private sealed class OrderChecker : ReceiveActor
    {
        private readonly int[] _next;
        private int _left;

        public OrderChecker(int senders, int each, IActorRef report)
        {
            _next = new int[senders];
            _left = senders * each;
            Receive<(int Sender, int Number)>(message =>
            {
                if (_next[message.Sender]++ != message.Number)
                    report.Tell($"out of order: {message}");
                if (--_left == 0)
                    report.Tell("complete");
            });
        }
    }

    private sealed class Exclusive : ReceiveActor
    {
        private int _inside;
        private int _count;

        public Exclusive(IActorRef report)
        {
            Receive<int>(_ =>
            {
                if (Interlocked.Increment(ref _inside) != 1)
                    report.Tell("two at a time");
                _count++;
                Interlocked.Decrement(ref _inside);
            });
            Receive<string>(_ => report.Tell(_count));
        }
    }
}
