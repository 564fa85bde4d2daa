using Akka.Actor.Internal;

namespace Akka.Actor;

/// <summary>Actors by a path that may have patterns, relative to an anchor. What is told goes to whoever is there at that moment.</summary>
public class ActorSelection : ICanTell
{
    public ActorSelection(IActorRef anchor, SelectionPathElement[] path)
    {
        Anchor = anchor;
        Path = path;
    }

    public ActorSelection(IActorRef anchor, string path)
        : this(anchor, path.Split('/', StringSplitOptions.RemoveEmptyEntries))
    {
    }

    public ActorSelection(IActorRef anchor, IEnumerable<string> elements)
        : this(anchor, [.. elements.Where(element => element.Length > 0).Select(Element)])
    {
    }

    public IActorRef Anchor { get; }

    public SelectionPathElement[] Path { get; }

    public string PathString => "/" + string.Join("/", (object[])Path);

    /// <summary>Without a sender, the actor whose code is running is it.</summary>
    public void Tell(object message, IActorRef? sender = null)
    {
        if (message is null)
            throw new InvalidMessageException("a message must not be null");
        SelectionDelivery.Deliver(Anchor, new ActorSelectionMessage(message, Path), sender ?? InternalCurrentActorCellKeeper.Current?.Self);
    }

    /// <summary>The one actor that answers; <see cref="ActorNotFoundException"/> if none does in time.</summary>
    public Task<IActorRef> ResolveOne(TimeSpan timeout) => ResolveOne(timeout, CancellationToken.None);

    public async Task<IActorRef> ResolveOne(TimeSpan timeout, CancellationToken ct)
    {
        try
        {
            var identity = await this.Ask<ActorIdentity>(new Identify(null!), timeout, ct).ConfigureAwait(false);
            return identity.Subject ?? throw new ActorNotFoundException($"no actor at {this}");
        }
        catch (AskTimeoutException e)
        {
            throw new ActorNotFoundException($"no answer from {this} within {timeout}", e);
        }
    }

    public override bool Equals(object? obj) => obj is ActorSelection other && Anchor.Equals(other.Anchor) && PathString == other.PathString;

    public override int GetHashCode() => HashCode.Combine(Anchor, PathString);

    public override string ToString() => $"ActorSelection[Anchor({Anchor.Path}), Path({PathString})]";

    private static SelectionPathElement Element(string name) => name switch
    {
        ".." => SelectParent.Instance,
        "**" => SelectChildRecursive.Instance,
        _ when name.AsSpan().IndexOfAny('*', '?') >= 0 => new SelectChildPattern(name),
        _ => new SelectChildName(name),
    };
}
