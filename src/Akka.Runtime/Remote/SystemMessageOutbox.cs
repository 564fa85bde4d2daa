using Akka.Dispatch.SysMsg;
using Akka.Util;

namespace Akka.Remote;

/// <summary>
/// System messages to one incarnation of a peer that it has not acknowledged, in order. Numbers start at 1 and have no gaps; they are
/// acknowledged from the front. Under the association's lock.
/// <code>
/// Invariants:
///   the numbers held are Acknowledged + 1 … Last
/// </code>
/// </summary>
internal sealed class SystemMessageOutbox(int capacity)
{
    private readonly Queue<(SystemMessage Message, RemoteActorRef Recipient)> _pending = new();

    /// <summary>Counts the incarnations; a number means a message only within one.</summary>
    public int Epoch { get; private set; }

    public ulong Acknowledged { get; private set; }

    public ulong Last => Acknowledged + (ulong)_pending.Count;

    public bool IsEmpty => _pending.Count == 0;

    public bool IsFull => _pending.Count >= capacity;

    public Outbound Add(SystemMessage message, RemoteActorRef recipient)
    {
        _pending.Enqueue((message, recipient));
        return new Outbound(message, null, recipient, Last, Epoch);
    }

    /// <summary>Everything up to a number has arrived; false if that was known, or cannot be.</summary>
    public bool Acknowledge(ulong number)
    {
        if (number <= Acknowledged || number > Last)
            return false;
        while (Acknowledged < number)
        {
            _pending.Dequeue();
            Acknowledged++;
        }
        Invariant.Check(Acknowledged == number && Acknowledged <= Last);
        return true;
    }

    /// <summary>The first pending messages up to a number.</summary>
    public List<Outbound> Pending(ulong upTo, int countMax)
    {
        var result = new List<Outbound>();
        var number = Acknowledged;
        foreach (var (message, recipient) in _pending)
        {
            if (++number > upTo || result.Count == countMax)
                break;
            result.Add(new Outbound(message, null, recipient, number, Epoch));
        }
        return result;
    }

    /// <summary>Another incarnation: what was for the old one is moot.</summary>
    public void Reset()
    {
        _pending.Clear();
        Acknowledged = 0;
        Epoch++;
    }
}
