using System.Globalization;
using System.Threading.Channels;
using Akka.Actor;
using Akka.Broker.Sharding;
using Akka.Cluster.Sharding;
using Akka.Configuration;
using Akka.Event;

namespace Akka.Broker.Tests.Sharding;

/// <summary>Brokers' shards over several nodes: shard n on broker n and nowhere else.</summary>
public sealed class BrokerShardsOverNodesSpec : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly List<Node> _nodes = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => Task.WhenAll(_nodes.Select(node => node.System.Terminate()));

    [Fact]
    public async Task Shard_of_a_broker_is_reached_from_every_node_and_is_there_alone()
    {
        var nodes = new[] { await JoinAsync(1), await JoinAsync(2), await JoinAsync(3) };
        foreach (var from in nodes)
        {
            foreach (var to in nodes)
                Assert.Equal(to.BrokerId, await from.AskAsync(to.BrokerId));
        }

        foreach (var node in nodes)
            Assert.Equal([$"{node.BrokerId}"], await node.ShardsAsync());
    }

    [Fact]
    public async Task Shard_of_an_absent_broker_waits_for_it_up_to_the_limit_and_is_put_nowhere_else()
    {
        var one = await JoinAsync(1, "akka.cluster.sharding.buffer-size = 5");
        var two = await JoinAsync(2);
        Assert.Equal(2, await one.AskAsync(2));
        var dropped = one.Subscribe<DeadLetter>();
        var answers = Channel.CreateUnbounded<object>();
        var asker = one.System.ActorOf(Props.Create(() => new Collector(answers.Writer)));
        for (var i = 0; i < 8; i++)
            one.Region.Tell($"3 {i}", asker);
        for (var i = 5; i < 8; i++)
            Assert.Equal($"3 {i}", (await ReadAsync<DeadLetter>(dropped, letter => letter.Message is string)).Message);
        // The coordinator has been asked again and again by the time that others have their answers.
        for (var i = 0; i < 20; i++)
            Assert.Equal(2, await one.AskAsync(2));
        Assert.Equal(["1"], await one.ShardsAsync());
        Assert.Equal(["2"], await two.ShardsAsync());

        var three = await JoinAsync(3);
        for (var i = 0; i < 5; i++)
            Assert.Equal("3", await ReadAsync<string>(answers.Reader));
        Assert.Equal(["3"], await three.ShardsAsync());
    }

    [Fact]
    public async Task Homes_are_known_without_a_message_and_need_no_coordinator()
    {
        var (one, two, three) = (await JoinAsync(1), await JoinAsync(2), await JoinAsync(3));
        await two.UntilHomeIsKnownAsync(3);
        await three.UntilHomeIsKnownAsync(2);

        // The coordinator's node ends without a word to the cluster, and nobody downs it: there is no coordinator any more.
        await one.System.Terminate().WaitAsync(Patience);

        Assert.Equal(3, await two.AskAsync(3));
        Assert.Equal(2, await three.AskAsync(2));
        Assert.Equal(2, await two.AskAsync(2));
    }

    [Fact]
    public async Task Broker_that_comes_back_has_its_shard_again()
    {
        var (one, two) = (await JoinAsync(1), await JoinAsync(2));
        Assert.Equal(2, await one.AskAsync(2));
        await two.Cluster.LeaveAsync().WaitAsync(Patience);
        await two.System.WhenTerminated.WaitAsync(Patience);

        var again = await JoinAsync(2);

        Assert.Equal(2, await one.AskAsync(2));
        Assert.Equal(["2"], await again.ShardsAsync());
        Assert.Equal(["1"], await one.ShardsAsync());
    }

    private static async Task<T> ReadAsync<T>(ChannelReader<object> from, Func<T, bool>? isIt = null)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            if (await from.ReadAsync(limit.Token) is T read && (isIt is null || isIt(read)))
                return read;
        }
    }

    private async Task<Node> JoinAsync(int brokerId, string extra = "")
    {
        var node = new Node(brokerId, extra);
        var first = _nodes.FirstOrDefault()?.Cluster.SelfAddress ?? node.Cluster.SelfAddress;
        _nodes.Add(node);
        await node.Cluster.JoinAsync(first).WaitAsync(Patience);
        return node;
    }

    private sealed class Node
    {
        private const string Hocon = """
            akka {
              loglevel = DEBUG
              stdout-loglevel = OFF
              loggers = []
              log-dead-letters = off
              coordinated-shutdown { run-by-clr-shutdown-hook = off, run-by-actor-system-terminate = off }
              actor.provider = cluster
              remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
              cluster {
                gossip-interval = 50ms
                leader-actions-interval = 50ms
                periodic-tasks-initial-delay = 10ms
                singleton.hand-over-retry-interval = 100ms
                sharding {
                  state-store-mode = ddata
                  distributed-data.durable.keys = []
                  retry-interval = 100ms
                  waiting-for-state-timeout = 300ms
                  passivate-idle-entity-after = off
                }
              }
            }
            """;

        private readonly ChannelReader<object> _debug;

        public Node(int brokerId, string extra)
        {
            BrokerId = brokerId;
            System = ActorSystem.Create(
                "broker",
                ConfigurationFactory.ParseString($"akka.cluster.roles = [broker, \"{BrokerShards.RoleOf(brokerId)}\"]\n{extra}").WithFallback(Hocon));
            _debug = Subscribe<Debug>();
            Cluster = Akka.Cluster.Cluster.Get(System);
            Region = BrokerShards.Start(
                System,
                "things",
                Props.Create(() => new Thing(brokerId)),
                new ByBroker(),
                BrokerAllocationStrategy.Of(Cluster),
                PoisonPill.Instance);
        }

        public int BrokerId { get; }

        public ActorSystem System { get; }

        public Cluster.Cluster Cluster { get; }

        public IActorRef Region { get; }

        /// <summary>Which broker answers for the shard of one.</summary>
        public async Task<int> AskAsync(int brokerId) =>
            int.Parse(await Region.Ask<string>($"{brokerId} hello", Patience), CultureInfo.InvariantCulture);

        public async Task<IEnumerable<string>> ShardsAsync() =>
            (await Region.Ask<CurrentShardRegionState>(GetShardRegionState.Instance, Patience)).Shards.Select(shard => shard.ShardId).Order();

        public Task UntilHomeIsKnownAsync(int brokerId) =>
            ReadAsync<Debug>(_debug, line => line.Message.ToString()!.StartsWith($"The home of shard {brokerId} ", StringComparison.Ordinal));

        public ChannelReader<object> Subscribe<T>()
        {
            var received = Channel.CreateUnbounded<object>();
            System.EventStream.Subscribe(System.ActorOf(Props.Create(() => new Collector(received.Writer))), typeof(T));
            return received.Reader;
        }
    }

    private sealed class Thing : ReceiveActor
    {
        public Thing(int brokerId) => Receive<string>(_ => Sender.Tell($"{brokerId}", Self));
    }

    private sealed class Collector : ReceiveActor
    {
        public Collector(ChannelWriter<object> received) => ReceiveAny(message => received.TryWrite(message));
    }

    /// <summary>A message is "BROKER TEXT", for the one entity of that broker.</summary>
    private sealed class ByBroker : IMessageExtractor
    {
        public string? EntityId(object message) => message is string ? "thing" : null;

        public object? EntityMessage(object message) => message;

        public string? ShardId(object message) => (message as string)?.Split(' ')[0];

        public string ShardId(string entityId, object? messageHint = null) => ShardId(messageHint!)!;
    }
}
