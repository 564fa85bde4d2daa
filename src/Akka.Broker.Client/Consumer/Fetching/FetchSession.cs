using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Consuming;

/// <summary>What is wanted of one partition.</summary>
internal readonly record struct FetchWish(TopicIdPartition Target, long Offset, int LeaderEpoch);

/// <summary>
/// A fetch session with one broker (KIP-227): both sides remember the partitions, and a request names only those that are new, moved or no longer wanted. One request at a time.
/// <code>
///  [ none ] ── full request, epoch 0 ─▶ answered with an id ─▶ [ open ] ── changes, epoch 1, 2, … ─▶ [ open ]
///     ▲                                                          │ refused, failed, or unanswered
///     └──────────────────────────────────────────────────────────┘
/// </code>
/// <para>Invariant: what is known of a partition is what the broker was told last, so a request that may not have arrived ends the session.</para>
/// </summary>
internal sealed class FetchSession
{
    private const int EpochOfFirst = 0;

    private readonly Dictionary<TopicIdPartition, FetchWish> _known = [];
    private int _id;
    private int _epoch = EpochOfFirst;

    public bool IsOpen => _epoch != EpochOfFirst;

    /// <summary>Writes topics, forgotten topics, id and epoch into a request.</summary>
    public void Fill(FetchRequest request, IReadOnlyCollection<FetchWish> wishes, int partitionBytesMax)
    {
        request.SessionId = _id;
        request.SessionEpoch = _epoch;
        if (!IsOpen)
            _known.Clear();
        foreach (var forgotten in _known.Keys.Except(wishes.Select(w => w.Target)).ToList())
        {
            _known.Remove(forgotten);
            Forget(request, forgotten);
        }
        foreach (var wish in wishes)
        {
            if (_known.TryGetValue(wish.Target, out var told) && told == wish)
                continue;
            _known[wish.Target] = wish;
            Want(request, wish, partitionBytesMax);
        }
    }

    /// <summary>False if the session is over and the request has to be made anew.</summary>
    public bool OnResponse(FetchResponse response)
    {
        if (response.ErrorCode != ErrorCode.None)
        {
            Close();
            return false;
        }
        _id = response.SessionId;
        if (_id == 0)
            _epoch = EpochOfFirst;
        else
            _epoch = _epoch == int.MaxValue ? 1 : _epoch + 1;
        return true;
    }

    /// <summary>The request has failed: nobody knows whether the broker saw it.</summary>
    public void Close()
    {
        _id = 0;
        _epoch = EpochOfFirst;
        _known.Clear();
    }

    private static void Want(FetchRequest request, FetchWish wish, int partitionBytesMax)
    {
        var topic = request.Topics.Find(t => t.Topic == wish.Target.Topic && t.TopicId == wish.Target.TopicId);
        if (topic is null)
            request.Topics.Add(topic = new() { Topic = wish.Target.Topic, TopicId = wish.Target.TopicId });
        topic.Partitions.Add(new()
        {
            Partition = wish.Target.Partition,
            CurrentLeaderEpoch = wish.LeaderEpoch,
            FetchOffset = wish.Offset,
            PartitionMaxBytes = partitionBytesMax,
        });
    }

    private static void Forget(FetchRequest request, TopicIdPartition target)
    {
        var topic = request.ForgottenTopicsData.Find(t => t.Topic == target.Topic && t.TopicId == target.TopicId);
        if (topic is null)
            request.ForgottenTopicsData.Add(topic = new() { Topic = target.Topic, TopicId = target.TopicId });
        topic.Partitions = [.. topic.Partitions, target.Partition];
    }
}
