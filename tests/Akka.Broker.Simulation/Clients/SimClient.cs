using Akka.Broker.Protocol;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Simulation.Network;
using Akka.Broker.Simulation.Nodes;

namespace Akka.Broker.Simulation.Clients;

/// <summary>What all clients do: know the metadata as some node told it, ask, wait, ask again.</summary>
internal abstract class SimClient(World world, int address) : INetworkAddress
{
    private const long RequestTimeoutUs = 1_200_000;
    private const long MetadataAgeMaxMs = 3000;

    private bool _isRefreshing;
    private long _refreshedAtMs;

    public int Address { get; } = address;

    public bool IsAlive => true;

    public long PausedUntilUs => 0;

    protected World World { get; } = world;

    protected Random Random { get; } = new(world.Random.Next());

    protected MetadataImage Image { get; private set; } = MetadataImage.Empty;

    public abstract void Start();

    public void Receive(int from, object request, Action<object> reply)
    {
    }

    /// <summary>What was asked for long ago is asked for again, though nothing is wrong with it: topics come.</summary>
    protected void RefreshIfOld()
    {
        if (World.Events.NowMs - _refreshedAtMs > MetadataAgeMaxMs)
            Refresh();
    }

    protected void After(long delayMs, Action action) => World.Events.After((delayMs * 1000) + Random.Next(1000), action, this);

    protected void Ask(int node, object request, Action<object?> onReply, bool mayDouble = false) =>
        World.Network.Ask(this, node, request, RequestTimeoutUs, onReply, mayDouble);

    /// <summary>Asks any node for newer metadata; what is older than what is known already is not taken.</summary>
    protected void Refresh()
    {
        if (_isRefreshing)
            return;
        _isRefreshing = true;
        Ask(AnyNode(), new AskMetadata(), reply =>
        {
            _isRefreshing = false;
            _refreshedAtMs = reply is null ? _refreshedAtMs : World.Events.NowMs;
            if (reply is Metadata { Image: var image } && image.Offset > Image.Offset)
                Image = image;
        });
    }

    protected int AnyNode() => World.Nodes[Random.Next(World.Nodes.Count)].Id;

    /// <summary>Any partition of the topics that clients may write to.</summary>
    protected TopicIdPartition? AnyPartition()
    {
        var topics = Image.TopicsById.Values.Where(t => !t.IsInternal).OrderBy(t => t.Name, StringComparer.Ordinal).ToList();
        if (topics.Count == 0)
            return null;
        var topic = topics[Random.Next(topics.Count)];
        return topic.IdOf(Random.Next(topic.Partitions.Length));
    }
}
