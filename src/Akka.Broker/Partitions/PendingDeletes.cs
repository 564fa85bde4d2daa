using Akka.Actor;
using Akka.Broker.Protocol;

namespace Akka.Broker.Partitions;

/// <summary>A delete that the leader has done and whose followers have not all done it.</summary>
/// <param name="Asker">Who is answered.</param>
/// <param name="Offset">What the low watermark is to reach.</param>
/// <param name="DeadlineTimestamp">As of <see cref="DeleteRecordsBefore"/>.</param>
internal readonly record struct PendingDelete(IActorRef Asker, long Offset, long DeadlineTimestamp);

/// <summary>The deletes that wait for followers. Belongs to one actor. A crash loses nothing but the answers: followers learn of the leader's log start from each fetch.</summary>
internal sealed class PendingDeletes
{
    private readonly List<PendingDelete> _deletes = [];

    public bool IsEmpty => _deletes.Count == 0;

    /// <summary>When the first of them is answered whatever has become of it.</summary>
    public long FirstDeadline => _deletes.Min(static d => d.DeadlineTimestamp);

    public void Add(PendingDelete delete) => _deletes.Add(delete);

    /// <summary>Answers those that the low watermark has reached, and those whose time is up.</summary>
    public void Release(long lowWatermark, long now)
    {
        var kept = 0;
        for (var i = 0; i < _deletes.Count; i++)
        {
            var delete = _deletes[i];
            if (lowWatermark >= delete.Offset)
                delete.Asker.Tell(new DeleteRecordsReply(ErrorCode.None, lowWatermark));
            else if (now >= delete.DeadlineTimestamp)
                delete.Asker.Tell(new DeleteRecordsReply(ErrorCode.RequestTimedOut, lowWatermark));
            else
                _deletes[kept++] = delete;
        }

        _deletes.RemoveRange(kept, _deletes.Count - kept);
    }

    /// <summary>The leadership is over: whether the next leader has deleted them is not known.</summary>
    public void RefuseAll(ErrorCode error)
    {
        foreach (var delete in _deletes)
            delete.Asker.Tell(new DeleteRecordsReply(error, -1));
        _deletes.Clear();
    }
}
