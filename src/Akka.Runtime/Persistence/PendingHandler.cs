namespace Akka.Persistence;

/// <summary>A handler that waits for its event to be stored; <paramref name="stashing"/>: commands wait with it.</summary>
internal abstract class PendingHandler(bool stashing)
{
    public bool Stashing { get; } = stashing;

    public abstract void Invoke();
}

internal sealed class PendingHandler<TEvent>(TEvent @event, Action<TEvent> handler, bool stashing) : PendingHandler(stashing)
{
    public override void Invoke() => handler(@event);
}
