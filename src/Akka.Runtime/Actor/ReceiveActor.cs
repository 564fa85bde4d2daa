using Akka.Actor.Internal;
using Akka.Dispatch;

namespace Akka.Actor;

/// <summary>
/// An actor whose behaviour is a list of typed handlers, tried in the order of their registration; the first that accepts wins.
/// Handlers are registered in the constructor or in a method given to <c>Become</c>.
/// </summary>
public abstract class ReceiveActor : UntypedActor, IInitializableActor
{
    private readonly Stack<ReceiveHandlers> _configuring = new();
    private ReceiveHandlers? _first;

    protected ReceiveActor() => _configuring.Push(new ReceiveHandlers());

    void IInitializableActor.Init() => _first ??= _configuring.Pop();

    /// <summary>The behaviour that the constructor registered.</summary>
    protected sealed override void OnReceive(object message)
    {
        if (!_first!.Handle(message))
            Unhandled(message);
    }

    protected void Become(Action configure) => Become((Receive)Configure(configure).Handle);

    protected void BecomeStacked(Action configure) => BecomeStacked((Receive)Configure(configure).Handle);

    protected void Receive<T>(Action<T> handler, Predicate<T>? shouldHandle = null) =>
        Add(new TypedHandler<T>(handler, shouldHandle));

    protected void Receive<T>(Predicate<T> shouldHandle, Action<T> handler) => Receive(handler, shouldHandle);

    protected void Receive<T>(Func<T, bool> handler) => Add(new DecidingHandler<T>(handler));

    protected void Receive(Type messageType, Action<object> handler, Predicate<object>? shouldHandle = null) =>
        Receive(message => handler(message), OfType(messageType, shouldHandle));

    protected void Receive(Type messageType, Predicate<object> shouldHandle, Action<object> handler) =>
        Receive(messageType, handler, shouldHandle);

    protected void Receive(Type messageType, Func<object, bool> handler) =>
        Receive<object>(message => messageType.IsInstanceOfType(message) && handler(message));

    /// <summary>Takes every message; nothing can be registered after it.</summary>
    protected void ReceiveAny(Action<object> handler) => Add(new TypedHandler<object>(handler, null));

    protected void ReceiveAsync<T>(Func<T, Task> handler, Predicate<T>? shouldHandle = null) =>
        Add(new TypedHandler<T>(WrapAsync(handler), shouldHandle));

    protected void ReceiveAsync<T>(Predicate<T> shouldHandle, Func<T, Task> handler) => ReceiveAsync(handler, shouldHandle);

    protected void ReceiveAsync(Type messageType, Func<object, Task> handler, Predicate<object>? shouldHandle = null) =>
        Receive(WrapAsync(handler), OfType(messageType, shouldHandle));

    protected void ReceiveAsync(Type messageType, Predicate<object> shouldHandle, Func<object, Task> handler) =>
        ReceiveAsync(messageType, handler, shouldHandle);

    protected void ReceiveAnyAsync(Func<object, Task> handler) => Add(new TypedHandler<object>(WrapAsync(handler), null));

    private static Action<T> WrapAsync<T>(Func<T, Task> handler) => message => ActorTaskScheduler.RunTask(() => handler(message));

    private static Predicate<object> OfType(Type type, Predicate<object>? shouldHandle) =>
        message => type.IsInstanceOfType(message) && (shouldHandle is null || shouldHandle(message));

    private ReceiveHandlers Configure(Action configure)
    {
        _configuring.Push(new ReceiveHandlers());
        try
        {
            configure();
            return _configuring.Peek();
        }
        finally
        {
            _configuring.Pop();
        }
    }

    private void Add(IReceiveHandler handler)
    {
        if (!_configuring.TryPeek(out var handlers))
            throw new InvalidOperationException("Receive methods may be called only in an actor's constructor and inside Become()");
        handlers.Add(handler);
    }
}
