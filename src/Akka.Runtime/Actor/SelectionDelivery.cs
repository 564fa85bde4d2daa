namespace Akka.Actor;

/// <summary>Makes selections and walks them, in the sender's thread as far as the actors are local.</summary>
internal static class SelectionDelivery
{
    /// <summary>A path from <paramref name="self"/>: relative, from the root (<c>/user/…</c>), or with an address.</summary>
    public static ActorSelection SelectionFrom(ActorSystemImpl system, IActorRef self, string path)
    {
        if (path.StartsWith('/'))
            return new ActorSelection(system.LookupRoot, path);
        if (path.Contains("://", StringComparison.Ordinal))
            return system.ActorSelection(ActorPath.Parse(path));
        return new ActorSelection(self, path);
    }

    public static void Deliver(IActorRef anchor, ActorSelectionMessage selection, IActorRef? sender) =>
        Deliver(anchor, selection, 0, selection.WildCardFanOut, sender);

    private static void Deliver(IActorRef at, ActorSelectionMessage selection, int step, bool fannedOut, IActorRef? sender)
    {
        for (; step < selection.Elements.Length; step++)
        {
            if (at is not LocalActorRef local)
            {
                at.Tell(new ActorSelectionMessage(selection.Message, selection.Elements[step..], fannedOut), sender);
                return;
            }
            switch (selection.Elements[step])
            {
                case SelectParent:
                    at = local.Parent is RootGuardianSupervisor ? local : local.Parent;
                    break;
                case SelectChildName name:
                    if (local.Child(name.Name) is { } child)
                    {
                        at = child;
                        break;
                    }
                    NotFound(local, selection, step, fannedOut, sender);
                    return;
                case SelectChildRecursive:
                    foreach (var each in local.Cell.Children.Refs())
                    {
                        Deliver(each, selection, step + 1, true, sender);
                        Deliver(each, selection, step, true, sender);
                    }
                    return;
                case SelectChildPattern pattern:
                    var matching = local.Cell.Children.Refs().Where(each => pattern.Matches(each.Path.Name)).ToArray();
                    if (matching.Length == 0)
                        NotFound(local, selection, step, fannedOut, sender);
                    foreach (var each in matching)
                        Deliver(each, selection, step + 1, fannedOut || matching.Length > 1, sender);
                    return;
            }
        }
        at.Tell(selection.Message, sender);
    }

    private static void NotFound(LocalActorRef at, ActorSelectionMessage selection, int step, bool fannedOut, IActorRef? sender)
    {
        if (fannedOut)
            return;
        if (selection.Message is Identify identify)
        {
            sender?.Tell(new ActorIdentity(identify.MessageId, null), ActorRefs.NoSender);
            return;
        }
        var provider = at.Cell.SystemImpl.Local;
        var path = selection.Elements[step..].Aggregate(at.Path, (path, element) => path / element.ToString()!);
        if (path.Equals(provider.DeadLetters.Path))
            provider.DeadLetters.Tell(selection.Message, sender);
        else if (path.Depth == 2 && path.Elements[0] == provider.TempNode.Name)
            provider.ResolveActorRef(path).Tell(selection.Message, sender);
        else
            provider.Empty(path).Tell(selection.Message, sender);
    }
}
