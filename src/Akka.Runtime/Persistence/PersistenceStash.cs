using Akka.Actor;

namespace Akka.Persistence;

/// <summary>
/// The stash that a persistent actor's own code uses. What it unstashes goes in front of the commands that wait for a write, not
/// straight to the mailbox: those commands came later, and are let in one at a time.
/// </summary>
internal sealed class PersistenceStash(IStash own, IStash waiting) : IStash
{
    public bool IsEmpty => own.IsEmpty;

    public bool NonEmpty => own.NonEmpty;

    public bool IsFull => own.IsFull;

    public int Count => own.Count;

    public int Capacity => own.Capacity;

    public void Stash() => own.Stash();

    public void Unstash()
    {
        var envelopes = own.ClearStash().ToList();
        if (envelopes.Count > 0)
        {
            waiting.Prepend(envelopes.Take(1));
            own.Prepend(envelopes.Skip(1));
        }
    }

    public void UnstashAll() => waiting.Prepend(own.ClearStash().ToList());

    public void UnstashAll(Func<Envelope, bool> predicate) => waiting.Prepend(own.ClearStash().Where(predicate).ToList());

    public IEnumerable<Envelope> ClearStash() => own.ClearStash();

    /// <summary>The actor ends or restarts: all that it put aside goes back to its mailbox, except for what was meant for this incarnation.</summary>
    public void ReturnTo(IStash mailboxBound) => mailboxBound.Prepend(own.ClearStash().Where(item => item.Message is not JournalReply).ToList());

    public void Prepend(IEnumerable<Envelope> envelopes) => own.Prepend(envelopes);
}
