using System.Collections.Concurrent;
using Akka.Configuration;
using Akka.Event;

namespace Akka.Actor;

/// <summary>
/// Ends a system in phases, as <c>akka.coordinated-shutdown</c> orders them: the tasks of a phase run at once, a phase starts when those
/// that it depends on are over, and a phase that fails or takes too long does not hold up the rest unless it is not recoverable.
/// </summary>
public sealed class CoordinatedShutdown : IExtension
{
    public const string PhaseBeforeServiceUnbind = "before-service-unbind";
    public const string PhaseServiceUnbind = "service-unbind";
    public const string PhaseServiceRequestsDone = "service-requests-done";
    public const string PhaseServiceStop = "service-stop";
    public const string PhaseBeforeClusterShutdown = "before-cluster-shutdown";
    public const string PhaseClusterShardingShutdownRegion = "cluster-sharding-shutdown-region";
    public const string PhaseClusterLeave = "cluster-leave";
    public const string PhaseClusterExiting = "cluster-exiting";
    public const string PhaseClusterExitingDone = "cluster-exiting-done";
    public const string PhaseClusterShutdown = "cluster-shutdown";
    public const string PhaseBeforeActorSystemTerminate = "before-actor-system-terminate";
    public const string PhaseActorSystemTerminate = "actor-system-terminate";

    private readonly ShutdownPhases _phases;
    private readonly ConcurrentDictionary<string, ConcurrentQueue<(string Name, Func<Task<Done>> Run)>> _tasks = new();
    private readonly TaskCompletionSource<Done> _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ILoggingAdapter _log;
    private Reason? _reason;

    private CoordinatedShutdown(ExtendedActorSystem system, ShutdownPhases phases)
    {
        System = system;
        _phases = phases;
        _log = Logging.GetLogger(system, this);
    }

    public ExtendedActorSystem System { get; }

    /// <summary>Why the shutdown runs; null while it does not.</summary>
    public Reason? ShutdownReason => Volatile.Read(ref _reason);

    public TimeSpan TotalTimeout => _phases.Ordered.Aggregate(TimeSpan.Zero, (sum, phase) => sum + (_tasks.ContainsKey(phase.Name) ? phase.Timeout : TimeSpan.Zero));

    public static CoordinatedShutdown Get(ActorSystem sys) => (CoordinatedShutdown)sys.RegisterExtension(new CoordinatedShutdownExtension());

    /// <summary>Adds a task to a phase that has not begun.</summary>
    public void AddTask(string phase, string taskName, Func<Task<Done>> task)
    {
        if (!_phases.Contains(phase))
            throw new ConfigurationException($"there is no phase [{phase}] below akka.coordinated-shutdown.phases; the task [{taskName}] cannot be added");
        if (string.IsNullOrEmpty(taskName))
            throw new ArgumentException($"a task of phase [{phase}] needs a name", nameof(taskName));
        _tasks.GetOrAdd(phase, _ => new ConcurrentQueue<(string, Func<Task<Done>>)>()).Enqueue((taskName, task));
    }

    public TimeSpan Timeout(string phase) => _phases.Get(phase).Timeout;

    /// <summary>Runs the phases, once: a second call gets the task of the first.</summary>
    public Task<Done> Run(Reason reason, string? fromPhase = null)
    {
        if (Interlocked.CompareExchange(ref _reason, reason, null) is null)
            _ = Task.Run(() => RunPhasesAsync(fromPhase));
        return _finished.Task;
    }

    internal static CoordinatedShutdown Start(ExtendedActorSystem system)
    {
        var config = system.Settings.Config.GetConfig("akka.coordinated-shutdown");
        var shutdown = new CoordinatedShutdown(system, ShutdownPhases.Read(config));
        var exit = config.GetBoolean("exit-clr");
        if (system.Settings.CoordinatedShutdownTerminateActorSystem)
            shutdown.AddTask(PhaseActorSystemTerminate, "terminate-system", () => shutdown.TerminateSystemAsync(exit));
        else if (exit)
            shutdown.AddTask(PhaseActorSystemTerminate, "exit-clr", shutdown.Exit);
        if (config.GetBoolean("run-by-clr-shutdown-hook"))
            ClrShutdownHook.Register(shutdown);
        return shutdown;
    }

