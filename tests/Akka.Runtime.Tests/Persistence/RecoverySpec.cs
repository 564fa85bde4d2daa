using Akka.Actor;
using Akka.Persistence;

namespace Akka.Runtime.Tests.Persistence;

public sealed class RecoverySpec
{
    [Fact]
    public async Task Recovery_replays_all_events_and_continues_the_sequence()
    {
        await using var context = new PersistenceTestContext();
        var probe = context.NewProbe();
        await StoreAsync(context, probe, "a", "b", "c");
        var actor = context.Recorder(probe);
        actor.Tell("early");
        await probe.ExpectAsync("replay a", "replay b", "replay c", "completed 3", "command early");
        actor.Tell(new Do(a => a.Persist("d", _ => a.Note($"at {a.LastSequenceNr}"))));
        await probe.ExpectAsync("at 4");
    }

    [Fact]
    public async Task Recovery_starts_from_the_latest_snapshot()
    {
        await using var context = new PersistenceTestContext();
        var probe = context.NewProbe();
        var actor = await StoreAsync(context, probe, "a", "b");
        var first = context.Recorder(probe);
        await probe.ExpectAsync("replay a", "replay b", "completed 2");
        first.Tell(new Do(a => a.SaveSnapshot("S")));
        await probe.ExpectAsync("saved 2");
        first.Tell(new Do(a => a.Persist("c", _ => a.Note("stored"))));
        await probe.ExpectAsync("stored");
        await StopAsync(context, first);
        context.Recorder(probe);
        await probe.ExpectAsync("offer S at 2", "replay c", "completed 3");
    }

    [Fact]
    public async Task Recovery_can_be_bounded_and_can_be_none()
    {
        await using var context = new PersistenceTestContext();
        var probe = context.NewProbe();
        await StoreAsync(context, probe, "a", "b", "c");
        var bounded = context.Recorder(probe, recovery: new Recovery(SnapshotSelectionCriteria.None, toSequenceNr: 2));
        await probe.ExpectAsync("replay a", "replay b", "completed 3");
        await StopAsync(context, bounded);
        var single = context.Recorder(probe, recovery: new Recovery(SnapshotSelectionCriteria.None, long.MaxValue, replayMax: 1));
        await probe.ExpectAsync("replay a", "completed 3");
        await StopAsync(context, single);
        context.Recorder(probe, recovery: Recovery.None);
        await probe.ExpectAsync("completed 3");
    }

    [Fact]
    public async Task Deleted_events_are_not_replayed_and_numbers_go_on()
    {
        await using var context = new PersistenceTestContext();
        var probe = context.NewProbe();
        await StoreAsync(context, probe, "a", "b", "c");
        var actor = context.Recorder(probe);
        await probe.ExpectAsync("replay a", "replay b", "replay c", "completed 3");
        actor.Tell(new Do(a => a.DeleteMessages(2)));
        await probe.ExpectAsync("deleted to 2");
        await StopAsync(context, actor);
        var next = context.Recorder(probe);
        await probe.ExpectAsync("replay c", "completed 3");
        context.Journal.FailDeletes = true;
        next.Tell(new Do(a => a.DeleteMessages(3)));
        await probe.ExpectAsync("not deleted delete");
    }

    [Fact]
    public async Task Handler_that_throws_while_replaying_stops_the_actor()
    {
        await using var context = new PersistenceTestContext();
        var probe = context.NewProbe();
        await StoreAsync(context, probe, "a", "poison", "c");
        var actor = context.Recorder(probe);
        var watcher = context.NewProbe().Watching(context.System, actor);
        await probe.ExpectAsync("replay a", "no recovery poison InvalidOperationException");
        await watcher.ExpectAsync<Terminated>();
        Assert.True(probe.IsEmpty);
    }

    [Fact]
    public async Task Journal_that_cannot_read_stops_the_actor()
    {
        await using var context = new PersistenceTestContext();
        var probe = context.NewProbe();
        context.Journal.FailReads = true;
        var actor = context.Recorder(probe);
        var watcher = context.NewProbe().Watching(context.System, actor);
        await probe.ExpectAsync("no recovery  IOException");
        await watcher.ExpectAsync<Terminated>();
    }

