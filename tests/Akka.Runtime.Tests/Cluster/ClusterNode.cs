using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Cluster;
using static Akka.Cluster.ClusterEvent;

namespace Akka.Runtime.Tests.Cluster;

/// <summary>One of several systems in this process that may form a cluster. Everything that it hears of the membership is kept in order.</summary>
internal sealed class ClusterNode
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly Lock _lock = new();
    private readonly List<IClusterDomainEvent> _heard = [];
    private readonly List<(Func<bool> Holds, TaskCompletionSource Done)> _awaited = [];
    private readonly ConcurrentQueue<TaskCompletionSource> _marks = new();
    private readonly IActorRef _listener;

    public ClusterNode(ActorSystem system)
    {
        System = system;
        Cluster = Akka.Cluster.Cluster.Get(system);
        _listener = system.ActorOf(Props.Create(() => new Listener(this)));
        Cluster.Subscribe(_listener, InitialStateAsEvents, typeof(IClusterDomainEvent));
    }

    public ActorSystem System { get; }

    public Akka.Cluster.Cluster Cluster { get; }

    public Address Address => Cluster.SelfAddress;

    public UniqueAddress Unique => Cluster.SelfUniqueAddress;

    public IReadOnlyList<IClusterDomainEvent> Heard
    {
        get
        {
            lock (_lock)
                return [.. _heard];
        }
    }

    public MemberStatus? StatusOf(ClusterNode other) => Cluster.State.Members.FirstOrDefault(member => member.UniqueAddress == other.Unique)?.Status;

    /// <summary>Completes once the condition holds, and all is heard that led to it; it is asked at each event.</summary>
    public async Task UntilAsync(string what, Func<bool> holds)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
            _awaited.Add((holds, done));
        Ask();
        try
        {
            await done.Task.WaitAsync(Patience);
            await CatchUpAsync().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{Address}: not {what} in time; it knows {Cluster.State} and heard {string.Join("\n", Heard)}");
        }
    }

    public Task UntilUpAsync(params ClusterNode[] members) => UntilAsync(
        $"up with {members.Length} members",
        () => Cluster.State is { Unreachable.IsEmpty: true } state
            && state.Members.Count == members.Length
            && members.All(member => StatusOf(member) == MemberStatus.Up));

    public Task UntilHeardAsync<T>(Func<T, bool> match)
        where T : IClusterDomainEvent => UntilAsync($"told of a {typeof(T).Name}", () => Heard.OfType<T>().Any(match));

    public Task UntilUnreachableAsync(ClusterNode other) =>
        UntilAsync($"missing {other.Address}", () => Cluster.State.Unreachable.Any(member => member.UniqueAddress == other.Unique));

    /// <summary>The state is ahead of the events: waits until those that led to it are heard.</summary>
    private Task CatchUpAsync()
    {
        var mark = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _marks.Enqueue(mark);
        Cluster.SendCurrentClusterState(_listener);
        return Task.WhenAny(mark.Task, System.WhenTerminated);
    }

    private void Hear(IClusterDomainEvent happened)
    {
        lock (_lock)
            _heard.Add(happened);
        Ask();
    }

    private void Ask()
    {
        (Func<bool> Holds, TaskCompletionSource Done)[] awaited;
        lock (_lock)
            awaited = [.. _awaited];
        foreach (var wait in awaited.Where(wait => wait.Holds()))
        {
            wait.Done.TrySetResult();
            lock (_lock)
                _awaited.Remove(wait);
        }
    }

    private sealed class Listener : ReceiveActor
    {
        public Listener(ClusterNode node)
        {
            Receive<IClusterDomainEvent>(node.Hear);
            Receive<CurrentClusterState>(_ =>
            {
                if (node._marks.TryDequeue(out var mark))
                    mark.TrySetResult();
            });
        }
    }
}
