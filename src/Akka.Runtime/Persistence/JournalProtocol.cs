using Akka.Actor;
using Akka.Event;

namespace Akka.Persistence;

// Between a persistent actor and its journal.
//
//   WriteMessages        ─▶ WriteMessagesSuccessful or WriteMessagesFailed first: the next batch may go out;
//                           then one reply an event, in order, each sent in the name of the command's sender:
//                           WriteMessageSuccess | WriteMessageRejected | WriteMessageFailure | LoopMessageSuccess (deferred)
//   ReplayMessages       ─▶ ReplayedMessage*, then RecoverySuccess | ReplayMessagesFailure
//   DeleteMessagesTo     ─▶ DeleteMessagesSuccess | DeleteMessagesFailure
//
// A reply carries the number of the incarnation that wrote, so that a restarted actor ignores those of the one before.

/// <summary>Marks what a journal says, so that an actor's commands are told from it by one type check.</summary>
internal abstract class JournalReply : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>A reply to one recovery; an actor that was restarted meanwhile ignores it.</summary>
internal abstract class RecoveryReply(int recoveryId) : JournalReply
{
    public int RecoveryId { get; } = recoveryId;
}

internal sealed class WriteMessages(IPersistentEnvelope[] messages, IActorRef persistentActor, int actorInstanceId)
    : INoSerializationVerificationNeeded
{
    public IPersistentEnvelope[] Messages { get; } = messages;

    public IActorRef PersistentActor { get; } = persistentActor;

    public int ActorInstanceId { get; } = actorInstanceId;
}

internal sealed class WriteMessagesSuccessful(int actorInstanceId) : JournalReply
{
    public int ActorInstanceId { get; } = actorInstanceId;
}

internal sealed class WriteMessagesFailed(int actorInstanceId) : JournalReply
{
    public int ActorInstanceId { get; } = actorInstanceId;
}

internal sealed class WriteMessageSuccess(IPersistentRepresentation persistent, int actorInstanceId) : JournalReply
{
    public IPersistentRepresentation Persistent { get; } = persistent;

    public int ActorInstanceId { get; } = actorInstanceId;
}

internal sealed class WriteMessageRejected(IPersistentRepresentation persistent, Exception cause, int actorInstanceId) : JournalReply
{
    public IPersistentRepresentation Persistent { get; } = persistent;

    public Exception Cause { get; } = cause;

    public int ActorInstanceId { get; } = actorInstanceId;
}

internal sealed class WriteMessageFailure(IPersistentRepresentation persistent, Exception cause, int actorInstanceId) : JournalReply
{
    public IPersistentRepresentation Persistent { get; } = persistent;

    public Exception Cause { get; } = cause;

    public int ActorInstanceId { get; } = actorInstanceId;
}

internal sealed class LoopMessageSuccess(object message, int actorInstanceId) : JournalReply
{
    public object Message { get; } = message;

    public int ActorInstanceId { get; } = actorInstanceId;
}

internal sealed class ReplayMessages(
    long fromSequenceNr, long toSequenceNr, long max, string persistenceId, IActorRef persistentActor, int recoveryId)
    : INoSerializationVerificationNeeded
{
    public int RecoveryId { get; } = recoveryId;

    public long FromSequenceNr { get; } = fromSequenceNr;

    public long ToSequenceNr { get; } = toSequenceNr;

    public long Max { get; } = max;

    public string PersistenceId { get; } = persistenceId;

    public IActorRef PersistentActor { get; } = persistentActor;
}

internal sealed class ReplayedMessage(IPersistentRepresentation persistent, int recoveryId) : RecoveryReply(recoveryId)
{
    public IPersistentRepresentation Persistent { get; } = persistent;
}

internal sealed class RecoverySuccess(long highestSequenceNr, int recoveryId) : RecoveryReply(recoveryId)
{
    public long HighestSequenceNr { get; } = highestSequenceNr;
}

internal sealed class ReplayMessagesFailure(Exception cause, int recoveryId) : RecoveryReply(recoveryId)
{
    public Exception Cause { get; } = cause;
}

internal sealed class DeleteMessagesTo(string persistenceId, long toSequenceNr, IActorRef persistentActor) : INoSerializationVerificationNeeded
{
    public string PersistenceId { get; } = persistenceId;

    public long ToSequenceNr { get; } = toSequenceNr;

    public IActorRef PersistentActor { get; } = persistentActor;
}

/// <summary>The actor waited for one of the permits that bound concurrent recoveries, and has it.</summary>
internal sealed class RecoveryPermitGranted(int recoveryId) : RecoveryReply(recoveryId);

/// <summary>Time has passed in a recovery; <paramref name="snapshot"/>: in its first half, the wait for a snapshot.</summary>
internal sealed class RecoveryTick(bool snapshot, int recoveryId) : RecoveryReply(recoveryId)
{
    public bool Snapshot { get; } = snapshot;
}