    private Task<Done> Exit()
    {
        // A process that is ending already must not be told again: the call would never return.
        if (ShutdownReason is not ClrExitReason)
            _ = Task.Run(() => Environment.Exit(0));
        return Task.FromResult(Done.Instance);
    }

    private async Task<Done> TerminateSystemAsync(bool exit)
    {
        if (exit)
        {
            // Also when the system does not end in time.
            _ = System.WhenTerminated.WaitAsync(Timeout(PhaseActorSystemTerminate)).ContinueWith(_ => Exit(), TaskScheduler.Default);
        }
        ((ActorSystemImpl)System).FinalTerminate();
        await System.WhenTerminated.ConfigureAwait(false);
        return Done.Instance;
    }

    private async Task RunPhasesAsync(string? fromPhase)
    {
        try
        {
            var begun = fromPhase is null;
            foreach (var phase in _phases.Ordered)
            {
                begun |= phase.Name == fromPhase;
                if (begun && phase.Enabled)
                    await RunPhaseAsync(phase).ConfigureAwait(false);
            }
            _finished.TrySetResult(Done.Instance);
        }
        catch (Exception e)
        {
            _finished.TrySetException(e);
        }
    }

    private async Task RunPhaseAsync(ShutdownPhase phase)
    {
        if (!_tasks.TryGetValue(phase.Name, out var tasks))
            return;
        _log.Debug("Performing phase [{0}] with [{1}] tasks", phase.Name, tasks.Count);
        var running = tasks.ToArray().Select(task => RunTaskAsync(phase, task.Name, task.Run)).ToArray();
        try
        {
            await Task.WhenAll(running).WaitAsync(phase.Timeout).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            var late = $"Coordinated shutdown phase [{phase.Name}] timed out after {phase.Timeout}";
            if (!phase.Recover)
                throw new TimeoutException(late);
            _log.Warning(late);
        }
    }

    private async Task RunTaskAsync(ShutdownPhase phase, string name, Func<Task<Done>> run)
    {
        try
        {
            await run().ConfigureAwait(false);
        }
        catch (Exception e) when (phase.Recover)
        {
            _log.Warning(e, "Task [{0}] failed in phase [{1}]: {2}", name, phase.Name, e.Message);
        }
    }

    /// <summary>Why a system is shut down.</summary>
    public class Reason
    {
        protected Reason()
        {
        }

        public override string ToString() => GetType().Name;
    }

    public class UnknownReason : Reason
    {
        public static readonly Reason Instance = new UnknownReason();

        private UnknownReason()
        {
        }
    }

    public class ActorSystemTerminateReason : Reason
    {
        public static readonly Reason Instance = new ActorSystemTerminateReason();

        private ActorSystemTerminateReason()
        {
        }
    }

    public class ClrExitReason : Reason
    {
        public static readonly Reason Instance = new ClrExitReason();

        private ClrExitReason()
        {
        }
    }

    public class ClusterDowningReason : Reason
    {
        public static readonly Reason Instance = new ClusterDowningReason();

        private ClusterDowningReason()
        {
        }
    }

    public class ClusterLeavingReason : Reason
    {
        public static readonly Reason Instance = new ClusterLeavingReason();

        private ClusterLeavingReason()
        {
        }
    }

    public class ClusterJoinUnsuccessfulReason : Reason
    {
        public static readonly Reason Instance = new ClusterJoinUnsuccessfulReason();

        private ClusterJoinUnsuccessfulReason()
        {
        }
    }
}
