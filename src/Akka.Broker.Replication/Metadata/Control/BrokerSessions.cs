namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>How long brokers may be silent.</summary>
/// <param name="TimeoutMs">A broker that has not fetched metadata for so long is fenced.</param>
/// <param name="UnreachableTimeoutMs">The same for one that cluster membership calls unreachable: two witnesses need less time.</param>
public readonly record struct SessionTimeouts(long TimeoutMs, long UnreachableTimeoutMs);

/// <summary>
/// Which brokers are alive, as the controller knows it from two witnesses: a broker's fetches of the metadata log, which carry its id and epoch, and the
/// cluster's membership. Pure: the controller tells events and time, and asks who is to be fenced and who is to be active.
/// <code>
/// active ─ silent for the session, or no member ─▶ to be fenced
/// fenced ─ fetched past its registration and its fencing, and a member ─▶ to be unfenced
/// </code>
/// A new controller gives every broker a whole session: it does not know what the one before it has heard.
/// </summary>
/// <param name="self">The controller's own broker, which never ends its session with itself.</param>
/// <param name="timeouts">How long brokers may be silent.</param>
public sealed class BrokerSessions(int self, SessionTimeouts timeouts)
{
    private readonly Dictionary<int, Session> _sessions = [];
    private IReadOnlySet<int>? _members;
    private IReadOnlySet<int> _unreachable = new HashSet<int>();

    /// <summary>Brokers that registered since get a session that begins now; what has been replaced or forgotten goes.</summary>
    public void OnImage(MetadataImage image, long nowMs)
    {
        foreach (var broker in image.Brokers.Values)
        {
            if (!_sessions.TryGetValue(broker.Id, out var session) || session.Epoch != broker.Epoch)
                _sessions[broker.Id] = new Session(broker.Epoch, nowMs);
        }
        foreach (var id in _sessions.Keys.Where(id => !image.Brokers.ContainsKey(id)).ToList())
            _sessions.Remove(id);
    }

    /// <summary>A broker has fetched metadata up to <paramref name="endOffset"/>. A stale incarnation is not heard.</summary>
    public void OnFetched(int broker, long epoch, long endOffset, long nowMs)
    {
        if (!_sessions.TryGetValue(broker, out var session) || session.Epoch != epoch)
            return;
        session.LastHeardMs = nowMs;
        session.EndOffset = Math.Max(session.EndOffset, endOffset);
    }

    /// <summary>What membership says, whole. Until it is told, everybody is taken for a member.</summary>
    public void OnMembers(IReadOnlySet<int> members, IReadOnlySet<int> unreachable)
    {
        _members = members;
        _unreachable = unreachable;
    }

    /// <summary>The broker was fenced by a record at or before <paramref name="offset"/>: it must have seen that before it is active again.</summary>
    public void OnFenced(int broker, long offset)
    {
        if (_sessions.TryGetValue(broker, out var session))
            session.MustHaveOffset = offset;
    }

    /// <summary>Active brokers that are to be fenced, and why.</summary>
    public IReadOnlyList<(int Broker, string Reason)> Ended(MetadataImage image, long nowMs)
    {
        List<(int, string)> ended = [];
        foreach (var broker in image.Brokers.Values)
        {
            if (broker.Fenced || broker.Id == self || !_sessions.TryGetValue(broker.Id, out var session))
                continue;
            var silentMs = nowMs - session.LastHeardMs;
            if (!IsMember(broker.Id))
                ended.Add((broker.Id, "it is no member of the cluster any more"));
            else if (silentMs >= timeouts.TimeoutMs)
                ended.Add((broker.Id, $"it has not fetched metadata for {silentMs} ms"));
            else if (_unreachable.Contains(broker.Id) && silentMs >= timeouts.UnreachableTimeoutMs)
                ended.Add((broker.Id, $"it is unreachable and has not fetched metadata for {silentMs} ms"));
        }
        return ended;
    }

    /// <summary>Fenced brokers that follow the metadata again.</summary>
    public IReadOnlyList<(int Broker, long Epoch)> Returned(MetadataImage image, long nowMs)
    {
        List<(int, long)> returned = [];
        foreach (var broker in image.Brokers.Values)
        {
            if (!broker.Fenced || broker.InControlledShutdown || !_sessions.TryGetValue(broker.Id, out var session))
                continue;
            var isCurrent = broker.Id == self
                || (session.EndOffset > Math.Max(broker.Epoch, session.MustHaveOffset) && nowMs - session.LastHeardMs < timeouts.UnreachableTimeoutMs);
            if (isCurrent && (broker.Id == self || IsMember(broker.Id)))
                returned.Add((broker.Id, broker.Epoch));
        }
        return returned;
    }

    private bool IsMember(int broker) => _members?.Contains(broker) ?? true;

    private sealed class Session(long epoch, long nowMs)
    {
        public long Epoch { get; } = epoch;

        public long LastHeardMs { get; set; } = nowMs;

        public long EndOffset { get; set; } = -1;

        public long MustHaveOffset { get; set; } = -1;
    }
}
