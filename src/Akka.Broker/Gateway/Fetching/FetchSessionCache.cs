using Akka.Broker.Protocol;

namespace Akka.Broker.Gateway.Fetching;

/// <summary>
/// The fetch sessions of all clients, at most <paramref name="slots"/> (<c>max.incremental.fetch.session.cache.slots</c>) with
/// <see cref="PartitionsMax"/> partitions together. When all slots are taken, the least recently used session makes room if it has been idle for two
/// minutes, or else a smaller one of that age; else the client goes without, which costs it only longer requests. Thread-safe.
/// <para>Invariants: _byId and _byUse hold the same sessions; _partitions is the sum of their sizes.</para>
/// </summary>
internal sealed class FetchSessionCache(int slots, TimeProvider time, Random random)
{
    /// <summary>Bounds the memory of what clients make the broker remember.</summary>
    public const int PartitionsMax = 200_000;

    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(2);

    private readonly Lock _gate = new();
    private readonly Dictionary<int, FetchSession> _byId = [];
    private readonly LinkedList<FetchSession> _byUse = [];
    private long _partitions;

    public int Count
    {
        get
        {
            lock (_gate)
                return _byId.Count;
        }
    }

    /// <summary>A new session for so many partitions, null if there is no room.</summary>
    /// <param name="size">How many the request names.</param>
    /// <param name="make">Makes it, given its id.</param>
    public FetchSession? TryCreate(int size, Func<int, FetchSession> make)
    {
        lock (_gate)
        {
            if (slots <= 0 || (_byId.Count >= slots && !TryEvict(size)) || _partitions + size > PartitionsMax)
                return null;
            var id = NextId();
            var now = time.GetTimestamp();
            var session = make(id);
            (session.CreatedAt, session.LastUsedAt, session.Size) = (now, now, size);
            session.CacheNode = _byUse.AddLast(session);
            _byId.Add(id, session);
            _partitions += size;
            return session;
        }
    }

    /// <summary>The session, if the request carries the epoch that is its turn; that epoch is used up by it. One that grows too large is dropped.</summary>
    /// <param name="id">The session's.</param>
    /// <param name="epoch">Of the request.</param>
    /// <param name="usesTopicIds">Whether the request names topics by their ids.</param>
    /// <param name="named">How many partitions the request names; they may all be new.</param>
    /// <param name="session">The session, to be updated by the request.</param>
    public ErrorCode TryUse(int id, int epoch, bool usesTopicIds, int named, out FetchSession? session)
    {
        lock (_gate)
        {
            if (!_byId.TryGetValue(id, out session))
                return ErrorCode.FetchSessionIdNotFound;
            if (epoch != session.NextEpoch)
                return ErrorCode.InvalidFetchSessionEpoch;
            if (usesTopicIds != session.UsesTopicIds)
                return ErrorCode.FetchSessionTopicIdError;
            var size = session.Count + named;
            _partitions += size - session.Size;
            session.Size = size;
            if (_partitions > PartitionsMax)
            {
                Remove(session);
                return ErrorCode.FetchSessionIdNotFound;
            }
            session.NextEpoch = epoch == int.MaxValue ? 1 : epoch + 1;
            session.LastUsedAt = time.GetTimestamp();
            _byUse.Remove(session.CacheNode!);
            _byUse.AddLast(session.CacheNode!);
            return ErrorCode.None;
        }
    }

    public void Remove(int id)
    {
        lock (_gate)
        {
            if (_byId.TryGetValue(id, out var session))
                Remove(session);
        }
    }

    public void RemoveAll(Predicate<FetchSession> isGone)
    {
        lock (_gate)
        {
            foreach (var session in _byUse.Where(s => isGone(s)).ToList())
                Remove(session);
        }
    }

    private bool TryEvict(int size)
    {
        var oldest = _byUse.First!.Value;
        if (time.GetElapsedTime(oldest.LastUsedAt) >= KeptFor)
        {
            Remove(oldest);
            return true;
        }
        var smallest = _byUse.Where(s => time.GetElapsedTime(s.CreatedAt) >= KeptFor).MinBy(s => s.Size);
        if (smallest is null || smallest.Size >= size)
            return false;
        Remove(smallest);
        return true;
    }

    private void Remove(FetchSession session)
    {
        _byId.Remove(session.Id);
        _byUse.Remove(session.CacheNode!);
        _partitions -= session.Size;
        session.Close();
        Invariant.Check(_byId.Count == _byUse.Count && _partitions >= 0);
    }

    private int NextId()
    {
        while (true)
        {
            var id = random.Next(1, int.MaxValue);
            if (!_byId.ContainsKey(id))
                return id;
        }
    }
}
