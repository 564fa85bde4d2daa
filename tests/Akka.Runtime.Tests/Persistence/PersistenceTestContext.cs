using Akka.Actor;
using Akka.Persistence;

namespace Akka.Runtime.Tests.Persistence;

/// <summary>A system whose journal the test controls, and an actor that does what it is told.</summary>
public sealed class PersistenceTestContext(string extra = "") : ActorTestContext(Hocon + "\n" + extra)
{
    private const string Hocon = """
        akka.persistence {
          journal.plugin = "akka.persistence.journal.faulty"
          journal.faulty.class = "Akka.Runtime.Tests.Persistence.FaultyJournal, Akka.Runtime.Tests"
          snapshot-store.plugin = "akka.persistence.snapshot-store.inmem"
        }
        """;

    public FaultyJournalControl Journal => FaultyJournalControl.Of(System);

    /// <summary>An actor that tells <paramref name="probe"/> each thing that happens to it.</summary>
    public IActorRef Recorder(Probe probe, string id = "p", Recovery? recovery = null) =>
        System.ActorOf(Props.Create(() => new Recorder(id, probe.Ref, recovery)));
}

/// <summary>A command: what to do with the actor while handling it.</summary>
public sealed record Do(Action<Recorder> Action);

public sealed class Recorder : ReceivePersistentActor
{
    private readonly Recovery? _recovery;
    private readonly IActorRef _probe;

    public Recorder(string id, IActorRef probe, Recovery? recovery)
    {
        PersistenceId = id;
        _recovery = recovery;
        _probe = probe;
        Recover<SnapshotOffer>(offer => Note($"offer {offer.Snapshot} at {offer.Metadata.SequenceNr}"));
        Recover<RecoveryCompleted>(_ => Note($"completed {LastSequenceNr}"));
        Recover<string>(text =>
        {
            if (text == "poison")
            {
                throw new InvalidOperationException("poisoned");
            }

            Note($"replay {text}");
        });
        Command<Do>(command => command.Action(this));
        Command<string>(text => Note($"command {text}"));
        Command<SaveSnapshotSuccess>(saved => Note($"saved {saved.Metadata.SequenceNr}"));
        Command<SaveSnapshotFailure>(failed => Note($"not saved {failed.Metadata.SequenceNr}"));
        Command<DeleteMessagesSuccess>(deleted => Note($"deleted to {deleted.ToSequenceNr}"));
        Command<DeleteMessagesFailure>(failed => Note($"not deleted {failed.Cause.Message}"));
        Command<DeleteSnapshotsSuccess>(_ => Note("snapshots deleted"));
    }

    public override string PersistenceId { get; }

    public override Recovery Recovery => _recovery ?? Recovery.Default;

    public void Note(string text) => _probe.Tell(text, Sender);

    public new void Become(Action configure) => base.Become(configure);

    public void OnCommand<T>(Action<T> handler) => Command(handler);

    public void Await(Func<Task> action) => RunTask(action);

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) => Note($"failed {@event} {sequenceNr} {cause.Message}");

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr) => Note($"rejected {@event} {sequenceNr} {cause.Message}");

    protected override void OnRecoveryFailure(Exception reason, object? message = null) => Note($"no recovery {message} {reason.GetType().Name}");

    protected override void PreRestart(Exception reason, object message)
    {
        Note($"restart {reason.Message}");
        base.PreRestart(reason, message);
    }
}
