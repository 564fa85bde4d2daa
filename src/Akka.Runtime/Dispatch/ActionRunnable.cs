namespace Akka.Dispatch;

/// <summary>An action as work.</summary>
public sealed class ActionRunnable(Action action) : IRunnable
{
    public void Run() => action();

    public void Execute() => action();
}
