using Akka.Actor.Internal;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

/// <summary>
/// The runtime's half of an actor: it outlives restarts, owns the mailbox, the children, the watches and the behaviour, and calls the
/// actor's methods. Everything but sending and <see cref="MakeChild"/> happens in the actor's turns, one at a time.
/// </summary>
internal sealed class ActorCell : IUntypedActorContext
{
    private readonly FaultHandling _faults;
    private Stack<Receive>? _behavioursBelow;
    private Receive _behaviour = _ => false;
    private ReceiveTimeoutTimer? _receiveTimeout;
    private ActorTaskScheduler? _taskScheduler;
    private TimerScheduler? _timers;
    private List<SystemMessage>? _stashedSystemMessages;
    private IActorRef? _sender;

    public ActorCell(ActorSystemImpl system, LocalActorRef self, Props props, MessageDispatcher dispatcher, IInternalActorRef parent)
    {
        SystemImpl = system;
        Self = self;
        Props = props;
        Dispatcher = dispatcher;
        Parent = parent;
        Mailbox = new Mailbox(this);
        Watches = new DeathWatch(this);
        _faults = new FaultHandling(this);
    }

    public ActorSystemImpl SystemImpl { get; }

    public LocalActorRef Self { get; }

    public Props Props { get; }

    public MessageDispatcher Dispatcher { get; }

    public IInternalActorRef Parent { get; }

    public Mailbox Mailbox { get; }

    public Children Children { get; } = new();

    public DeathWatch Watches { get; }

    public ActorBase? Actor { get; private set; }

    /// <summary>The message being handled; it stays while an asynchronous handler runs.</summary>
    public object? CurrentMessage { get; private set; }

    /// <summary>Counts the messages handled, so that a stash can tell the same message from an equal one.</summary>
    public long CurrentEnvelopeId { get; private set; }

    /// <summary>The sender as it was given, null for none.</summary>
    public IActorRef? SenderOrNull => _sender;

    public IActorRef Sender => _sender ?? SystemImpl.DeadLetters;

    /// <summary>Whether an instance is being made that has not found its cell yet.</summary>
    public bool IsCreatingActor { get; set; }

    /// <summary>Whether the actor stands still for a failure, its own or one above. Waiting for an asynchronous handler is no failure.</summary>
    public bool IsSuspended => Mailbox.SuspendCount > (_taskScheduler?.Awaiting ?? 0);

    public bool IsTerminated => Mailbox.IsClosed;

    public bool IsTerminating => Children.IsTerminating;

    public TimeSpan? ReceiveTimeout => _receiveTimeout?.Timeout;

    public ActorTaskScheduler TaskScheduler => _taskScheduler ??= new ActorTaskScheduler(this);

    IActorRef IActorContext.Self => Self;

    IActorRef IActorContext.Parent => Parent;

    ActorSystem IActorContext.System => SystemImpl;

    public ActorSystem System => SystemImpl;

    /// <summary>The first turn, which makes the first instance.</summary>
    public void Start() => Mailbox.Open();

    public void SendMessage(object message, IActorRef? sender) => Mailbox.Post(new Envelope(message, sender));

    public void SendSystemMessage(SystemMessage message) => Mailbox.PostSystem(message);

    public void Invoke(in Envelope envelope)
    {
        CurrentMessage = envelope.Message;
        _sender = envelope.Sender;
        CurrentEnvelopeId++;
        try
        {
            var message = envelope.Message;
            if (_receiveTimeout is not null)
                InvokeWithReceiveTimeout(message);
            else
                Handle(message);
        }
        catch (Exception e)
        {
            _faults.HandleFailure(e);
        }
        ClearContext();
    }

    /// <summary>Hands a message to the current behaviour as if it were the one being handled.</summary>
    public void ReceiveMessage(object message) => Actor!.AroundReceive(_behaviour, message);

    public void InvokeSystem(SystemMessage message)
    {
        if (MustStash(message))
        {
            (_stashedSystemMessages ??= []).Add(message);
            return;
        }
        var (waited, suspended) = (Children.IsWaitingForChildren, IsSuspended);
        Dispatch(message);
        // What was put aside goes on as soon as the state that held it back is over.
        if (_stashedSystemMessages is { Count: > 0 } stashed && !Mailbox.IsClosed &&
            (waited != Children.IsWaitingForChildren || suspended != IsSuspended))
        {
            _stashedSystemMessages = null;
            foreach (var held in stashed)
                InvokeSystem(held);
        }
    }

