using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using Akka.Serialization;

namespace Akka.Remote;

/// <summary>
/// The connections of one system: it listens at the system's address, makes connections to others, keeps an <see cref="Association"/> for
/// each address it ever had to do with, and ends them with the system.
/// </summary>
internal sealed class Remoting
{
    private const string Protocol = "akka.tcp";

    /// <summary>What a frame may have beside its payload: names and paths.</summary>
    private const int FrameOverheadMax = 64 * 1024;

    /// <summary>Ticks come at least twice a second; when this long none came, the process stood still.</summary>
    private static readonly TimeSpan StallMin = TimeSpan.FromSeconds(1.5);

    private readonly ConcurrentDictionary<Address, Association> _associations = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Cancelable _ticking;
    private readonly TimeSpan _heartbeatInterval;
    private Socket? _listener;
    private TimeSpan _heartbeatAt;
    private TimeSpan _tickedAt;

    public Remoting(RemoteActorRefProvider provider)
    {
        Provider = provider;
        System = provider.System;
        Settings = provider.RemoteSettings;
        Log = Logging.GetLogger(System, "remoting");
        LocalUid = AddressUidExtension.Uid(System);
        LocalAddress = new Address(Protocol, System.Name, Settings.PublicHost, Settings.PublicPort);
        _ticking = new Cancelable(System.Scheduler);
        _heartbeatInterval = Settings.TransportFailureDetector.GetTimeSpan("heartbeat-interval");
    }

    public RemoteActorRefProvider Provider { get; }

    public ActorSystemImpl System { get; }

    public RemoteSettings Settings { get; }

    public ILoggingAdapter Log { get; }

    /// <summary>By which others reach this system.</summary>
    public Address LocalAddress { get; private set; }

    public int LocalUid { get; }

    /// <summary>Where it really listens; null before it does.</summary>
    public IPEndPoint? BoundEndPoint => _listener?.LocalEndPoint as IPEndPoint;

    public TimeSpan Now => System.Scheduler.MonotonicClock;

    private int FrameBytesMax => Settings.FrameBytesMax + FrameOverheadMax;

