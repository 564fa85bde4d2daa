namespace Akka.Remote;

/// <summary>Which system messages of one incarnation of a peer were delivered: each once and in order. By the connection's reader.</summary>
internal sealed class SystemMessageInbox
{
    /// <summary>All up to this number were delivered.</summary>
    public ulong Delivered { get; private set; }

    /// <summary>Whether the message with that number is the next one; if not it came before, or another is missing.</summary>
    public bool Accept(ulong number)
    {
        if (number != Delivered + 1)
            return false;
        Delivered = number;
        return true;
    }

    public void Reset() => Delivered = 0;
}
