using Akka.Actor;
using Akka.Cluster.Tools.Singleton;

namespace Akka.Runtime.Tests.Cluster.Tools;

/// <summary>A singleton that moves between nodes that talk TCP, found through a proxy on each.</summary>
public sealed class SingletonOverNodesSpec
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Witness _witness = new();

    [Fact]
    public async Task It_runs_on_the_oldest_and_any_node_reaches_it()
    {
        await using var cluster = NewCluster();
        var nodes = await FormAsync(cluster, 3);
        foreach (var node in nodes)
            Assert.Equal(nodes[0].Port, await node.WhereAsync());
        Assert.Equal([nodes[0].Port], _witness.Started);
    }

    [Fact]
    public async Task It_moves_to_the_next_oldest_when_its_node_leaves_and_only_when_it_has_stopped()
    {
        await using var cluster = NewCluster();
        var nodes = await FormAsync(cluster, 3);
        await nodes[2].WhereAsync();
        nodes[1].Node.Cluster.Leave(nodes[0].Node.Address);
        await _witness.Stopping.WaitAsync(Patience);
        // What comes now waits at the proxies.
        var waiting = nodes[2].WhereAsync();
        await nodes[1].Node.UntilAsync("exiting", () => nodes[1].Node.StatusOf(nodes[0].Node) == Akka.Cluster.MemberStatus.Exiting);
        Assert.Single(_witness.Started);
        _witness.LetStop();
        Assert.Equal(nodes[1].Port, await waiting);
        Assert.Equal([nodes[0].Port, nodes[1].Port], _witness.Started);
        await nodes[0].Node.System.WhenTerminated.WaitAsync(Patience);
        Assert.Equal(nodes[1].Port, await nodes[1].WhereAsync());
    }

    [Fact]
    public async Task It_moves_when_its_node_dies_and_is_removed()
    {
        await using var cluster = NewCluster();
        var nodes = await FormAsync(cluster, 3);
        await nodes[2].WhereAsync();
        _witness.LetStop();
        await cluster.KillAsync(nodes[0].Node);
        await nodes[1].Node.UntilUnreachableAsync(nodes[0].Node);
        Assert.Single(_witness.Started);
        nodes[2].Node.Cluster.Down(nodes[0].Node.Address);
        Assert.Equal(nodes[1].Port, await nodes[2].WhereAsync());
        Assert.Equal([nodes[0].Port, nodes[1].Port], _witness.Started);
    }

    [Fact]
    public async Task It_passes_through_all_nodes_that_leave_in_turn()
    {
        await using var cluster = NewCluster();
        var nodes = await FormAsync(cluster, 4);
        _witness.LetStop();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(nodes[i].Port, await nodes[3].WhereAsync());
            nodes[i].Node.Cluster.Leave(nodes[i].Node.Address);
            await nodes[i].Node.System.WhenTerminated.WaitAsync(Patience);
        }

        Assert.Equal(nodes[3].Port, await nodes[3].WhereAsync());
        Assert.Equal(nodes.Select(node => node.Port), _witness.Started);
    }

    [Fact]
    public async Task Two_oldest_that_leave_at_once_leave_it_to_the_third()
    {
        await using var cluster = NewCluster();
        var nodes = await FormAsync(cluster, 3);
        await nodes[2].WhereAsync();
        _witness.LetStop();
        nodes[2].Node.Cluster.Leave(nodes[0].Node.Address);
        nodes[2].Node.Cluster.Leave(nodes[1].Node.Address);
        await Task.WhenAll(nodes[0].Node.System.WhenTerminated, nodes[1].Node.System.WhenTerminated).WaitAsync(Patience);
        Assert.Equal(nodes[2].Port, await nodes[2].WhereAsync());
        Assert.Equal(nodes[2].Port, _witness.Started[^1]);
    }

    private static ClusterOfNodes NewCluster() => new(
        "akka.cluster { roles = [one], singleton { role = one, hand-over-retry-interval = 100ms }, singleton-proxy { role = one, singleton-identification-interval = 100ms } }",
        overTcp: true);

    private async Task<SingletonNode[]> FormAsync(ClusterOfNodes cluster, int count)
    {
        var nodes = await cluster.FormAsync(count);
        return [.. nodes.OrderBy(node => node.Cluster.SelfMember, Akka.Cluster.Member.AgeOrdering).Select(node => new SingletonNode(node, _witness))];
    }

    private sealed class SingletonNode
    {
        private readonly IActorRef _proxy;

        public SingletonNode(ClusterNode node, Witness witness)
        {
            Node = node;
            var system = node.System;
            system.ActorOf(
                ClusterSingletonManager.Props(
                    Props.Create(() => new One(witness)), "stop", ClusterSingletonManagerSettings.Create(system)),
                "manager");
            _proxy = system.ActorOf(ClusterSingletonProxy.Props("/user/manager", ClusterSingletonProxySettings.Create(system)), "proxy");
        }

        public ClusterNode Node { get; }

        public int Port => Node.Address.Port!.Value;

        /// <summary>Where the singleton is; asked until it answers, since a message that is with one that stops is lost.</summary>
        public async Task<int> WhereAsync()
        {
            using var limit = new CancellationTokenSource(Patience);
            while (true)
            {
                try
                {
                    return int.Parse(await _proxy.Ask<string>("where", TimeSpan.FromSeconds(1), limit.Token));
                }
                catch (AskTimeoutException)
                {
                    limit.Token.ThrowIfCancellationRequested();
                }
            }
        }
    }

    /// <summary>Sees to it that there is never more than one, but for one whose node was killed.</summary>
    private sealed class Witness
    {
        private readonly TaskCompletionSource _stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _letStop = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly List<int> _started = [];
        private int _running;

        public Task Stopping => _stopping.Task;

        public IReadOnlyList<int> Started
        {
            get
            {
                lock (_started)
                    return [.. _started];
            }
        }

        public void LetStop() => _letStop.TrySetResult();

        public void Start(int port)
        {
            lock (_started)
                _started.Add(++_running == 1 ? port : -port);
        }

        public Task StopAsync()
        {
            _stopping.TrySetResult();
            return _letStop.Task;
        }

        public void Stopped()
        {
            lock (_started)
                _running--;
        }
    }

    private sealed class One : ReceiveActor
    {
        private readonly Witness _witness;

        public One(Witness witness)
        {
            _witness = witness;
            var port = Akka.Cluster.Cluster.Get(Context.System).SelfAddress.Port!.Value;
            witness.Start(port);
            Receive<string>(text => text == "where", _ => Sender.Tell($"{port}", Self));
            ReceiveAsync<string>(async _ =>
            {
                await witness.StopAsync();
                Context.Stop(Self);
            });
        }

        protected override void PostStop() => _witness.Stopped();
    }
}
