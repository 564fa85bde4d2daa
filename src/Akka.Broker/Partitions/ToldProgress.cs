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

    /// <summary>Whether the leader is to be told; notes that it is.</summary>
    public bool IsNews(FollowerFetched fetched)
    {
        lock (_gate)
        {
            for (var i = 0; i < _told.Count; i++)
            {
                var last = _told[i];
                if (last.Broker != fetched.Broker)
                    continue;
                if (fetched.AtMs - last.AtMs < refreshMs && fetched == last with { AtMs = fetched.AtMs })
                    return false;
                _told[i] = fetched;
                return true;
            }

            _told.Add(fetched);
            return true;
        }
    }

    public void Forget()
    {
        lock (_gate)
            _told.Clear();
    }
}
