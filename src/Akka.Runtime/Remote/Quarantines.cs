namespace Akka.Remote;

/// <summary>Incarnations of one peer that are quarantined, and since when. Under the association's lock.</summary>
internal sealed class Quarantines
{
    private readonly Dictionary<int, TimeSpan> _since = [];

    public bool Contains(int uid) => _since.ContainsKey(uid);

    /// <summary>False if it was there already.</summary>
    public bool Add(int uid, TimeSpan now) => _since.TryAdd(uid, now);

    /// <summary>Drops those that are older.</summary>
    public void Forget(TimeSpan before)
    {
        if (_since.Count == 0)
            return;
        foreach (var (uid, since) in _since)
        {
            if (since < before)
                _since.Remove(uid);
        }
    }
}
