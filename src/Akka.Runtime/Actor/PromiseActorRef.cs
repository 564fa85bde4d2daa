using Akka.Dispatch.SysMsg;

namespace Akka.Actor;

/// <summary>
/// The sender of an Ask: the first message it is told completes the task. It has no actor and no mailbox, takes a path only when somebody
/// looks at it, and hears of its time-out from the system's timer wheel.
/// </summary>
internal sealed class PromiseActorRef<T>(ActorSystemImpl system, ICanTell target) : MinimalActorRef, ITimeout
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WheelTimer? _timer;
    private CancellationTokenRegistration _cancellation;
    private ActorPath? _path;
    private TimeSpan _timeout;
    private int _done;

    public Task<T> Answer => _answer.Task;

    public override ActorPath Path => _path ?? TakePath();

    public override IActorRefProvider Provider => system.Provider;

    public override IInternalActorRef Parent => system.Local.RootGuardian;

    public override bool IsTerminated => Volatile.Read(ref _done) != 0;

    /// <summary>Arms the time-out; before the question is sent.</summary>
    public void Arm(TimeSpan timeout, CancellationToken cancellation)
    {
        _timeout = timeout;
        if (timeout >= TimeSpan.Zero)
            StartTimer(timeout);
        if (cancellation.CanBeCanceled)
            _cancellation = cancellation.UnsafeRegister(static (self, token) => ((PromiseActorRef<T>)self!).OnCancelled(token), this);
    }

    public void OnTimeout()
    {
        if (Finish())
        {
            _answer.TrySetException(new AskTimeoutException(
                $"Timeout after {_timeout.TotalSeconds} seconds: no answer from {target}"));
        }
    }

    public override void SendSystemMessage(ISystemMessage message)
    {
        switch (message)
        {
            case Watch watch when watch.Watchee.Equals(this) && IsTerminated:
                watch.Watcher.SendSystemMessage(new DeathWatchNotification(this, existenceConfirmed: true, addressTerminated: false));
                break;
            case DeathWatchNotification death:
                TellInternal(new Terminated(death.Actor, death.ExistenceConfirmed, death.AddressTerminated), death.Actor);
                break;
        }
    }

    protected override void TellInternal(object message, IActorRef? sender)
    {
        if (!Finish())
        {
            system.DeadLetters.Tell(new Event.DeadLetter(message, sender ?? system.DeadLetters, this), sender);
            return;
        }
        switch (message)
        {
            case T answer:
                _answer.TrySetResult(answer);
                break;
            case Status.Failure failure:
                _answer.TrySetException(failure.Cause ?? new TaskCanceledException($"{target} answered with a failure without a cause"));
                break;
            case Failure failure:
                _answer.TrySetException(failure.Exception ?? new TaskCanceledException($"{target} answered with a failure without a cause"));
                break;
            default:
                _answer.TrySetException(new ArgumentException(
                    $"Received message of type [{message.GetType()}] - Ask expected message of type [{typeof(T)}]"));
                break;
        }
    }

    private void StartTimer(TimeSpan timeout)
    {
        try
        {
            _timer = system.RealTimeWheel.Add(timeout, this);
        }
        catch (SchedulerException)
        {
            // The system has ended: nobody will answer, and no time needs to pass to know it.
            OnTimeout();
        }
    }

    private void OnCancelled(CancellationToken token)
    {
        if (Finish())
            _answer.TrySetCanceled(token);
    }

    private bool Finish()
    {
        if (Interlocked.Exchange(ref _done, 1) != 0)
            return false;
        _timer?.Cancel();
        _cancellation.Unregister();
        if (_path is not null)
            system.Local.UnregisterTemp(_path);
        return true;
    }

    private ActorPath TakePath()
    {
        var path = system.Local.TempPath();
        if (Interlocked.CompareExchange(ref _path, path, null) is { } taken)
            return taken;
        system.Local.RegisterTemp(this, path);
        if (IsTerminated)
            system.Local.UnregisterTemp(path);
        return path;
    }
}
