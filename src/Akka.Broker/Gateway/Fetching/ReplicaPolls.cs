using System.Collections.Concurrent;

namespace Akka.Broker.Gateway.Fetching;

/// <summary>
/// The long polls of followers, by connection. A follower's fetcher has one fetch under way and sends the next only to have that one answered at once: it has more
/// to ask for. Thread-safe.
/// </summary>
internal sealed class ReplicaPolls
{
    private readonly ConcurrentDictionary<long, IPoll> _polls = new();

    /// <summary>A request of this connection has come.</summary>
    public void Hurry(long connection)
    {
        if (_polls.TryGetValue(connection, out var poll))
            poll.Hurry();
    }

    public void Begin(long connection, IPoll poll) => _polls[connection] = poll;

    public void End(long connection, IPoll poll) => _polls.TryRemove(KeyValuePair.Create(connection, poll));
}
