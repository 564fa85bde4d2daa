using System.Collections.Concurrent;
using Akka.Broker.Connections;
using Akka.Broker.Gateway.Sockets;

namespace Akka.Broker.Gateway.Local;

/// <summary>
/// The gateway's listeners for clients of its own process: registered in <see cref="LocalListeners"/> under the addresses that metadata names, until disposed. Thread-safe.
/// </summary>
internal sealed class LocalDoors(ConnectionServices services, Func<bool> isServing, Func<long> nextId) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<IDisposable> _registrations = [];
    private readonly ConcurrentDictionary<LocalConnection, bool> _connections = new();

    /// <summary>Open now.</summary>
    public int Count => _connections.Count;

    public void Open(BoundListener listener, BrokerAddress address)
    {
        lock (_gate)
            _registrations.Add(LocalListeners.Register(address, new Door(this, listener, address)));
    }

    /// <summary>What was learned on them may not hold any more.</summary>
    public void CloseConnections()
    {
        foreach (var connection in _connections.Keys)
            connection.Dispose();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _registrations.ForEach(r => r.Dispose());
            _registrations.Clear();
        }
        CloseConnections();
    }

    private sealed class Door(LocalDoors doors, BoundListener listener, BrokerAddress address) : ILocalListener
    {
        public ILocalConnection? TryConnect()
        {
            if (!doors.IsServing)
                return null;
            var connection = new LocalConnection(doors.NextId(), listener, address, doors.Services, ended => doors._connections.TryRemove(ended, out _));
            doors._connections[connection] = true;
            // The gateway may have stopped serving in between, and looked for connections before this one was there.
            if (doors.IsServing)
                return connection;
            connection.Dispose();
            return null;
        }
    }

    private bool IsServing => isServing();

    private ConnectionServices Services => services;

    private long NextId() => nextId();
}
