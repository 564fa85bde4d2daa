using System.Net.Sockets;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Event;
using Akka.Util;

namespace Akka.Remote;

/// <summary>
/// What this system and one other have to do with each other: the queue of messages, the connection, the system messages that wait for
/// an acknowledgement, and which incarnations of the other are quarantined.
/// <code>
///            a message, or system messages wait
///   Idle ────────────────▶ Connecting ───────────▶ Active
///    ▲                         │ fails               │ ends
///    │ nothing waits           ▼                     │
///    └──── gate time ─────── Gated ◀─────────────────┘      a connection from the peer leads from anywhere to Active
/// </code>
/// While gated, messages become dead letters; system messages are kept and connect again when the gate opens.
/// <para>
/// Both sides may connect at once. An attempt whose Hello is not out yet gives way to the peer's; if both are out, that of the lower
/// address goes on. A peer that has lost a connection which this side still holds shows by its Hello that it knew of it.
/// </para>
/// <code>
/// Invariants:
///   a connection iff Active
///   the connection's uid is not quarantined
/// </code>
/// </summary>
internal sealed class Association
{
    private enum State
    {
        Idle,
        Connecting,
        Active,
        Gated,
    }

    /// <summary>How long an attempt that gave way waits for the peer's.</summary>
    private static readonly TimeSpan YieldFor = TimeSpan.FromMilliseconds(300);

    private readonly Lock _lock = new();
    private readonly SystemMessageOutbox _outbox;
    private readonly Quarantines _quarantines = new();
    private SystemMessageInbox _inbox = new();
    private volatile State _state = State.Idle;
    private Connection? _connection;
    private Connection? _lastConnection;
    private ulong _attempt;
    private bool _helloIsOut;
    private ulong _acceptedAttempt;
    private int? _uid;
    private TimeSpan _gateOpensAt;
    private TimeSpan? _yieldedAt;
    private TimeSpan _outboxProgressAt;
    private TimeSpan _outboxReachableAt;
    private ulong _systemBeforeQueue;
    private bool _isForsaken;
    private bool _isShutDown;
    private bool _hasFailed;
    private int? _rejectedBy;

    public Association(Remoting remoting, Address remoteAddress)
    {
        Remoting = remoting;
        RemoteAddress = remoteAddress;
        Queue = new OutboundQueue(remoting, remoteAddress);
        _outbox = new SystemMessageOutbox(remoting.Settings.SysMsgBufferSize);
    }

    public Remoting Remoting { get; }

    public Address RemoteAddress { get; }

    public OutboundQueue Queue { get; }

    /// <summary>The incarnation that was met last; null before the first.</summary>
    public int? Uid
    {
        get
        {
            lock (_lock)
                return _uid;
        }
    }

    /// <summary>Queues a message, connecting if need be. From any thread; never waits.</summary>
    public void Send(object message, IActorRef? sender, RemoteActorRef recipient)
    {
        var state = _state;
        if (state is State.Idle or State.Gated && !TryConnect())
            Queue.DeadLetter(message, sender, recipient);
        else
            Queue.Add(message, sender, recipient);
    }

    /// <summary>Sends a system message, again until the peer has acknowledged it. From any thread.</summary>
    public void SendSystem(SystemMessage message, RemoteActorRef recipient)
    {
        var isFull = false;
        lock (_lock)
        {
            // With the quarantined incarnation its watches are gone, and what it watched; its successor knows of neither.
            if (_isShutDown || (_isForsaken && message is DeathWatchNotification or Unwatch))
                return;
            if (_outbox.IsEmpty)
                _outboxProgressAt = _outboxReachableAt = Remoting.Now;
            isFull = _outbox.IsFull;
            if (!isFull)
            {
                var outbound = _outbox.Add(message, recipient);
                if (_state is State.Idle)
                    Connect();
                else if (_state is State.Active or State.Connecting)
                    Queue.AddSystem(outbound);
            }
        }
        if (isFull)
        {
            Quarantine(
                Uid, $"{Remoting.Settings.SysMsgBufferSize} system messages wait for an acknowledgement (akka.remote.system-message-buffer-size)");
        }
    }

    /// <summary>The system messages without acknowledgement that a new connection starts with; later ones are in the queue.</summary>
    public List<Outbound> SystemMessagesBeforeQueue()
    {
        lock (_lock)
            return _outbox.Pending(_systemBeforeQueue, int.MaxValue);
    }

