using System.Threading.Channels;
using Akka.Actor;
using Akka.Event;

namespace Akka.Remote;

/// <summary>
/// What waits to be sent to one peer, in order. Any thread adds; the writer of the one connection takes. Messages are bounded: a warning
/// at <c>akka.remote.log-buffer-size-exceeding</c>, and at four times as many further ones are dead letters until the queue was empty
/// once. System messages are bounded by their outbox.
/// </summary>
internal sealed class OutboundQueue(Remoting remoting, Address peer)
{
    private readonly Channel<Outbound> _channel = Channel.CreateUnbounded<Outbound>();
    private int _count;
    private int _warned;

    public ValueTask<bool> WaitAsync(CancellationToken cancellation) => _channel.Reader.WaitToReadAsync(cancellation);

    public void Add(object message, IActorRef? sender, RemoteActorRef recipient)
    {
        var count = Interlocked.Increment(ref _count);
        if (count > remoting.Settings.LogBufferSizeExceeding && !HasRoom(count))
        {
            Interlocked.Decrement(ref _count);
            DeadLetter(message, sender, recipient);
            return;
        }
        _channel.Writer.TryWrite(new Outbound(message, sender, recipient));
    }

    public void AddSystem(in Outbound outbound) => _channel.Writer.TryWrite(outbound);

    /// <summary>Has the writer look at what else there is to send.</summary>
    public void Wake() => _channel.Writer.TryWrite(default);

    public bool TryTake(out Outbound outbound)
    {
        if (!_channel.Reader.TryRead(out outbound))
        {
            _warned = 0;
            return false;
        }
        if (outbound.Message is not null && outbound.SystemNumber == 0)
            Interlocked.Decrement(ref _count);
        return true;
    }

    /// <summary>Makes dead letters of all messages. System messages are in the outbox still.</summary>
    public void Drop()
    {
        while (TryTake(out var outbound))
        {
            if (outbound.Message is not null && outbound.SystemNumber == 0)
                DeadLetter(outbound.Message, outbound.Sender, outbound.Recipient!);
        }
    }

    public void DeadLetter(object message, IActorRef? sender, RemoteActorRef recipient)
    {
        // A dead letter to a listener of dead letters on the other side ends here, or it would never end.
        if (message is not AllDeadLetters)
            remoting.System.DeadLetters.Tell(new DeadLetter(message, sender ?? remoting.System.DeadLetters, recipient), sender);
    }

    private bool HasRoom(int count)
    {
        var settings = remoting.Settings;
        if (Interlocked.CompareExchange(ref _warned, 1, 0) == 0)
            remoting.Log.Warning("[{0}] messages wait to be sent to [{1}] (akka.remote.log-buffer-size-exceeding is {2})", count, peer, settings.LogBufferSizeExceeding);
        if (count <= settings.QueueMax)
            return true;
        if (Interlocked.CompareExchange(ref _warned, 2, 1) == 1)
        {
            remoting.Log.Error(
                "[{0}] messages wait to be sent to [{1}], four times akka.remote.log-buffer-size-exceeding; further ones are dropped until it takes some", count - 1, peer);
        }
        return false;
    }
}
