using System.Collections.Immutable;
using Akka.Actor;
using Akka.Persistence;

namespace Akka.Runtime.Tests.Persistence;

public sealed class PluginSpec
{
    [Fact]
    public async Task Write_that_takes_too_long_has_failed_for_the_actor()
    {
        await using var context = new PersistenceTestContext("akka.persistence.journal.faulty.circuit-breaker.call-timeout = 2s");
        var probe = context.NewProbe();
        var actor = context.Recorder(probe);
        await probe.ExpectAsync("completed 0");
        var watcher = context.NewProbe().Watching(context.System, actor);
        context.Journal.Gate = new TaskCompletionSource().Task;
        actor.Tell(new Do(a => a.Persist("a", _ => a.Note("never"))));
        Assert.StartsWith("failed a 1", await probe.ExpectAsync<string>());
        await watcher.ExpectAsync<Terminated>();
    }

    [Fact]
    public async Task Journal_that_keeps_failing_is_left_alone_for_a_while()
    {
        await using var context = new PersistenceTestContext(
            "akka.persistence.journal.faulty.circuit-breaker { max-failures = 3, reset-timeout = 3s }");
        context.Journal.Verdict = _ => new IOException("disk");
        var probe = context.NewProbe();
        var actors = Enumerable.Range(0, 3).Select(i => context.Recorder(probe, $"p{i}")).ToList();
        await probe.ExpectAsync("completed 0", "completed 0", "completed 0");
        foreach (var actor in actors)
        {
            actor.Tell(new Do(a => a.Persist("a", _ => a.Note("never"))));
            await probe.ExpectAsync("failed a 1 disk");
        }

        context.Journal.Verdict = _ => null;
        var writes = context.Journal.BatchSizes.Count;
        var refused = context.NewProbe();
        context.Recorder(refused, "late");
        Assert.StartsWith("no recovery", await refused.ExpectAsync<string>());
        string first;
        do
        {
            var again = context.NewProbe();
            context.Recorder(again, "late");
            first = await again.ExpectAsync<string>();
        }
        while (first != "completed 0");
        Assert.Equal(writes, context.Journal.BatchSizes.Count);
    }

    [Fact]
    public async Task Events_of_an_old_writer_beside_a_new_one_are_left_out()
    {
        await using var context = new PersistenceTestContext();
        await context.Journal.WriteAsync([
            Event("a", 1, "old"), Event("b", 2, "old"), Event("lost", 3, "old"), Event("c", 3, "new"), Event("lost", 4, "old"), Event("d", 4, "new"),
        ]);
        var probe = context.NewProbe();
        context.Recorder(probe);
        await probe.ExpectAsync("replay a", "replay b", "replay c", "replay d", "completed 4");
    }

    [Fact]
    public async Task Memory_journal_and_local_snapshots_serve_actors_that_name_them()
    {
        var folder = Directory.CreateTempSubdirectory("snapshots").FullName;
        try
        {
            await using var context = new PersistenceTestContext($"akka.persistence.snapshot-store.local.dir = \"{folder.Replace('\\', '/')}\"");
            var probe = context.NewProbe();
            var first = Start(context, probe);
            await probe.ExpectAsync("completed");
            first.Tell("a");
            first.Tell("b");
            first.Tell("snapshot");
            first.Tell("c");
            await probe.ExpectAsync("stored a", "stored b");
            var rest = new[] { await probe.ExpectAsync<string>(), await probe.ExpectAsync<string>() };
            Assert.Equal(["saved 2", "stored c"], rest.Order());
            var watcher = context.NewProbe().Watching(context.System, first);
            first.Tell(PoisonPill.Instance);
            await watcher.ExpectAsync<Terminated>();
            Start(context, probe);
            await probe.ExpectAsync("offer a,b", "replay c", "completed");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Plugin_without_configuration_fails_the_start_of_its_actor()
    {
        await using var context = new PersistenceTestContext();
        var probe = context.NewProbe();
        var actor = context.System.ActorOf(Props.Create(() => new Untyped("akka.persistence.journal.none", probe.Ref)));
        var watcher = context.NewProbe().Watching(context.System, actor);
        await watcher.ExpectAsync<Terminated>();
    }

    private static IActorRef Start(PersistenceTestContext context, ActorTestContext.Probe probe) =>
        context.System.ActorOf(Props.Create(() => new Untyped("akka.persistence.journal.inmem", probe.Ref)));

    private static AtomicWrite Event(string payload, long sequenceNr, string writer) =>
        new(ImmutableList.Create<IPersistentRepresentation>(new Persistent(payload, sequenceNr, "p", writerGuid: writer)));

    private sealed class Untyped : UntypedPersistentActor
    {
        private readonly IActorRef _probe;
        private string _state = "";

        public Untyped(string journal, IActorRef probe)
        {
            _probe = probe;
            JournalPluginId = journal;
            SnapshotPluginId = "akka.persistence.snapshot-store.local";
        }

        public override string PersistenceId => "untyped/1";

        protected override void OnCommand(object message)
        {
            switch (message)
            {
                case "snapshot":
                    SaveSnapshot(_state);
                    break;
                case SaveSnapshotSuccess saved:
                    _probe.Tell($"saved {saved.Metadata.SequenceNr}");
                    break;
                case string text:
                    Persist(text, stored =>
                    {
                        _state += _state.Length == 0 ? stored : "," + stored;
                        _probe.Tell($"stored {stored}");
                    });
                    break;
            }
        }

        protected override void OnRecover(object message) => _probe.Tell(message switch
        {
            SnapshotOffer offer => $"offer {offer.Snapshot}",
            RecoveryCompleted => "completed",
            _ => $"replay {message}",
        });
    }
}