    [Fact]
    public async Task Recovery_without_progress_times_out()
    {
        await using var context = new PersistenceTestContext(
            "akka.persistence.journal-plugin-fallback { recovery-event-timeout = 2s, replay-filter.mode = off }");
        var probe = context.NewProbe();
        await StoreAsync(context, probe, "a");
        context.Journal.HangReplay = true;
        var actor = context.Recorder(probe);
        var watcher = context.NewProbe().Watching(context.System, actor);
        await probe.ExpectAsync("replay a", "no recovery  RecoveryTimedOutException");
        await watcher.ExpectAsync<Terminated>();
    }

    [Fact]
    public async Task Persisting_before_recovery_is_complete_is_refused()
    {
        await using var context = new PersistenceTestContext();
        var probe = context.NewProbe();
        context.System.ActorOf(Props.Create(() => new TooEarly(probe.Ref)));
        await probe.ExpectAsync("refused", "stored");
    }

    [Fact]
    public async Task More_actors_than_may_recover_at_a_time_all_recover()
    {
        await using var context = new PersistenceTestContext("akka.persistence.max-concurrent-recoveries = 2");
        var probe = context.NewProbe();
        for (var i = 0; i < 50; i++)
        {
            context.Recorder(probe, $"p{i}");
        }

        await probe.ExpectAsync(Enumerable.Repeat((object)"completed 0", 50).ToArray());
    }

    [Fact]
    public async Task Snapshots_can_be_deleted()
    {
        await using var context = new PersistenceTestContext();
        var probe = context.NewProbe();
        var actor = context.Recorder(probe);
        await probe.ExpectAsync("completed 0");
        actor.Tell(new Do(a => a.Persist("a", _ => a.SaveSnapshot("S"))));
        await probe.ExpectAsync("saved 1");
        actor.Tell(new Do(a => a.DeleteSnapshots(new SnapshotSelectionCriteria(1))));
        await probe.ExpectAsync("snapshots deleted");
        await StopAsync(context, actor);
        context.Recorder(probe);
        await probe.ExpectAsync("replay a", "completed 1");
    }

    [Fact]
    public async Task Without_a_snapshot_store_saving_fails_and_recovery_works()
    {
        await using var context = new PersistenceTestContext("akka.persistence.snapshot-store.plugin = akka.persistence.no-snapshot-store");
        var probe = context.NewProbe();
        var actor = context.Recorder(probe);
        await probe.ExpectAsync("completed 0");
        actor.Tell(new Do(a => a.Persist("a", _ => a.SaveSnapshot("S"))));
        await probe.ExpectAsync("not saved 1");
    }

    private static async Task<IActorRef> StoreAsync(PersistenceTestContext context, ActorTestContext.Probe probe, params string[] events)
    {
        var actor = context.Recorder(probe);
        await probe.ExpectAsync("completed 0");
        actor.Tell(new Do(a => a.PersistAll(events, _ => { })));
        actor.Tell("stored");
        await probe.ExpectAsync("command stored");
        await StopAsync(context, actor);
        return actor;
    }

    private static async Task StopAsync(PersistenceTestContext context, IActorRef actor)
    {
        var watcher = context.NewProbe().Watching(context.System, actor);
        actor.Tell(PoisonPill.Instance);
        await watcher.ExpectAsync<Terminated>();
    }

    private sealed class TooEarly : ReceivePersistentActor
    {
        public TooEarly(IActorRef probe)
        {
            Recover<RecoveryCompleted>(_ => Persist("a", _ => probe.Tell("stored")));
            CommandAny(_ => { });
            Probe = probe;
        }

        public override string PersistenceId => "early";

        private IActorRef Probe { get; }

        protected override void PreStart()
        {
            try
            {
                Persist("a", _ => { });
            }
            catch (InvalidOperationException)
            {
                Probe.Tell("refused");
            }

            base.PreStart();
        }
    }
}
