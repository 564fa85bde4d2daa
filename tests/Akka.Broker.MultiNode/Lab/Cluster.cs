using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.MultiNode.Lab;

/// <summary>Brokers that form a cluster, and what stock admin requests tell of it.</summary>
public sealed class Cluster : IAsyncDisposable
{
    private const short MetadataVersion = 9;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private readonly string[] _settings;
    private readonly int _seeds;
    private readonly bool _hasFaultyDisks;
    private readonly bool _hasSmallDisks;

    private Cluster(Network network, string folder, int count, bool hasFaultyDisks, bool hasSmallDisks, string[] settings)
    {
        _hasSmallDisks = hasSmallDisks;
        _hasFaultyDisks = hasFaultyDisks;
        Network = network;
        Folder = folder;
        _settings = settings;
        _seeds = count;
        Nodes = [.. Enumerable.Range(1, count).Select(NodeOf)];
    }

    public Network Network { get; }

    /// <summary>Where data, logs and histories are.</summary>
    public string Folder { get; }

    public IReadOnlyList<Node> Nodes { get; private set; }

    /// <summary>For clients: every node that was there at the start.</summary>
    public string Bootstrap => string.Join(',', Nodes.Select(n => n.Endpoint));

    /// <summary>Trials that have not come to a good end: while there is one, nothing is thrown away.</summary>
    public int UnsettledTrials { get; set; }

    public IEnumerable<Node> Alive => Nodes.Where(n => n.IsRunning && !n.IsPaused);

