namespace Akka.Broker.Gateway;

/// <summary>Running totals of the gateway, for metrics and tests. Thread-safe.</summary>
public sealed class GatewayCounters
{
    private long _accepted;
    private long _closed;
    private long _refused;
    private long _refusedPerIp;
    private long _requests;
    private long _failures;

    /// <summary>Connections that were opened.</summary>
    public long Accepted => Volatile.Read(ref _accepted);

    /// <summary>Of those, the ones that are closed again.</summary>
    public long Closed => Volatile.Read(ref _closed);

    /// <summary>Connections turned away because there were too many.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Connections turned away because there were too many of their address.</summary>
    public long RefusedPerIp => Volatile.Read(ref _refusedPerIp);

    public long Requests => Volatile.Read(ref _requests);

    /// <summary>Connections closed because of what the client sent or did not take.</summary>
    public long Failures => Volatile.Read(ref _failures);

    public long Open => Accepted - Closed;

    internal void OnAccepted() => Interlocked.Increment(ref _accepted);

    internal void OnClosed() => Interlocked.Increment(ref _closed);

    internal long OnRefused() => Interlocked.Increment(ref _refused);

    internal long OnRefusedPerIp() => Interlocked.Increment(ref _refusedPerIp);

    internal void OnRequest() => Interlocked.Increment(ref _requests);

    internal void OnFailure() => Interlocked.Increment(ref _failures);
}
