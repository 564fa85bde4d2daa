using Akka.Actor;
using Akka.Broker.Protocol;
using Akka.Broker.Quorum;
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
/// Who commands are sent to, on every node: starts the controller with an epoch that this node has won, and with no other, and stops it when the epoch is lost.
/// <code>
///              EpochWon ┌──── Starting ────┐ ControllerReady ┌──── Deciding ────┐
///   Waiting ──────────▶ │ commands wait    │ ──────────────▶ │ commands go on   │
///   commands wait,      └──────────────────┘                 └──────────────────┘
///   for a while             ▲      │ EpochLost, or it has stopped │
///      │                    │      ▼                              ▼
///      │           EpochWon │  ┌──────────────────────────────────────────────────┐
///      └────────────────────┴─ │ Idle: commands are answered ControllerUnavailable │
///                              └──────────────────────────────────────────────────┘
/// </code>
/// A controller that stops by itself could not write or recover: its epoch is resigned, and another is won, here or elsewhere, before another starts.
/// A command that was with a controller that stopped gets no answer: its outcome is unknown until the asker asks again.
/// <para>Invariants: there is one controller child at a time, of the newest epoch won.</para>
/// </summary>
public sealed class ControllerGuardian : ReceiveActor, IWithUnboundedStash, IWithTimers
{
    private readonly ControllerOptions _options;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private IActorRef _controller = ActorRefs.Nobody;
    private IActorRef _quorum = ActorRefs.Nobody;
    private string _reason = "No controller is elected yet.";
    private string? _unreadable;
    private int _epoch;

    public ControllerGuardian(ControllerOptions options)
    {
        _options = options;
        Waiting();
    }

    public IStash Stash { get; set; } = null!;

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(ControllerOptions options) => Akka.Actor.Props.Create(() => new ControllerGuardian(options));

    protected override void PreStart() => Timers.StartSingleTimer(nameof(WaitIsOver), WaitIsOver.Instance, _options.ElectionWait);

    /// <summary>A controller that failed is stopped, never restarted in place: it recovers as a new one.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    private void Waiting()
    {
        Receive<IControllerCommand>(_ => Stash.Stash());
        Receive<WaitIsOver>(_ => BecomeIdle());
        ReceiveEpochs();
    }

    private void Starting()
    {
        Receive<ControllerReady>(_ =>
        {
            if (!Sender.Equals(_controller))
                return;
            Become(Deciding);
            Stash.UnstashAll();
        });
        Receive<IControllerCommand>(_ => Stash.Stash());
        ReceiveEpochs();
    }

    private void Deciding()
    {
        Receive<IControllerCommand>(command => _controller.Forward(command));
        Receive<IControllerEvent>(happened => _controller.Forward(happened));
        ReceiveEpochs();
    }

    private void Idle()
    {
        Receive<IControllerCommand>(_ => Sender.Tell(new ControllerUnavailable(
            _unreadable is null ? ErrorCode.NotController : ErrorCode.UnknownServerError, _unreadable ?? _reason)));
        ReceiveEpochs();
    }

    private void ReceiveEpochs()
    {
        Receive<EpochWon>(won =>
        {
            _quorum = Sender;
            StopController();
            _epoch = won.Epoch;
            if (_unreadable is null)
                Start();
        });
        Receive<EpochLost>(lost =>
        {
            if (lost.Epoch != _epoch)
                return;
            _log.Info("The controller of epoch {0} stops: {1}", lost.Epoch, lost.Reason);
            _reason = $"This node is the controller no more: {lost.Reason}";
            StopController();
            BecomeIdle();
        });
        Receive<MetadataUnreadable>(unreadable =>
        {
            _unreadable = unreadable.Reason;
            StopController();
            BecomeIdle();
        });
        Receive<ControllerStopped>(stopped =>
        {
            if (Sender.Equals(_controller))
                _reason = stopped.Reason;
        });
        Receive<Terminated>(stopped =>
        {
            if (!stopped.ActorRef.Equals(_controller))
                return;
            _log.Error("The controller of epoch {0} has stopped: {1}", _epoch, _reason);
            _controller = ActorRefs.Nobody;
            _quorum.Tell(new ResignEpoch(_epoch, $"its controller has stopped: {_reason}"));
            BecomeIdle();
        });
        Receive<IControllerEvent>(_ => { });
        Receive<WaitIsOver>(_ => { });
    }

    private void Start()
    {
        _controller = Context.ActorOf(ControllerActor.Props(_options with { Epoch = _epoch }));
        Context.Watch(_controller);
        Become(Starting);
    }

    /// <summary>What it still decides it cannot write: its epoch is over.</summary>
    private void StopController()
    {
        if (_controller.IsNobody())
            return;
        Context.Unwatch(_controller);
        Context.Stop(_controller);
        _controller = ActorRefs.Nobody;
    }

    private void BecomeIdle()
    {
        Become(Idle);
        Stash.UnstashAll();
    }

    private sealed class WaitIsOver
    {
        public static readonly WaitIsOver Instance = new();
    }
}
