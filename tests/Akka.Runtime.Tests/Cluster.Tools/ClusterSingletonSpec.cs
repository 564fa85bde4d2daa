using Akka.Actor;
using Akka.Cluster.Tools.Singleton;

namespace Akka.Runtime.Tests.Cluster.Tools;

public sealed class ClusterSingletonSpec
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Singleton_runs_and_its_proxy_finds_it_and_keeps_what_came_before()
    {
        await using var context = new ClusterTestContext(join: false);
        var probe = context.NewProbe();
        var system = context.System;
        system.ActorOf(
            ClusterSingletonManager.Props(Props.Create(() => new Echo()), PoisonPill.Instance, ClusterSingletonManagerSettings.Create(system).WithRole("broker")),
            "manager");
        var proxy = system.ActorOf(ClusterSingletonProxy.Props("/user/manager", ClusterSingletonProxySettings.Create(system).WithRole("broker")), "proxy");
        proxy.Tell("early", probe.Ref);
        context.Cluster.Join(context.Cluster.SelfAddress);
        await probe.ExpectAsync("early");
        proxy.Tell("later", probe.Ref);
        await probe.ExpectAsync("later");
        Assert.Equal("/user/manager/singleton", probe.LastSender.Path.ToStringWithoutAddress());
    }

    [Fact]
    public async Task Singleton_is_stopped_by_its_message_when_the_node_leaves()
    {
        await using var context = new ClusterTestContext();
        var stopped = new TaskCompletionSource<string>();
        var started = new TaskCompletionSource();
        var system = context.System;
        system.ActorOf(
            ClusterSingletonManager.Props(Props.Create(() => new Stopping(started, stopped)), "bye", ClusterSingletonManagerSettings.Create(system)),
            "manager");
        await started.Task.WaitAsync(Patience);
        context.Cluster.Leave(context.Cluster.SelfAddress);
        Assert.Equal("bye", await stopped.Task.WaitAsync(Patience));
        await system.WhenTerminated.WaitAsync(Patience);
    }

    [Fact]
    public async Task Manager_on_a_node_without_the_role_is_refused()
    {
        await using var context = new ClusterTestContext();
        var system = context.System;
        var manager = system.ActorOf(
            ClusterSingletonManager.Props(Props.Create(() => new Echo()), ClusterSingletonManagerSettings.Create(system).WithRole("other")));
        var watcher = context.NewProbe().Watching(system, manager);
        await watcher.ExpectAsync<Terminated>();
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo() => ReceiveAny(message => Sender.Tell(message, Self));
    }

    private sealed class Stopping : ReceiveActor
    {
        public Stopping(TaskCompletionSource started, TaskCompletionSource<string> stopped)
        {
            started.TrySetResult();
            Receive<string>(text =>
            {
                stopped.TrySetResult(text);
                Context.Stop(Self);
            });
        }
    }
}
