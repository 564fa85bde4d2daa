using System.Diagnostics.CodeAnalysis;
using Akka.Util;

namespace Akka.Actor;

/// <summary>
/// The children of one cell, and why it waits for some of them to stop. Children are made from any thread (<c>ActorSystem.ActorOf</c>)
/// and found from any thread (selections), hence the lock; all else happens in the parent's turn.
/// </summary>
internal sealed class Children
{
    /// <summary>What the cell does once the children that were told to stop are gone.</summary>
    internal enum Waiting
    {
        /// <summary>No child is stopping.</summary>
        No,

        /// <summary>Children stop because someone asked for it; the cell goes on meanwhile.</summary>
        Idly,

        ForCreation,
        ForRecreation,
        ForTermination,
    }

    private readonly object _lock = new();
    private readonly HashSet<IActorRef> _dying = [];
    private Dictionary<string, ChildStats>? _byName;
    private bool _closed;
    private long _nameCounter;

    public Waiting Reason { get; private set; }

    /// <summary>The cause of the restart that waits, when <see cref="Reason"/> is <see cref="Waiting.ForRecreation"/>.</summary>
    public Exception? RecreationCause { get; private set; }

    public bool IsNormal => Reason is Waiting.No or Waiting.Idly && !_closed;

    /// <summary>Whether the cell is ending or has ended; it can have no new children.</summary>
    public bool IsTerminating => _closed;

    public bool IsWaitingForChildren => Reason is Waiting.ForCreation or Waiting.ForRecreation;

    /// <summary>Makes a child and adds it; a null name takes the next free one. The child is not started.</summary>
    public LocalActorRef Add(string? name, ActorPath parent, Func<string, LocalActorRef> make)
    {
        if (name is not null)
            Validate(name, parent);
        lock (_lock)
        {
            if (IsTerminating)
                throw new InvalidOperationException("cannot create children while terminating or terminated");
            _byName ??= new Dictionary<string, ChildStats>(StringComparer.Ordinal);
            if (name is not null && _byName.ContainsKey(name))
                throw new InvalidActorNameException($"Actor name \"{name}\" is not unique!");
            name ??= "$" + CompactName.Of(_nameCounter++);
            var child = make(name);
            _byName.Add(name, new ChildStats(child));
            return child;
        }
    }

    public bool TryGet(IActorRef child, [NotNullWhen(true)] out ChildStats? stats)
    {
        lock (_lock)
        {
            stats = null;
            return _byName is not null && _byName.TryGetValue(child.Path.Name, out stats) && stats.Child.Equals(child);
        }
    }

    public IInternalActorRef? ByName(string name)
    {
        lock (_lock)
            return _byName is not null && _byName.TryGetValue(name, out var stats) ? stats.Child : null;
    }

    public IReadOnlyCollection<ChildStats> Stats()
    {
        lock (_lock)
            return _byName is null or { Count: 0 } ? [] : [.. _byName.Values];
    }

    public IReadOnlyCollection<IInternalActorRef> Refs()
    {
        lock (_lock)
            return _byName is null or { Count: 0 } ? [] : [.. _byName.Values.Select(stats => stats.Child)];
    }

    /// <summary>The child was told to stop: from now on the cell can be made to wait for it.</summary>
    public void ShallDie(IActorRef child)
    {
        lock (_lock)
        {
            if (_byName is null || !_byName.TryGetValue(child.Path.Name, out var stats) || !stats.Child.Equals(child))
                return;
            _dying.Add(child);
            if (Reason == Waiting.No)
                Reason = Waiting.Idly;
        }
    }

    /// <summary>Makes the cell wait for the children that are stopping; false if there are none.</summary>
    public bool WaitFor(Waiting reason, Exception? cause = null)
    {
        lock (_lock)
        {
            if (_dying.Count == 0)
                return false;
            Reason = reason;
            RecreationCause = cause;
            return true;
        }
    }

    /// <summary>A child is gone. Answers what the cell waited for if it was the last one that it waited for.</summary>
    public Waiting Remove(IActorRef child)
    {
        lock (_lock)
        {
            if (_byName is not null && _byName.TryGetValue(child.Path.Name, out var stats) && stats.Child.Equals(child))
                _byName.Remove(child.Path.Name);
            if (!_dying.Remove(child) || _dying.Count > 0)
                return Waiting.No;
            var reason = Reason;
            Reason = Waiting.No;
            return reason;
        }
    }

    /// <summary>The cell is ending: no child can be added from here on.</summary>
    public void RefuseNew()
    {
        lock (_lock)
            _closed = true;
    }

    private static void Validate(string name, ActorPath parent)
    {
        if (name.Length == 0)
            throw new InvalidActorNameException("Actor name must not be empty");
        if (!ActorPath.IsValidPathElement(name))
        {
            throw new InvalidActorNameException(
                $"Illegal actor name [{name}] below {parent}: names are letters, digits, escapes (%hh) and {ActorPath.ValidSymbols}, and do not start with $");
        }
    }
}
