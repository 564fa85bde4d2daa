using Akka.Actor;
using Akka.Event;
using Akka.Tests;

namespace Akka.Runtime.Tests.Actor;

/// <summary>Many threads at one mailbox: no message is lost, none is handled twice, whatever happens to the actor meanwhile.</summary>
public sealed class MailboxStressSpec : PatientTestKit
{
    private const int Senders = 4;
    private const int Each = 5_000;

    [Theory]
    [InlineData(1)]
    [InlineData(1_000)]
    [InlineData(19_000)]
    public async Task Every_message_is_handled_or_a_dead_letter_when_the_actor_stops_amid_them(int stopAfter)
    {
        for (var round = 0; round < 10; round++)
        {
            var tally = new Tally(Senders * Each);
            var listener = ActorOf(Props.Create(() => new CountsDeadLetters(tally)));
            Sys.EventStream.Subscribe(listener, typeof(DeadLetter));
            var target = ActorOf(Props.Create(() => new StopsAfter(stopAfter, tally)));
            await SendFromManyThreads(target);
            await tally.Complete.WaitAsync(TimeSpan.FromSeconds(60));
            Sys.EventStream.Unsubscribe(listener);
            Assert.Equal(stopAfter, tally.Handled);
        }
    }

    [Fact]
    public async Task Every_message_is_handled_while_the_actor_waits_now_and_then()
    {
        var tally = new Tally(Senders * Each);
        await SendFromManyThreads(ActorOf(Props.Create(() => new WaitsNowAndThen(tally))));
        await tally.Complete.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Every_message_but_the_failing_ones_is_handled_while_the_actor_restarts_now_and_then()
    {
        var tally = new Tally(Senders * Each);
        using var muted = EventFilter.Exception<InvalidOperationException>().Mute();
        await SendFromManyThreads(ActorOf(Props.Create(() => new FailsNowAndThen(tally))));
        await tally.Complete.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Actors_that_are_made_and_stopped_by_the_thousand_all_end()
    {
        var ends = Enumerable.Range(0, 5_000).Select(i =>
        {
            var actor = Sys.ActorOf(TestKit.TestActors.BlackHoleActor.Props);
            actor.Tell(i, ActorRefs.NoSender);
            return actor.GracefulStop(TimeSpan.FromSeconds(20));
        });
        Assert.All(await Task.WhenAll(ends), Assert.True);
    }

    private static Task SendFromManyThreads(IActorRef target) =>
        Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
                target.Tell(i, ActorRefs.NoSender);
        })));

    private sealed class Tally(int expected)
    {
        private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _handled;
        private int _all;

        public Task Complete => _complete.Task;

        public int Handled => Volatile.Read(ref _handled);

        public void Handle()
        {
            Interlocked.Increment(ref _handled);
            Count();
        }

        public void Count()
        {
            if (Interlocked.Increment(ref _all) == expected)
                _complete.SetResult();
        }
    }

    private sealed class CountsDeadLetters : ReceiveActor
    {
        public CountsDeadLetters(Tally tally) => Receive<DeadLetter>(letter => letter.Message is int, _ => tally.Count());
    }

    private sealed class StopsAfter : ReceiveActor
    {
        private int _left;

        public StopsAfter(int count, Tally tally)
        {
            _left = count;
            Receive<int>(_ =>
            {
                tally.Handle();
                if (--_left == 0)
                    Context.Stop(Self);
            });
        }
    }

    private sealed class WaitsNowAndThen : ReceiveActor
    {
        public WaitsNowAndThen(Tally tally) => ReceiveAsync<int>(async number =>
        {
            if (number % 7 == 0)
                await Task.Yield();
            tally.Handle();
        });
    }

    private sealed class FailsNowAndThen : ReceiveActor
    {
        public FailsNowAndThen(Tally tally) => Receive<int>(number =>
        {
            tally.Handle();
            if (number % 500 == 0)
                throw new InvalidOperationException("now and then");
        });
    }
}
