namespace Akka.Actor;

/// <summary>The stash of one instance. In the actor's turns only. What it holds when the instance ends goes back to the mailbox.</summary>
internal sealed class UnboundedStash(ActorCell cell) : IStash
{
    private readonly LinkedList<Envelope> _stash = new();
    private long _lastStashedId = -1;

    public int Count => _stash.Count;

    public int Capacity => -1;

    public bool IsEmpty => _stash.Count == 0;

    public bool NonEmpty => _stash.Count > 0;

    public bool IsFull => false;

    public void Stash()
    {
        var message = cell.CurrentMessage ?? throw new IllegalActorStateException("there is no current message to stash");
        if (_lastStashedId == cell.CurrentEnvelopeId)
        {
            throw new IllegalActorStateException(
                $"Can't stash the same message {message} more than once");
        }
        _lastStashedId = cell.CurrentEnvelopeId;
        _stash.AddLast(new Envelope(message, cell.SenderOrNull));
    }

    public void Unstash()
    {
        if (_stash.First is not { } first)
            return;
        _stash.RemoveFirst();
        PutBack(first.Value);
    }

    public void UnstashAll() => UnstashAll(_ => true);

    public void UnstashAll(Func<Envelope, bool> predicate)
    {
        while (_stash.Last is { } last)
        {
            _stash.RemoveLast();
            if (predicate(last.Value))
                PutBack(last.Value);
        }
        _lastStashedId = -1;
    }

    public IEnumerable<Envelope> ClearStash()
    {
        var all = _stash.ToArray();
        _stash.Clear();
        return all;
    }

    public void Prepend(IEnumerable<Envelope> envelopes)
    {
        foreach (var envelope in envelopes.Reverse())
            _stash.AddFirst(envelope);
    }

    private void PutBack(Envelope envelope)
    {
        if (envelope.Message is Terminated terminated)
            cell.Watches.Requeue(terminated.ActorRef);
        cell.Mailbox.Prepend(envelope);
    }
}
