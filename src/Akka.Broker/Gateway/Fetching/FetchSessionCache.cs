using Akka.Broker.Protocol;

namespace Akka.Broker.Gateway.Fetching;

/// <summary>
/// The fetch sessions of all clients, at most <paramref name="slots"/> (<c>max.incremental.fetch.session.cache.slots</c>). When all are taken, the least
/// recently used one makes room if it has been idle for two minutes, or if it is as old and smaller than the new one; else the client goes without, which
/// costs it only longer requests. Thread-safe.
/// </summary>
internal sealed class FetchSessionCache(int slots, TimeProvider time, Random random)
{
    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(2);

    private readonly Lock _gate = new();
    private readonly Dictionary<int, FetchSession> _byId = [];
    private readonly LinkedList<FetchSession> _byUse = [];

    public int Count
    {
        get
        {
            lock (_gate)
                return _byId.Count;
        }
    }

    /// <summary>A new session for so many partitions, null if there is no room.</summary>
    public FetchSession? TryCreate(int size, bool usesTopicIds)
    {
        lock (_gate)
        {
            if (slots <= 0 || (_byId.Count >= slots && !TryEvict(size)))
                return null;
            var id = NextId();
            var now = time.GetTimestamp();
            var session = new FetchSession(id, usesTopicIds) { CreatedAt = now, LastUsedAt = now, Size = size };
            session.CacheNode = _byUse.AddLast(session);
            _byId.Add(id, session);
            return session;
        }
    }

    /// <summary>The session, if the request carries the epoch that is its turn; that epoch is used up by it.</summary>
    public ErrorCode TryUse(int id, int epoch, bool usesTopicIds, out FetchSession? session)
    {
        lock (_gate)
        {
            if (!_byId.TryGetValue(id, out session))
                return ErrorCode.FetchSessionIdNotFound;
            if (epoch != session.NextEpoch)
                return ErrorCode.InvalidFetchSessionEpoch;
            if (usesTopicIds != session.UsesTopicIds)
                return ErrorCode.FetchSessionTopicIdError;
            session.NextEpoch = epoch == int.MaxValue ? 1 : epoch + 1;
            session.LastUsedAt = time.GetTimestamp();
            session.Size = session.Count;
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
