namespace Akka.Broker.Partitions;

/// <summary>
/// What a leader was last told of its followers, so that a fetch which says nothing new costs its mailbox nothing. Thread-safe.
/// <para>
/// Not to be told is safe only while it changes no decision: the same offsets, recently told. Whatever makes the leader ask for news calls <see cref="Forget"/>.
/// </para>
/// </summary>
internal sealed class ToldProgress(long refreshMs)
{
    private readonly Lock _gate = new();
    private readonly List<FollowerFetched> _told = [];

    /// <summary>What the leader is to be told; null if it knows.</summary>
    public FollowerFetched? News(int broker, long brokerEpoch, PartitionView view, long fetchOffset, long logStartOffset, long nowMs)
    {
        lock (_gate)
        {
            for (var i = 0; i < _told.Count; i++)
            {
                var last = _told[i];
                if (last.Broker != broker)
                    continue;
                var isKnown = nowMs - last.AtMs < refreshMs && last.BrokerEpoch == brokerEpoch && last.LeaderEpoch == view.LeaderEpoch
                    && last.FetchOffset == fetchOffset && last.LogStartOffset == logStartOffset && last.LeaderEnd == view.LogEndOffset;
                return isKnown ? null : _told[i] = new(broker, brokerEpoch, view.LeaderEpoch, fetchOffset, logStartOffset, view.LogEndOffset, nowMs);
            }

            var first = new FollowerFetched(broker, brokerEpoch, view.LeaderEpoch, fetchOffset, logStartOffset, view.LogEndOffset, nowMs);
            _told.Add(first);
            return first;
        }
    }

    public void Forget()
    {
        lock (_gate)
            _told.Clear();
    }
}
