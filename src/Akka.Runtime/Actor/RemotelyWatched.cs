using System.Collections.Concurrent;
using Akka.Dispatch.SysMsg;

namespace Akka.Actor;

/// <summary>The actors that others of another system watch, so that the watches of a system that is gone can be forgotten. Any thread.</summary>
internal sealed class RemotelyWatched
{
    private readonly ConcurrentDictionary<ActorCell, bool> _cells = new();

    public bool Contains(ActorCell cell) => _cells.ContainsKey(cell);

    public void Add(ActorCell cell) => _cells[cell] = true;

    public void Remove(ActorCell cell) => _cells.TryRemove(cell, out _);

    public void OnAddressTerminated(Address node)
    {
        foreach (var (cell, _) in _cells)
            cell.SendSystemMessage(new ForgetWatchers(node));
    }
}
