using Akka.Actor;
using Akka.Broker.Protocol;

namespace Akka.Broker.Partitions;

/// <summary>An acknowledgement that waits for its batch to be written (acks 0, 1) or to pass the high watermark (acks all).</summary>
internal readonly record struct PendingAck(IActorRef Producer, short Acks, long NextOffset, AppendReply Reply)
{
    private const short All = -1;

    /// <summary>False if it is to wait.</summary>
    public bool TrySend(PartitionLeadership leadership)
    {
        var error = Acks == All ? leadership.CheckAppended(NextOffset) : NextOffset <= leadership.LogEndOffset ? ErrorCode.None : null;
        if (error is null)
            return false;
        Producer.Tell(error == ErrorCode.None
            ? Reply
            : AppendReply.Refused(error.Value, "Replicas have left the ISR since the append, and fewer are left than the topic's min.insync.replicas."));
        return true;
    }
}

/// <summary>The acknowledgements that a leader still owes, in the order in which they were asked for. Belongs to one actor.</summary>
internal sealed class PendingAcks
{
    private readonly List<PendingAck> _acks = [];

    public void Add(PendingAck ack) => _acks.Add(ack);

    /// <summary>Sends what is due; what has been written and cannot be committed for want of replicas is refused, and may be sent again.</summary>
    public void Release(PartitionLeadership leadership)
    {
        if (_acks.Count == 0)
            return;
        var kept = 0;
        for (var i = 0; i < _acks.Count; i++)
        {
            if (!_acks[i].TrySend(leadership))
                _acks[kept++] = _acks[i];
        }

        _acks.RemoveRange(kept, _acks.Count - kept);
    }

    /// <summary>The leadership is over. What waited is written but not known to be replicated, or not known to be written.</summary>
    public void RefuseAll(AppendReply reply)
    {
        foreach (var ack in _acks)
            ack.Producer.Tell(reply);
        _acks.Clear();
    }
}
