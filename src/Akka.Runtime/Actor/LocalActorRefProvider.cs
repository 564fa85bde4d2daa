using System.Collections.Concurrent;
using Akka.Event;
using Akka.Remote;
using Akka.Util;

namespace Akka.Actor;

/// <summary>The actors of this process: the tree below the root, and the references that wait for an answer, below <c>/temp</c>.</summary>
internal sealed class LocalActorRefProvider : ILocalProvider
{
    private readonly ConcurrentDictionary<string, IInternalActorRef> _temporary = new();
    private readonly EventStream _eventStream;
    private long _temporaryCounter;

    public LocalActorRefProvider(ActorSystemImpl system, string systemName, EventStream eventStream)
    {
        System = system;
        _eventStream = eventStream;
        DefaultAddress = new Address("akka", systemName);
        RootPath = new RootActorPath(DefaultAddress);
        TempNode = RootPath / "temp";
        DeadLetters = new DeadLetterActorRef(this, RootPath / "deadLetters", eventStream);
    }

    public ActorSystemImpl System { get; }

    public ActorPath RootPath { get; }

    public Address DefaultAddress { get; }

    public DeadLetterActorRef DeadLetters { get; }

    IActorRef IActorRefProvider.DeadLetters => DeadLetters;

    /// <summary>Set while the system starts.</summary>
    public LocalActorRef RootGuardian { get; set; } = null!;

    public ActorPath TempNode { get; }

    public ActorPath TempPath() => TempNode / ("$" + CompactName.Of(Interlocked.Increment(ref _temporaryCounter)));

    public void RegisterTemp(IInternalActorRef actorRef, ActorPath path) => _temporary[path.Name] = actorRef;

    public void UnregisterTemp(ActorPath path) => _temporary.TryRemove(path.Name, out _);

    public Address? GetExternalAddressFor(Address address) => address == DefaultAddress ? DefaultAddress : null;

    public IActorRef ResolveActorRef(string path) =>
        ActorPath.TryParse(path, out var parsed) ? ResolveActorRef(parsed) : DeadLetters;

    public IActorRef ResolveActorRef(ActorPath actorPath)
    {
        if (actorPath.Address != DefaultAddress)
            return Empty(actorPath);
        return ResolveLocal(actorPath);
    }

    /// <summary>The actor of this process with that path, whatever the path's address.</summary>
    public IInternalActorRef ResolveLocal(ActorPath actorPath)
    {
        if (actorPath.Address != DefaultAddress)
            actorPath = (RootPath / actorPath.Elements).WithUid(actorPath.Uid);
        if (actorPath.Equals(DeadLetters.Path))
            return DeadLetters;
        if (actorPath.Depth == 2 && actorPath.Elements[0] == TempNode.Name)
            return _temporary.TryGetValue(actorPath.Name, out var temporary) ? temporary : Empty(actorPath);
        var found = RootGuardian.GetChild(actorPath.Elements);
        return found is Nobody || (actorPath.Uid != 0 && actorPath.Uid != found.Path.Uid) ? Empty(actorPath) : (IInternalActorRef)found;
    }

    /// <summary>As <see cref="ResolveLocal(ActorPath)"/>, by a path without an address: <c>/user/a#uid</c>.</summary>
    public IInternalActorRef ResolveLocal(string path)
    {
        if (path.StartsWith(RefTable.TempPrefix, StringComparison.Ordinal) && _temporary.TryGetValue(path[RefTable.TempPrefix.Length..], out var temporary))
            return temporary;
        return ActorPath.TryParse(RootPath, path, out var parsed) ? ResolveLocal(parsed) : DeadLetters;
    }

    /// <summary>The reference to a path that has no actor.</summary>
    public EmptyLocalActorRef Empty(ActorPath path) => new(this, path, _eventStream);
}
