using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;

namespace Petabridge.Cmd.Host;

/// <summary>
/// The host of an actor system's palettes: register what there is, then <see cref="Start"/>. It listens on <c>petabridge.cmd { host, port }</c> and ends with
/// the actor system. Thread-safe.
/// </summary>
public sealed class PetabridgeCmd : IExtension
{
    private const string DefaultHost = "127.0.0.1";
    private const int DefaultPort = 9110;
    private readonly Lock _gate = new();
    private readonly List<CommandPaletteHandler> _handlers = [];
    private readonly ILoggingAdapter _log;
    private CmdListener? _listener;

    internal PetabridgeCmd(ExtendedActorSystem system)
    {
        Sys = system;
        _log = Logging.GetLogger(system, nameof(PetabridgeCmd));
        system.RegisterOnTermination(Stop);
    }

    /// <summary>Whose palettes these are.</summary>
    public ExtendedActorSystem Sys { get; }

    /// <summary>Where it listens; null before it does.</summary>
    internal IPEndPoint? Endpoint => _listener?.Endpoint;

    public static PetabridgeCmd Get(ActorSystem system) => system.WithExtension<PetabridgeCmd, PetabridgeCmdProvider>();

    /// <summary>Adds a palette. After <see cref="Start"/> connections that are made from then on see it.</summary>
    /// <returns>False where one of that name is there already.</returns>
    public bool RegisterCommandPalette(CommandPaletteHandler handler)
    {
        lock (_gate)
        {
            if (_handlers.Exists(h => h.Palette.ModuleName == handler.Palette.ModuleName))
                return false;
            _handlers.Add(handler);
        }
        handler.OnRegister(this);
        return true;
    }

    /// <summary>Listens. Once; further calls do nothing.</summary>
    /// <exception cref="SocketException">The address cannot be had.</exception>
    public void Start()
    {
        lock (_gate)
        {
            if (_listener is not null)
                return;
            var config = Sys.Settings.Config;
            var host = config.GetString("petabridge.cmd.host", DefaultHost);
            var endpoint = new IPEndPoint(AddressOf(host), config.GetInt("petabridge.cmd.port", DefaultPort));
            _listener = CmdListener.Bind(endpoint, socket => new CmdConnection(socket, Sys, Snapshot()), _log);
        }
        _log.Info("Commands are taken at {0}.", Endpoint);
    }

    private IReadOnlyList<CommandPaletteHandler> Snapshot()
    {
        lock (_gate)
            return [.. _handlers];
    }

    private void Stop()
    {
        lock (_gate)
            _listener?.Dispose();
    }

    private static IPAddress AddressOf(string host)
    {
        if (host is "*" or "")
            return IPAddress.Any;
        if (IPAddress.TryParse(host, out var address))
            return address;
        var addresses = Dns.GetHostAddresses(host);
        return Array.Find(addresses, a => a.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0];
    }
}

/// <summary>Makes the extension.</summary>
public sealed class PetabridgeCmdProvider : ExtensionIdProvider<PetabridgeCmd>
{
    public override PetabridgeCmd CreateExtension(ExtendedActorSystem system) => new(system);
}
