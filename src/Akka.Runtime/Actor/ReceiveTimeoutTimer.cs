namespace Akka.Actor;

/// <summary>Sends <see cref="Actor.ReceiveTimeout"/> to an actor that got no message for a while. In the actor's turns only.</summary>
internal sealed class ReceiveTimeoutTimer(ActorCell cell, TimeSpan timeout)
{
    private Cancelable? _pending;

    public TimeSpan Timeout => timeout;

    public void Restart()
    {
        Cancel();
        if (timeout == System.Threading.Timeout.InfiniteTimeSpan)
            return;
        _pending = new Cancelable(cell.System.Scheduler);
        cell.System.Scheduler.ScheduleTellOnce(timeout, cell.Self, ReceiveTimeout.Instance, cell.Self, _pending);
    }

    public void Cancel()
    {
        _pending?.Cancel();
        _pending = null;
    }
}
