using Akka.Actor;

namespace Akka.Cluster.Sharding;

/// <summary>
/// Where the shards of a type are, as far as their <see cref="ShardRegion"/> knows, and the messages that wait until it does. Called by that region alone.
/// <para>Invariants: nothing waits for a shard whose home is known; what waits is at most as much as the buffer takes.</para>
/// </summary>
internal sealed class HomeTable(int bufferSize)
{
    private readonly Dictionary<string, Home> _homes = new(StringComparer.Ordinal);

    /// <summary>Messages, of all shards.</summary>
    public int Waiting { get; private set; }

    /// <summary>Shards whose home is to be asked for.</summary>
    public IEnumerable<string> Unknown => _homes.Where(item => item.Value is { Ref: null, Failed: false }).Select(item => item.Key);

    public Home? Find(string shard) => _homes.GetValueOrDefault(shard);

    public Home GetOrAdd(string shard, out bool isNew)
    {
        isNew = !_homes.TryGetValue(shard, out var home);
        if (isNew)
        {
            _homes.Add(shard, home = new Home());
        }

        return home!;
    }

    /// <summary>The message waits until the home is known; false if the buffer is full.</summary>
    public bool TryKeep(Home home, Envelope message)
    {
        if (Waiting >= bufferSize)
        {
            return false;
        }

        Waiting++;
        home.Waiting.Enqueue(message);
        return true;
    }

    /// <summary>What waits goes there, and what comes later too.</summary>
    public void Settle(Home home, IActorRef actor)
    {
        home.Ref = actor;
        home.Failed = false;
        foreach (var envelope in TakeWaiting(home))
        {
            actor.Tell(envelope.Message, envelope.Sender!);
        }
    }

    /// <summary>The shard is about to move, or has: what comes for it waits from now on.</summary>
    public void Forget(string shard)
    {
        if (_homes.TryGetValue(shard, out var home))
        {
            home.Ref = null;
            home.Failed = false;
            if (home.Waiting.Count == 0)
            {
                _homes.Remove(shard);
            }
        }
    }

    public void ForgetAllAt(IActorRef region)
    {
        foreach (var (shard, _) in _homes.Where(item => region.Equals(item.Value.Ref)).ToList())
        {
            Forget(shard);
        }
    }

    /// <summary>Takes what waits for a shard that will have no home.</summary>
    public IEnumerable<Envelope> GiveUp(string shard) => _homes.Remove(shard, out var home) ? TakeWaiting(home) : [];

    public IEnumerable<Envelope> GiveUpAll() => _homes.Values.SelectMany(TakeWaiting);

    private IEnumerable<Envelope> TakeWaiting(Home home)
    {
        while (home.Waiting.TryDequeue(out var envelope))
        {
            Waiting--;
            yield return envelope;
        }
    }

    internal sealed class Home
    {
        /// <summary>The shard here, or the region that has it; null while that is not known.</summary>
        public IActorRef? Ref { get; set; }

        /// <summary>The shard is this region's, failed, and waits for its next start here; what has become of it elsewhere ends that.</summary>
        public bool Failed { get; set; }

        public Queue<Envelope> Waiting { get; } = new();
    }
}
