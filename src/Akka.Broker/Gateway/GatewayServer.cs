using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Akka.Broker.Connections;
using Akka.Broker.Gateway.Local;
using Akka.Broker.Gateway.Sockets;

namespace Akka.Broker.Gateway;

/// <summary>A listener that is bound: its name, its real address, and whether other brokers come in there.</summary>
public readonly record struct BoundListener(string Name, IPEndPoint Endpoint, bool IsInterBroker = false);

/// <summary>
/// The door for Kafka clients: listeners, their connections, and what guards them.
/// <code>
///  Bind ─▶ [ ports taken, clients wait in the backlog ] ─ ServeBrokers ─▶ [ brokers are served, clients are turned away ]
///                                                     └─ Serve ─▶ [ all are served ] ◀─ Serve, ServeBrokers ─┘
///  StopAsync ─▶ no new connection, no new request, answers go out ─▶ closed
/// </code>
/// What is served may change: a node that leaves its cluster, or is not yet in one, has nothing to say to clients, and a client that is turned away looks for another
/// broker at once. Thread-safe; who changes what is served does it from one thread at a time.
/// </summary>
public sealed class GatewayServer : IAsyncDisposable
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    private readonly List<Listener> _listeners;
    private readonly ConnectionLimits _limits;
    private readonly FrameMemory _memory;
    private readonly TimeProvider _time;
    private readonly FloodGuardLog _log;
    private readonly ConcurrentDictionary<long, Connection> _connections = new();
    private readonly AddressCounts _addresses;
    private readonly List<Task> _accepting = [];
    private readonly ITimer _sweeper;
    private readonly RequestDispatcher _dispatcher = new();
    private readonly ConnectionServices _services;
    private readonly LocalDoors _doors;
    private bool _isAccepting;
    private long _lastConnectionId;
    private volatile bool _isStopping;

    private GatewayServer(List<Listener> listeners, ConnectionLimits limits, TimeProvider time, IGatewayLog log, GatewayWatch watch)
    {
        _listeners = listeners;
        _limits = limits;
        _addresses = new AddressCounts(limits.ConnectionsPerIpMax);
        _memory = new FrameMemory(limits.QueuedRequestBytesMax, time);
        _time = time;
        _log = new FloodGuardLog(log);
        Wheel = new TimerWheel(time);
        _services = new ConnectionServices(limits, _memory, _dispatcher, Wheel, time, Counters, _log) { Requests = watch.Requests, Quota = watch.Quota };
        Listeners = listeners.ConvertAll(l => new BoundListener(l.Name, l.Endpoint, l.IsInterBroker));
        _doors = new LocalDoors(_services, () => IsServingClients, () => Interlocked.Increment(ref _lastConnectionId));
        _sweeper = time.CreateTimer(static server => ((GatewayServer)server!).Sweep(), this, SweepInterval, SweepInterval);
    }

    public IReadOnlyList<BoundListener> Listeners { get; }

    /// <summary>For handlers that wait (long polls).</summary>
    public TimerWheel Wheel { get; }

    public GatewayCounters Counters { get; } = new();

    /// <summary>Request memory in use.</summary>
    public long RequestBytes => _memory.Used;

    /// <summary>Requests that wait for memory now, whole or in part.</summary>
    public int RequestsWaitingForMemory => _memory.Waiting;

    /// <summary>Open now; as they come and go, so a count of them may be a moment old.</summary>
    internal IEnumerable<Connection> Connections => _connections.Values;

    internal ConnectionLimits Limits => _limits;

    /// <summary>Whether clients are served.</summary>
    public bool IsServingClients => _dispatcher.Served is { ToClients: true } && !_isStopping;

    /// <summary>Connections from within the process that are open now.</summary>
    internal int LocalConnections => _doors.Count;

    /// <summary>Clients of this process that know the listener by this address may come in without a socket, from now until the gateway stops.</summary>
    /// <exception cref="InvalidOperationException">There is no such listener.</exception>
    public void ServeLocally(string listener, BrokerAddress address) => _doors.Open(Listeners.First(l => l.Name == listener), address);

    /// <summary>Takes all addresses, or none.</summary>
    /// <exception cref="ListenerBindException">One of them cannot be had.</exception>
    public static GatewayServer Bind(IReadOnlyList<ListenerOptions> listeners, ConnectionLimits limits, TimeProvider time, IGatewayLog log) =>
        Bind(listeners, limits, time, log, new GatewayWatch());

    /// <param name="listeners">At least one.</param>
    /// <param name="limits">Of connections.</param>
    /// <param name="time">The clock of connections.</param>
    /// <param name="log">What operators should know.</param>
    /// <param name="watch">What looks at each request.</param>
    internal static GatewayServer Bind(
        IReadOnlyList<ListenerOptions> listeners, ConnectionLimits limits, TimeProvider time, IGatewayLog log, GatewayWatch watch)
    {
        var bound = new List<Listener>();
        try
        {
            foreach (var options in listeners)
                bound.Add(Listener.Bind(options));
        }
        catch (ListenerBindException)
        {
            bound.ForEach(l => l.Dispose());
            throw;
        }
        return new GatewayServer(bound, limits, time, log, watch);
    }

    /// <summary>
    /// Answers with these handlers whoever asks. Connections that were served by others are closed, since what was learned on them (versions, who leads)
    /// may not hold any more.
    /// </summary>
    public void Serve(HandlerTable handlers) => Serve(new ServedApis(handlers, ToClients: true));

    /// <summary>Answers other brokers only: <see cref="IRequestHandler.IsForBrokers"/> of these handlers. Whoever asks for anything else is turned away without a word.</summary>
    public void ServeBrokers(HandlerTable handlers) => Serve(new ServedApis(handlers, ToClients: false));

    private void Serve(ServedApis apis)
    {
        var isOpened = _dispatcher.Served is { ToClients: false } before && apis.ToClients && ReferenceEquals(before.Handlers, apis.Handlers);
        var isFirst = _dispatcher.Served is null;
        _dispatcher.Served = apis;
        if (!isFirst && !isOpened)
        {
            foreach (var connection in _connections.Values)
                connection.Close();
            _doors.CloseConnections();
        }
        if (_isAccepting)
            return;
        _isAccepting = true;
        foreach (var listener in _listeners)
            _accepting.Add(listener.AcceptAsync(OnAccepted, Wheel, _log));
    }

    /// <summary>
    /// Stops accepting, answers what was already asked (long polls at once, with what there is), and closes everything,
    /// what is not answered by then after <paramref name="drainMax"/>.
    /// </summary>
    public async Task StopAsync(TimeSpan drainMax)
    {
        _isStopping = true;
        _listeners.ForEach(l => l.Dispose());
        _doors.Dispose();
        await Task.WhenAll(_accepting).ConfigureAwait(false);
        foreach (var connection in _connections.Values)
            connection.Drain();
        Wheel.Drain();
        try
        {
            await Task.WhenAll(_connections.Values.Select(c => c.Ended)).WaitAsync(drainMax, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _log.Warning($"{_connections.Count} connections are closed with requests unanswered for {drainMax.TotalSeconds:F0} s.");
        }
        foreach (var connection in _connections.Values)
            connection.Close();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero).ConfigureAwait(false);
        await _sweeper.DisposeAsync().ConfigureAwait(false);
        Wheel.Dispose();
    }

    private void OnAccepted(Listener listener, Socket socket)
    {
        Connection connection;
        IPAddress? entered = null;
        try
        {
            if (Counters.Open >= _limits.ConnectionsMax)
            {
                Refuse(listener, socket, Counters.OnRefused(), $"{_limits.ConnectionsMax} are open (max.connections)");
                return;
            }
            var address = ((IPEndPoint)socket.RemoteEndPoint!).Address;
            if (!_addresses.TryEnter(address))
            {
                Refuse(listener, socket, Counters.OnRefusedPerIp(), $"{_limits.ConnectionsPerIpMax} of its address are open (max.connections.per.ip)");
                return;
            }
            entered = address;
            socket.NoDelay = true;
            LocalSockets.EndPacing(socket);
            if (_limits.SendBufferBytes > 0)
                socket.SendBufferSize = _limits.SendBufferBytes;
            if (_limits.ReceiveBufferBytes > 0)
                socket.ReceiveBufferSize = _limits.ReceiveBufferBytes;
            connection = new Connection(Interlocked.Increment(ref _lastConnectionId), socket, listener, _services);
        }
        catch (Exception cause)
        {
            // A client that has gone before it was served is no news; whatever else it is must not end the accepting.
            socket.Dispose();
            if (entered is not null)
                _addresses.Leave(entered);
            if (cause is not SocketException)
                _log.Error(cause, $"Listener {listener.Name} could not serve a connection.");
            return;
        }
        Counters.OnAccepted();
        _connections[connection.Id] = connection;
        _ = ServeAsync(connection);
        if (_isStopping)
            connection.Close();
    }

    private async Task ServeAsync(Connection connection)
    {
        // The accept loop must not be held up by a client's first requests.
        await Task.Yield();
        try
        {
            await connection.RunAsync().ConfigureAwait(false);
        }
        finally
        {
            _connections.TryRemove(connection.Id, out _);
            _addresses.Leave(connection.Remote.Address);
        }
    }

    private void Refuse(Listener listener, Socket socket, long refused, string why)
    {
        if (long.IsPow2(refused))
            _log.Warning($"Listener {listener.Name} turned away a connection from {socket.RemoteEndPoint}: {why}. {refused} so far.");
        socket.Dispose();
    }

    private void Sweep()
    {
        _log.OnSecond();
        _memory.EvictStalled();
        foreach (var (_, connection) in _connections)
            connection.Sweep();
    }
}
