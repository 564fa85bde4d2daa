using Akka.Actor;
using Akka.Configuration;

namespace Akka.Broker.Benchmarks;

/// <summary>Messages between two actor systems of this process over loopback TCP: told, in both directions at once, and asked for.</summary>
internal static class RemoteBenchmarks
{
    private const int Messages = 500_000;
    private const int Asks = 50_000;
    private const int AsksInFlight = 100;
    private const int Runs = 5;

    private const string Hocon = """
        akka {
          loglevel = WARNING
          actor.provider = remote
          remote { dot-netty.tcp { hostname = 127.0.0.1, port = 0, maximum-frame-size = 4MiB }, log-buffer-size-exceeding = 1000000 }
        }
        """;

    public static async Task RunAsync()
    {
        using var here = ActorSystem.Create("here", ConfigurationFactory.ParseString(Hocon));
        using var there = ActorSystem.Create("there", ConfigurationFactory.ParseString(Hocon));
        Console.WriteLine("\n| remote actors | messages/s | bytes allocated a message, both sides |");
        Console.WriteLine("|---|---:|---:|");
        await PrintAsync("tell, an int", Messages, () => TellAsync(here, there, 7, Messages));
        await PrintAsync("tell, 100 bytes", Messages, () => TellAsync(here, there, new byte[100], Messages));
        await PrintAsync("tell, 16 KiB", Messages / 25, () => TellAsync(here, there, new byte[16 * 1024], Messages / 25));
        await PrintAsync("ask, one at a time", Asks, () => AskAsync(here, there, inFlight: 1));
        await PrintAsync($"ask, {AsksInFlight} in flight", Asks, () => AskAsync(here, there, AsksInFlight));
        await Task.WhenAll(here.Terminate(), there.Terminate());
    }

    private static async Task PrintAsync(string what, int messages, Func<Task> run)
    {
        await run();
        var before = GC.GetTotalAllocatedBytes();
        var seconds = await Measure.BestAsync(Runs, run);
        Console.WriteLine($"| {what} | {messages / seconds:N0} | {(GC.GetTotalAllocatedBytes() - before) / Runs / messages:N0} |");
    }

    private static async Task TellAsync(ActorSystem here, ActorSystem there, object message, int messages)
    {
        var done = new TaskCompletionSource();
        var counter = there.ActorOf(Props.Create(() => new Counter(messages, done)));
        var target = SeenFrom(here, counter);
        for (var i = 0; i < messages; i++)
            target.Tell(message, ActorRefs.NoSender);
        await done.Task;
        there.Stop(counter);
    }

    private static async Task AskAsync(ActorSystem here, ActorSystem there, int inFlight)
    {
        var echo = there.ActorOf(Props.Create(() => new Echo()));
        var target = SeenFrom(here, echo);
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(_ => AskInTurnAsync(target, Asks / inFlight)));
        there.Stop(echo);
    }

    private static async Task AskInTurnAsync(IActorRef target, int count)
    {
        for (var i = 0; i < count; i++)
            await target.Ask<int>(i, TimeSpan.FromSeconds(10));
    }

    private static IActorRef SeenFrom(ActorSystem system, IActorRef actor) =>
        ((ExtendedActorSystem)system).Provider.ResolveActorRef(Akka.Serialization.Serialization.SerializedActorPath(actor));

    private sealed class Counter(int expected, TaskCompletionSource done) : UntypedActor
    {
        private int _seen;

        protected override void OnReceive(object message)
        {
            if (++_seen == expected)
                done.SetResult();
        }
    }

    private sealed class Echo : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(message);
    }
}