    /// <summary>Makes the child actor of <paramref name="props"/>. From any thread for a guardian, else in the actor's turn.</summary>
    public IActorRef MakeChild(Props props, string? name)
    {
        var child = Children.Add(name, Self.Path, taken =>
        {
            var path = new ChildActorPath(Self.Path, taken, NewUid());
            return new LocalActorRef(SystemImpl, props, SystemImpl.DispatcherFor(props), Self, path);
        });
        child.Start();
        return child;
    }

    public IActorRef ActorOf(Props props, string? name = null) => MakeChild(props, name);

    public ActorSelection ActorSelection(string actorPath) => SelectionDelivery.SelectionFrom(SystemImpl, Self, actorPath);

    public ActorSelection ActorSelection(ActorPath actorPath) => SystemImpl.ActorSelection(actorPath);

    public IEnumerable<IActorRef> GetChildren() => Children.Refs();

    public IActorRef Child(string name) => Children.ByName(name) ?? (IActorRef)ActorRefs.Nobody;

    public IActorRef Watch(IActorRef subject)
    {
        Watches.Watch(subject, null);
        return subject;
    }

    public IActorRef WatchWith(IActorRef subject, object message)
    {
        ArgumentNullException.ThrowIfNull(message);
        Watches.Watch(subject, message);
        return subject;
    }

    public IActorRef Unwatch(IActorRef subject)
    {
        Watches.Unwatch(subject);
        return subject;
    }

    public void Become(Receive receive)
    {
        ArgumentNullException.ThrowIfNull(receive);
        _behaviour = receive;
    }

    public void BecomeStacked(Receive receive)
    {
        ArgumentNullException.ThrowIfNull(receive);
        (_behavioursBelow ??= new Stack<Receive>()).Push(_behaviour);
        _behaviour = receive;
    }

    public void UnbecomeStacked()
    {
        if (_behavioursBelow is not null && _behavioursBelow.TryPop(out var below))
            _behaviour = below;
    }

    public void Become(UntypedReceive receive) => Become(Handled(receive));

    public void BecomeStacked(UntypedReceive receive) => BecomeStacked(Handled(receive));

    public void SetReceiveTimeout(TimeSpan? timeout)
    {
        if (timeout is null)
        {
            _receiveTimeout?.Cancel();
            _receiveTimeout = null;
            return;
        }
        _receiveTimeout?.Cancel();
        _receiveTimeout = new ReceiveTimeoutTimer(this, timeout.Value);
        _receiveTimeout.Restart();
    }

    public void Stop(IActorRef child)
    {
        if (child.Equals(Self))
        {
            Self.Stop();
            return;
        }
        Children.ShallDie(child);
        ((IInternalActorRef)child).Stop();
    }

    public ITimerScheduler Timers() => _timers ??= new TimerScheduler(this);

    /// <summary>Makes <paramref name="message"/> the one being handled, for what the actor does about it after its turn.</summary>
    public void SetContext(object? message, IActorRef? sender)
    {
        CurrentMessage = message;
        _sender = sender;
    }

    /// <summary>No message is being handled, unless an asynchronous handler still is at it.</summary>
    public void ClearContext()
    {
        if (_taskScheduler is not { Awaiting: > 0 })
            SetContext(null, null);
    }

    public void HandleFailure(Exception cause) => _faults.HandleFailure(cause);

    /// <summary>Makes an instance and its behaviour. The instance is not yet started.</summary>
    public ActorBase NewActor()
    {
        IsCreatingActor = true;
        try
        {
            _behavioursBelow = null;
            var actor = Props.NewActor() ?? throw new ActorInitializationException(Self, "Props.NewActor() gave no actor");
            Actor = actor;
            if (actor is IWithTimers withTimers)
                withTimers.Timers = Timers();
            if (actor is IActorStash withStash)
                withStash.Stash = new UnboundedStash(this);
            (actor as IInitializableActor)?.Init();
            return actor;
        }
        finally
        {
            IsCreatingActor = false;
        }
    }

