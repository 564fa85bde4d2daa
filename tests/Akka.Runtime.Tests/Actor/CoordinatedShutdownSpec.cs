using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Runtime.Tests.Actor;

public sealed class CoordinatedShutdownSpec
{
    private static readonly Config Quiet = ConfigurationFactory.ParseString(
        "akka { stdout-loglevel = OFF, loglevel = OFF, coordinated-shutdown.run-by-clr-shutdown-hook = off }");

    private readonly ConcurrentQueue<string> _done = new();

    [Fact]
    public async Task Phases_run_in_the_order_of_their_dependencies()
    {
        var system = ActorSystem.Create("phases", Quiet);
        var shutdown = CoordinatedShutdown.Get(system);
        string[] phases =
        [
            CoordinatedShutdown.PhaseClusterShutdown, CoordinatedShutdown.PhaseBeforeServiceUnbind, CoordinatedShutdown.PhaseServiceStop,
            CoordinatedShutdown.PhaseClusterLeave, CoordinatedShutdown.PhaseServiceUnbind, CoordinatedShutdown.PhaseBeforeActorSystemTerminate,
        ];
        foreach (var phase in phases)
            shutdown.AddTask(phase, "note", Note(phase));
        await shutdown.Run(CoordinatedShutdown.ClrExitReason.Instance).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(
            [
                CoordinatedShutdown.PhaseBeforeServiceUnbind, CoordinatedShutdown.PhaseServiceUnbind, CoordinatedShutdown.PhaseServiceStop,
                CoordinatedShutdown.PhaseClusterLeave, CoordinatedShutdown.PhaseClusterShutdown, CoordinatedShutdown.PhaseBeforeActorSystemTerminate,
            ],
            _done);
        Assert.True(system.WhenTerminated.IsCompleted);
        Assert.Same(CoordinatedShutdown.ClrExitReason.Instance, shutdown.ShutdownReason);
    }

    [Fact]
    public async Task Terminate_runs_the_phases()
    {
        var system = ActorSystem.Create("terminate", Quiet);
        CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseServiceStop, "note", Note("stop"));
        await system.Terminate().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(["stop"], _done);
        Assert.Same(CoordinatedShutdown.ActorSystemTerminateReason.Instance, CoordinatedShutdown.Get(system).ShutdownReason);
    }

    [Fact]
    public async Task A_second_run_is_the_first()
    {
        var system = ActorSystem.Create("twice", Quiet);
        var shutdown = CoordinatedShutdown.Get(system);
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "note", Note("once"));
        await Task.WhenAll(
            shutdown.Run(CoordinatedShutdown.ClrExitReason.Instance),
            shutdown.Run(CoordinatedShutdown.UnknownReason.Instance)).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(["once"], _done);
        Assert.Same(CoordinatedShutdown.ClrExitReason.Instance, shutdown.ShutdownReason);
    }

    [Fact]
    public async Task A_phase_that_fails_or_is_late_does_not_hold_up_the_rest()
    {
        var system = ActorSystem.Create("late", ConfigurationFactory.ParseString(
            "akka.coordinated-shutdown.phases.service-stop.timeout = 100ms").WithFallback(Quiet));
        var shutdown = CoordinatedShutdown.Get(system);
        Assert.Equal(TimeSpan.FromMilliseconds(100), shutdown.Timeout(CoordinatedShutdown.PhaseServiceStop));
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceUnbind, "fails", () => throw new InvalidOperationException("no"));
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "hangs", () => new TaskCompletionSource<Done>().Task);
        shutdown.AddTask(CoordinatedShutdown.PhaseClusterLeave, "note", Note("after"));
        await system.Terminate().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(["after"], _done);
    }

    [Fact]
    public async Task A_run_may_start_at_a_later_phase()
    {
        var system = ActorSystem.Create("from", Quiet);
        var shutdown = CoordinatedShutdown.Get(system);
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceUnbind, "skipped", Note("skipped"));
        shutdown.AddTask(CoordinatedShutdown.PhaseClusterLeave, "note", Note("leave"));
        await shutdown.Run(CoordinatedShutdown.UnknownReason.Instance, CoordinatedShutdown.PhaseServiceStop).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(["leave"], _done);
    }

    [Fact]
    public async Task A_phase_that_is_not_known_is_refused()
    {
        using var system = ActorSystem.Create("unknown", Quiet);
        Assert.ThrowsAny<Exception>(() => CoordinatedShutdown.Get(system).AddTask("no-such-phase", "note", Note("x")));
        await system.Terminate().WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Termination_callbacks_run_last_first()
    {
        var system = ActorSystem.Create("callbacks", Quiet);
        var order = new List<int>();
        system.RegisterOnTermination(() => order.Add(1));
        system.RegisterOnTermination(() => order.Add(2));
        await system.Terminate().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal([2, 1], order);
    }

    private Func<Task<Done>> Note(string what) => () =>
    {
        _done.Enqueue(what);
        return Task.FromResult(Done.Instance);
    };
}
