using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;

namespace Akka.Dispatch;

/// <summary>
/// Runs the continuations of an actor's asynchronous handlers in the actor's turns. While a handler is pending, user messages wait;
/// its context (message and sender) stays. An exception of the handler is the actor's failure.
/// </summary>
public class ActorTaskScheduler : TaskScheduler
{
    private readonly ActorCell _cell;

    internal ActorTaskScheduler(ActorCell cell) => _cell = cell;

    public override int MaximumConcurrencyLevel => 1;

    public object? CurrentMessage => _cell.CurrentMessage;

    /// <summary>How many handlers are pending.</summary>
    internal int Awaiting { get; private set; }

    /// <summary>Runs <paramref name="asyncAction"/> as part of the handling of the current message. In an actor's turn only.</summary>
    public static void RunTask(Func<Task> asyncAction)
    {
        var cell = InternalCurrentActorCellKeeper.Current
            ?? throw new InvalidOperationException("RunTask must be called from an actor's context");
        cell.TaskScheduler.Run(asyncAction);
    }

    public static void RunTask(Action action) => RunTask(() =>
    {
        action();
        return Task.CompletedTask;
    });

    protected override void QueueTask(Task task) => _cell.SendSystemMessage(new ActorTask(() => TryExecuteTask(task)));

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && ReferenceEquals(InternalCurrentActorCellKeeper.Current, _cell) && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => [];

    private void Run(Func<Task> asyncAction)
    {
        // As a task of this scheduler, so that every await inside comes back to it; it runs here and now up to the first one.
        var start = new Task<Task>(asyncAction);
        start.RunSynchronously(this);
        var handler = start.GetAwaiter().GetResult();
        if (handler.IsCompleted)
        {
            handler.GetAwaiter().GetResult();
            return;
        }
        Awaiting++;
        _cell.Mailbox.Suspend();
        handler.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => _cell.SendSystemMessage(new ActorTask(() => Complete(handler))));
    }

    private void Complete(Task handler)
    {
        Awaiting--;
        _cell.Mailbox.Resume();
        try
        {
            handler.GetAwaiter().GetResult();
        }
        catch (Exception e)
        {
            _cell.HandleFailure(e);
        }
        _cell.ClearContext();
    }
}