    /// <summary>Starts the nodes all at once and returns when they serve.</summary>
    /// <param name="count">Nodes at the start.</param>
    /// <param name="countMax">Nodes that there may be later.</param>
    /// <param name="delayMs">What the nodes say to each other takes so long, each way.</param>
    /// <param name="hasFaultyDisks">The nodes run on disks that fail when <see cref="Node.BreakDiskAsync"/> says so.</param>
    /// <param name="smallDiskMb">Each node has a disk of so many megabytes to itself; 0: they share the machine's.</param>
    /// <param name="build">The broker that the nodes run at first; null: the one of this checkout.</param>
    /// <param name="settings">Over the defaults, for all nodes: lines of HOCON, in which {data} stands for the node's data folder.</param>
    public static async Task<Cluster> StartAsync(int count, int countMax = 0, int delayMs = 0, bool hasFaultyDisks = false, int smallDiskMb = 0, string? build = null,
        params string[] settings)
    {
        var folder = Path.Combine(RunFolder.Path, $"cluster-{Clock.NowNs}");
        Directory.CreateDirectory(folder);
        var cluster = new Cluster(await Network.CreateAsync(Math.Max(count, countMax)), folder, count, hasFaultyDisks, smallDiskMb > 0, settings) { UnsettledTrials = 1 };
        try
        {
            if (delayMs > 0)
                await cluster.Network.DelayAsync(delayMs);
            foreach (var node in smallDiskMb > 0 ? cluster.Nodes : [])
                await SmallDisk.MountAsync(node.DataFolder, smallDiskMb);
            foreach (var node in cluster.Nodes)
            {
                node.BrokerDll = build ?? node.BrokerDll;
                node.Start();
            }
            foreach (var node in cluster.Nodes)
                await node.WaitUntilReadyAsync(StartLimit);
            cluster.UnsettledTrials = 0;
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public Node this[int id] => Nodes[id - 1];

    /// <summary>The node whose process has run longest: the oldest member, on which the cluster's singletons are.</summary>
    public Node Oldest => Alive.MinBy(n => n.StartedNs)!;

    public Node Other(params Node[] than) => Nodes.First(n => !than.Contains(n));

    /// <summary>A node that was not there before: empty, it knows the seed nodes and no more.</summary>
    public async Task<Node> AddAsync()
    {
        var node = NodeOf(Nodes.Count + 1);
        Nodes = [.. Nodes, node];
        node.Start();
        await node.WaitUntilReadyAsync(StartLimit);
        return node;
    }

    public static async Task RestartAsync(Node node)
    {
        node.Start();
        await node.WaitUntilReadyAsync(StartLimit);
    }

    public async Task CreateTopicAsync(string topic, int partitions, short replicas, params (string Name, string Value)[] configs)
    {
        var request = new CreateTopicsRequest
        {
            Topics =
            [
                new()
                {
                    Name = topic,
                    NumPartitions = partitions,
                    ReplicationFactor = replicas,
                    Configs = [.. configs.Select(c => new CreateTopicsRequest.CreatableTopicConfig { Name = c.Name, Value = c.Value })],
                },
            ],
            TimeoutMs = 10_000,
        };
        await Until.TrueAsync($"topic {topic}", TimeSpan.FromSeconds(30), async () =>
        {
            var response = await WireClient.AskAsync<CreateTopicsRequest, CreateTopicsResponse>(Alive.First(), request, 5, TimeSpan.FromSeconds(15));
            var result = response.Topics[0];
            return result.ErrorCode is ErrorCode.None or ErrorCode.TopicAlreadyExists ? true
                : result.ErrorCode is ErrorCode.NotController or ErrorCode.RequestTimedOut ? false
                : throw new InvalidOperationException($"{topic} was not created: {result.ErrorCode} {result.ErrorMessage}");
        });
        await WaitForHealthAsync(topic);
    }

    public Task<MetadataResponse> MetadataAsync(Node asked, string? topic) =>
        WireClient.AskAsync<MetadataRequest, MetadataResponse>(
            asked, new MetadataRequest { Topics = topic is null ? null : [new() { Name = topic }], AllowAutoTopicCreation = false }, MetadataVersion);

    /// <summary>The partition's leader, as all nodes that run see it; it runs itself.</summary>
    public async Task<Node> LeaderAsync(string topic, int partition, TimeSpan? limit = null)
    {
        var id = await AgreedAsync($"a leader of {topic}-{partition}", limit, async node => Partition(await MetadataAsync(node, topic), partition)?.LeaderId ?? -1);
        return this[id];
    }

    /// <summary>A node that replicates the partition and does not lead it.</summary>
    public async Task<Node> FollowerAsync(string topic, int partition)
    {
        var leader = await LeaderAsync(topic, partition);
        var found = Partition(await MetadataAsync(leader, topic), partition)!;
        return this[found.ReplicaNodes.First(r => r != leader.Id)];
    }

    public async Task<Node> ControllerAsync(TimeSpan? limit = null) =>
        this[await AgreedAsync("a controller", limit, async node => (await MetadataAsync(node, "no-such-topic")).ControllerId)];

    /// <summary>The coordinator of a group.</summary>
    public async Task<Node> CoordinatorAsync(string group, TimeSpan? limit = null) =>
        this[await AgreedAsync($"a coordinator of {group}", limit, async node =>
        {
            var request = new FindCoordinatorRequest { KeyType = 0, Key = group };
            var response = await WireClient.AskAsync<FindCoordinatorRequest, FindCoordinatorResponse>(node, request, 2);
            return response.ErrorCode == ErrorCode.None ? response.NodeId : -1;
        })];

    /// <summary>Every node that runs sees a leader for each partition of all topics that were asked for, and all replicas in sync.</summary>
    public async Task WaitForHealthAsync(string? topic = null, TimeSpan? limit = null)
    {
        var seen = "";
        try
        {
            await Until.TrueAsync("a cluster in health", limit ?? TimeSpan.FromSeconds(60), async () =>
            {
                foreach (var node in Alive)
                {
                    var metadata = await MetadataAsync(node, topic);
                    foreach (var found in metadata.Topics)
                    {
                        foreach (var partition in found.Partitions)
                        {
                            if (partition.LeaderId >= 0 && partition.IsrNodes.Length == partition.ReplicaNodes.Length)
                                continue;
                            seen = $"node {node.Id}: {found.Name}-{partition.PartitionIndex} leader {partition.LeaderId}, replicas {string.Join(',', partition.ReplicaNodes)}, ISR {string.Join(',', partition.IsrNodes)}";
                            return false;
                        }
                    }
                    if (metadata.Brokers.Count < Alive.Count() || (topic is not null && metadata.Topics.Any(t => t.ErrorCode != ErrorCode.None)))
                    {
                        seen = $"node {node.Id}: brokers {string.Join(',', metadata.Brokers.Select(b => b.NodeId))}, {string.Join(',', metadata.Topics.Select(t => $"{t.Name} {t.ErrorCode}"))}";
                        return false;
                    }
                }
                return Alive.Any();
            });
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{late.Message} Last seen: {seen}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
            await node.DisposeAsync();
        foreach (var node in _hasSmallDisks ? Nodes : [])
            await SmallDisk.UnmountAsync(node.DataFolder);
        await Network.DisposeAsync();
        if (UnsettledTrials > 0)
            await Console.Error.WriteLineAsync($"*** Logs and histories of the cluster are in {Folder} ***");
        else
            Directory.Delete(Folder, recursive: true);
    }

    private static MetadataResponse.MetadataResponsePartition? Partition(MetadataResponse metadata, int partition) =>
        metadata.Topics[0].Partitions.Find(p => p.PartitionIndex == partition);

    private async Task<int> AgreedAsync(string what, TimeSpan? limit, Func<Node, Task<int>> ask)
    {
        var agreed = -1;
        await Until.TrueAsync(what, limit ?? TimeSpan.FromSeconds(30), async () =>
        {
            var answers = new HashSet<int>();
            foreach (var node in Alive)
                answers.Add(await ask(node));
            agreed = answers.Count == 1 ? answers.Single() : -1;
            return agreed > 0 && this[agreed].IsRunning && !this[agreed].IsPaused;
        });
        return agreed;
    }

    private Node NodeOf(int id)
    {
        var address = Network.AddressOf(id);
        var seeds = Enumerable.Range(1, _seeds).Select(n => $"\"akka.tcp://broker@{Network.AddressOf(n)}:{Node.AkkaPort}\"");
        var config = $$"""
            akka {
              loglevel = INFO
              remote.dot-netty.tcp { hostname = "{{address}}", port = {{Node.AkkaPort}} }
              cluster.seed-nodes = [{{string.Join(", ", seeds)}}]
            }
            akka.broker {
              node-id = {{id}}
              data-dirs = ["{{Path.Combine(Folder, $"node-{id}")}}"]
              kafka.listeners.CLIENTS { host = "{{address}}", port = {{Node.ClientPort}} }
              kafka.listeners.BROKERS { host = "{{address}}", port = {{Node.BrokerPort}} }
              kafka.inter-broker-listener = BROKERS
            }
            {{string.Join("\n", _settings).Replace("{data}", Path.Combine(Folder, $"node-{id}"), StringComparison.Ordinal)}}
            """;
        var file = Path.Combine(Folder, $"node-{id}.conf");
        File.WriteAllText(file, config);
        return new Node(id, address, Network.NamespaceOf(id), Folder, _hasFaultyDisks, file);
    }
}
