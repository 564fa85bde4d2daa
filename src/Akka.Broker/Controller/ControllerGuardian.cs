using Akka.Actor;
using Akka.Broker.Protocol;
using Akka.Event;

namespace Akka.Broker.Controller;

/// <summary>The child has recovered and decides.</summary>
internal sealed class ControllerReady
{
    public static readonly ControllerReady Instance = new();
}

/// <summary>The child stops: its log could not be read or written.</summary>
internal sealed record ControllerStopped(string Reason);

/// <summary>
/// Who commands are sent to: holds them while the controller recovers, hands them on while it decides, and starts another when it has stopped.
/// <code>
///   ┌────────── Starting ──────────┐  ControllerReady   ┌──── Deciding ────┐
///   │ commands wait                │ ─────────────────▶ │ commands go on   │
///   └──────────────────────────────┘                    └──────────────────┘
///        ▲            │ stopped                                  │ stopped
///   retry│            ▼                                          ▼
///   ┌────┴──────────────────────────────────────────────────────────────────┐
///   │ Stopped: commands are answered ControllerUnavailable with the reason  │
///   └───────────────────────────────────────────────────────────────────────┘
/// </code>
/// A command that was with a controller that stopped gets no answer: its outcome is unknown until the asker asks again.
/// </summary>
public sealed class ControllerGuardian : ReceiveActor, IWithUnboundedStash, IWithTimers
{
    private readonly ControllerOptions _options;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private IActorRef _controller = ActorRefs.Nobody;
    private string _reason = "The controller is starting.";

    public ControllerGuardian(ControllerOptions options)
    {
        _options = options;
        Starting();
    }

    public IStash Stash { get; set; } = null!;

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(ControllerOptions options) => Akka.Actor.Props.Create(() => new ControllerGuardian(options));

    protected override void PreStart() => Start();

    /// <summary>A controller that failed is stopped, never restarted in place: it recovers as a new one.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    private void Start()
    {
        _controller = Context.ActorOf(ControllerActor.Props(_options));
        Context.Watch(_controller);
    }

    private void Starting()
    {
        Receive<ControllerReady>(_ =>
        {
            Become(Deciding);
            Stash.UnstashAll();
        });
        Receive<IControllerCommand>(_ => Stash.Stash());
        Receive<IControllerEvent>(_ => { });
        ReceiveStop();
    }

    private void Deciding()
    {
        Receive<IControllerCommand>(command => _controller.Forward(command));
        Receive<IControllerEvent>(happened => _controller.Forward(happened));
        ReceiveStop();
    }

    private void Stopped()
    {
        Receive<Retry>(_ =>
        {
            Start();
            Become(Starting);
        });
        Receive<IControllerCommand>(_ => Sender.Tell(new ControllerUnavailable(ErrorCode.BrokerNotAvailable, _reason)));
        Receive<IControllerEvent>(_ => { });
    }

    private void ReceiveStop()
    {
        Receive<ControllerStopped>(stopped => _reason = stopped.Reason);
        Receive<Terminated>(_ =>
        {
            _log.Error("The controller has stopped and is started again: {0}", _reason);
            Timers.StartSingleTimer(nameof(Retry), Retry.Instance, _options.RetryInterval);
            Become(Stopped);
            Stash.UnstashAll();
        });
    }

    private sealed class Retry
    {
        public static readonly Retry Instance = new();
    }
}