    /// <summary>The first of those without acknowledgement; they may be in the queue too, and are delivered once.</summary>
    public List<Outbound> SystemMessagesToResend()
    {
        lock (_lock)
            return _outbox.Pending(_outbox.Last, Remoting.Settings.SysResendLimit);
    }

    /// <summary>Whether a system message from the queue is still for the peer's incarnation of now.</summary>
    public bool IsOfNow(in Outbound outbound)
    {
        lock (_lock)
            return outbound.Epoch == _outbox.Epoch;
    }

    public void OnAck(Connection connection, ulong number)
    {
        lock (_lock)
        {
            if (ReferenceEquals(connection, _connection) && _outbox.Acknowledge(number))
                _outboxProgressAt = _outboxReachableAt = Remoting.Now;
        }
    }

    public void OnGoodbye(PartingReason reason, string text)
    {
        if (reason == PartingReason.Quarantined)
            OnRejected();
        else
            Remoting.Log.Info("[{0}] ends the connection: {1}", RemoteAddress, text);
    }

    /// <summary>A connection has ended, its reader and writer too.</summary>
    public void OnEnded(Connection connection, Exception? cause)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(connection, _connection))
                return;
            _connection = null;
            Gate();
        }
        if (cause is not null)
            Remoting.Publish(new AssociationErrorEvent(cause, Remoting.LocalAddress, RemoteAddress, connection.IsInbound, LogLevel.ErrorLevel));
        Remoting.Publish(new DisassociatedEvent(Remoting.LocalAddress, RemoteAddress, connection.IsInbound));
        if (!connection.HasParted)
            LogGate(cause?.Message ?? "the connection has ended");
    }

    /// <summary>
    /// The peer offers a connection: null and it runs as soon as <paramref name="welcome"/> is sent, or the reason against it.
    /// </summary>
    public async Task<(PartingReason Reason, string Text)?> OnHelloAsync(Hello hello, Socket socket, FrameReader frames, Func<Task> welcome)
    {
        Connection connection;
        Connection? before;
        lock (_lock)
        {
            if (Objection(hello) is { } objection)
                return objection;
            MeetIncarnation(hello.Uid);
            _acceptedAttempt = hello.Attempt;
            connection = new Connection(this, socket, frames, isInbound: true, hello.Attempt, hello.Uid, _inbox);
            before = Activate(connection);
        }
        try
        {
            await welcome().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            connection.Close(e);
        }
        Remoting.Publish(new AssociatedEvent(Remoting.LocalAddress, RemoteAddress, inbound: true));
        _ = connection.RunAsync(before);
        return null;
    }

    /// <summary>The attempt's Hello goes out now; null if the attempt is not wanted any more.</summary>
    public Hello? StartHello(ulong attempt)
    {
        lock (_lock)
        {
            if (_state != State.Connecting || _attempt != attempt)
                return null;
            _helloIsOut = true;
            return new Hello(Remoting.LocalAddress, Remoting.LocalUid, RemoteAddress, attempt, _acceptedAttempt);
        }
    }

    public bool IsQuarantined(int uid)
    {
        lock (_lock)
            return _quarantines.Contains(uid);
    }

    /// <summary>The peer has accepted the attempt; false if that is not wanted any more.</summary>
    public bool OnWelcome(ulong attempt, int uid, Socket socket, FrameReader frames)
    {
        Connection connection;
        Connection? before;
        lock (_lock)
        {
            if (_state != State.Connecting || _attempt != attempt)
                return false;
            if (_quarantines.Contains(uid))
            {
                Gate();
                return false;
            }
            MeetIncarnation(uid);
            connection = new Connection(this, socket, frames, isInbound: false, attempt, uid, _inbox);
            before = Activate(connection);
        }
        Remoting.Publish(new AssociatedEvent(Remoting.LocalAddress, RemoteAddress, inbound: false));
        _ = connection.RunAsync(before);
        return true;
    }

    public void OnAttemptFailed(ulong attempt, Exception cause)
    {
        lock (_lock)
        {
            if (_state != State.Connecting || _attempt != attempt)
                return;
            Gate();
        }
        Remoting.Publish(new AssociationErrorEvent(cause, Remoting.LocalAddress, RemoteAddress, inbound: false, LogLevel.ErrorLevel));
        LogGate(cause.Message);
    }

    public void OnRefused(ulong attempt, PartingReason reason, string text)
    {
        if (reason == PartingReason.Duplicate)
        {
            // The peer's own connection is on its way. Should it not come, a tick connects again.
            lock (_lock)
            {
                if (_state == State.Connecting && _attempt == attempt)
                    (_helloIsOut, _yieldedAt) = (false, Remoting.Now);
            }
            return;
        }
        if (reason == PartingReason.Quarantined)
            OnRejected();
        OnAttemptFailed(attempt, new RemoteTransportException($"[{RemoteAddress}] refuses the connection: {text}"));
    }

    /// <summary>Has nothing more to do with an incarnation; null: only ends the connection.</summary>
    public void Quarantine(int? uid, string reason)
    {
        Connection? connection;
        lock (_lock)
        {
            if (uid is { } incarnation && !_quarantines.Add(incarnation, Remoting.Now))
                return;
            if (uid is not null && _uid is not null && _uid != uid)
                return;
            connection = _connection;
            _connection = null;
            if (uid is not null)
            {
                Forget();
                _isForsaken = true;
            }
            Gate();
        }
        if (connection is not null)
            Remoting.Publish(new DisassociatedEvent(Remoting.LocalAddress, RemoteAddress, connection.IsInbound));
        if (uid is null)
        {
            connection?.Close(null);
            Remoting.Log.Warning(
                "association to [{0}] of unknown UID cannot be quarantined, its address is gated for {1} instead. Reason: {2}",
                RemoteAddress,
                Remoting.Settings.RetryGateClosedFor,
                reason);
            return;
        }
        connection?.CloseAfterQueue(PartingReason.Quarantined, $"[{Remoting.LocalAddress}] has quarantined this system: {reason}");
        Remoting.Log.Warning("association to [{0}] with UID {1} is irrecoverably failed and quarantined. Reason: {2}", RemoteAddress, uid, reason);
        Remoting.Publish(new QuarantinedEvent(RemoteAddress, uid.Value));
        Remoting.OnIncarnationGone(RemoteAddress, hasSuccessor: false);
    }

    /// <summary>Called at times, for all that waits.</summary>
    public void Tick(TimeSpan now, bool heartbeatIsDue, bool wasStalled)
    {
        Connection? connection;
        var resend = false;
        string? hopeless = null;
        int? uid;
        lock (_lock)
        {
            var settings = Remoting.Settings;
            connection = _connection;
            uid = _uid;
            _quarantines.Forget(now - settings.QuarantineDuration);
            if (_state == State.Gated && now >= _gateOpensAt)
            {
                if (_outbox.IsEmpty)
                    _state = State.Idle;
                else
                    Connect();
            }
            else if (_state == State.Connecting && now - _yieldedAt > YieldFor)
            {
                Connect();
            }
            if (!_outbox.IsEmpty)
            {
                var silence = now - _outboxReachableAt;
                if (silence > (_uid is null ? settings.InitialSysMsgDeliveryTimeout : settings.QuarantineSilentSystemTimeout))
                    hopeless = $"system messages were not acknowledged for {silence}";
                else
                    resend = connection is not null && now - _outboxProgressAt > settings.SysResendTimeout;
                if (resend)
                    _outboxProgressAt = now;
                if (hopeless is not null && uid is null)
                    _outbox.Reset();
            }
        }
        if (hopeless is not null)
            Quarantine(uid, hopeless);
        connection?.Tick(heartbeatIsDue, wasStalled);
        if (resend)
            connection!.Resend();
    }

    /// <summary>Takes no more messages, sends what is queued and says goodbye. Completes when the peer has closed too.</summary>
    public Task ShutDownAsync()
    {
        Connection? connection;
        lock (_lock)
        {
            _isShutDown = true;
            connection = _connection;
        }
        connection?.CloseAfterQueue(PartingReason.Shutdown, $"[{Remoting.LocalAddress}] shuts down");
        return connection?.Completed ?? Task.CompletedTask;
    }

    /// <summary>Ends the connection without a word.</summary>
    public void Abort()
    {
        Connection? connection;
        lock (_lock)
        {
            _isShutDown = true;
            connection = _connection;
            if (_state != State.Active)
                Gate();
        }
        connection?.Close(null);
    }

    public override string ToString() => $"association with [{RemoteAddress}]: {_state}";

    private (PartingReason Reason, string Text)? Objection(Hello hello)
    {
        if (_isShutDown)
            return (PartingReason.Shutdown, $"[{Remoting.LocalAddress}] shuts down");
        if (_quarantines.Contains(hello.Uid))
            return (PartingReason.Quarantined, $"[{Remoting.LocalAddress}] has quarantined this system; it must be restarted");
        var mineGoesFirst = _state == State.Connecting && _helloIsOut && Remoting.LocalAddress.CompareTo(RemoteAddress) < 0;
        if (mineGoesFirst)
            return (PartingReason.Duplicate, "the connection of the lower address goes first");
        if (_connection is not { } connection || connection.Uid != hello.Uid)
            return null;
        var peerHasLostIt = connection.IsInbound ? hello.Attempt > connection.Attempt : hello.Known == connection.Attempt;
        return peerHasLostIt ? null : (PartingReason.Duplicate, "there is a connection already");
    }

    /// <summary>The peer's uid is known: if it is not the last one's, that one is gone with all it knew.</summary>
    private void MeetIncarnation(int uid)
    {
        var previous = _uid;
        _uid = uid;
        _isForsaken = false;
        _outboxReachableAt = Remoting.Now;
        if (previous is null || previous == uid)
            return;
        Forget();
        _uid = uid;
        Remoting.Log.Info("[{0}] was restarted: its UID was {1} and is {2}", RemoteAddress, previous, uid);
        Remoting.OnIncarnationGone(RemoteAddress, hasSuccessor: true);
    }

    /// <summary>The incarnation is gone: the next one knows nothing of what was.</summary>
    private void Forget()
    {
        _uid = null;
        _acceptedAttempt = 0;
        _systemBeforeQueue = 0;
        _inbox = new SystemMessageInbox();
        _outbox.Reset();
    }

    /// <summary>Makes a connection the current one; the answer is the one before, which must end before this one runs.</summary>
    private Connection? Activate(Connection connection)
    {
        if (_state != State.Connecting)
            _systemBeforeQueue = _outbox.Last;
        _state = State.Active;
        _helloIsOut = false;
        _hasFailed = false;
        _connection = connection;
        var before = _lastConnection;
        _lastConnection = connection;
        Check();
        return before;
    }

    private bool TryConnect()
    {
        lock (_lock)
        {
            if (_state is State.Active or State.Connecting)
                return true;
            if (_isShutDown || (_state == State.Gated && Remoting.Now < _gateOpensAt))
                return false;
            Connect();
            return true;
        }
    }

    private void Connect()
    {
        if (_isShutDown)
            return;
        // What was queued during an attempt that gave way is still queued.
        var isRetry = _state == State.Connecting;
        _state = State.Connecting;
        _helloIsOut = false;
        _yieldedAt = null;
        if (!isRetry)
            _systemBeforeQueue = _outbox.Last;
        var attempt = ++_attempt;
        _ = Task.Run(() => Remoting.ConnectAsync(this, attempt));
    }

    private void Gate()
    {
        _state = State.Gated;
        _helloIsOut = false;
        _gateOpensAt = Remoting.Now + Remoting.Settings.RetryGateClosedFor;
        Queue.Drop();
        Check();
    }

    private void Check()
    {
        Invariant.Check((_state == State.Active) == (_connection is not null));
        Invariant.Check(_connection is null || !_quarantines.Contains(_connection.Uid));
    }

    /// <summary>Says so once; that it goes on failing is for debugging.</summary>
    private void LogGate(string reason)
    {
        if (_isShutDown)
            return;
        var level = Interlocked.Exchange(ref _hasFailed, true) ? LogLevel.DebugLevel : LogLevel.WarningLevel;
        if (Remoting.Log.IsEnabled(level))
        {
            Remoting.Log.Log(
                level,
                null,
                $"Association with remote system [{RemoteAddress}] has failed; address is now gated for {Remoting.Settings.RetryGateClosedFor.TotalMilliseconds} ms. Reason: [{reason}]");
        }
    }

    /// <summary>The peer wants nothing of this system any more. Logged once an incarnation, however often it says so.</summary>
    private void OnRejected()
    {
        var uid = Uid ?? 0;
        var isNews = _rejectedBy != uid;
        _rejectedBy = uid;
        Remoting.Publish(new ThisActorSystemQuarantinedEvent(Remoting.LocalAddress, RemoteAddress), isNews);
    }
}
