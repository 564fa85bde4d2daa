using Akka.Actor;

namespace Akka.Cluster.Sharding;

/// <summary>
/// The singleton: keeps one coordinator running. One that fails ends, so that the regions notice, and another starts after a while and
/// learns from them what is where.
/// </summary>
internal sealed class CoordinatorSupervisor : ReceiveActor, IWithTimers
{
    private readonly Props _coordinator;

    public CoordinatorSupervisor(CoordinatorPlace place, IShardAllocationStrategy strategy)
    {
        _coordinator = Props.Create(() => new ShardCoordinator(place, strategy));
        Receive<Terminated>(_ => Timers.StartSingleTimer(nameof(StartAgain), StartAgain.Instance, place.Settings.TuningParameters.CoordinatorFailureBackoff));
        Receive<StartAgain>(_ => Start());
        ReceiveAny(message => Context.Child("coordinator").Forward(message));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Start();

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    private void Start() => Context.Watch(Context.ActorOf(_coordinator, "coordinator"));

    private sealed class StartAgain
    {
        public static readonly StartAgain Instance = new();
    }
}
