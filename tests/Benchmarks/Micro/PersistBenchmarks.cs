using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;

namespace Akka.Broker.Benchmarks;

/// <summary>Events through persistent actors and the journal in memory: what the actor side of an append costs.</summary>
internal static class PersistBenchmarks
{
    private const int Events = 200_000;
    private const int Actors = 4;
    private const int Runs = 5;

    private static int _incarnations;

    public static async Task RunAsync()
    {
        using var system = ActorSystem.Create("benchmarks", ConfigurationFactory.ParseString(
            "akka { loglevel = WARNING, persistence.journal.plugin = \"akka.persistence.journal.inmem\" }"));
        Console.WriteLine("\n| persistent actors | events/s |");
        Console.WriteLine("|---|---:|");
        Print("Persist, one actor", await Measure.BestAsync(Runs, () => WriteAsync(system, 1, isAsync: false)));
        Print("PersistAsync, one actor", await Measure.BestAsync(Runs, () => WriteAsync(system, 1, isAsync: true)));
        Print($"PersistAsync, {Actors} actors", await Measure.BestAsync(Runs, () => WriteAsync(system, Actors, isAsync: true)));
        await system.Terminate();
    }

    private static void Print(string what, double seconds) => Console.WriteLine($"| {what} | {Events / seconds:N0} |");

    private static async Task WriteAsync(ActorSystem system, int actors, bool isAsync)
    {
        var finished = new List<Task>();
        for (var i = 0; i < actors; i++)
        {
            var done = new TaskCompletionSource();
            finished.Add(done.Task);
            var id = $"writer-{++_incarnations}";
            var writer = system.ActorOf(Props.Create(() => new Writer(id, isAsync, Events / actors, done)));
            for (var n = 0; n < Events / actors; n++)
                writer.Tell("event", ActorRefs.NoSender);
        }

        await Task.WhenAll(finished);
    }

    private sealed class Writer : UntypedPersistentActor
    {
        private readonly bool _isAsync;
        private readonly TaskCompletionSource _done;
        private int _left;

        public Writer(string id, bool isAsync, int events, TaskCompletionSource done)
        {
            PersistenceId = id;
            _isAsync = isAsync;
            _left = events;
            _done = done;
        }

        public override string PersistenceId { get; }

        protected override void OnCommand(object message)
        {
            if (message is not string text)
                return;
            if (_isAsync)
                PersistAsync(text, _ => OnPersisted());
            else
                Persist(text, _ => OnPersisted());
        }

        protected override void OnRecover(object message)
        {
        }

        private void OnPersisted()
        {
            if (--_left > 0)
                return;
            _done.SetResult();
            Context.Stop(Self);
        }
    }
}