    /// <summary>Lets go of an instance: its timers stop and what it had stashed goes back to the mailbox, in front.</summary>
    public void ReleaseActor()
    {
        var actor = Actor;
        if (actor is null)
            return;
        _timers?.CancelAll();
        (actor as IActorStash)?.Stash?.UnstashAll();
        _behaviour = _ => false;
        _behavioursBelow = null;
        Actor = null;
        try
        {
            (actor as IDisposable)?.Dispose();
            Props.Release(actor);
        }
        catch (Exception e)
        {
            Publish(new Error(e, Self.Path.ToString(), Props.Type, $"disposing of the actor failed: {e.Message}"));
        }
    }

    /// <summary>The end: nothing is handled any more.</summary>
    public void Close()
    {
        _receiveTimeout?.Cancel();
        _receiveTimeout = null;
        _stashedSystemMessages = null;
        Mailbox.Close();
        Dispatcher.Detach();
    }

    public void Publish(LogEvent logEvent) => SystemImpl.EventStream.Publish(logEvent);

    public override string ToString() => $"cell of {Self}";

    internal static long NewUid()
    {
        while (true)
        {
            var uid = Random.Shared.NextInt64(1, int.MaxValue);
            if (uid != 0)
                return uid;
        }
    }

    private static Receive Handled(UntypedReceive receive) => message =>
    {
        receive(message);
        return true;
    };

    private void InvokeWithReceiveTimeout(object message)
    {
        var timer = _receiveTimeout!;
        if (message is INotInfluenceReceiveTimeout)
        {
            Handle(message);
            return;
        }
        timer.Cancel();
        try
        {
            Handle(message);
        }
        finally
        {
            if (ReferenceEquals(timer, _receiveTimeout))
                timer.Restart();
        }
    }

    private void Handle(object message)
    {
        if (message is IAutoReceivedMessage)
            AutoReceive(message);
        else if (message is TimerScheduler.Tick tick)
            HandleTick(tick);
        else
            Actor!.AroundReceive(_behaviour, message);
    }

    private void HandleTick(TimerScheduler.Tick tick)
    {
        if (_timers is null || !_timers.TryTake(tick, out var message))
            return;
        CurrentMessage = message;
        if (message is IAutoReceivedMessage)
            AutoReceive(message);
        else
            Actor!.AroundReceive(_behaviour, message);
    }

    private void AutoReceive(object message)
    {
        switch (message)
        {
            case Terminated terminated:
                if (Watches.TakeQueued(terminated) is { } notice)
                {
                    CurrentMessage = notice;
                    Actor!.AroundReceive(_behaviour, notice);
                }
                break;
            case PoisonPill:
                Self.Stop();
                break;
            case Kill:
                throw new ActorKilledException("Kill");
            case Identify identify:
                Sender.Tell(new ActorIdentity(identify.MessageId, Self), Self);
                break;
            case ActorSelectionMessage selection:
                SelectionDelivery.Deliver(Self, selection, Sender);
                break;
            default:
                Actor!.AroundReceive(_behaviour, message);
                break;
        }
    }

    private bool MustStash(SystemMessage message) =>
        (message.IsStashedWhenWaitingForChildren && Children.IsWaitingForChildren) ||
        (message.IsStashedWhenFailed && IsSuspended);

    private void Dispatch(SystemMessage message)
    {
        try
        {
            switch (message)
            {
                case ActorTask task:
                    task.Run();
                    break;
                case Failed failed:
                    HandleChildFailure(failed);
                    break;
                case DeathWatchNotification death:
                    _faults.HandleDeath(death);
                    break;
                case Watch watch:
                    Watches.AddWatcher(watch);
                    break;
                case Unwatch unwatch:
                    Watches.RemoveWatcher(unwatch);
                    break;
                case ForgetWatchers forget:
                    Watches.ForgetWatchers(forget.Node);
                    break;
                case Create:
                    _faults.Create();
                    break;
                case Recreate recreate:
                    _faults.Recreate(recreate.Cause);
                    break;
                case Suspend:
                    _faults.Suspend();
                    break;
                case Resume resume:
                    _faults.Resume(resume.CausedByFailure);
                    break;
                case Terminate:
                    _faults.Terminate();
                    break;
            }
        }
        catch (Exception e)
        {
            _faults.HandleFailure(e);
        }
    }

    private void HandleChildFailure(Failed failed)
    {
        try
        {
            _faults.HandleChildFailure(failed);
        }
        catch (Exception e)
        {
            _faults.HandleFailure(e, failed.Child);
        }
    }
}
