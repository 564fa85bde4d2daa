using Akka.Actor;
using Akka.Configuration;

namespace Akka.Broker.Benchmarks;

/// <summary>Messages through the actor system alone: to one actor, between pairs, and asked for.</summary>
internal static class ActorBenchmarks
{
    private const int Messages = 2_000_000;
    private const int Asks = 200_000;
    private const int AsksInFlight = 100;
    private const int Runs = 5;

    public static async Task RunAsync()
    {
        using var system = ActorSystem.Create("benchmarks", ConfigurationFactory.ParseString("akka.loglevel = WARNING"));
        Console.WriteLine("\n| actors | messages/s |");
        Console.WriteLine("|---|---:|");
        Print("tell, one sender to one actor", Messages, await Measure.BestAsync(Runs, () => TellAsync(system)));
        Print("tell, to and fro between 4 pairs", Messages, await Measure.BestAsync(Runs, () => PingPongAsync(system, pairs: 4)));
        Print("ask, one at a time", Asks, await Measure.BestAsync(Runs, () => AskAsync(system, inFlight: 1)));
        Print($"ask, {AsksInFlight} in flight", Asks, await Measure.BestAsync(Runs, () => AskAsync(system, AsksInFlight)));
        await system.Terminate();
    }

    private static void Print(string what, int messages, double seconds) => Console.WriteLine($"| {what} | {messages / seconds:N0} |");

    private static async Task TellAsync(ActorSystem system)
    {
        var done = new TaskCompletionSource();
        var counter = system.ActorOf(Props.Create(() => new Counter(Messages, done)));
        var message = new object();
        for (var i = 0; i < Messages; i++)
            counter.Tell(message, ActorRefs.NoSender);
        await done.Task;
        system.Stop(counter);
    }

    private static async Task PingPongAsync(ActorSystem system, int pairs)
    {
        var finished = new List<Task>();
        for (var i = 0; i < pairs; i++)
        {
            var done = new TaskCompletionSource();
            finished.Add(done.Task);
            var echo = system.ActorOf(Props.Create(() => new Echo()));
            system.ActorOf(Props.Create(() => new Pinger(echo, Messages / 2 / pairs, done)));
        }

        await Task.WhenAll(finished);
    }

    private static async Task AskAsync(ActorSystem system, int inFlight)
    {
        var echo = system.ActorOf(Props.Create(() => new Echo()));
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(_ => AskInTurnAsync(echo, Asks / inFlight)));
        system.Stop(echo);
    }

    private static async Task AskInTurnAsync(IActorRef echo, int count)
    {
        var message = new object();
        for (var i = 0; i < count; i++)
            await echo.Ask<object>(message, TimeSpan.FromSeconds(10));
    }

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

    private sealed class Pinger(IActorRef echo, int rounds, TaskCompletionSource done) : UntypedActor
    {
        private int _left = rounds;

        protected override void PreStart() => echo.Tell("ping");

        protected override void OnReceive(object message)
        {
            if (--_left > 0)
            {
                echo.Tell(message);
                return;
            }

            done.SetResult();
            Context.Stop(echo);
            Context.Stop(Self);
        }
    }
}
