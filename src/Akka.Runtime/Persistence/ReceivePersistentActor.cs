using Akka.Actor;
using Akka.Actor.Internal;

namespace Akka.Persistence;

/// <summary>
/// A persistent actor whose behaviour is two lists of typed handlers, one for commands and one for recovery, each tried in the order of
/// registration. Both are registered in the constructor; a method given to <c>Become</c> registers commands anew.
/// </summary>
public abstract class ReceivePersistentActor : UntypedPersistentActor, IInitializableActor
{
    private readonly ReceiveHandlers _recovering = new();
    private readonly Stack<ReceiveHandlers> _configuring = new();
    private ReceiveHandlers? _commands;

    protected ReceivePersistentActor() => _configuring.Push(new ReceiveHandlers());

    void IInitializableActor.Init() => _commands ??= _configuring.Pop();

    protected sealed override void OnCommand(object message)
    {
        if (!_commands!.Handle(message))
        {
            Unhandled(message);
        }
    }

    protected sealed override void OnRecover(object message)
    {
        if (!_recovering.Handle(message))
        {
            Unhandled(message);
        }
    }

    protected void Become(Action configure) => Become((Receive)Configure(configure).Handle);

    protected void BecomeStacked(Action configure) => BecomeStacked((Receive)Configure(configure).Handle);

    protected void Recover<T>(Action<T> handler, Predicate<T>? shouldHandle = null) => AddRecover(new TypedHandler<T>(handler, shouldHandle));

    protected void Recover<T>(Predicate<T> shouldHandle, Action<T> handler) => Recover(handler, shouldHandle);

    protected void Recover<T>(Func<T, bool> handler) => AddRecover(new DecidingHandler<T>(handler));

    protected void Recover(Type messageType, Action<object> handler, Predicate<object>? shouldHandle = null) =>
        Recover(handler, OfType(messageType, shouldHandle));

    protected void Recover(Type messageType, Predicate<object> shouldHandle, Action<object> handler) =>
        Recover(messageType, handler, shouldHandle);

    protected void RecoverAny(Action<object> handler) => AddRecover(new TypedHandler<object>(handler, null));

    protected void Command<T>(Action<T> handler, Predicate<T>? shouldHandle = null) => AddCommand(new TypedHandler<T>(handler, shouldHandle));

    protected void Command<T>(Predicate<T> shouldHandle, Action<T> handler) => Command(handler, shouldHandle);

    protected void Command<T>(Func<T, bool> handler) => AddCommand(new DecidingHandler<T>(handler));

    protected void Command(Type messageType, Action<object> handler, Predicate<object>? shouldHandle = null) =>
        AddCommand(new TypedHandler<object>(handler, OfType(messageType, shouldHandle)));

    protected void Command(Type messageType, Predicate<object> shouldHandle, Action<object> handler) =>
        Command(messageType, handler, shouldHandle);

    /// <summary>Takes every command; nothing can be registered after it.</summary>
    protected void Command(Action<object> handler) => CommandAny(handler);

    protected void CommandAny(Action<object> handler) => AddCommand(new TypedHandler<object>(handler, null));

    protected void CommandAsync<T>(Func<T, Task> handler, Predicate<T>? shouldHandle = null) =>
        AddCommand(new TypedHandler<T>(message => RunTask(() => handler(message)), shouldHandle));

    protected void CommandAsync<T>(Predicate<T> shouldHandle, Func<T, Task> handler) => CommandAsync(handler, shouldHandle);

    protected void CommandAnyAsync(Func<object, Task> handler) => CommandAsync(handler);

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

    private void AddRecover(IReceiveHandler handler)
    {
        if (_commands is not null)
        {
            throw new InvalidOperationException("Recover methods may be called only in a persistent actor's constructor");
        }

        _recovering.Add(handler);
    }

    private void AddCommand(IReceiveHandler handler)
    {
        if (!_configuring.TryPeek(out var handlers))
        {
            throw new InvalidOperationException("Command methods may be called only in a persistent actor's constructor and inside Become()");
        }

        handlers.Add(handler);
    }
}
