using Akka.Actor;
using Akka.Broker.Protocol;

namespace Akka.Broker.Partitions;

/// <summary>An acknowledgement that waits for its batch to be written (acks 0, 1) or to pass the high watermark (acks all).</summary>
internal readonly record struct PendingAck(IActorRef Producer, short Acks, long NextOffset, AppendReply Reply)
{
    private const short All = -1;

    public bool IsDue(long logEndOffset, long highWatermark) => NextOffset <= (Acks == All ? highWatermark : logEndOffset);

    public void Send() => Producer.Tell(Reply);
}

/// <summary>The acknowledgements that a leader still owes, in the order in which they were asked for. Belongs to one actor.</summary>
internal sealed class PendingAcks
{
    private readonly List<PendingAck> _acks = [];

    public void Add(PendingAck ack) => _acks.Add(ack);

    public void Release(long logEndOffset, long highWatermark)
    {
        if (_acks.Count == 0)
            return;
        foreach (var ack in _acks)
        {
            if (ack.IsDue(logEndOffset, highWatermark))
                ack.Send();
        }

        _acks.RemoveAll(ack => ack.IsDue(logEndOffset, highWatermark));
    }

    /// <summary>The leadership is over. What waited is written but not known to be replicated, or not known to be written.</summary>
    public void RefuseAll(AppendReply reply)
    {
        foreach (var ack in _acks)
            ack.Producer.Tell(reply.Error == ErrorCode.None ? ack.Reply : reply);
        _acks.Clear();
    }
}
