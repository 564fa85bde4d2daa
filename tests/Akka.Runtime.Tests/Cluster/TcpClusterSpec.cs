using Akka.Actor;
using Akka.Cluster;
using Akka.Remote;
using static Akka.Cluster.ClusterEvent;

namespace Akka.Runtime.Tests.Cluster;

/// <summary>The membership over real connections.</summary>
public sealed class TcpClusterSpec
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Nodes_join_leave_die_and_come_back()
    {
        await using var cluster = new ClusterOfNodes(overTcp: true);
        var nodes = await cluster.FormAsync(4, "akka.cluster.roles = [broker]");
        nodes[1].Cluster.Leave(nodes[3].Address);
        await nodes[3].System.WhenTerminated.WaitAsync(Patience);
        foreach (var node in nodes[..3])
            await node.UntilUpAsync(nodes[..3]);
        await cluster.KillAsync(nodes[2]);
        foreach (var node in nodes[..2])
            await node.UntilUnreachableAsync(nodes[2]);
        var again = cluster.Start($"akka.remote.dot-netty.tcp.port = {nodes[2].Address.Port}");
        again.Cluster.JoinSeedNodes([nodes[0].Address]);
        ClusterNode[] now = [nodes[0], nodes[1], again];
        foreach (var node in now)
            await node.UntilUpAsync(now);
    }

    [Fact]
    public async Task Seed_nodes_in_the_configuration_bring_nodes_together()
    {
        await using var cluster = new ClusterOfNodes(overTcp: true);
        var first = cluster.Start();
        var seeds = $"akka.cluster.seed-nodes = [\"{first.Address}\"]";
        first.Cluster.JoinSeedNodes([first.Address]);
        var (second, third) = (cluster.Start(seeds), cluster.Start(seeds));
        foreach (var node in new[] { first, second, third })
            await node.UntilUpAsync(first, second, third);
    }

    [Fact]
    public async Task Dead_process_is_noticed_without_waiting_for_the_failure_detector()
    {
        await using var cluster = new ClusterOfNodes("akka.cluster.failure-detector.acceptable-heartbeat-pause = 1h", overTcp: true);
        var nodes = await cluster.FormAsync(3);
        await cluster.KillAsync(nodes[2]);
        foreach (var node in nodes[..2])
            await node.UntilUnreachableAsync(nodes[2]);
    }

    [Fact]
    public async Task New_process_at_an_address_is_noticed_before_it_joins()
    {
        await using var cluster = new ClusterOfNodes("akka.cluster.failure-detector.acceptable-heartbeat-pause = 1h", overTcp: true);
        var nodes = await cluster.FormAsync(2);
        await cluster.KillAsync(nodes[1]);
        cluster.Start($"akka.remote.dot-netty.tcp.port = {nodes[1].Address.Port}");
        await nodes[0].UntilUnreachableAsync(nodes[1]);
    }

    [Fact]
    public async Task Watched_actor_of_a_removed_member_is_terminated_and_the_member_quarantined()
    {
        await using var cluster = new ClusterOfNodes(overTcp: true);
        var nodes = await cluster.FormAsync(3);
        var far = nodes[2].System.ActorOf(Props.Create(() => new Silent()), "far");
        var watcher = new TaskCompletionSource<IActorRef>(TaskCreationOptions.RunContinuationsAsynchronously);
        var found = await nodes[0].System.ActorSelection(far.Path.ToStringWithAddress(nodes[2].Address)).ResolveOne(Patience);
        nodes[0].System.ActorOf(Props.Create(() => new Watcher(found, watcher)));
        var quarantined = new TaskCompletionSource<object>(TaskCreationOptions.RunContinuationsAsynchronously);
        var listener = nodes[0].System.ActorOf(Props.Create(() => new Tell(quarantined)));
        nodes[0].System.EventStream.Subscribe(listener, typeof(QuarantinedEvent));
        await cluster.KillAsync(nodes[2]);
        await nodes[0].UntilUnreachableAsync(nodes[2]);
        nodes[0].Cluster.Down(nodes[2].Address);
        Assert.Equal(found, await watcher.Task.WaitAsync(Patience));
        Assert.Equal(nodes[2].Unique.Uid, Assert.IsType<QuarantinedEvent>(await quarantined.Task.WaitAsync(Patience)).Uid);
    }

    [Fact]
    public async Task Watched_actor_of_a_member_that_leaves_is_terminated()
    {
        await using var cluster = new ClusterOfNodes(overTcp: true);
        var nodes = await cluster.FormAsync(2);
        var far = nodes[1].System.ActorOf(Props.Create(() => new Silent()), "far");
        var watcher = new TaskCompletionSource<IActorRef>(TaskCreationOptions.RunContinuationsAsynchronously);
        var found = await nodes[0].System.ActorSelection(far.Path.ToStringWithAddress(nodes[1].Address)).ResolveOne(Patience);
        nodes[0].System.ActorOf(Props.Create(() => new Watcher(found, watcher)));
        await nodes[1].Cluster.LeaveAsync().WaitAsync(Patience);
        Assert.Equal(found, await watcher.Task.WaitAsync(Patience));
    }

    [Fact]
    public async Task Downed_member_that_runs_hears_that_it_is_out()
    {
        await using var cluster = new ClusterOfNodes("akka.cluster.run-coordinated-shutdown-when-down = off", overTcp: true);
        var nodes = await cluster.FormAsync(3);
        nodes[0].Cluster.Down(nodes[1].Address);
        await nodes[1].UntilHeardAsync<ClusterShuttingDown>(_ => true);
        Assert.True(nodes[1].Cluster.IsTerminated);
        await nodes[2].UntilHeardAsync<MemberRemoved>(removed => removed.Member.UniqueAddress == nodes[1].Unique && removed.PreviousStatus == MemberStatus.Down);
    }

    [Fact]
    public async Task Twenty_nodes_agree()
    {
        await using var cluster = new ClusterOfNodes("akka.cluster.failure-detector { monitored-by-nr-of-members = 5 }", overTcp: true);
        var nodes = await cluster.FormAsync(20);
        Assert.Single(nodes.Select(node => node.Cluster.State.Leader).Distinct());
    }

    private sealed class Silent : ReceiveActor;

    private sealed class Watcher : ReceiveActor
    {
        public Watcher(IActorRef watched, TaskCompletionSource<IActorRef> ended)
        {
            Context.Watch(watched);
            Receive<Terminated>(terminated => ended.TrySetResult(terminated.ActorRef));
        }
    }

    private sealed class Tell : ReceiveActor
    {
        public Tell(TaskCompletionSource<object> first) => ReceiveAny(message => first.TrySetResult(message));
    }
}