    /// <summary>Takes the port, so that the address is known.</summary>
    public void Bind()
    {
        var address = AddressToBind();
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(address, Settings.BindPort));
            listener.Listen(Settings.Backlog);
        }
        catch (SocketException e)
        {
            listener.Dispose();
            throw new RemoteTransportException(
                $"remoting cannot listen at {address}:{Settings.BindPort} (akka.remote.dot-netty.tcp.hostname and port): {e.Message}", e);
        }
        _listener = listener;
        if (Settings.PublicPort == 0)
            LocalAddress = LocalAddress.WithPort(BoundEndPoint!.Port);
    }

    /// <summary>Lets others in.</summary>
    public void Start()
    {
        _ = Task.Run(AcceptAsync);
        var shortestMs = Math.Min(Math.Min(Settings.RetryGateClosedFor.TotalMilliseconds, Settings.SysResendTimeout.TotalMilliseconds), _heartbeatInterval.TotalMilliseconds);
        var interval = TimeSpan.FromMilliseconds(Math.Clamp(shortestMs / 5, 20, 500));
        System.Scheduler.Advanced.ScheduleRepeatedly(interval, interval, Tick, _ticking);
        Publish(new RemotingListenEvent([LocalAddress]));
    }

    public Association AssociationWith(Address address) =>
        _associations.TryGetValue(address, out var known) ? known : _associations.GetOrAdd(address, new Association(this, address));

    public FailureDetector NewSilenceDetector() => FailureDetectorLoader.Load(
        Settings.TransportFailureDetector.GetString("implementation-class"), Settings.TransportFailureDetector, System);

    /// <summary>Nothing of a peer's incarnation is left: who watched its actors hears of it, and its own watches are forgotten.</summary>
    public void OnIncarnationGone(Address address, bool hasSuccessor)
    {
        System.RemotelyWatched.OnAddressTerminated(address);
        Provider.RemoteWatcher.Tell(new RemoteWatcher.IncarnationGone(address, hasSuccessor), ActorRefs.NoSender);
    }

    public void Publish(RemotingLifecycleEvent lifecycleEvent, bool isNews = true)
    {
        System.EventStream.Publish(lifecycleEvent);
        // Errors of one association are logged where it is decided what follows from them.
        if (isNews && lifecycleEvent is not (AssociationErrorEvent or QuarantinedEvent) && lifecycleEvent.LogLevel() >= Settings.LifecycleLogLevel)
            Log.Log(lifecycleEvent.LogLevel(), null, lifecycleEvent.ToString()!);
    }

    /// <summary>Sends what is queued, as long as that goes fast, and ends all connections.</summary>
    public async Task ShutDownAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _listener?.Dispose();
        _ticking.Cancel();
        var flushed = Task.WhenAll(_associations.Values.Select(association => association.ShutDownAsync()));
        await Task.WhenAny(flushed, Task.Delay(Settings.FlushWait)).ConfigureAwait(false);
        foreach (var association in _associations.Values)
            association.Abort();
        await Task.WhenAny(flushed, Task.Delay(Settings.ShutdownTimeout)).ConfigureAwait(false);
        Publish(new RemotingShutdownEvent());
    }

    /// <summary>One attempt at a connection.</summary>
    public async Task ConnectAsync(Association association, ulong attempt)
    {
        Socket? socket = null;
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            limit.CancelAfter(Settings.ConnectTimeout);
            var (host, port) = (association.RemoteAddress.Host!, association.RemoteAddress.Port!.Value);
            socket = IPAddress.TryParse(host, out var ip)
                ? new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
                : new Socket(SocketType.Stream, ProtocolType.Tcp);
            SetOptions(socket);
            await (ip is null ? socket.ConnectAsync(host, port, limit.Token) : socket.ConnectAsync(ip, port, limit.Token)).ConfigureAwait(false);
            limit.CancelAfter(Settings.HandshakeTimeout);
            if (association.StartHello(attempt) is { } hello && await OfferAsync(association, hello, socket, limit.Token).ConfigureAwait(false))
                return;
            socket.Dispose();
        }
        catch (Exception e)
        {
            socket?.Dispose();
            association.OnAttemptFailed(attempt, e is OperationCanceledException ? new TimeoutException("no connection in time") : e);
        }
    }

    private async Task<bool> OfferAsync(Association association, Hello hello, Socket socket, CancellationToken cancellation)
    {
        await SendAsync(socket, FrameKind.Hello, hello.Write, cancellation).ConfigureAwait(false);
        var frames = new FrameReader(socket, FrameBytesMax);
        var frame = await frames.ReadAsync(cancellation).ConfigureAwait(false)
            ?? throw new RemoteTransportException("the peer closed the connection in the handshake");
        var answer = ReadAnswer(frame.Span);
        if (answer.Refusal is { } refusal)
        {
            association.OnRefused(hello.Attempt, refusal, answer.Text);
            return false;
        }
        if (association.OnWelcome(hello.Attempt, answer.Uid, socket, frames))
            return true;
        if (association.IsQuarantined(answer.Uid))
        {
            await SendPartingAsync(
                socket, FrameKind.Goodbye, PartingReason.Quarantined, $"[{LocalAddress}] has quarantined this system; it must be restarted", cancellation).ConfigureAwait(false);
        }
        return false;
    }

    private static (PartingReason? Refusal, string Text, int Uid) ReadAnswer(ReadOnlySpan<byte> frame)
    {
        var reader = new WireReader(frame[1..]);
        switch ((FrameKind)frame[0])
        {
            case FrameKind.Refuse:
                return ((PartingReason)reader.Byte(), reader.String(), 0);
            case FrameKind.Welcome:
                return Hello.CheckStart(ref reader) is { } wrong ? throw new RemoteTransportException(wrong) : (null, "", reader.Int32());
            default:
                throw new InvalidDataException($"the peer answered the handshake with a frame of the kind {frame[0]}");
        }
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener!.AcceptAsync(_stopping.Token).ConfigureAwait(false);
                _ = Task.Run(() => WelcomeAsync(socket));
            }
            catch (Exception e) when (!_stopping.IsCancellationRequested)
            {
                Publish(new RemotingErrorEvent(e));
                await Task.Delay(TimeSpan.FromMilliseconds(100)).ConfigureAwait(false);
            }
            catch (Exception)
            {
                // The listener is closed.
                return;
            }
        }
    }

    private async Task WelcomeAsync(Socket socket)
    {
        var isTaken = false;
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            limit.CancelAfter(Settings.HandshakeTimeout);
            SetOptions(socket);
            var frames = new FrameReader(socket, FrameBytesMax);
            if (await frames.ReadAsync(limit.Token).ConfigureAwait(false) is not { } frame)
                return;
            var (hello, wrong) = ReadHello(frame.Span);
            if (hello is null || wrong is not null)
            {
                Log.Warning("a connection from [{0}] is refused: {1}", socket.RemoteEndPoint, wrong);
                await SendPartingAsync(socket, FrameKind.Refuse, PartingReason.Misdirected, wrong!, limit.Token).ConfigureAwait(false);
                return;
            }
            var objection = await AssociationWith(hello.From).OnHelloAsync(
                hello, socket, frames, () => SendAsync(socket, FrameKind.Welcome, WriteWelcome, limit.Token)).ConfigureAwait(false);
            isTaken = objection is null;
            if (objection is { } because)
                await SendPartingAsync(socket, FrameKind.Refuse, because.Reason, because.Text, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            if (!_stopping.IsCancellationRequested)
                Log.Debug("a connection ended in the handshake: {0}", e.Message);
        }
        finally
        {
            if (!isTaken)
                socket.Dispose();
        }
    }

    private (Hello? Hello, string? Wrong) ReadHello(ReadOnlySpan<byte> frame)
    {
        var reader = new WireReader(frame[1..]);
        if ((FrameKind)frame[0] != FrameKind.Hello)
            return (null, "it does not begin with a handshake");
        if (Hello.CheckStart(ref reader) is { } wrong)
            return (null, wrong);
        var hello = Hello.Read(ref reader);
        if (hello.To != LocalAddress)
        {
            return (hello, $"[{hello.From}] wants to reach [{hello.To}], but this system is [{LocalAddress}]; " +
                "the system's name, akka.remote.dot-netty.tcp.public-hostname and public-port must be what others use");
        }
        return hello.From is { Host: not null, Port: not null } && hello.From != LocalAddress
            ? (hello, null)
            : (hello, $"[{hello.From}] is no address of another system");
    }

    private void WriteWelcome(WireWriter writer)
    {
        Hello.WriteStart(writer);
        writer.Int32(LocalUid);
    }

    private static Task SendPartingAsync(Socket socket, FrameKind kind, PartingReason reason, string text, CancellationToken cancellation) =>
        SendAsync(
            socket,
            kind,
            writer =>
            {
                writer.Byte((byte)reason);
                writer.String(text);
            },
            cancellation);

    private static async Task SendAsync(Socket socket, FrameKind kind, Action<WireWriter> body, CancellationToken cancellation)
    {
        var writer = new WireWriter();
        var at = FrameEncoder.Begin(kind, writer);
        body(writer);
        FrameEncoder.End(at, writer);
        for (var rest = writer.WrittenMemory; !rest.IsEmpty;)
            rest = rest[await socket.SendAsync(rest, SocketFlags.None, cancellation).ConfigureAwait(false)..];
    }

    private void SetOptions(Socket socket)
    {
        socket.NoDelay = Settings.NoDelay;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, Settings.KeepAlive);
        if (Settings.SendBufferBytes > 0)
            socket.SendBufferSize = Settings.SendBufferBytes;
        if (Settings.ReceiveBufferBytes > 0)
            socket.ReceiveBufferSize = Settings.ReceiveBufferBytes;
    }

    private void Tick()
    {
        var now = Now;
        var heartbeatIsDue = now >= _heartbeatAt;
        var wasStalled = now - _tickedAt > StallMin;
        _tickedAt = now;
        if (heartbeatIsDue)
            _heartbeatAt = now + _heartbeatInterval;
        foreach (var (_, association) in _associations)
        {
            try
            {
                association.Tick(now, heartbeatIsDue, wasStalled);
            }
            catch (Exception e)
            {
                Log.Error(e, "{0}: {1}", association, e.Message);
            }
        }
    }

    private IPAddress AddressToBind()
    {
        if (Settings.BindHost.Length == 0)
            return Settings.UseIPv6 ? IPAddress.IPv6Any : IPAddress.Any;
        if (IPAddress.TryParse(Settings.BindHost, out var literal))
            return literal;
        var family = Settings.UseIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        try
        {
            var all = Dns.GetHostAddresses(Settings.BindHost);
            return Array.Find(all, each => each.AddressFamily == family) ?? all[0];
        }
        catch (SocketException e)
        {
            throw new RemoteTransportException($"akka.remote.dot-netty.tcp.hostname is [{Settings.BindHost}], which has no address: {e.Message}", e);
        }
    }
}
