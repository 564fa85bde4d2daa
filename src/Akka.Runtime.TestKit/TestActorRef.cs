using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;

namespace Akka.TestKit;

/// <summary>A reference to an actor that runs on the calling thread, with a look inside.</summary>
public abstract class TestActorRefBase<TActor> : IInternalActorRef
    where TActor : ActorBase
{
    private readonly LocalActorRef _ref;

    protected TestActorRefBase(ActorSystem system, Props actorProps, IActorRef? supervisor = null, string? name = null)
    {
        var parent = (LocalActorRef)(supervisor ?? ((ExtendedActorSystem)system).Guardian);
        _ref = (LocalActorRef)parent.Cell.MakeChild(actorProps.WithDispatcher(CallingThreadDispatcher.Id), name);
    }

    public IActorRef Ref => _ref;

    public ActorPath Path => _ref.Path;

    public TActor UnderlyingActor => _ref.Cell.Actor as TActor
        ?? throw new IllegalActorStateException($"{_ref} has no live actor of class {typeof(TActor).Name}");

    IInternalActorRef IInternalActorRef.Parent => _ref.Parent;

    IActorRefProvider IInternalActorRef.Provider => _ref.Provider;

    bool IInternalActorRef.IsTerminated => _ref.IsTerminated;

    bool IActorRefScope.IsLocal => true;

    public void Tell(object message, IActorRef? sender) => _ref.Tell(message, sender);

    public void Tell(object message) => _ref.Tell(message, InternalCurrentActorCellKeeper.Current?.Self);

    public override bool Equals(object? obj) => _ref.Equals(obj is TestActorRefBase<TActor> other ? other._ref : obj);

    public override int GetHashCode() => _ref.GetHashCode();

    public override string ToString() => _ref.ToString();

    public bool Equals(IActorRef? other) => _ref.Equals(other);

    public int CompareTo(object? obj) => _ref.CompareTo(obj);

    int IComparable<IActorRef>.CompareTo(IActorRef? other) => _ref.CompareTo(other);

    IActorRef IInternalActorRef.GetChild(IReadOnlyList<string> name) => _ref.GetChild(name);

    void IInternalActorRef.Start() => _ref.Start();

    void IInternalActorRef.Stop() => _ref.Stop();

    void IInternalActorRef.Suspend() => _ref.Suspend();

    void IInternalActorRef.Resume(Exception? causedByFailure) => _ref.Resume(causedByFailure);

    void IInternalActorRef.Restart(Exception cause) => _ref.Restart(cause);

    void IInternalActorRef.SendSystemMessage(ISystemMessage message) => _ref.SendSystemMessage(message);
}

public class TestActorRef<TActor>(ActorSystem system, Props actorProps, IActorRef? supervisor = null, string? name = null)
    : TestActorRefBase<TActor>(system, actorProps, supervisor, name)
    where TActor : ActorBase;
