namespace Akka.Actor;

/// <summary>Messages that an actor has put aside.</summary>
public interface IStash
{
    int Count { get; }

    int Capacity { get; }

    bool IsEmpty { get; }

    bool NonEmpty { get; }

    bool IsFull { get; }

    /// <summary>Puts the message that is being handled aside.</summary>
    void Stash();

    /// <summary>Puts the oldest one back, in front of the mailbox.</summary>
    void Unstash();

    /// <summary>Puts all back, in front of the mailbox, in their order.</summary>
    void UnstashAll();

    /// <summary>Puts those back that <paramref name="predicate"/> takes and drops the others.</summary>
    void UnstashAll(Func<Envelope, bool> predicate);

    /// <summary>Empties the stash without putting anything back.</summary>
    IEnumerable<Envelope> ClearStash();

    /// <summary>Adds messages before those that are stashed.</summary>
    void Prepend(IEnumerable<Envelope> envelopes);
}
