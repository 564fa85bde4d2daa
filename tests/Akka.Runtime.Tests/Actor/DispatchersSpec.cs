using Akka.Actor;
using Akka.Configuration;
using Akka.Tests;

namespace Akka.Runtime.Tests.Actor;

public sealed class DispatchersSpec() : PatientTestKit(Dispatchers)
{
    private static readonly Config Dispatchers = ConfigurationFactory.ParseString("""
        pinned.type = PinnedDispatcher
        own { type = ForkJoinDispatcher, throughput = 7, dedicated-thread-pool { thread-count = 2, threadtype = background } }
        """);

    [Fact]
    public void The_default_is_the_thread_pool()
    {
        var actor = ActorOf(Props.Create(() => new TellsThread()));
        actor.Tell("?");
        Assert.True(ExpectMsg<Ran>().OnPool);
    }

    [Fact]
    public void A_pinned_actor_has_a_thread_of_its_own()
    {
        var (first, second) = (Ask("pinned"), Ask("pinned"));
        Assert.Single(first.Distinct());
        Assert.Single(second.Distinct());
        Assert.NotEqual(first[0].Thread, second[0].Thread);
        Assert.False(first[0].OnPool);
    }

    [Fact]
    public void A_dispatcher_with_threads_of_its_own_uses_no_more_of_them()
    {
        var threads = Enumerable.Range(0, 10).SelectMany(_ => Ask("own")).Distinct().ToList();
        Assert.InRange(threads.Count, 1, 2);
        Assert.All(threads, ran => Assert.False(ran.OnPool));
    }

    [Fact]
    public void Settings_of_a_dispatcher_are_read()
    {
        Assert.Equal(7, Sys.Dispatchers.Lookup("own").Throughput);
        Assert.Equal(30, Sys.Dispatchers.DefaultGlobalDispatcher.Throughput);
        Assert.True(Sys.Dispatchers.HasDispatcher("own"));
        Assert.False(Sys.Dispatchers.HasDispatcher("other"));
    }

    [Fact]
    public void A_dispatcher_that_is_not_configured_is_refused() =>
        Assert.ThrowsAny<Exception>(() => ActorOf(Props.Create(() => new TellsThread()).WithDispatcher("other")));

    private List<Ran> Ask(string dispatcher)
    {
        var actor = ActorOf(Props.Create(() => new TellsThread()).WithDispatcher(dispatcher));
        for (var i = 0; i < 20; i++)
            actor.Tell("?");
        return [.. ReceiveN(20).Cast<Ran>()];
    }

    private sealed record Ran(int Thread, bool OnPool);

    private sealed class TellsThread : ReceiveActor
    {
        public TellsThread() => ReceiveAny(_ =>
            Sender.Tell(new Ran(Environment.CurrentManagedThreadId, Thread.CurrentThread.IsThreadPoolThread)));
    }
}
