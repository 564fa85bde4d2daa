namespace Akka.Actor;

/// <summary>The handlers of one behaviour, in order.</summary>
internal sealed class ReceiveHandlers
{
    private IReceiveHandler[] _handlers = [];
    private bool _complete;

    public void Add(IReceiveHandler handler)
    {
        if (_complete)
            throw new InvalidOperationException("a handler that takes every message was registered before; this one would never be called");
        _handlers = [.. _handlers, handler];
        _complete = handler.TakesAll;
    }

    public bool Handle(object message)
    {
        foreach (var handler in _handlers)
        {
            if (handler.TryHandle(message))
                return true;
        }
        return false;
    }
}

internal interface IReceiveHandler
{
    bool TakesAll { get; }

    bool TryHandle(object message);
}

internal sealed class TypedHandler<T>(Action<T> handler, Predicate<T>? shouldHandle) : IReceiveHandler
{
    public bool TakesAll => shouldHandle is null && typeof(T) == typeof(object);

    public bool TryHandle(object message)
    {
        if (message is not T typed || (shouldHandle is not null && !shouldHandle(typed)))
            return false;
        handler(typed);
        return true;
    }
}

internal sealed class DecidingHandler<T>(Func<T, bool> handler) : IReceiveHandler
{
    public bool TakesAll => false;

    public bool TryHandle(object message) => message is T typed && handler(typed);
}
